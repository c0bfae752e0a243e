// ResultModel: what a run would bring, told from the runs there are, or a refusal with its reason.
//
// Puts the parts of this room together the way questions are asked: configurations and one metric
// in, prediction and interval in the metric's own units out. Extra-trees say what to expect,
// conformal scores how far off that may be, replicates how noisy a result is in itself, and a
// second forest how likely the run is to diverge.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "surrogate/conformal.h"
#include "surrogate/features.h"
#include "surrogate/forest.h"
#include "surrogate/noise.h"
#include "surrogate/target.h"

namespace cairn::surrogate {

// Runs of one program and one metric, oldest first; only borrowed.
struct History {
  std::span<const Row> configs;     // without what does not change results (seed, workers, paths)
  std::span<const double> results;  // NaN or infinite: the run diverged
  TargetScale scale = TargetScale::kIdentity;
  std::span<const double> weights = {};  // let the recent count more; empty: all alike
  std::vector<Column> declared = {};     // of a search space
  size_t trees = 64;                     // 32 are nearly as good and take half the time
};

struct Prediction {
  double expected;
  Interval interval;
  double chance_diverged;  // apart from all else here, which is about runs that end well
  size_t configurations;   // that the interval rests on
};

// Learned once, then immutable; any thread. Pure: the same history and seed, the same model.
// Cost: 500 runs x 20 columns about 0.05 s, 2,000 about 0.2 s; a prediction 0.05 ms, one from a
// near relative 2 ms.
class ResultModel {
 public:
  // Invalid when sizes disagree or no run ended well.
  static Result<ResultModel> learn(const History& history, uint64_t seed);

  // The next outcome is in the interval but for `miss_rate` of the cases. kUnavailable, with a
  // sentence that says why, where the model should not speak: too few configurations, a category
  // or constant nobody tried, or further from all runs than they are from each other.
  Result<Prediction> predict(const Row& config, double miss_rate) const;
  // For a near relative of a run that is known: its result, changed by what the forest makes of
  // the difference, as far off as pairs of runs at that distance were (kPairs of them). Speaks
  // where predict() does, and mostly more narrowly.
  Result<Prediction> predict_near(const Row& config, const Row& parent, double parent_result,
                                  double miss_rate) const;
  // How likely a near relative ends above (below) a value, by the same pairs.
  Result<double> chance_near_above(const Row& config, const Row& parent, double parent_result,
                                   double value) const;
  Result<double> chance_near_below(const Row& config, const Row& parent, double parent_result,
                                   double value) const;
  // How likely the run ends above (below) a value, and so beats it.
  Result<double> chance_above(const Row& config, double value) const;
  Result<double> chance_below(const Row& config, double value) const;

  // Speaks also where all runs so far diverged, and predict() therefore cannot.
  Result<double> chance_diverged(const Row& config) const;

  // Why predict() would refuse; nothing where it would not.
  std::optional<Error> why_not(const Row& config) const;
  // The nearest runs that ended well, as indices into the history, one per configuration.
  std::vector<uint32_t> nearest(const Row& config, size_t count) const;

  const Features& features() const { return x_features; }
  const Forest& forest() const { return x_forest; }  // of what runs bring, on the target's scale
  const Noise& noise() const { return x_noise; }     // on the target's scale
  const Target& target() const { return x_target; }
  size_t runs() const { return x_finite.size(); }  // that ended well, of so many
  size_t configurations() const { return x_configurations; }
  // The share of the variance between runs that out-of-bag predictions explain.
  double r2() const { return x_r2; }

  static constexpr size_t kPairs = 100;

 private:
  ResultModel(Features features, Forest forest)
      : x_features(std::move(features)), x_forest(std::move(forest)) {}
  void learn_residuals(const Matrix& x, std::span<const double> y);
  std::vector<double> pair_errors(double distance) const;
  double chance_near_further(const Row& config, const Row& parent, double parent_result,
                             double value, double sign) const;
  std::optional<Error> why_not(const Row& config, const Support& support) const;
  double chance_diverged_at(std::span<const double> places) const;
  Interval to_metric(const Interval& interval) const;

  Features x_features;
  Forest x_forest;
  std::optional<Forest> x_divergence;  // where some diverged
  Target x_target;
  Noise x_noise;
  Support x_support;                     // of the runs that ended well
  Support x_all_support;                 // of all runs
  std::optional<Conformal> x_conformal;  // where there are configurations enough
  Matrix x_recent;                       // the newest runs that ended well,
  std::vector<double> x_residuals;       // and how far off they were, out of bag
  std::vector<uint32_t> x_finite;        // runs that ended well, as indices into the history
  size_t x_runs = 0, x_configurations = 0;
  double x_r2 = 0;
};

}  // namespace cairn::surrogate
