// Results of runs as statistics take them: finite numbers, and their ranks.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace cairn::report {

// Runs that diverged are no numbers, and leaving them out would praise what made them diverge: they
// count as the worst of the finite results.
struct Winsorised {
  std::vector<double> values;
  size_t finite = 0;  // of so many results; 0: there is no value at all
};
Winsorised winsorise(std::span<const double> results, bool is_maximized);

// 1 for the smallest; equal values share the mean of their ranks.
std::vector<double> ranks_of(std::span<const double> values);
// Of pairs in which neither is NaN; NaN where fewer than three remain or one side is constant.
double spearman(std::span<const double> a, std::span<const double> b);

// Between neighbours in proportion (type 7); of at least one value.
double quantile(std::span<const double> ascending, double share);

}  // namespace cairn::report
