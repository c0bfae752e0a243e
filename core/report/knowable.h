// Knowable: from which moment on a run's own curves said that it would come to nothing.
//
// Pure. Every detector has a ladder of ever stricter settings, and is used at the least strict one
// that raised an alarm in at most 1 % of the good runs of *other* sweeps; where too few good runs
// are known it is not used. A detector sees what was there at that time: the run's own past, runs
// that had ended before it began, and the best result that anybody had by then.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/machine_use.h"

namespace cairn::report {

// A logged series; three columns of one length, ascending in time.
struct LoggedCurve {
  std::vector<double> step, at_s, value;  // at_s: since the run began
};
struct RunCurves {
  LoggedCurve metric;          // what results are judged by; may be empty: nothing was logged
  LoggedCurve loss, gradient;  // of training, where they are known
  bool is_maximized = false;
  bool expects_metric = true;  // without one the run is silent, and not of another kind
};

enum class Detector : uint8_t {
  kNotANumber,  // of metric or loss, so often in a row
  kExplosion,   // loss above a multiple of its least, for a tenth of the usual length
  kGradient,    // its norm above a multiple of its running median
  kSilence,     // no metric after a multiple of the usual time
  kIdleGpu,     // less than 5 % busy for so long
  kStagnation,  // no gain above the noise for a share of the usual length
  kDominated,   // the most that history lets it still gain does not reach the best known
};
constexpr size_t kDetectors = 7, kRungs = 4;
std::string_view print_detector(Detector detector);
// The first three: what comes after has no value, whatever other runs do.
bool is_divergence(Detector detector);
// The settings, from the least strict on. Not finite: there is no such rung.
const std::array<double, kRungs>& rungs_of(Detector detector);

constexpr double kFalseAlarmShareMax = 0.01, kGoodShare = 0.25;
constexpr size_t kGoodRunsMin = 30;     // of other sweeps, for a calibration
constexpr size_t kHistoryRunsMin = 10;  // that had ended, before anything is compared with them
constexpr size_t kHistoryRunsMax = 200;
constexpr size_t kCohortRunsMin = 8;  // finished: fewer have no top quartile
constexpr double kExplosionShare = 0.1;
constexpr double kForecastShare = 0.9;  // of histories, whose gain a forecast covers

// A run that was looked inside; only borrowed.
struct WatchedRun {
  std::string_view cohort;  // runs that are compared with one another
  std::string_view fold;    // runs that may not calibrate one another's detectors: a sweep
  int64_t began_ns = 0, ended_ns = 0;
  bool is_finished = false;             // came to its own end
  const RunCurves* curves = nullptr;    // null: nothing is known of them
  const MachineUse* machine = nullptr;  // the same
};

struct Alarm {
  Detector by = Detector::kNotANumber;
  double at_s = 0;  // since the run began
};
struct Knowable {
  std::optional<Alarm> diverged, hopeless;  // the first of each
};

struct DetectorUse {
  size_t runs = 0;          // for which it was calibrated well enough to be used
  size_t alarms = 0;        // in them
  size_t false_alarms = 0;  // of these in good runs
};
struct Foreseen {
  std::vector<Knowable> runs;  // in the order of the question
  size_t good_runs = 0;        // that detectors were calibrated on
  std::array<DetectorUse, kDetectors> detectors;
};

Foreseen find_knowable(std::span<const WatchedRun> runs);

}  // namespace cairn::report
