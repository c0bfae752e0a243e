// See replay.h.
#include "report/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/replay_order.h"
#include "report/results.h"

namespace cairn::report {

namespace {

constexpr double kSecondsPerHour = 3600;
constexpr size_t kOrdersMin = 10;
constexpr double kWorkMax = 4e9;  // of one policy: about so many nanoseconds

// What playing one order costs, in nanoseconds: which rules look at how much.
double work_of(PolicyKind kind, const RecordedSearch& search) {
  const auto runs = static_cast<double>(search.runs.size());
  double reports = 0;
  for (const RecordedRun& run : search.runs) reports += static_cast<double>(run.reports.size());
  switch (kind) {
    case PolicyKind::kAsha:
      return 400 * reports + 32 * runs * runs;
    case PolicyKind::kAshaPromotion:
      return 400 * reports + 100 * runs * runs;
    case PolicyKind::kHyperband:
      return 400 * reports + 5 * runs * reports;
    case PolicyKind::kAuto:
      return 400 * reports + 200'000 * runs;
    default:
      return 400 * reports;
  }
}

size_t orders_of(PolicyKind kind, const RecordedSearch& search, size_t wanted) {
  const auto affordable = static_cast<size_t>(kWorkMax / (1 + work_of(kind, search)));
  return std::min(wanted, std::max(affordable, kOrdersMin));
}

// The 90 % interval of a share of so many.
Ranged wilson(size_t hits, size_t count) {
  constexpr double kZ = 1.6449;
  if (count == 0) return {};
  const auto n = static_cast<double>(count);
  const double share = static_cast<double>(hits) / n, z2 = kZ * kZ / n;
  const double middle = (share + z2 / 2) / (1 + z2);
  const double reach = kZ / (1 + z2) * std::sqrt(share * (1 - share) / n + z2 / (4 * n));
  return {share, std::max(0.0, middle - reach), std::min(1.0, middle + reach)};
}

// The mean, and where nine of ten values lie.
Ranged spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {sum / static_cast<double>(values.size()), quantile(values, 0.05), quantile(values, 0.95)};
}

Ranged times(const Ranged& ranged, double factor) {
  return {ranged.value * factor, ranged.low * factor, ranged.high * factor};
}

// What is the same for all policies.
struct Pool {
  explicit Pool(const RecordedSearch& recorded) : search(recorded) {
    const auto configurations = configurations_of(search);
    noise = noise_unit(search, configurations);
    scores = rescored(search, configurations, noise);
    best = *best_run(search);
    for (size_t i = 0; i < search.runs.size(); ++i) {
      const RecordedRun& run = search.runs[i];
      cost_s += run.ran_s;
      if (std::isfinite(run.result)) ranking.push_back(i);
      if (std::isfinite(run.kwh)) {
        kwh += run.kwh;
        ++energy_runs;
      }
    }
    std::ranges::stable_sort(ranking, {}, [&](size_t i) { return search.runs[i].result; });
    rank.resize(search.runs.size(), search.runs.size());
    for (size_t i = 0; i < ranking.size(); ++i) rank[ranking[i]] = i + 1;
  }

  bool is_best_quarter(size_t run) const { return 4 * rank[run] <= ranking.size() + 3; }

  const RecordedSearch& search;
  NoiseUnit noise;
  std::vector<double> scores;
  size_t best = 0;
  double cost_s = 0, kwh = 0;
  size_t energy_runs = 0;
  std::vector<size_t> ranking, rank;  // runs with a result, best first; by run from 1
};

// Sums up what happens over orders.
class Tally {
 public:
  explicit Tally(const Pool& pool)
      : x_pool(pool), x_top_kept(std::min(kTopKept, pool.ranking.size())) {}

  void add(const Played& played) {
    const OrderOutcome outcome = outcome_of(x_pool.search, played);
    x_saved.push_back(outcome.saved);
    x_regrets.push_back(outcome.regret);
    const size_t survivor = outcome.survivor.value_or(x_pool.ranking.back());
    x_rescored.push_back(std::max(0.0, x_pool.scores[survivor] - x_pool.scores[x_pool.best]));
    x_ranks.push_back(static_cast<double>(x_pool.rank[survivor]));
    x_best_kept += !played.runs[x_pool.best].is_stopped;
    x_within_noise += outcome.regret <= x_pool.noise.sd;
    for (size_t i = 0; i < x_top_kept.size(); ++i)
      x_top_kept[i] += !played.runs[x_pool.ranking[i]].is_stopped;
    add_savings(played);
  }

