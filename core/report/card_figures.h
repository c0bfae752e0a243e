// The figures of the page for a paper.
//
// Pure. Each is nothing where what it would show is not known.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/accounts.h"
#include "report/expected.h"
#include "report/figure.h"
#include "report/sensitivity.h"
#include "report/trend.h"

namespace cairn::report {

// What each parameter explains alone and with others, with intervals, and what chance would.
std::optional<Figure> draw_importance(const Sensitivity& sensitivity);
// What the two parameters that act together most do to the result.
std::optional<Figure> draw_contour(const Sensitivity& sensitivity);
// The best of so many runs: the median with its band, and the mean.
std::optional<Figure> draw_tuning(const Expected& expected, const std::string& metric);
// The best result so far over what had been spent, and every result.
std::optional<Figure> draw_best_so_far(std::span<const CardRun> runs, const std::string& metric,
                                       bool is_maximized);
// Compute, energy and money over time, in multiples of the first, beside the published growth.
std::optional<Figure> draw_trend(const Trend& trend);

}  // namespace cairn::report
