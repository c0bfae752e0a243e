// Sensitivity: what results owe to each parameter, how sure that is, and when nothing can be said.
//
// Pure. Runs in, shares of the variance out: functional ANOVA of summed forests
// (surrogate/anova.h), with intervals from refits on resampled configurations, the band that
// columns reach when results are shuffled, and a gate: where the forests foresee too little of runs
// they have not seen there are no shares, but a sentence that says what is missing.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/value.h"
#include "report/shape.h"
#include "surrogate/features.h"

namespace cairn::report {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kRunsMin = 10, kRunsPerParameter = 10;
constexpr double kQualityMin = 0.3;  // R2 out of bag, below which shares are told of no parameter

// One search, or the runs of one project; only borrowed.
struct SearchRuns {
  // Settings only: seeds (runs that differ in nothing else are replicates) and what does not change
  // results are left out.
  std::span<const surrogate::Row> configs;
  // Nothing: the run has no such metric. Not finite: it diverged, and counts as the worst.
  std::span<const std::optional<double>> results;
  // Ranges and scales of a search space; what is not declared is learned from the values.
  std::vector<surrogate::Column> declared;
  // Where the search began; the ablation path leads from here to the best.
  std::optional<surrogate::Row> start;
  bool is_adaptive = false;  // a sampler chose runs by earlier results
};

enum class ResultScale { kAsIs, kLog, kRank };

struct SensitivityOptions {
  std::string metric;
  bool is_maximized = false;
  ResultScale scale = ResultScale::kAsIs;
  // Below 1: results worse than those of the best such share count as equal to its worst, so that
  // only differences within the best remain (Hutter 2014).
  double top_share = 1;
  size_t refits = 32, shuffles = 20;  // 0: no intervals, no band
  uint64_t seed = 1;
};

struct Range {
  double low = kUnknown, high = kUnknown;
};
// A share of the variance, its interval (5 to 95 %), and the 95 % quantile of what it is when
// results are shuffled: at or below that it cannot be told from none.
struct Share {
  double share = kUnknown;
  Range range;
  double null_high = kUnknown;

  // Also where there is no band.
  bool stands_out() const { return !(share <= null_high); }
};

// How a parameter's range was tried: in 20 equal parts on its own scale, or in its choices.
struct Tried {
  double occupied = 0;  // share of the parts with a run
  double gap = 0;       // the largest stretch without one, as a share of the range; 0 of choices
};

struct ParameterSensitivity {
  surrogate::Column column;  // name, kind, scale, range
  size_t distinct = 0;       // values tried
  Tried tried;
  Share first_order;        // what it explains alone
  Share total;              // and in pairs with others
  double local = kUnknown;  // share of the variance along the axes through the best configuration
  Shape direction = Shape::kNone;
  model::Value best;  // its value in the best configuration
  // Values at which the best configuration would lose at most one unit of noise: the ends of a
  // range, or some of its choices. Empty: unknown.
  model::List within_noise;
  bool is_within_noise_range = true;
  double spearman = kUnknown;   // of choices unknown
  double ped_anova = kUnknown;  // see ped_anova.h
  // What its values add to the mean result when all others vary.
  std::vector<std::pair<model::Value, double>> effect;
};

struct PairSensitivity {
  size_t a = 0, b = 0;  // of the parameters
  Share share;          // what they do together beyond what they do alone
  // Their joint effect, of the first kContours pairs: a row for each of a's values.
  model::List a_values, b_values;
  std::vector<std::vector<double>> effect;
};

struct AblationStep {
  std::string name;
  model::Value from, to;
  double gain = 0;  // in the metric's own sense: positive is better
};

struct Quality {
  double r2_oob = kUnknown, spearman_oob = kUnknown;
  size_t runs = 0, configurations = 0;  // with a result
  std::optional<size_t> needed;         // runs in all that would do; nothing: unknown
};

struct Sensitivity {
  std::string metric;
  bool is_maximized = false;
  double top_share = 1;
  ResultScale scale = ResultScale::kAsIs;
  std::vector<ParameterSensitivity> parameters;  // by total, the largest first
  std::vector<PairSensitivity> pairs;            // the largest first
  double higher_order = kUnknown;                // what neither explains
  // The variance between replicates in units of the same whole, so that a parameter's share
  // divided by it says how many times the seed's noise it is. Unknown without replicates.
  double seed_share = kUnknown;
  Range seed_range;
  // One unit of noise, on the scale of the results: between replicates, or 1 % of the best.
  double noise = kUnknown;
  bool is_noise_measured = false;
  Quality quality;
  std::vector<AblationStep> ablation;
  std::string reason;              // why there are no shares; empty: there are
  std::vector<std::string> notes;  // what limits them

  bool is_known() const { return reason.empty(); }
};

// Never fails: what cannot be told has a reason. Cost: see bench/report_bench.cc.
Sensitivity analyse_sensitivity(const SearchRuns& runs, const SensitivityOptions& options);

constexpr size_t kContours = 5, kContourPlaces = 16, kPairsMax = 50;

// Unknown is null.
model::Value to_value(const Sensitivity& sensitivity);

}  // namespace cairn::report