  Ranged saved() const { return spread_of(x_saved); }
  Ranged best_kept() const { return wilson(x_best_kept, x_saved.size()); }

  void tell(PolicyReplay& told) {
    const auto count = static_cast<double>(x_saved.size());
    told.orders = x_saved.size();
    told.saved = saved();
    told.saved_s = times(told.saved, x_pool.cost_s);
    if (x_pool.energy_runs > 0) told.saved_kwh = spread_of(x_saved_kwh);
    told.best_kept = best_kept();
    told.within_noise = wilson(x_within_noise, x_saved.size());
    std::ranges::sort(x_regrets);
    std::ranges::sort(x_rescored);
    std::ranges::sort(x_ranks);
    told.regret = {quantile(x_regrets, 0.5), quantile(x_regrets, 0.9), quantile(x_regrets, 0.95),
                   x_regrets.back()};
    told.rescored_regret_p95 = quantile(x_rescored, 0.95);
    told.survivor_rank_p95 = quantile(x_ranks, 0.95);
    for (const size_t kept : x_top_kept) told.top_kept.push_back(static_cast<double>(kept) / count);
    told.saved_diverged = x_diverged_s / x_pool.cost_s / count;
    told.saved_best_quarter = x_best_quarter_s / x_pool.cost_s / count;
    told.saved_others = x_others_s / x_pool.cost_s / count;
  }

 private:
  void add_savings(const Played& played) {
    double kwh = 0;
    for (size_t i = 0; i < played.runs.size(); ++i) {
      const RecordedRun& run = x_pool.search.runs[i];
      const double saved_s = run.ran_s - played.runs[i].cost_s;
      if (saved_s <= 0) continue;
      if (std::isfinite(run.kwh)) kwh += run.kwh * saved_s / run.ran_s;
      const bool is_diverged = played.runs[i].is_diverged_before || !std::isfinite(run.result);
      (is_diverged                 ? x_diverged_s
       : x_pool.is_best_quarter(i) ? x_best_quarter_s
                                   : x_others_s) += saved_s;
    }
    x_saved_kwh.push_back(kwh);
  }

