// See compare_pool.h.
#include "report/compare_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "surrogate/random.h"
#include "sweep/evidence.h"

namespace cairn::report {

namespace {

// Squared, in the unit cube; another category, or none, is as far as the cube is wide.
double distance(const sweep::Space& space, const sweep::Point& a, const sweep::Point& b) {
  double sum = 0;
  for (size_t c = 0; c < a.size(); ++c) {
    if (std::isnan(a[c]) && std::isnan(b[c])) continue;
    const bool is_category = space.coordinates()[c].kind == sweep::Coordinate::Kind::kCategory;
    const bool is_comparable = !is_category && !std::isnan(a[c]) && !std::isnan(b[c]);
    const double away = is_comparable ? a[c] - b[c] : a[c] != b[c];
    sum += away * away;
  }
  return sum;
}

// The nearest of those left; the first of equally near ones.
size_t nearest_left(const ComparePool& pool, const std::vector<size_t>& left,
                    const sweep::Point& wanted) {
  size_t nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < left.size(); ++i) {
    const double away = distance(pool.space, pool.points[left[i]].point, wanted);
    if (away < least) least = away, nearest = i;
  }
  return nearest;
}

void append(const PoolPoint& point, sweep::Evidence& evidence) {
  evidence.number.push_back(static_cast<int64_t>(evidence.rows()));
  evidence.x.append(point.point);
  evidence.y.append({&point.value, 1});
  evidence.outcome.push_back(sweep::Outcome::kComplete);
  evidence.extra_noise.push_back(0);
  evidence.cost.push_back(point.cost_s);
  evidence.constraints = surrogate::Matrix(evidence.rows(), 0);
}

}  // namespace

ComparePool make_pool(const RecordedSearch& search, std::span<const uint32_t> configurations,
                      sweep::Space space) {
  struct Sums {
    size_t first = 0, runs = 0, results = 0;
    double result = 0, cost_s = 0;
  };
  std::vector<Sums> sums;
  for (size_t i = 0; i < search.runs.size(); ++i) {
    if (configurations[i] >= sums.size()) sums.resize(configurations[i] + size_t{1}, {.first = i});
    Sums& sum = sums[configurations[i]];
    ++sum.runs;
    sum.cost_s += search.runs[i].ran_s;
    if (!std::isfinite(search.runs[i].result)) continue;
    ++sum.results;
    sum.result += search.runs[i].result;
  }
  ComparePool pool{.space = std::move(space)};
  for (const Sums& sum : sums) {
    const auto point =
        pool.space.encode_near(search.runs[sum.first].config, 0, sweep::Space::Absent::kInactive);
    if (sum.results == 0) {
      ++pool.without_result;
    } else if (!point) {
      ++pool.outside;
    } else {
      const double value = sum.result / static_cast<double>(sum.results);
      pool.points.push_back({*point, value, sum.cost_s / static_cast<double>(sum.runs)});
      pool.best = std::fmin(pool.best, value);
    }
  }
  return pool;
}

Result<std::vector<size_t>> pick_with(const ComparePool& pool, sweep::Method method, uint64_t seed,
                                      size_t picks) {
  std::vector<size_t> picked, left(pool.points.size());
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  // Where the space has nothing left to propose, and where equally near points are apart.
  surrogate::Random(seed).choose(std::span(left), left.size());
  const auto sampler = sweep::make_sampler(method);
  sweep::Evidence evidence;
  model::Value memory;
  while (picked.size() < picks && !left.empty()) {
    TRY(auto suggestion,
        sampler->suggest({.space = pool.space,
                          .evidence = evidence,
                          .seed = seed,
                          .number = picked.size(),
                          .memory = memory,
                          .trials_left = static_cast<double>(picks - picked.size())}));
    const size_t at = suggestion ? nearest_left(pool, left, suggestion->point) : 0;
    if (suggestion) memory = std::move(suggestion->memory);
    const size_t index = left[at];
    left.erase(left.begin() + static_cast<ptrdiff_t>(at));
    picked.push_back(index);
    append(pool.points[index], evidence);
    if (pool.points[index].value <= pool.best) break;
  }
  return picked;
}

}  // namespace cairn::report
