// Bins: what of one series lies in each of a number of equal parts of an axis.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "query/sample.h"
#include "store/store.h"

namespace cairn::query {

// The parts of an axis between two ends, both included; with `log` equal in their logarithm.
class Edges {
 public:
  Edges(double first, double last, size_t count, bool log)
      : min(first),
        max(last),
        x_count(count),
        x_log(log),
        x_scale(static_cast<double>(count) / (log ? std::log(last / first) : last - first)) {}

  // For a position within the ends, and above 0 with `log`.
  size_t of(double x) const {
    const double at = (x_log ? std::log(x / min) : x - min) * x_scale;
    // NaN where both ends are one.
    return at >= 0 ? std::min(static_cast<size_t>(at), x_count - 1) : 0;
  }

  const double min, max;

 private:
  size_t x_count;
  bool x_log;
  double x_scale;
};

// Columns of equal length, one entry per part; a part without points has `points` 0.
struct Bins {
  std::vector<double> x;  // axis value of the last point, the one furthest along the axis
  std::vector<double> min, max, sum, last;
  std::vector<uint64_t> numbers, points;  // without NaN, and all
  bool exact = true;

  void reset(size_t n) {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    for (auto* column : {&x, &min, &max, &last}) column->assign(n, kNan);
    sum.assign(n, 0);
    numbers.assign(n, 0);
    points.assign(n, 0);
    exact = true;
  }
  size_t size() const { return points.size(); }
  double mean(size_t at) const {  // NaN where there is no number
    return numbers[at] ? sum[at] / static_cast<double>(numbers[at])
                       : std::numeric_limits<double>::quiet_NaN();
  }

  // `last_x`: of the last point of what is added.
  void add(size_t at, const store::Extent& extent, double last_x) {
    if (extent.count > 0) {
      min[at] = extent.min >= min[at] ? min[at] : extent.min;  // false for NaN
      max[at] = extent.max <= max[at] ? max[at] : extent.max;
      sum[at] += extent.sum;
      numbers[at] += extent.count;
    }
    if (points[at] == 0 || last_x >= x[at]) {
      last[at] = extent.last;
      x[at] = last_x;
    }
    points[at] += extent.count + extent.nan_count;
  }

  void add(size_t at, double value, double point_x) {
    if (value == value) {
      min[at] = value >= min[at] ? min[at] : value;
      max[at] = value <= max[at] ? max[at] : value;
      sum[at] += value;
      ++numbers[at];
    }
    if (points[at] == 0 || point_x >= x[at]) {
      last[at] = value;
      x[at] = point_x;
    }
    ++points[at];
  }

  Buckets buckets() const;  // without the empty ones
};

}  // namespace cairn::query
