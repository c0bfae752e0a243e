// A replay as a Value for programs: unknown numbers are null.
#include <cmath>

#include "report/replay.h"

namespace cairn::report {

namespace {

using model::List;
using model::Object;
using model::Value;

Value number(double value) { return std::isfinite(value) ? Value(value) : Value(); }
Value count(size_t value) { return Value(static_cast<int64_t>(value)); }

Value maybe(const std::optional<Ranged>& ranged) { return ranged ? to_value(*ranged) : Value(); }

// In the metric's own sense.
Value print_incumbents(const std::vector<std::pair<double, double>>& incumbents, double sign) {
  List list;
  for (const auto& [at_s, best] : incumbents) list.push_back(List{at_s, sign * best});
  return list;
}

Value print_policy_replay(const PolicyReplay& told, double sign) {
  const RegretQuantiles& regret = told.regret;
  return Object{
      {"policy", std::string(print_policy(told.chosen.policy.kind))},
      {"rule", told.rule},
      {"chosen_on", count(told.chosen.searches)},
      {"orders", count(told.orders)},
      {"saved", to_value(told.saved)},
      {"saved_s", to_value(told.saved_s)},
      {"saved_kwh", to_value(told.saved_kwh)},
      {"best_kept", to_value(told.best_kept)},
      {"within_noise", to_value(told.within_noise)},
      {"regret", Object{{"median", number(regret.median)},
                        {"p90", number(regret.p90)},
                        {"p95", number(regret.p95)},
                        {"max", number(regret.max)},
                        {"p95_rescored", number(told.rescored_regret_p95)}}},
      {"top_kept", List(told.top_kept.begin(), told.top_kept.end())},
      {"survivor_rank_p95", number(told.survivor_rank_p95)},
      {"saved_by", Object{{"diverged", told.saved_diverged},
                          {"best_quarter", told.saved_best_quarter},
                          {"others", told.saved_others}}},
      {"recorded_order", Object{{"saved", number(told.recorded_saved)},
                                {"best_kept", told.recorded_best_kept},
                                {"regret", number(told.recorded_regret)},
                                {"span_s", number(told.recorded_span_s)},
                                {"best_so_far", print_incumbents(told.incumbents, sign)}}},
      {"saved_without_cut", maybe(told.saved_without_cut)},
      {"best_kept_without_cut", maybe(told.best_kept_without_cut)},
      {"sentence", told.sentence}};
}

}  // namespace

Value to_value(const Ranged& ranged) {
  if (!std::isfinite(ranged.value)) return {};
  return Object{
      {"value", ranged.value}, {"low", number(ranged.low)}, {"high", number(ranged.high)}};
}

Value to_value(const Replay& replay) {
  const double sign = replay.is_maximized ? -1 : 1;
  List policies, checks;
  for (const PolicyReplay& told : replay.policies)
    policies.push_back(print_policy_replay(told, sign));
  for (const ReplayCheck& check : replay.checks)
    checks.push_back(
        Object{{"name", check.name}, {"is_fine", check.is_fine}, {"found", check.found}});
  return Object{
      {"search", replay.search},
      {"metric", replay.metric},
      {"goal", replay.is_maximized ? "maximize" : "minimize"},
      {"runs", count(replay.runs)},
      {"without_curve", count(replay.without_curve)},
      {"cut", count(replay.cut)},
      {"cost_s", replay.cost_s},
      {"kwh", number(replay.kwh)},
      {"energy_runs", count(replay.energy_runs)},
      {"span_s", number(replay.span_s)},
      {"workers", count(replay.workers)},
      {"workers_source", replay.is_workers_recorded ? "recorded" : "asked"},
      {"noise", Object{{"unit", number(replay.noise.sd)},
                       {"source", replay.noise.is_measured ? "replicates" : "1 % of the best"}}},
      {"best", number(replay.best)},
      {"best_rescored", number(replay.best_rescored)},
      {"best_so_far", print_incumbents(replay.incumbents, sign)},
      {"policies", std::move(policies)},
      {"checks", std::move(checks)},
      {"reason", replay.reason}};
}

}  // namespace cairn::report
