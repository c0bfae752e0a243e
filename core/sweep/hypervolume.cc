// See hypervolume.h.
#include "sweep/hypervolume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cairn::sweep {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool is_at_least_as_good(std::span<const double> a, std::span<const double> b) {
  for (size_t k = 0; k < a.size(); ++k)
    if (a[k] > b[k]) return false;
  return true;
}

// E[(high - f)+] - E[(low - f)+], from their logarithms: what f lies below `high`, cut at `low`.
LogWorth log_difference(const LogWorth& high, const LogWorth& low) {
  const double ratio = std::exp(std::min(low.value - high.value, 0.0));
  const double rest = std::max(1 - ratio, 1e-300);
  return {high.value + std::log(rest), (high.by_mean - ratio * low.by_mean) / rest,
          (high.by_sd - ratio * low.by_sd) / rest};
}

}  // namespace

std::vector<size_t> front_of(const surrogate::Matrix& y) {
  std::vector<size_t> front;
  for (size_t i = 0; i < y.rows(); ++i) {
    const auto beats = [&](size_t j) { return is_at_least_as_good(y.row(j), y.row(i)); };
    if (std::ranges::any_of(front, beats)) continue;
    std::erase_if(front, [&](size_t j) { return is_at_least_as_good(y.row(i), y.row(j)); });
    front.push_back(i);
  }
  return front;
}

Undominated::Undominated(const surrogate::Matrix& front, std::span<const double> reference)
    : x_objectives(reference.size()) {
  std::vector<size_t> members;
  for (size_t i = 0; i < front.rows(); ++i)
    if (is_at_least_as_good(front.row(i), reference)) members.push_back(i);
  for (size_t k = 0; k < x_objectives; ++k) {
    std::vector<double> edges = {-kInfinity, reference[k]};
    for (const size_t i : members) edges.push_back(front.at(i, k));
    std::ranges::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    x_edges.push_back(std::move(edges));
  }
  std::vector<Side> sides(x_objectives);
  cut(front, std::move(members), x_objectives - 1, sides);
}

size_t Undominated::edge_of(size_t objective, double place) const {
  const std::vector<double>& edges = x_edges[objective];
  return static_cast<size_t>(std::ranges::lower_bound(edges, place) - edges.begin());
}

// Slabs between the members' places along one objective: within a slab only the members below it
// dominate anything, and what they dominate is a question of the objectives before.
void Undominated::cut(const surrogate::Matrix& front, std::vector<size_t> members, size_t objective,
                      std::vector<Side>& sides) {
  const size_t last = x_edges[objective].size() - 1;
  if (objective == 0) {
    size_t high = last;
    for (const size_t i : members) high = std::min(high, edge_of(0, front.at(i, 0)));
    if (high == 0) return;
    sides[0] = {0, high};
    x_boxes.insert(x_boxes.end(), sides.begin(), sides.end());
    return;
  }
  std::ranges::stable_sort(members, {}, [&](size_t i) { return front.at(i, objective); });
  size_t low = 0;
  std::vector<size_t> below;
  for (size_t next = 0; low < last; ++next) {
    const size_t high =
        next < members.size() ? edge_of(objective, front.at(members[next], objective)) : last;
    if (high > low) {
      sides[objective] = {low, high};
      cut(front, below, objective - 1, sides);
      low = high;
    }
    if (next < members.size()) below.push_back(members[next]);
  }
}

double Undominated::log_growth(std::span<const double> mean, std::span<const double> sd,
                               std::span<double> by_mean, std::span<double> by_sd) const {
  Gains gains(x_objectives);
  for (size_t k = 0; k < x_objectives; ++k)
    for (size_t e = 1; e < x_edges[k].size(); ++e)
      gains[k].push_back(log_improvement(mean[k], sd[k], x_edges[k][e]));
  if (const auto growth = log_growth_of_numbers(gains, by_mean, by_sd)) return *growth;
  return log_growth_of_logs(gains, by_mean, by_sd);
}

// A product per box, in units of what is gained below the reference. Nothing where the sum is so
// small that its terms have vanished.
std::optional<double> Undominated::log_growth_of_numbers(const Gains& gains,
                                                         std::span<double> by_mean,
                                                         std::span<double> by_sd) const {
  std::ranges::fill(by_mean, 0);
  std::ranges::fill(by_sd, 0);
  double unit = 0;
  std::vector<std::vector<LogWorth>> below(x_objectives);  // numbers and their slopes, by edge
  for (size_t k = 0; k < x_objectives; ++k) {
    const double most = gains[k].back().value;
    unit += most;
    below[k].push_back({0, 0, 0});
    for (const LogWorth& gain : gains[k]) {
      const double number = std::exp(gain.value - most);
      below[k].push_back({number, number * gain.by_mean, number * gain.by_sd});
    }
  }
  double sum = 0;
  for (size_t first = 0; first < x_boxes.size(); first += x_objectives) {
    double volume = 1;
    for (size_t k = 0; k < x_objectives; ++k) {
      const Side side = x_boxes[first + k];
      volume *= below[k][side.high].value - below[k][side.low].value;
    }
    if (!(volume > 0)) continue;
    sum += volume;
    for (size_t k = 0; k < x_objectives; ++k) {
      const LogWorth &low = below[k][x_boxes[first + k].low],
                     &high = below[k][x_boxes[first + k].high];
      const double others = volume / (high.value - low.value);
      by_mean[k] += others * (high.by_mean - low.by_mean);
      by_sd[k] += others * (high.by_sd - low.by_sd);
    }
  }
  constexpr double kVanishing = 1e-200;
  if (!(sum > kVanishing)) return std::nullopt;
  for (size_t k = 0; k < x_objectives; ++k) by_mean[k] /= sum, by_sd[k] /= sum;
  return unit + std::log(sum);
}

double Undominated::log_growth_of_logs(const Gains& below, std::span<double> by_mean,
                                       std::span<double> by_sd) const {
  std::ranges::fill(by_mean, 0);
  std::ranges::fill(by_sd, 0);
  const auto side_of = [&](size_t box, size_t k) {
    const Side side = x_boxes[box * x_objectives + k];
    const LogWorth& high = below[k][side.high - 1];
    return side.low == 0 ? high : log_difference(high, below[k][side.low - 1]);
  };
  const size_t boxes = x_boxes.size() / x_objectives;
  std::vector<double> logs(boxes);
  double most = -kInfinity;
  for (size_t b = 0; b < boxes; ++b) {
    for (size_t k = 0; k < x_objectives; ++k) logs[b] += side_of(b, k).value;
    most = std::max(most, logs[b]);
  }
  if (!std::isfinite(most)) return -kInfinity;
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - most);
  for (size_t b = 0; b < boxes; ++b) {
    const double share = std::exp(logs[b] - most) / sum;
    if (share < 1e-12) continue;
    for (size_t k = 0; k < x_objectives; ++k) {
      const LogWorth side = side_of(b, k);
      by_mean[k] += share * side.by_mean;
      by_sd[k] += share * side.by_sd;
    }
  }
  return most + std::log(sum);
}

}  // namespace cairn::sweep
