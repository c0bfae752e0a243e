// Axis: where numbers stand in a figure, and which of them are written beside it.
//
// Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "report/figure.h"

namespace cairn::report {

class Axis {
 public:
  // From `from` to `to` in units of the figure, for values from `low` to `high`. A logarithmic one
  // needs low > 0. Where both are the same there is some room around.
  Axis(double low, double high, double from, double to, bool is_log = false);

  double at(double value) const;
  double low() const { return x_low; }
  double high() const { return x_high; }
  double from() const { return x_from; }
  double to() const { return x_to; }
  // About `wanted` round numbers within it.
  std::vector<double> ticks(size_t wanted) const;

 private:
  double x_low, x_high, x_from, x_to;
  bool x_is_log;
};

// The frame of a chart: lines to read by, ticks, and what the axes are.
void draw_axes(Figure& figure, const Axis& x, const Axis& y, const std::string& x_name,
               const std::string& y_name);

}  // namespace cairn::report
