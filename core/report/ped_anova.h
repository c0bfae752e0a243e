// PED-ANOVA: which parameters tell the best runs from the others, without a model of results.
//
// Pure. The divergence of the distribution of a parameter among the best tenth from that among all
// (Watanabe, Bansal and Hutter 2023), on at most 50 cells, smoothed by Scott's rule. What a branch
// leaves inactive is a cell of its own, which is their sum over regimes (conditional PED-ANOVA).
// Sees no interaction and needs no forest: a second opinion of another kind.
#pragma once

#include <span>
#include <vector>

#include "surrogate/features.h"

namespace cairn::report {

constexpr double kBestShare = 0.1;
constexpr size_t kBestRunsMin = 5;

// By column, summing to 1; all NaN where the best tenth has fewer than kBestRunsMin runs, all 0
// where nothing tells them apart. `y` in the metric's own sense.
std::vector<double> ped_anova(std::span<const surrogate::Column> columns,
                              const surrogate::Matrix& x, std::span<const double> y,
                              bool is_maximized);

}  // namespace cairn::report
