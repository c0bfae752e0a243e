// ResultModel: what a planned run would bring, told from past results, or why nothing can be told.
//
// Room surrogate has the models; this puts the runs of a project before them: seeds are replicates
// and not settings, code is a category, what was run twice counts once, and intervals are asked for
// in the order in which the runs came, to see how they fare.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "recall/prediction.h"
#include "surrogate/noise.h"
#include "surrogate/result_model.h"
#include "trace/config_form.h"

namespace cairn::recall {

enum class Goal : uint8_t { kMaximize, kMinimize };

struct PastResult {
  model::Value config;  // nested or flat; execution keys and secrets in it do not matter
  std::string code;     // key C of its identity
  double value = 0;     // of the metric
  double cost_s = 0;    // 0: unknown
  int64_t ended_ns = 0;
  bool diverged = false;  // as is a value that is not finite
};

struct ModelOptions {
  std::string metric;         // its name tells a rate or a loss from other numbers
  trace::KeyClasses classes;  // which keys are settings, and which seeds
  size_t runs_max = 2000;     // the newest are learned from
  size_t trees = 32;
  uint64_t seed = 1;
};

// Fitted once, then immutable and independent of what it was fitted to; any thread. Pure, and the
// same for the same runs in any order. Cost: 500 runs of 6 settings about 14 ms, of 20 about 32 ms;
// 10,000 (of which 2,000 are learned from) 60 to 190 ms; a prediction 0.2 ms, one from a near
// relative 2 ms, a distance 0.5 ms per setting that differs.
class ResultModel {
 public:
  // Never fails: what cannot be learned is said when it is asked for.
  static ResultModel fit(std::span<const PastResult> results, Goal goal,
                         const ModelOptions& options = {});

  // kUnavailable, with a sentence that says why, where nothing should be said: fewer than 15
  // configurations, a setting, category or code that no run had, a key that never varied, or a
  // configuration further from all runs than they are from each other.
  Result<Prediction> predict(const model::Value& config, std::string_view code) const;
  // The same from a near relative: its result, changed by what the difference makes.
  Result<Prediction> predict_near(const model::Value& config, std::string_view code,
                                  const PastResult& parent) const;
  // Speaks also where all runs near by diverged, and predict() cannot.
  Result<double> chance_diverged(const model::Value& config, std::string_view code) const;

  // How far apart two configurations of one program are: the expected change of the metric in units
  // of its run-to-run noise, summed over the settings that differ. By distance_of() (judge.h) where
  // the past does not tell: the noise or the setting is unknown.
  double distance(const model::Value& a, const model::Value& b) const;

  // The nearest runs that ended well, nearest first, as indices into what the model was fitted to;
  // one per configuration, and of any code. For when there are too few to predict from.
  std::vector<size_t> nearest(const model::Value& config, std::string_view code,
                              size_t count) const;
  // What the runs of this configuration and code brought, whatever their seeds; NaN: diverged.
  std::vector<double> replicates(const model::Value& config, std::string_view code) const;

  // The deviation between seeds at a level of the metric, in its units. Nothing when no
  // configuration was run with two seeds: unknown is not 0.
  std::optional<double> noise_at(double level) const;
  std::optional<double> best() const { return x_best; }
  // The run that brought it (the first that did), as an index into what the model was fitted to.
  std::optional<size_t> incumbent() const;
  Coverage coverage() const { return {x_coverage.covered(), x_coverage.recorded()}; }

  // Runs with a smaller chance to be the best are called dominated.
  static constexpr double kDominatedBelow = 0.05;
  static constexpr double kMissRate = 0.1;

 private:
  // A run as the model sees it.
  struct Run {
    surrogate::Row row;       // settings and code, by name
    uint64_t experiment = 0;  // hash of the row
    uint64_t replicate = 0;   // and with the seeds
    double value = 0;         // NaN: it diverged
    double cost_s = 0;
    int64_t ended_ns = 0;
    size_t index = 0;  // in what the model was fitted to
  };
  explicit ResultModel(Goal goal) : x_goal(goal) {}

  static std::vector<Run> read_newest(std::span<const PastResult> results,
                                      const ModelOptions& options);
  surrogate::Row row_of(const model::Value& config, std::string_view code) const;
  std::optional<Error> why_unknown(std::string_view code) const;
  std::optional<Error> why_not(const surrogate::Row& row, std::string_view code) const;
  Prediction complete(const surrogate::Prediction& said, const surrogate::Row& row,
                      double chance_best) const;
  const Run* find_incumbent() const;
  Result<double> chance_best_from(const surrogate::Row& row, const surrogate::Row& parent,
                                  double parent_value) const;
  Result<double> chance_best(const surrogate::Row& row, double chance_diverged) const;
  double chance_best_among_alike(const surrogate::Row& row) const;
  std::optional<double> typical_cost_s(const surrogate::Row& row) const;
  // On the scale of the model's target, as is `level`.
  std::optional<double> model_noise_at(double level) const;
  bool is_varied(std::string_view setting) const;

  Goal x_goal;
  trace::KeyClasses x_classes;
  std::vector<Run> x_runs;                        // in the order in which they ended
  std::optional<surrogate::ResultModel> x_model;  // where a run ended well
  surrogate::CoverageRecord x_coverage{kMissRate};
  std::optional<double> x_best;
  double x_rounding = 0;  // the deviation that a metric's few digits make alone
};

}  // namespace cairn::recall
