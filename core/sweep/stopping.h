// Stopping: which of the running trials cannot become the best any more.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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
  double percentile = 50;  // of the results at a step that a trial has to reach
  // Before anything is stopped: finished trials (of kAuto: others that came as far), results at
  // the step, steps (of kWilcoxon: shared folds).
  uint64_t startup_trials = 5;
  uint64_t min_trials = 1;
  double warmup = 0;
  double interval = 1;      // steps between decisions
  double min_resource = 1;  // the first rung; `min_iter` of W&B
  double max_resource = std::numeric_limits<double>::quiet_NaN();  // NaN: as the longest trial
  double eta = 3;
  uint64_t brackets = 1;  // `s` of W&B; of kSuccessiveHalving: trials begin at as many rungs
  bool is_strict = true;  // of W&B: its value at the band counts, not the best until now
  bool with_promotion = false;
  uint64_t patience = 10;  // reports without an improvement of at least min_gain
  double min_gain = 0;
  std::optional<double> low, high;  // of kThreshold: stop outside, in the metric's own sense
  double p_value = 0.1;             // of kWilcoxon
  bool is_dry = false;              // for the owner: keep the decisions, and let all trials run
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
  bool is_maximized = false;  // the metric's own sense: for reasons, limits and thresholds
};

struct Decision {
  bool stop = false;
  bool pause = false;  // with promotion: wait at the rung until promote() names the trial
  std::string rule;    // "median", ...
  // With the numbers: "0.83 at step 9 is above the median 0.41 of 12 trials". Empty where the rule
  // had nothing to decide at this step: such a decision need not be kept.
  std::string reason;
  double step = 0;                                           // of the report that was judged
  double limit = std::numeric_limits<double>::quiet_NaN();   // what it had to reach, in own sense
  double chance = std::numeric_limits<double>::quiet_NaN();  // of beating the best, where estimated
};

// Judges the trial whose newest report is the last of `current`. `others` in any order; a curve of
// the same trial among them is left out. Curves that were not measured at one step are compared at
// the newest one before it. Pure: the same curves give the same decision.
Decision judge(const StopRule& rule, const Curve& current, std::span<const Curve> others);
// Several objectives: curves of each (same order of trials). Stopped where the rule would stop the
// trial by each of them, and the front has no place for it either: in the middle of a front a
// trial is poor by every single objective.
Decision judge(const StopRule& rule, std::span<const Curve> current,
               std::span<const std::vector<Curve>> others);

// What the trials that ran to their end had at each step, for an owner who asks for many decisions
// about one sweep: rules that compare with those would look through all curves each time.
class FinishedResults {
 public:
  struct AtStep {
    std::vector<double> values;  // ascending; without what is no number
    size_t trials = 0;           // that were measured there
  };

  void add(const Curve& finished);
  size_t trials() const { return x_trials; }
  const AtStep* at(double step) const;  // null where no trial was measured at this very step

 private:
  std::unordered_map<double, AtStep> x_steps;
  size_t x_trials = 0;
};
// The same decision as without `finished`: those of `others` that have finished.
Decision judge(const StopRule& rule, const Curve& current, std::span<const Curve> others,
               const FinishedResults& finished);

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

// What the rule would have done to curves that were run to their end, one after the other in this
// order, each judged by what was left of those before it. One decision per trial: the one that
// stops (or pauses) it, else the last one with a reason.
struct Replayed {
  uint64_t trial;
  Decision decision;
  double steps_saved = 0;
};
std::vector<Replayed> replay(const StopRule& rule, std::span<const Curve> curves);

// Reads W&B's `early_terminate` and ours: {"type": "hyperband", "min_iter": 3, "eta": 3}; Invalid
// names the key and what was expected. print gives the same back.
Result<StopRule> read_stop_rule(const model::Value& document);
model::Value print_stop_rule(const StopRule& rule);

}  // namespace cairn::sweep
