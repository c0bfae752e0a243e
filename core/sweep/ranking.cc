// See ranking.h.
#include "sweep/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cairn::sweep {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool dominates(std::span<const double> a, std::span<const double> b) {
  bool is_better = false;
  for (size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
    is_better = is_better || a[k] < b[k];
  }
  return is_better;
}

// Keeps the `count` lowest by `score`, ascending; equals in the order of rows.
template <typename Score>
void keep_lowest(Rows& rows, size_t count, const Score& score) {
  const auto before = [&](uint32_t a, uint32_t b) {
    const auto x = score(a), y = score(b);
    return x != y ? x < y : a < b;
  };
  count = std::min(count, rows.size());
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(rows.begin(), middle, rows.end(), before);
  std::sort(rows.begin(), middle, before);
  rows.resize(count);
}

void keep_best(const surrogate::Matrix& y, Rows& rows, size_t count) {
  if (y.columns() == 1) return keep_lowest(rows, count, [&](uint32_t row) { return y.at(row, 0); });
  Rows best;
  for (Rows& front : fronts_of(y, std::move(rows), count)) {
    sort_by_room(y, front);
    best.insert(best.end(), front.begin(), front.end());
  }
  best.resize(std::min(count, best.size()));
  rows = std::move(best);
}

}  // namespace

Rows rows_with_result(const Evidence& evidence) {
  Rows rows;
  for (size_t i = 0; i < evidence.rows(); ++i) {
    if (evidence.outcome[i] != Outcome::kComplete && evidence.outcome[i] != Outcome::kStopped)
      continue;
    const std::span<const double> y = evidence.y.row(i);
    if (std::all_of(y.begin(), y.end(), [](double value) { return std::isfinite(value); }))
      rows.push_back(static_cast<uint32_t>(i));
  }
  return rows;
}

double violation(const Evidence& evidence, size_t row) {
  if (evidence.constraints.columns() == 0) return 0;
  double sum = 0;
  for (const double value : evidence.constraints.row(row))
    sum += std::isnan(value) ? kInfinity : std::max(value, 0.0);
  return sum;
}

Rows best_of(const Evidence& evidence, Rows rows, size_t count) {
  if (evidence.constraints.columns() == 0) {
    keep_best(evidence.y, rows, count);
    return rows;
  }
  const auto bound = std::stable_partition(
      rows.begin(), rows.end(), [&](uint32_t row) { return violation(evidence, row) == 0; });
  Rows feasible(rows.begin(), bound), others(bound, rows.end());
  keep_best(evidence.y, feasible, count);
  keep_lowest(others, count - feasible.size(),
              [&](uint32_t row) { return violation(evidence, row); });
  feasible.insert(feasible.end(), others.begin(), others.end());
  return feasible;
}

std::vector<Rows> fronts_of(const surrogate::Matrix& y, Rows rows, size_t count) {
  // In lexical order no row is dominated by one after it.
  std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    const std::span<const double> p = y.row(a), q = y.row(b);
    const auto [s, t] = std::mismatch(p.begin(), p.end(), q.begin());
    return s == p.end() ? a < b : *s < *t;
  });
  std::vector<Rows> fronts;
  for (size_t placed = 0; placed < count && !rows.empty(); placed += fronts.back().size()) {
    Rows front, rest;
    for (const uint32_t row : rows) {
      // The latest of the front are the most like it, and so the most likely ones to dominate it.
      const bool is_behind = std::any_of(front.rbegin(), front.rend(), [&](uint32_t other) {
        return dominates(y.row(other), y.row(row));
      });
      (is_behind ? rest : front).push_back(row);
    }
    fronts.push_back(std::move(front));
    rows = std::move(rest);
  }
  return fronts;
}

void sort_by_room(const surrogate::Matrix& y, Rows& front) {
  std::vector<double> room(front.size());
  std::vector<size_t> order(front.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t k = 0; k < y.columns() && front.size() > 1; ++k) {
    const auto value = [&](size_t i) { return y.at(front[order[i]], k); };
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return y.at(front[a], k) < y.at(front[b], k); });
    const double range = value(order.size() - 1) - value(0);
    room[order.front()] = room[order.back()] = kInfinity;
    for (size_t i = 1; i + 1 < order.size() && range > 0; ++i)
      room[order[i]] += (value(i + 1) - value(i - 1)) / range;
  }
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return room[a] > room[b]; });
  Rows sorted;
  for (const size_t i : order) sorted.push_back(front[i]);
  front = std::move(sorted);
}

}  // namespace cairn::sweep
