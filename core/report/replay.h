// Replay: what stopping early would have saved in a search that was run to its end, and lost.
//
// Pure. Every run of a search was paid for in full, so the curves are there to ask any rule of
// stopping what it would have done, with the rules that sweeps themselves use (sweep/stopping.h).
// One order of arrival is one throw of the dice: the recorded order is told beside many shuffled
// ones, and what would have been lost beside what would have been saved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/value.h"
#include "report/recorded_search.h"
#include "report/replay_policy.h"

namespace cairn::report {

constexpr size_t kReplayRunsMin = 10;
constexpr size_t kTopKept = 5;

struct ReplayOptions {
  std::vector<PolicyKind> policies = {PolicyKind::kAsha, PolicyKind::kMedian, PolicyKind::kAuto};
  size_t workers = 0;   // 0: as many as ran at once
  size_t orders = 200;  // at most: fewer of a policy that thinks long
  uint64_t seed = 1;
};

// How far the survivor is behind the best of all, over the orders.
struct RegretQuantiles {
  double median = kUnknown, p90 = kUnknown, p95 = kUnknown, max = kUnknown;
};

struct PolicyReplay {
  ChosenPolicy chosen;
  model::Value rule;  // in the steps of the search, as a sweep file has it
  size_t orders = 0;
  // Over the orders: means, with the 5 to 95 % range of what is saved, and Wilson's 90 % interval
  // of shares of orders.
  Ranged saved, saved_s, saved_kwh;  // saved: a share of the cost
  Ranged best_kept, within_noise;    // the best run survives; the survivor is as good but for noise
  RegretQuantiles regret;
  double rescored_regret_p95 = kUnknown;  // once luck is taken off the results
  std::vector<double> top_kept;  // of the best five: in which share of orders each survives
  double survivor_rank_p95 = kUnknown;
  // Shares of the cost that were saved on runs that diverged, on those that came to the best
  // quarter, and on all others.
  double saved_diverged = 0, saved_best_quarter = 0, saved_others = 0;
  // The order in which the runs really began.
  double recorded_saved = kUnknown, recorded_regret = kUnknown, recorded_span_s = kUnknown;
  bool recorded_best_kept = false;
  std::vector<std::pair<double, double>> incumbents;  // seconds, best result
  // Without the runs that had been cut themselves; nothing where there are none.
  std::optional<Ranged> saved_without_cut, best_kept_without_cut;
  std::string sentence;
};

// What has to hold for a replay to mean something, and what was found.
struct ReplayCheck {
  std::string name;
  bool is_fine = true;
  std::string found;
};

struct Replay {
  std::string search, metric;
  bool is_maximized = false;
  size_t runs = 0, without_curve = 0, cut = 0;
  double cost_s = 0;
  double kwh = kUnknown;  // of the runs of which it is known
  size_t energy_runs = 0;
  double span_s = kUnknown;  // with the workers of the replay, nothing stopped
  size_t workers = 0;
  bool is_workers_recorded = true;
  NoiseUnit noise;
  double best = kUnknown, best_rescored = kUnknown;  // in the metric's own sense
  std::vector<PolicyReplay> policies;
  std::vector<ReplayCheck> checks;
  std::vector<std::pair<double, double>> incumbents;  // nothing stopped
  std::string reason;                                 // why there is no replay; empty: there is
};

// Never fails: what cannot be told has a reason. `others`: searches on which the parameters of the
// policies are chosen. Cost: see bench/replay_bench.cc.
Replay replay_search(const RecordedSearch& search, std::span<const RecordedSearch> others,
                     const ReplayOptions& options);

std::vector<ReplayCheck> check_replay(const RecordedSearch& search, const NoiseUnit& noise,
                                      std::span<const double> scores);

model::Value to_value(const Replay& replay);  // unknown is null

}  // namespace cairn::report
