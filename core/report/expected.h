// Expected: how good the best of so many runs is expected to be, and how sure that is.
//
// Pure. For a budget of n runs: the mean of the best of n by the plug-in estimate (a V-statistic,
// Dodge 2019, biased towards worse) and by the unbiased one (a U-statistic, Tang 2020), and the
// median of the best of n with a band that holds for all n at once (Lourie 2024). All of them are
// about runs that were drawn independently from one space: a sampler that learns has no such curve,
// and only how its best grew is told.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/value.h"
#include "report/order_bands.h"

namespace cairn::report {

struct SearchResults {
  // In the order in which the runs began; what is not finite counts as the worst finite one.
  std::span<const double> results;
  // By run: drawn at random without a look at other results, and no repeat of an earlier one.
  // Empty: all of them.
  std::vector<bool> is_independent;
  bool is_maximized = false;
};

struct ExpectedOptions {
  BandKind band = BandKind::kHighestDensity;
  double confidence = 0.9;
  size_t points_max = 64;  // of the curve; budgets are spaced by ever larger steps
};

struct TuningPoint {
  size_t runs = 0;
  double v_statistic = 0, u_statistic = 0;  // the mean of the best of so many
  double median = 0;
  // Nothing: the results do not bound it on this side.
  std::optional<double> median_low, median_high;
};

struct Expected {
  std::vector<TuningPoint> curve;   // of the independent runs; empty where there are too few
  std::vector<double> best_so_far;  // after each run, the dependent ones too
  size_t runs = 0, independent_runs = 0;
  BandKind band = BandKind::kDkw;
  double confidence = 0;
  std::string reason;              // why there is no curve, or of which runs it is; empty: of all
  std::vector<std::string> notes;  // what else limits it, by whoever chose the runs
};

constexpr size_t kIndependentMin = 10;

Expected expect_best(const SearchResults& search, const ExpectedOptions& options = {});
model::Value to_value(const Expected& expected);

// The mean of the largest of `runs` draws from ascending results: with and without putting back.
double v_statistic(std::span<const double> ascending, size_t runs);
double u_statistic(std::span<const double> ascending, size_t runs);  // runs <= their number

}  // namespace cairn::report
