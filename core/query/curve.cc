// Looking a curve up, and adding curves.
#include "query/curve.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace cairn::query {
namespace {

constexpr size_t kNear = 16;  // steps forward before a search is cheaper

uint64_t distance(int64_t a, int64_t b) {
  return static_cast<uint64_t>(b) - static_cast<uint64_t>(a);
}

}  // namespace

Curve::Curve(std::vector<int64_t> at, std::vector<double> values, Between between, Reach reach)
    : x_between(between), x_reach(reach) {
  x_at.reserve(at.size());
  x_values.reserve(at.size());
  for (size_t i = 0; i < at.size(); ++i) {
    if (std::isnan(values[i])) continue;
    x_at.push_back(at[i]);
    x_values.push_back(values[i]);
  }
  for (const double value : x_values) {
    if (!std::isfinite(value)) continue;
    x_min = value >= x_min ? x_min : value;  // false for NaN
    x_max = value <= x_max ? x_max : value;
  }
}

double Curve::value(int64_t position) const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  if (x_at.empty()) return kUnknown;
  if (position < x_at.front())
    return distance(position, x_at.front()) <= static_cast<uint64_t>(x_reach.before)
               ? x_values.front()
               : kUnknown;
  // x_last: the last index at or before the position.
  if (x_at[x_last] > position) x_last = 0;
  for (size_t i = 0; i < kNear && x_last + 1 < x_at.size() && x_at[x_last + 1] <= position; ++i)
    ++x_last;
  if (x_last + 1 < x_at.size() && x_at[x_last + 1] <= position) {
    const auto from = x_at.begin() + static_cast<std::ptrdiff_t>(x_last);
    x_last = static_cast<size_t>(std::upper_bound(from, x_at.end(), position) - x_at.begin()) - 1;
  }
  if (x_last + 1 == x_at.size())
    return distance(x_at.back(), position) <= static_cast<uint64_t>(x_reach.behind)
               ? x_values.back()
               : kUnknown;
  if (x_between == Between::kHold) return x_values[x_last];
  const double share = static_cast<double>(distance(x_at[x_last], position)) /
                       static_cast<double>(distance(x_at[x_last], x_at[x_last + 1]));
  return x_values[x_last] + share * (x_values[x_last + 1] - x_values[x_last]);
}

Curve Curve::times(double factor) const {
  Curve scaled = *this;
  for (double& value : scaled.x_values) value *= factor;
  scaled.x_min *= factor;
  scaled.x_max *= factor;
  return scaled;
}

Curve add_growing(const std::vector<Curve>& parts, Curve::Reach reach) {
  std::vector<int64_t> at;
  for (const Curve& part : parts) {
    std::vector<int64_t> both;
    both.reserve(at.size() + part.at().size());
    std::set_union(at.begin(), at.end(), part.at().begin(), part.at().end(),
                   std::back_inserter(both));
    at = std::move(both);
  }
  std::vector<double> sums(at.size());
  for (const Curve& part : parts)
    for (size_t i = 0; i < at.size(); ++i) {
      const double value = part.value(at[i]);
      sums[i] += std::isnan(value) ? 0 : value;  // it has not begun
    }
  return Curve(std::move(at), std::move(sums), Curve::Between::kLine, reach);
}

}  // namespace cairn::query
