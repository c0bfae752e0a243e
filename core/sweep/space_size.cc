// How many configurations a space has, and which is the n-th.
#include <algorithm>
#include <cmath>

#include "sweep/space.h"

namespace cairn::sweep {

namespace {

constexpr size_t kVisitsMax = 1 << 20;  // of a conditional group: beyond, nobody would enumerate

std::optional<uint64_t> product(uint64_t a, uint64_t b) {
  if (a != 0 && b > Space::kSizeMax / a) return std::nullopt;
  return a * b;
}

std::optional<uint64_t> binomial(uint64_t n, uint64_t k) {
  uint64_t result = 1;
  for (uint64_t i = 1; i <= std::min(k, n - k); ++i) {
    const auto next = product(result, n - std::min(k, n - k) + i);
    if (!next) return std::nullopt;
    result = *next / i;
  }
  return result;
}

std::optional<uint64_t> count_values(const Parameter& p, const Coordinate& first) {
  if (p.kind == Parameter::Kind::kSubset) {
    uint64_t count = 0;
    for (size_t size = p.size_min; size <= p.size_max; ++size) {
      const auto sets = binomial(p.choices.size(), size);
      if (!sets || (count += *sets) > Space::kSizeMax) return std::nullopt;
    }
    return count;
  }
  if (p.kind == Parameter::Kind::kPermutation) {
    uint64_t count = 1;
    for (uint64_t i = 2; i <= p.choices.size(); ++i) {
      const auto next = product(count, i);
      if (!next) return std::nullopt;
      count = *next;
    }
    return count;
  }
  if (p.kind == Parameter::Kind::kSimplex || first.kind == Coordinate::Kind::kContinuous)
    return std::nullopt;
  return first.levels <= Space::kSizeMax ? std::optional(first.levels) : std::nullopt;
}

// The n-th subset: smaller ones first, then those that hold the first choices.
void pick_subset(const Parameter& p, uint64_t n, std::span<double> members) {
  size_t size = p.size_min;
  for (; size < p.size_max; ++size) {
    const uint64_t sets = *binomial(members.size(), size);
    if (n < sets) break;
    n -= sets;
  }
  for (size_t i = 0; i < members.size(); ++i) {
    const size_t rest = members.size() - i - 1;
    const uint64_t with = size > 0 && size - 1 <= rest ? *binomial(rest, size - 1) : 0;
    const bool is_member = n < with;
    members[i] = is_member ? 1 : 0;
    if (is_member)
      --size;
    else
      n -= with;
  }
}

// The n-th permutation in lexical order of the ranks (Lehmer's code).
void pick_permutation(uint64_t n, std::span<double> ranks) {
  std::vector<size_t> left(ranks.size());
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  uint64_t permutations = 1;
  for (uint64_t i = 2; i < ranks.size(); ++i) permutations *= i;
  for (size_t i = 0; i < ranks.size(); ++i) {
    const auto chosen = left.begin() + static_cast<ptrdiff_t>(n / permutations);
    n %= permutations;
    ranks[i] = (static_cast<double>(*chosen) + 0.5) / static_cast<double>(ranks.size());
    left.erase(chosen);
    if (const size_t rest = ranks.size() - i - 1; rest > 1) permutations /= rest;
  }
}

}  // namespace

// How many configurations the members (parents first) have, given the point so far.
std::optional<uint64_t> Space::count_group(std::span<const size_t> members, Point& point,
                                           size_t& visits) const {
  if (++visits > kVisitsMax) return std::nullopt;
  if (members.empty()) return 1;
  const size_t parameter = members.front();
  const Parameter& p = x_parameters[parameter];
  const std::span<const size_t> rest = members.subspan(1);
  for (size_t i = 0; i < p.conditions.size(); ++i) {
    if (holds(p.conditions[i], x_parents[parameter][i], point)) continue;
    for (double& place : coordinates_of(parameter, point))
      place = std::numeric_limits<double>::quiet_NaN();
    return count_group(rest, point, visits);
  }
  const auto values = count_values(p, x_coordinates[x_first[parameter]]);
  if (!values) return std::nullopt;
  const auto depends = [&](size_t child) {
    const auto& parents = x_parents[child];
    return std::find(parents.begin(), parents.end(), parameter) != parents.end();
  };
  const bool is_parent = std::any_of(rest.begin(), rest.end(), depends);
  uint64_t count = 0;
  for (uint64_t value = 0; value < (is_parent ? *values : 1); ++value) {
    pick(members.first(1), value, point);
    const auto below = count_group(rest, point, visits);
    if (!below || (count += *below) > kSizeMax) return std::nullopt;
  }
  return is_parent ? count : product(*values, count);
}

void Space::count() {
  x_size = 1;
  Point point(x_coordinates.size());
  for (const auto& group : x_groups) {
    size_t visits = 0;
    const auto count = count_group(group, point, visits);
    x_size = x_size && count ? product(*x_size, *count) : std::nullopt;
  }
}

// The n-th configuration of these members, given the point so far.
void Space::pick(std::span<const size_t> members, uint64_t n, Point& point) const {
  if (members.empty()) return;
  const size_t parameter = members.front();
  const Parameter& p = x_parameters[parameter];
  const std::span<const size_t> rest = members.subspan(1);
  const std::span<double> own = coordinates_of(parameter, point);
  for (size_t i = 0; i < p.conditions.size(); ++i) {
    if (holds(p.conditions[i], x_parents[parameter][i], point)) continue;
    std::fill(own.begin(), own.end(), std::numeric_limits<double>::quiet_NaN());
    return pick(rest, n, point);
  }
  const auto set = [&](uint64_t value) {
    if (p.kind == Parameter::Kind::kSubset)
      pick_subset(p, value, own);
    else if (p.kind == Parameter::Kind::kPermutation)
      pick_permutation(value, own);
    else
      own[0] = level_place(x_first[parameter], value);
  };
  if (rest.empty()) return set(n);
  const uint64_t values = *count_values(p, x_coordinates[x_first[parameter]]);
  for (uint64_t value = 0; value < values; ++value) {
    set(value);
    size_t visits = 0;
    const uint64_t below = count_group(rest, point, visits).value_or(0);
    set(value);
    if (n < below) return pick(rest, n, point);
    n -= below;
  }
}

std::optional<Point> Space::nth(uint64_t n) const {
  if (!x_size || n >= *x_size) return std::nullopt;
  Point point(x_coordinates.size());
  for (size_t g = x_groups.size(); g-- > 0;) {
    size_t visits = 0;
    Point scratch = point;
    const uint64_t count = count_group(x_groups[g], scratch, visits).value_or(1);
    pick(x_groups[g], n % count, point);
    n /= count;
  }
  if (!is_allowed(point)) return std::nullopt;
  return point;
}

}  // namespace cairn::sweep