  const Pool& x_pool;
  std::vector<double> x_saved, x_saved_kwh, x_regrets, x_rescored, x_ranks;
  size_t x_best_kept = 0, x_within_noise = 0;
  std::vector<size_t> x_top_kept;
  double x_diverged_s = 0, x_best_quarter_s = 0, x_others_s = 0;
};

std::vector<size_t> recorded_order(const RecordedSearch& search) {
  std::vector<size_t> order(search.runs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

Tally play_orders(const Pool& pool, const sweep::StopRule& rule, size_t orders, uint64_t seed,
                  size_t workers) {
  Tally tally(pool);
  for (size_t number = 0; number < orders; ++number)
    tally.add(
        play(pool.search, rule, shuffled_order(pool.search.runs.size(), seed, number), workers));
  return tally;
}

std::string say_percent(double share) { return fmt::format("{:.0f}", 100 * share); }

std::string say_cost(double cost_s) {
  if (cost_s >= kSecondsPerHour) return fmt::format("{:.3g} run-hours", cost_s / kSecondsPerHour);
  return fmt::format("{:.3g} run-seconds", cost_s);
}

std::string say_loss(double regret, const NoiseUnit& noise) {
  if (regret == 0) return "as good";
  if (!(noise.sd > 0)) return fmt::format("at most {:.2g} worse", regret);
  return fmt::format("at most {:.2g} worse ({:.2g} {})", regret, regret / noise.sd,
                     noise.is_measured ? "noise SDs" : "times 1 % of the best");
}

std::string say(const PolicyReplay& told, const Pool& pool) {
  return fmt::format(
      "{} would have saved {} % ({}–{}) of {}; chance that the best run survives {} %; in 95 % of "
      "orders the survivor is {}.",
      print_policy(told.chosen.policy.kind), say_percent(told.saved.value),
      say_percent(told.saved.low), say_percent(told.saved.high), say_cost(pool.cost_s),
      say_percent(told.best_kept.value), say_loss(told.regret.p95, pool.noise));
}

// The search without the runs that were cut; nothing where that leaves too few, or all.
std::optional<RecordedSearch> without_cut(const RecordedSearch& search) {
  RecordedSearch whole = search;
  std::erase_if(whole.runs, [](const RecordedRun& run) { return run.is_censored; });
  if (whole.runs.size() == search.runs.size() || whole.runs.size() < kReplayRunsMin ||
      !best_run(whole))
    return std::nullopt;
  return whole;
}

PolicyReplay replay_policy(const Pool& pool, const Pool* whole, const ChosenPolicy& chosen,
                           const ReplayOptions& options, size_t workers) {
  constexpr size_t kOrdersWithoutCut = 50;
  const sweep::StopRule rule = rule_of(chosen.policy, pool.search);
  PolicyReplay told{.chosen = chosen, .rule = sweep::print_stop_rule(rule)};
  const size_t orders = orders_of(chosen.policy.kind, pool.search, options.orders);
  play_orders(pool, rule, orders, options.seed, workers).tell(told);

  const Played recorded = play(pool.search, rule, recorded_order(pool.search), workers);
  const OrderOutcome outcome = outcome_of(pool.search, recorded);
  told.recorded_saved = outcome.saved;
  told.recorded_regret = outcome.regret;
  told.recorded_span_s = recorded.span_s;
  told.recorded_best_kept = !recorded.runs[pool.best].is_stopped;
  told.incumbents = recorded.incumbents;
  if (whole) {
    const Tally tally = play_orders(*whole, rule_of(chosen.policy, whole->search),
                                    std::min(orders, kOrdersWithoutCut), options.seed, workers);
    told.saved_without_cut = tally.saved();
    told.best_kept_without_cut = tally.best_kept();
  }
  told.sentence = say(told, pool);
  return told;
}

std::string find_reason(const RecordedSearch& search) {
  const size_t runs = search.runs.size(), all = runs + search.without_curve;
  if (runs < kReplayRunsMin)
    return fmt::format(
        "a replay needs at least {} runs with a curve of '{}', found {} of {} runs: "
        "{} more would do",
        kReplayRunsMin, search.metric, runs, all, kReplayRunsMin - runs);
  const auto has_curve = [](const RecordedRun& run) { return run.reports.size() > 1; };
  if (std::ranges::none_of(search.runs, has_curve))
    return fmt::format(
        "'{}' was logged once by each of {} runs: there is no curve to stop by; log "
        "it at several steps",
        search.metric, runs);
  if (!best_run(search))
    return fmt::format("none of {} runs has a finite result of '{}'", runs, search.metric);
  const auto took_time = [](const RecordedRun& run) { return run.ran_s > 0; };
  if (std::ranges::none_of(search.runs, took_time)) return "nobody knows how long the runs took";
  return "";
}

}  // namespace

Replay replay_search(const RecordedSearch& search, std::span<const RecordedSearch> others,
                     const ReplayOptions& options) {
  Replay replay{.search = search.name,
                .metric = search.metric,
                .is_maximized = search.is_maximized,
                .runs = search.runs.size(),
                .without_curve = search.without_curve};
  replay.cut = static_cast<size_t>(std::ranges::count_if(search.runs, &RecordedRun::is_censored));
  replay.reason = find_reason(search);
  if (!replay.reason.empty()) return replay;

  const Pool pool(search);
  const double sign = search.is_maximized ? -1 : 1;
  replay.cost_s = pool.cost_s;
  if (pool.energy_runs > 0) replay.kwh = pool.kwh;
  replay.energy_runs = pool.energy_runs;
  replay.is_workers_recorded = options.workers == 0;
  replay.workers = options.workers > 0 ? options.workers : recorded_workers(search);
  replay.noise = pool.noise;
  replay.best = sign * search.runs[pool.best].result;
  replay.best_rescored = sign * pool.scores[pool.best];
  const Played all = play(search, {}, recorded_order(search), replay.workers);
  replay.span_s = all.span_s;
  replay.incumbents = all.incumbents;
  const auto whole_search = without_cut(search);
  std::optional<Pool> whole;
  if (whole_search) whole.emplace(*whole_search);
  std::vector<const RecordedSearch*> useful;
  for (const RecordedSearch& other : others)
    if (find_reason(other).empty()) useful.push_back(&other);
  for (const PolicyKind kind : options.policies)
    replay.policies.push_back(replay_policy(pool, whole ? &*whole : nullptr,
                                            choose_policy(kind, useful, options.seed), options,
                                            replay.workers));
  replay.checks = check_replay(search, pool.noise, pool.scores);
  return replay;
}

}  // namespace cairn::report
