// Curve: a quantity of a run over its steps or its clock, to put other series on as their axis.
//
// A plain value: what a chart's x is when it is no step and no time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace cairn::query {

class Curve {
 public:
  // Between two known points: the value of the earlier, or on the line between them.
  enum class Between : uint8_t { kHold, kLine };
  // Where nothing is known any more: how far behind the last point it is taken to stay as it was,
  // and how far before the first.
  struct Reach {
    int64_t before = 0;
    int64_t behind = std::numeric_limits<int64_t>::max();
  };

  Curve() = default;
  // `at` ascends; a NaN says that nothing is known there, which is passed over.
  Curve(std::vector<int64_t> at, std::vector<double> values, Between between, Reach reach);

  bool is_empty() const { return x_at.empty(); }
  const std::vector<int64_t>& at() const { return x_at; }
  double min() const { return x_min; }  // of the finite values; NaN when there are none
  double max() const { return x_max; }
  // NaN where nothing is known. Cheap for positions that mostly ascend.
  double value(int64_t position) const;
  Curve times(double factor) const;  // > 0

 private:
  std::vector<int64_t> x_at;
  std::vector<double> x_values;
  Between x_between = Between::kHold;
  Reach x_reach;
  double x_min = std::numeric_limits<double>::quiet_NaN();
  double x_max = std::numeric_limits<double>::quiet_NaN();
  mutable size_t x_last = 0;  // where the last look ended: a hint, no part of the value
};

// The sum of energies that only grow, over the union of their positions: before its first position
// a part has used nothing, behind its last no more than it had.
Curve add_growing(const std::vector<Curve>& parts, Curve::Reach reach);

}  // namespace cairn::query
