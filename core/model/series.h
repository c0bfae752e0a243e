// Points, series keys and what is known of a series without reading its points.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cairn::model {

// Which clock a row belongs to: the user's steps, or the machine sampler's (a step of the system
// stream is the time in milliseconds since the epoch).
enum class Stream : uint8_t { kHistory = 0, kSystem = 1 };

// Columns of points in arrival order. All three have the same length.
struct Points {
  std::vector<int64_t> step;
  std::vector<int64_t> time_ns;
  std::vector<double> value;

  size_t size() const { return value.size(); }
  void reserve(size_t n) {
    step.reserve(n);
    time_ns.reserve(n);
    value.reserve(n);
  }
  void push(int64_t s, int64_t t, double v) {
    step.push_back(s);
    time_ns.push_back(t);
    value.push_back(v);
  }
};

// Counts every point that is in view. min/max/sum ignore NaN; they are NaN while all points are
// NaN.
struct SeriesStats {
  uint64_t count = 0;
  uint64_t nan_count = 0;
  int64_t first_step = 0, last_step = 0;  // smallest and largest step
  int64_t last_time_ns = 0;
  double first = std::numeric_limits<double>::quiet_NaN();  // value at first_step
  double last = std::numeric_limits<double>::quiet_NaN();   // value at last_step, latest time wins
  double min = std::numeric_limits<double>::quiet_NaN();
  double max = std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  int64_t min_step = 0, max_step = 0;

  void add(int64_t step, int64_t time_ns, double value);
  void merge(const SeriesStats& later);  // `later` arrived after everything in *this
};

struct SeriesInfo {
  std::string key;
  Stream stream = Stream::kHistory;
  SeriesStats stats;
};

}  // namespace cairn::model
