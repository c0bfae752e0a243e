// See results.h.
#include "report/results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "surrogate/matrix.h"

namespace cairn::report {

Winsorised winsorise(std::span<const double> results, bool is_maximized) {
  const auto is_finite = [](double result) { return std::abs(result) <= surrogate::kTargetMax; };
  Winsorised known{.values = {results.begin(), results.end()}};
  double worst = std::numeric_limits<double>::infinity() * (is_maximized ? 1 : -1);
  for (const double result : results) {
    if (!is_finite(result)) continue;
    ++known.finite;
    worst = is_maximized ? std::min(worst, result) : std::max(worst, result);
  }
  for (double& value : known.values)
    if (!is_finite(value)) value = worst;
  return known;
}

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
  }
  return ranks;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  CHECK(a.size() == b.size());
  std::vector<double> one, other;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    one.push_back(a[i]);
    other.push_back(b[i]);
  }
  one = ranks_of(one);
  other = ranks_of(other);
  const double middle = (static_cast<double>(one.size()) + 1) / 2;
  double both = 0, squares = 0, other_squares = 0;
  for (size_t i = 0; i < one.size(); ++i) {
    both += (one[i] - middle) * (other[i] - middle);
    squares += (one[i] - middle) * (one[i] - middle);
    other_squares += (other[i] - middle) * (other[i] - middle);
  }
  if (one.size() < 3 || squares == 0 || other_squares == 0)
    return std::numeric_limits<double>::quiet_NaN();
  return both / std::sqrt(squares * other_squares);
}

double quantile(std::span<const double> ascending, double share) {
  CHECK(!ascending.empty());
  const double at = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], at - static_cast<double>(below));
}

}  // namespace cairn::report
