// See conformal.h.
#include "surrogate/conformal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace cairn::surrogate {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSupportShare = 0.95;
// Enough to know a 95 % quantile by; all against all would cost a look-up its 50 ms.
constexpr size_t kProbesMax = 128;

}  // namespace

Result<Conformal> Conformal::learn(std::span<const double> y, std::span<const OutOfBag> said,
                                   double sigma, std::span<const uint32_t> groups,
                                   std::span<const double> weights) {
  CHECK(y.size() == said.size() && (groups.empty() || groups.size() == y.size()) &&
        (weights.empty() || weights.size() == y.size()));
  const auto group_of = [&](size_t i) {
    return groups.empty() ? static_cast<uint32_t>(i) : groups[i];
  };
  std::unordered_map<uint32_t, double> rows_of_group;
  double mean = 0, squares = 0, n = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    if (said[i].trees == 0) continue;
    ++rows_of_group[group_of(i)];
    ++n;
    mean += (y[i] - mean) / n;
    squares += y[i] * y[i];
  }
  if (rows_of_group.size() < kGroupsForIntervalMin)
    return fail(Code::kUnavailable, "expected {} configurations for an interval, found {}",
                kGroupsForIntervalMin, rows_of_group.size());

  Conformal learned;
  learned.x_groups = rows_of_group.size();
  learned.x_sigma = sigma;
  // A model that is sure of itself must not divide by nothing.
  learned.x_unit_min = std::max(1e-9 * std::sqrt(squares / n), 1e-300);
  double weight_max = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    if (said[i].trees == 0) continue;
    const double score = (y[i] - said[i].mean) / learned.unit_of({said[i].mean, said[i].sd});
    const double row_weight = weights.empty() ? 1 : weights[i];
    const double weight = row_weight / rows_of_group[group_of(i)];
    learned.x_signed.push_back({score, weight});
    learned.x_negated.push_back({-score, weight});
    learned.x_absolute.push_back({std::abs(score), weight});
    learned.x_weight += weight;
    weight_max = std::max(weight_max, row_weight);
  }
  learned.x_next_weight = weight_max;  // what comes is at least as recent as all that came
  for (auto* scores : {&learned.x_signed, &learned.x_negated, &learned.x_absolute})
    std::ranges::stable_sort(*scores, {}, &Score::value);
  return learned;
}

double Conformal::unit_of(const Belief& belief) const {
  return std::max(belief.sd + x_sigma, x_unit_min);
}

// The outcome to come counts among the scores, as one above them all.
Result<double> Conformal::quantile(const std::vector<Score>& scores, double miss_rate) const {
  const double wanted = (1 - miss_rate) * (x_weight + x_next_weight) * (1 - 1e-12);
  double weight = 0;
  for (const Score& score : scores) {
    weight += score.weight;
    if (weight >= wanted) return score.value;
  }
  return fail(Code::kUnavailable,
              "expected more than {} configurations for an interval that misses {} of 100",
              x_groups, 100 * miss_rate);
}

Result<Interval> Conformal::interval(const Belief& belief, double miss_rate) const {
  TRY(const double reach, quantile(x_absolute, miss_rate));
  const double half = reach * unit_of(belief);
  return Interval{belief.mean - half, belief.mean + half};
}

Result<double> Conformal::upper(const Belief& belief, double miss_rate) const {
  TRY(const double reach, quantile(x_signed, miss_rate));
  return belief.mean + reach * unit_of(belief);
}

Result<double> Conformal::lower(const Belief& belief, double miss_rate) const {
  TRY(const double reach, quantile(x_negated, miss_rate));
  return belief.mean - reach * unit_of(belief);
}

double Conformal::chance_below(const Belief& belief, double value) const {
  const double limit = (value - belief.mean) / unit_of(belief);
  double weight = x_next_weight;
  for (const Score& score : x_signed) {
    if (score.value >= limit) break;
    weight += score.weight;
  }
  return weight / (x_weight + x_next_weight);
}

double Conformal::chance_above(const Belief& belief, double value) const {
  const double limit = (belief.mean - value) / unit_of(belief);
  double weight = x_next_weight;
  for (const Score& score : x_negated) {
    if (score.value >= limit) break;
    weight += score.weight;
  }
  return weight / (x_weight + x_next_weight);
}

void CoverageRecord::add(bool is_covered) {
  x_recent.push_back(is_covered);
  if (x_recent.size() > kRemembered) x_recent.pop_front();
  const double missed = is_covered ? 0 : 1;
  x_miss_rate = std::min(x_miss_rate + kPace * (x_nominal - missed), x_nominal);
}

size_t CoverageRecord::covered() const {
  return static_cast<size_t>(std::ranges::count(x_recent, true));
}

Support Support::learn(const Matrix& x, std::span<const Column> columns,
                       std::span<const uint32_t> groups) {
  CHECK(x.columns() == columns.size());
  Support support;
  for (const Column& column : columns)
    support.x_is_category.push_back(column.is_categorical() ? 1 : 0);
  std::unordered_set<uint32_t> taken;
  for (size_t i = 0; i < x.rows(); ++i) {
    if (!groups.empty() && !taken.insert(groups[i]).second) continue;
    support.x_points.append(x.row(i));
    support.x_rows.push_back(static_cast<uint32_t>(i));
  }
  const size_t count = support.x_points.rows();
  if (count <= kNeighbours) return support;  // nothing to compare with: holds copies only
  std::vector<double> typical;
  const size_t probes = std::min(count, kProbesMax);
  for (size_t k = 0; k < probes; ++k) {
    std::vector<double> all = support.distances(support.x_points.row(k * count / probes));
    // Its own distance, 0, stands before its neighbours'.
    std::ranges::nth_element(all, all.begin() + kNeighbours);
    typical.push_back(all[kNeighbours]);
  }
  const std::ptrdiff_t at = std::lround(kSupportShare * static_cast<double>(probes - 1));
  std::ranges::nth_element(typical, typical.begin() + at);
  support.x_limit = typical[static_cast<size_t>(at)];
  return support;
}

double Support::distance_between(std::span<const double> a, std::span<const double> b) const {
  double sum = 0;
  for (size_t c = 0; c < a.size(); ++c) {
    double difference = a[c] - b[c];
    if (std::isnan(difference))
      difference = std::isnan(a[c]) && std::isnan(b[c]) ? 0 : 1;
    else if (x_is_category[c] != 0)
      difference = difference != 0 ? 1 : 0;
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

std::vector<double> Support::distances(std::span<const double> row) const {
  std::vector<double> all(x_points.rows());
  for (size_t i = 0; i < all.size(); ++i) all[i] = distance_between(row, x_points.row(i));
  return all;
}

double Support::distance(std::span<const double> row) const {
  std::vector<double> all = distances(row);
  if (all.empty()) return kInfinity;
  const size_t at = std::min(kNeighbours, all.size()) - 1;
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(at));
  return all[at];
}

std::vector<uint32_t> Support::nearest(std::span<const double> row, size_t count) const {
  const std::vector<double> all = distances(row);
  std::vector<uint32_t> order(all.size());
  std::iota(order.begin(), order.end(), 0U);
  count = std::min(count, order.size());
  const auto nearer = [&](uint32_t a, uint32_t b) {
    return all[a] != all[b] ? all[a] < all[b] : a < b;
  };
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), nearer);
  order.resize(count);
  for (uint32_t& place : order) place = x_rows[place];
  return order;
}

}  // namespace cairn::surrogate
