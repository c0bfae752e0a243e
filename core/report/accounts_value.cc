// Accounts as a Value for programs: unknown numbers are null.
#include "report/accounts.h"

namespace cairn::report {

namespace {

using model::List;
using model::Object;
using model::Value;

Value count(size_t value) { return Value(static_cast<int64_t>(value)); }

Value or_null(const std::optional<footprint::Quantity>& quantity) {
  return quantity ? footprint::to_value(*quantity) : Value();
}

Value or_null(const std::optional<double>& number) { return number ? Value(*number) : Value(); }

Value print_flop(const Cost& cost) {
  if (!cost.flop) return {};
  Value out = footprint::to_value(*cost.flop);
  // What is told by the run is neither a sensor's word nor a model's.
  out.set("method", cost.flop_modelled == 0   ? "declared"
                    : cost.flop_declared == 0 ? "modelled"
                                              : "declared and modelled");
  return out;
}

Value print_named(const NamedCost& named) {
  Value out = to_value(named.cost);
  out.set("name", named.name.empty() ? Value() : Value(named.name));
  out.set("finished", count(named.finished));
  out.set("unsuccessful", count(named.unsuccessful));
  out.set("best", or_null(named.best));
  return out;
}

List print_all(const std::vector<NamedCost>& costs) {
  List list;
  for (const NamedCost& cost : costs) list.push_back(print_named(cost));
  return list;
}

Value print_reached(const Reached& reached) {
  return Object{{"goal", reached.goal},
                {"threshold", reached.threshold},
                {"run", reached.run},
                {"elapsed_s", reached.elapsed_s},
                {"cost", to_value(reached.cost)}};
}

Value print_times(const RunTimes& times) {
  if (times.runs == 0) return {};
  return Object{{"runs", count(times.runs)},
                {"mean_s", times.mean_s},
                {"median_s", times.median_s},
                {"shortest_s", times.shortest_s},
                {"longest_s", times.longest_s}};
}

Value print_results(const ResultSummary& results) {
  const bool is_known = results.runs > 0;
  const auto number = [&](double value) { return is_known ? Value(value) : Value(); };
  return Object{{"runs", count(results.runs)},
                {"diverged", count(results.diverged)},
                {"without", count(results.without)},
                {"mean", number(results.mean)},
                {"sd", results.runs > 1 ? Value(results.sd) : Value()},
                {"median", number(results.median)},
                {"low", number(results.low)},
                {"high", number(results.high)}};
}

}  // namespace

Value to_value(const Cost& cost) {
  Value pflops_days;
  if (cost.flop) pflops_days = footprint::to_value(*cost.flop * (1 / kFlopPerPflopsDay));
  if (cost.flop) pflops_days.erase("method");
  return Object{{"runs", count(cost.runs)},
                {"wall_s", cost.wall_s},
                {"gpu_s", or_null(cost.gpu_s)},
                {"energy_kwh", or_null(cost.energy_kwh)},
                {"carbon_kg", or_null(cost.carbon_kg)},
                {"money", or_null(cost.money)},
                {"currency", cost.currency.empty() ? Value() : Value(cost.currency)},
                {"flop", print_flop(cost)},
                {"pflops_days", std::move(pflops_days)},
                {"unknown", Object{{"energy", count(cost.energy_unknown)},
                                   {"carbon", count(cost.carbon_unknown)},
                                   {"money", count(cost.money_unknown)},
                                   {"flop", count(cost.flop_unknown)}}}};
}

Value to_value(const Accounts& accounts, std::span<const CardRun> runs) {
  List final_runs, reached;
  for (const size_t i : accounts.final_runs)
    final_runs.push_back(Object{{"id", runs[i].id}, {"name", runs[i].name}});
  for (const Reached& goal : accounts.reached) reached.push_back(print_reached(goal));
  return Object{{"finished", count(accounts.finished)},
                {"failed", count(accounts.failed)},
                {"crashed", count(accounts.crashed)},
                {"running", count(accounts.running)},
                {"first_ns", accounts.first_ns > 0 ? Value(accounts.first_ns) : Value()},
                {"last_ns", accounts.last_ns > 0 ? Value(accounts.last_ns) : Value()},
                {"total", to_value(accounts.total)},
                {"final", accounts.final_by.empty() ? Value() : to_value(accounts.final_model)},
                {"final_by", accounts.final_by.empty() ? Value() : Value(accounts.final_by)},
                {"final_runs", std::move(final_runs)},
                {"search", accounts.final_by.empty() ? Value() : to_value(accounts.search)},
                {"unsuccessful", to_value(accounts.unsuccessful)},
                {"run_times", print_times(accounts.times)},
                {"results", print_results(accounts.results)},
                {"by_hardware", print_all(accounts.by_hardware)},
                {"by_search", print_all(accounts.by_search)},
                {"reached", std::move(reached)},
                {"notes", List(accounts.notes.begin(), accounts.notes.end())}};
}

}  // namespace cairn::report
