// Members in the order in which docs/api.md lists them.
#include "trials/json.h"

#include <map>

#include "trials/body.h"

namespace cairn::trials {

using model::List;
using model::Object;
using model::Value;

namespace {

Value count_of(uint64_t count) { return static_cast<int64_t>(count); }
Value time_or_null(int64_t time_ns) { return time_ns == 0 ? Value() : Value(time_ns); }

Value print_objectives(const sweep::Definition& definition) {
  List objectives;
  for (const sweep::Objective& objective : definition.objectives)
    objectives.push_back(Object{{"metric", objective.metric},
                                {"goal", objective.is_maximized ? "maximize" : "minimize"},
                                {"target", objective.target ? Value(*objective.target) : Value()}});
  return objectives;
}

Value print_counts(const Ledger& ledger) {
  Object counts;
  for (size_t i = 0; i < kTrialStates; ++i) {
    const auto state = static_cast<TrialState>(i);
    counts.emplace_back(print_state(state), count_of(ledger.count(state)));
  }
  counts.emplace_back("reused", count_of(ledger.reused()));
  return counts;
}

Value print_used(const Ledger& ledger) {
  Value used = print_cost(ledger.used());
  used.as_object()->emplace(used.as_object()->begin(), "trials", count_of(ledger.begun()));
  return used;
}

Value print_budget(const sweep::Budget& budget) {
  const auto print = [](const std::optional<double>& most) {
    return most ? Value(*most) : Value();
  };
  return Object{{"trials", or_null(budget.trials)},
                {"hours", print(budget.hours)},
                {"kwh", print(budget.kwh)},
                {"gco2e", print(budget.gco2e)},
                {"money", print(budget.money)}};
}

Value print_best(const Ledger& ledger, const std::optional<sweep::Search::Best>& best) {
  if (ledger.definition().objectives.size() != 1) return {};
  const std::optional<int64_t> number =
      best ? std::optional(static_cast<int64_t>(best->number)) : ledger.best();
  const Trial* trial = number ? ledger.find(*number) : nullptr;
  if (!trial || trial->values.empty()) return {};
  return Object{{"trial", trial->number},
                {"values", print_numbers(trial->values)},
                {"mean", best ? or_null(best->mean) : Value(trial->values.front())},
                {"sd", best ? or_null(best->sd) : Value()},
                {"params", trial->params},
                {"run", or_null(trial->run)}};
}

Value print_limits(const sweep::Definition& definition, const Trial& trial) {
  Object limits;
  for (size_t i = 0; i < definition.limits.size() && i < trial.limits.size(); ++i)
    limits.emplace_back(definition.limits[i].metric, or_null(trial.limits[i]));
  return limits;
}

// [step, value by objective...], in its own sense.
Value print_reports(const sweep::Definition& definition, const Trial& trial) {
  std::map<double, std::vector<double>> rows;
  for (size_t i = 0; i < trial.curves.size(); ++i)
    for (const sweep::Report& report : trial.curves[i]) {
      std::vector<double>& row = rows[report.step];
      row.resize(trial.curves.size(), kUnknown);
      row[i] = signed_value(definition.objectives[i], report.value);
    }
  List reports;
  for (const auto& [step, values] : rows) {
    List row = {step};
    for (const double value : values) row.push_back(or_null(value));
    reports.push_back(std::move(row));
  }
  return reports;
}

Value print_decisions(const Trial& trial) {
  List decisions;
  for (const Decision& decision : trial.decisions)
    decisions.push_back(Object{{"step", decision.step},
                               {"rule", decision.rule},
                               {"stop", decision.stop},
                               {"pause", decision.pause},
                               {"is_dry", decision.is_dry},
                               {"reason", decision.reason},
                               {"limit", or_null(decision.limit)},
                               {"chance", or_null(decision.chance)}});
  return decisions;
}

}  // namespace

Value print_sweep(const Ledger& ledger, const std::optional<sweep::Search::Best>& best) {
  const sweep::Definition& definition = ledger.definition();
  List front;
  for (const int64_t number : ledger.front()) front.emplace_back(number);
  return Object{{"id", ledger.id()},
                {"project", ledger.project()},
                {"name", ledger.name()},
                {"state", print_state(ledger.state())},
                {"reason", ledger.reason()},
                {"definition", ledger.document()},
                {"version", count_of(ledger.version())},
                {"is_define_by_run", definition.is_define_by_run},
                {"program", ledger.program()},
                {"created_ns", ledger.created_ns()},
                {"objectives", print_objectives(definition)},
                {"method", sweep::print_method(definition.method)},
                {"seed", static_cast<int64_t>(definition.seed)},
                {"size", or_null(definition.space.size())},
                {"counts", print_counts(ledger)},
                {"used", print_used(ledger)},
                {"budget", print_budget(definition.budget)},
                {"best", print_best(ledger, best)},
                {"front", std::move(front)},
                {"warnings", ledger.warnings()},
                {"seq", count_of(ledger.seq())}};
}

Value print_trial(const Ledger& ledger, const Trial& trial, const Claim* claim) {
  return Object{{"number", trial.number},
                {"state", print_state(trial.state)},
                {"params", trial.params},
                {"values", trial.values.empty() ? Value() : print_numbers(trial.values)},
                {"limits", print_limits(ledger.definition(), trial)},
                {"run", or_null(trial.run)},
                {"is_reused", trial.is_reused},
                {"worker", or_null(trial.worker)},
                {"sampler", trial.sampler},
                {"reason", trial.reason},
                {"mean", or_null(trial.mean)},
                {"sd", or_null(trial.sd)},
                {"improvement", or_null(trial.improvement)},
                {"nearest", or_null(trial.nearest)},
                {"replicate_of", or_null(trial.replicate_of)},
                {"repeat", count_of(trial.repeat)},
                {"version", count_of(trial.version)},
                {"created_ns", trial.created_ns},
                {"began_ns", time_or_null(trial.began_ns)},
                {"ended_ns", time_or_null(trial.ended_ns)},
                {"lease_until_ns", claim ? time_or_null(claim->until_ns) : Value()},
                {"cost", print_cost(trial.cost)},
                {"reports", print_reports(ledger.definition(), trial)},
                {"decisions", print_decisions(trial)},
                {"error", or_null(trial.error)},
                {"attempt", count_of(trial.attempt)},
                {"checkpoint", claim ? claim->checkpoint : Value()}};
}

Value print_event(const Event& event) {
  return Object{{"seq", count_of(event.seq)},
                {"at_ns", event.at_ns},
                {"kind", print_kind(event.kind)},
                {"trial", or_null(event.trial)},
                {"body", event.body}};
}

}  // namespace cairn::trials
