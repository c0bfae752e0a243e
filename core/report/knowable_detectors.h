// The detectors of knowable.h, each as a function of what there was to see. Internal to the room.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "report/knowable.h"

namespace cairn::report {

constexpr size_t kFractions = 20;  // of the usual length, at which histories are compared

// What runs that had ended before this one began tell of such runs. Results are signed: less is
// better.
struct PastRuns {
  size_t runs = 0;
  double length_steps = 0;    // median
  double first_metric_s = 0;  // median
  double noise = 0;           // of one logged value, median
  double end = 0;             // the best value of each, median
  // [fraction]: by how much they still improved from there on, ascending.
  std::array<std::vector<double>, kFractions> remaining;

  bool is_enough() const { return runs >= kHistoryRunsMin; }
};

// A finished run as a part of histories.
struct PastCurve {
  double length_steps = 0, first_metric_s = 0, noise = 0, end = 0;
  std::array<double, kFractions> remaining{};
};
PastCurve summarise(const LoggedCurve& metric, bool is_maximized);
PastRuns add_up(std::span<const PastCurve* const> past);

// The best result that any run of a cohort had logged by a time.
class Incumbent {
 public:
  struct Point {
    int64_t time_ns;
    double value;  // signed
  };
  explicit Incumbent(std::vector<Point> points);
  double at(int64_t time_ns) const;  // infinity: none yet

 private:
  std::vector<Point> x_best;  // ascending in time, descending in value
};

// When a detector would have raised an alarm, since the run began; NaN: never.
double find_alarm(Detector detector, double rung, const WatchedRun& run, const PastRuns& history,
                  const Incumbent& incumbent);

}  // namespace cairn::report
