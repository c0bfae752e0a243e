// Wilcoxon: a trial over folds or instances is stopped when the best trial was better on the same
// ones more clearly than chance explains (decides as Optuna's WilcoxonPruner does).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

// Up to here the distribution is counted out, beyond it is as good as normal.
constexpr size_t kExactMax = 50;
constexpr size_t kPairsMin = 2;

double mean_of(std::span<const Report> reports) {
  double sum = 0;
  for (const Report& report : reports) sum += report.value;
  return sum / static_cast<double>(reports.size());
}

struct Ranks {
  std::vector<double> rank;  // of the sizes of the differences, from 1; equal ones share theirs
  double tied = 0;           // sum of t^3 - t over groups of t equal ones
};

Ranks rank_sizes(std::span<const double> differences) {
  const size_t count = differences.size();
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  const auto size_of = [&](size_t i) { return std::abs(differences[i]); };
  std::ranges::sort(order, {}, size_of);
  Ranks ranks{std::vector<double>(count)};
  for (size_t begin = 0; begin < count;) {
    size_t end = begin + 1;
    while (end < count && size_of(order[end]) == size_of(order[begin])) ++end;
    const auto equal = static_cast<double>(end - begin);
    for (size_t i = begin; i < end; ++i)
      ranks.rank[order[i]] = static_cast<double>(begin + end + 1) / 2;
    ranks.tied += equal * equal * equal - equal;
    begin = end;
  }
  return ranks;
}

// The share of all sign patterns whose positive ranks sum to at least `sum`. Ranks are multiples
// of a half; zeros give half of theirs to either side whatever their sign.
double exact_chance(std::span<const double> differences, const Ranks& ranks, double sum) {
  std::vector<double> ways = {1};  // by twice the sum of positive ranks
  double fixed = 0;
  for (size_t i = 0; i < differences.size(); ++i) {
    if (differences[i] == 0) {
      fixed += ranks.rank[i] / 2;
      continue;
    }
    const auto twice = static_cast<size_t>(2 * ranks.rank[i]);
    std::vector<double> next(ways.size() + twice);
    for (size_t s = 0; s < ways.size(); ++s) {
      next[s] += ways[s] / 2;
      next[s + twice] += ways[s] / 2;
    }
    ways = std::move(next);
  }
  double chance = 0;
  for (size_t s = 0; s < ways.size(); ++s)
    if (static_cast<double>(s) / 2 + fixed >= sum) chance += ways[s];
  return chance;
}

// How likely differences would be as positive as these if they were as often negative.
double chance_of(std::span<const double> differences) {
  const Ranks ranks = rank_sizes(differences);
  double sum = 0;
  for (size_t i = 0; i < differences.size(); ++i)
    sum += differences[i] > 0 ? ranks.rank[i] : differences[i] == 0 ? ranks.rank[i] / 2 : 0;
  if (differences.size() <= kExactMax) return exact_chance(differences, ranks, sum);
  const auto n = static_cast<double>(differences.size());
  const double variance = (n * (n + 1) * (2 * n + 1) - ranks.tied / 2) / 24;
  const double z = (sum - n * (n + 1) / 4) / std::sqrt(variance);
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

// Over the steps that both have.
std::vector<double> differences_of(std::span<const Report> a, std::span<const Report> b) {
  std::vector<double> differences;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].step == b[j].step) {
      differences.push_back(a[i].value - b[j].value);
      ++i, ++j;
    } else {
      a[i].step < b[j].step ? ++i : ++j;
    }
  }
  return differences;
}

}  // namespace

Decision judge_by_wilcoxon(const StopRule& rule, const Curve& current, Others others) {
  Decision decision = begin_decision(rule, current);
  const Curve* best = nullptr;
  double best_mean = 0;
  for (const Curve& other : others) {
    if (!other.has_finished || other.reports.empty()) continue;
    const double mean = mean_of(other.reports);
    const bool is_best =
        !best || mean < best_mean || (mean == best_mean && other.trial < best->trial);
    if (!std::isfinite(mean) || !is_best) continue;
    best = &other;
    best_mean = mean;
  }
  const double mean = mean_of(current.reports);
  if (!best || !std::isfinite(mean)) return decision;
  const auto differences = differences_of(current.reports, best->reports);
  const double needed = std::max(rule.warmup, static_cast<double>(kPairsMin));
  if (static_cast<double>(differences.size()) < needed) return decision;

  decision.limit = shown(current, best_mean);
  const double p = chance_of(differences);
  decision.stop = p < rule.p_value && mean > best_mean;
  decision.reason =
      fmt::format("on {} folds {} than trial {} (mean {:.4g}, its {:.4g}; p {:.3g})",
                  differences.size(), decision.stop ? "clearly worse" : "not clearly worse",
                  best->trial, shown(current, mean), decision.limit, p);
  return decision;
}

}  // namespace cairn::sweep
