// Stopping: which of the running trials cannot become the best any more.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace cairn::sweep {

struct StopRule {
  enum class Kind {
    kNone,
    kMedian,
    kPercentile,
    kSuccessiveHalving,  // asynchronous (ASHA); with promotion trials pause instead of ending
    kHyperband,          // W&B's bands
    kPatience,
    kThreshold,
    kWilcoxon,  // over folds or instances: a step is one of them
    kAuto,
  };
  Kind kind = Kind::kNone;
  double percentile = 50;       // of the results at a step that a trial has to reach
  uint64_t startup_trials = 5;  // finished ones before anything is stopped
  double warmup = 0;            // steps before anything is stopped
  double interval = 1;          // steps between decisions
  double min_resource = 1;      // the first rung; `min_iter` of W&B
  double max_resource = std::numeric_limits<double>::quiet_NaN();  // NaN: as the longest trial
  double eta = 3;
  uint64_t brackets = 1;  // `s` of W&B
  bool is_strict = true;  // of W&B: a trial has to be in the best 1/eta at each band
  bool with_promotion = false;
  uint64_t patience = 10;  // reports without an improvement of at least min_gain
  double min_gain = 0;
  std::optional<double> low, high;  // of kThreshold: stop outside
  double p_value = 0.1;             // of kWilcoxon
  bool is_dry = false;              // tell what would be stopped, and let it run
};

struct Report {
  double step;
  double value;  // signed: less is better
};
// One trial's reports, by step, each step once.
struct Curve {
  uint64_t trial;
  std::span<const Report> reports;
  bool has_finished = false;  // ran to its end: its last report is its result
  bool is_paused = false;
};

struct Decision {
  bool stop = false;
  std::string rule;    // "median", ...
  std::string reason;  // with the numbers: "0.83 at step 9 is above the median 0.41 of 12 trials"
  double step = 0;     // of the report that was judged
  double limit = std::numeric_limits<double>::quiet_NaN();   // what it had to reach
  double chance = std::numeric_limits<double>::quiet_NaN();  // of beating the best, where estimated
};

// Judges the trial whose newest report is the last of `current`. `others` in any order. Pure: the
// same curves give the same decision.
Decision judge(const StopRule& rule, const Curve& current, std::span<const Curve> others);
// Several objectives: curves of each (same order of trials). Stopped where no objective says that
// the trial could still enter the front.
Decision judge(const StopRule& rule, std::span<const Curve> current,
               std::span<const std::vector<Curve>> others);

// With promotion: the paused trial to go on with, to which step, and why.
struct Promotion {
  uint64_t trial;
  double until_step;
  std::string reason;
};
std::optional<Promotion> promote(const StopRule& rule, std::span<const Curve> curves);

// What a curve would have come to at `step`, from it and from those that went there; for trials
// that were stopped early.
struct Extrapolation {
  double mean, sd;
};
std::optional<Extrapolation> extrapolate(std::span<const Report> reports, double step,
                                         std::span<const Curve> others);

// Reads W&B's `early_terminate` and ours: {"type": "hyperband", "min_iter": 3, "eta": 3}; Invalid
// names the key and what was expected. print gives the same back.
Result<StopRule> read_stop_rule(const model::Value& document);
model::Value print_stop_rule(const StopRule& rule);

}  // namespace cairn::sweep
