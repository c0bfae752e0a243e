// See expected.h.
#include "report/expected.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "report/results.h"

namespace cairn::report {

namespace {

// 1, 2, 3, ... and from where that would be too many by equal factors, up to `most`.
std::vector<size_t> budgets_up_to(size_t most, size_t count_max) {
  std::vector<size_t> budgets;
  const double last = static_cast<double>(count_max) - 1;
  for (size_t i = 0; i < count_max && (budgets.empty() || budgets.back() < most); ++i) {
    const double even = std::pow(static_cast<double>(most), static_cast<double>(i) / last);
    const size_t next = budgets.empty() ? 1 : budgets.back() + 1;
    budgets.push_back(std::clamp(static_cast<size_t>(std::round(even)), next, most));
  }
  return budgets;
}

// Of ascending results, the larger the better.
TuningPoint point_at(std::span<const double> ascending, const OrderBand& band, size_t runs) {
  const size_t n = ascending.size();
  TuningPoint point{.runs = runs,
                    .v_statistic = v_statistic(ascending, runs),
                    .u_statistic = u_statistic(ascending, runs)};
  // The best of `runs` is below x with the chance F(x)^runs.
  const double share = std::pow(0.5, 1 / static_cast<double>(runs));
  const auto place = static_cast<size_t>(std::ceil(share * static_cast<double>(n) - 1e-9));
  point.median = ascending[std::clamp<size_t>(place, 1, n) - 1];
  const auto above =
      static_cast<size_t>(std::ranges::lower_bound(band.high, share) - band.high.begin());
  if (above > 0) point.median_low = ascending[above - 1];
  const auto below =
      static_cast<size_t>(std::ranges::lower_bound(band.low, share) - band.low.begin());
  if (below < n) point.median_high = ascending[below];
  return point;
}

// Back from "larger is better".
void negate(TuningPoint& point) {
  for (double* value : {&point.v_statistic, &point.u_statistic, &point.median}) *value = -*value;
  std::swap(point.median_low, point.median_high);
  for (std::optional<double>* end : {&point.median_low, &point.median_high})
    if (*end) **end = -**end;
}

std::string say_which(const Expected& expected) {
  if (expected.runs == 0) return "no run brought a result";
  if (expected.independent_runs < kIndependentMin)
    return fmt::format(
        "expected at least {} runs that were drawn at random, found {} of {}: how good the best of "
        "so many will be cannot be told from repeats, nor from runs that were chosen by earlier "
        "results; what is shown is how the best grew",
        kIndependentMin, expected.independent_runs, expected.runs);
  if (expected.independent_runs < expected.runs)
    return fmt::format(
        "of the {} of {} runs that were drawn at random; the others repeat a configuration or were "
        "chosen by earlier results",
        expected.independent_runs, expected.runs);
  return {};
}

model::Value print_end(const std::optional<double>& end) {
  return end ? model::Value(*end) : model::Value();
}

}  // namespace

double v_statistic(std::span<const double> ascending, size_t runs) {
  const double n = static_cast<double>(ascending.size());
  double sum = 0, below = 0;
  for (size_t i = 0; i < ascending.size(); ++i) {
    const double up_to = std::pow(static_cast<double>(i + 1) / n, static_cast<double>(runs));
    sum += ascending[i] * (up_to - below);
    below = up_to;
  }
  return sum;
}

double u_statistic(std::span<const double> ascending, size_t runs) {
  CHECK(runs > 0 && runs <= ascending.size());
  // The share of all choices of `runs` results of which this one is the largest.
  double share = static_cast<double>(runs) / static_cast<double>(ascending.size());
  double sum = 0;
  for (size_t rank = ascending.size(); rank >= runs; --rank) {
    sum += share * ascending[rank - 1];
    if (rank > 1) share *= static_cast<double>(rank - runs) / static_cast<double>(rank - 1);
  }
  return sum;
}

Expected expect_best(const SearchResults& search, const ExpectedOptions& options) {
  CHECK(search.is_independent.empty() || search.is_independent.size() == search.results.size());
  CHECK(options.points_max > 1);
  Expected expected{.confidence = options.confidence};
  const Winsorised known = winsorise(search.results, search.is_maximized);
  if (known.finite > 0) expected.runs = known.values.size();
  const double sign = search.is_maximized ? 1 : -1;
  std::vector<double> ascending;
  for (size_t i = 0; i < expected.runs; ++i) {
    const double goodness = sign * known.values[i];
    const bool is_first = expected.best_so_far.empty();
    expected.best_so_far.push_back(
        sign * (is_first ? goodness : std::max(goodness, sign * expected.best_so_far.back())));
    if (search.is_independent.empty() || search.is_independent[i]) ascending.push_back(goodness);
  }
  expected.independent_runs = ascending.size();
  expected.reason = say_which(expected);
  if (ascending.size() < kIndependentMin) return expected;
  std::ranges::sort(ascending);
  const OrderBand band = make_order_band(options.band, ascending.size(), options.confidence);
  expected.band = band.kind;
  for (const size_t runs : budgets_up_to(ascending.size(), options.points_max)) {
    expected.curve.push_back(point_at(ascending, band, runs));
    if (!search.is_maximized) negate(expected.curve.back());
  }
  return expected;
}

model::Value to_value(const Expected& expected) {
  model::List curve;
  for (const TuningPoint& point : expected.curve)
    curve.push_back(model::Object{{"runs", static_cast<int64_t>(point.runs)},
                                  {"v_statistic", point.v_statistic},
                                  {"u_statistic", point.u_statistic},
                                  {"median", point.median},
                                  {"median_low", print_end(point.median_low)},
                                  {"median_high", print_end(point.median_high)}});
  return model::Object{
      {"curve", std::move(curve)},
      {"best_so_far", model::List(expected.best_so_far.begin(), expected.best_so_far.end())},
      {"runs", static_cast<int64_t>(expected.runs)},
      {"independent_runs", static_cast<int64_t>(expected.independent_runs)},
      {"band", expected.curve.empty() ? model::Value() : print_band_kind(expected.band)},
      {"confidence", expected.confidence},
      {"reason", expected.reason},
      {"notes", model::List(expected.notes.begin(), expected.notes.end())}};
}

}  // namespace cairn::report
