// Plots in a terminal: curves with min/max envelopes on a canvas of braille dots.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace cairn::cli {

// A grid of characters of 2 x 4 dots each; (0, 0) is the upper left dot.
class BrailleCanvas {
 public:
  BrailleCanvas(size_t columns, size_t rows);

  int64_t dot_width() const { return static_cast<int64_t>(x_columns * 2); }
  int64_t dot_height() const { return static_cast<int64_t>(x_rows * 4); }
  void set(int64_t x, int64_t y, Paint paint);  // dots outside are ignored
  void line(int64_t x0, int64_t y0, int64_t x1, int64_t y1, Paint paint);
  std::string print_row(size_t row, const Terminal& terminal) const;  // no spaces at its end

 private:
  struct Place {
    uint8_t dots = 0;
    Paint paint = Paint::kPlain;  // of the last dot set
  };
  size_t x_columns, x_rows;
  std::vector<Place> x_places;
};

// A curve as buckets: x ascending; every y between low and high is covered, `middle` is joined up.
struct Curve {
  std::string label;
  std::vector<double> x, low, high, middle;
};

struct PlotOptions {
  size_t width = 0, height = 0;  // of the whole drawing, in characters
  bool log_y = false;
  std::string x_label;  // "step", "time (min)"
};

// The drawing, ending with a line end; values that cannot be drawn (not finite, or not positive on
// a logarithmic axis) leave gaps. Without a single value to draw it says so instead.
std::string draw_plot(const std::vector<Curve>& curves, const PlotOptions& options,
                      const Terminal& terminal);
Paint curve_paint(size_t index);

// About `count` round numbers that cover [low, high], all within it.
std::vector<double> choose_ticks(double low, double high, size_t count);

}  // namespace cairn::cli
