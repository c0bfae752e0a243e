// CompareSearch: whether another search would have found as much with fewer runs, on what was run.
//
// Pure. Samplers may pick only configurations whose results are known, so nothing is foreseen that
// nobody measured, and what they are held against is a random order of the same configurations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "report/compare_pool.h"
#include "report/recorded_search.h"
#include "sweep/sampler.h"

namespace cairn::report {

constexpr size_t kPoolMin = 20;   // configurations
constexpr size_t kSeedsMin = 30;  // with fewer, luck passes for skill

struct CompareOptions {
  std::vector<sweep::Method> samplers = {sweep::Method::kAuto, sweep::Method::kTpe};
  size_t seeds = kSeedsMin;
  size_t picks_max = 60;
  uint64_t seed = 1;
};

enum class Verdict { kNone, kBetter, kWorse };  // than a random order; kNone: no difference

// How an order of the pool finds its best.
struct OrderSkill {
  std::string name;  // "random", "recorded", or a sampler's
  size_t orders = 0;
  // Until the best was reached but for one unit of noise; nothing: not within the picks.
  std::optional<double> picks_p10, picks_median, picks_p90, cost_s_median;
  double reached = 0;  // share of the orders
  // Behind the best after `picks_judged`: the mean over the orders, and where nine of ten lie.
  Ranged regret;
};
struct SamplerSkill : OrderSkill {
  // Than a random order, or than random proposals where that is less; what was not reached counts
  // as all picks.
  Ranged fewer_picks;
  Ranged less_regret;
  Verdict by_picks = Verdict::kNone, by_regret = Verdict::kNone;
  std::string sentence;
};

struct TriedParameter {
  std::string name;
  size_t distinct = 0;      // values tried; a random search tries as many as there are runs
  double total = kUnknown;  // share of the variance, see sensitivity.h
};

struct CompareSearch {
  std::string search, metric;
  bool is_maximized = false;
  size_t runs = 0, configurations = 0, left_out = 0;
  size_t picks = 0, picks_judged = 0, seeds = 0;
  NoiseUnit noise;
  double best = kUnknown;  // in the metric's own sense
  OrderSkill random, recorded;
  std::vector<SamplerSkill> samplers;
  std::vector<TriedParameter> parameters;  // by total, the largest first
  bool is_grid = false;
  double effective_dimensions = kUnknown;
  std::vector<std::string> notes;
  std::string reason;  // why nothing can be said; empty: it can
};

// What cannot be told has a reason; fails only where a sampler does.
Result<CompareSearch> compare_searches(const RecordedSearch& search, const sweep::Space& space,
                                       const CompareOptions& options);

model::Value to_value(const CompareSearch& compared);  // unknown is null

}  // namespace cairn::report
