// What comes back from trials: signs of life, reports, results, and configurations from elsewhere.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "base/clock.h"
#include "base/utf8.h"
#include "trials/open_sweep.h"
#include "wire/json.h"

namespace cairn::trials {

using model::Object;
using model::Value;

namespace {

Result<const Trial*> trial_of(const Ledger& ledger, int64_t number) {
  const Trial* trial = ledger.find(number);
  if (!trial || number < 0)
    return fail(Code::kNotFound, "no trial {} in sweep {}", number, ledger.id());
  return trial;
}

// The value of a metric in what was told: a list by objective, or an object by metric.
double value_of(const Value& values, const std::string& metric, size_t objective) {
  const model::List* list = values.as_list();
  if (list) return objective < list->size() ? (*list)[objective].number_or(kUnknown) : kUnknown;
  const Value* found = values.find(metric);
  if (!found) found = model::find_path(values, metric);
  return found && found->is_number() ? found->number_or(kUnknown) : kUnknown;
}

std::vector<double> objective_values(const sweep::Definition& definition, const Value& values) {
  std::vector<double> by_objective;
  for (size_t i = 0; i < definition.objectives.size(); ++i)
    by_objective.push_back(value_of(values, definition.objectives[i].metric, i));
  return by_objective;
}

// Limits stand among the values by metric, or beside them.
std::vector<double> limit_values(const sweep::Definition& definition, const Value& told) {
  const Value* values = member(told, "values");
  const Value* limits = member(told, "limits");
  std::vector<double> all;
  for (size_t i = 0; i < definition.limits.size(); ++i) {
    const std::string& metric = definition.limits[i].metric;
    double value = limits ? value_of(*limits, metric, i) : kUnknown;
    if (std::isnan(value) && values && values->as_object()) value = value_of(*values, metric, i);
    all.push_back(value);
  }
  return all;
}

// Why it is no result, or "".
std::string fault_of(const sweep::Definition& definition, const std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& metric = definition.objectives[i].metric;
    if (std::isnan(values[i]))
      return fmt::format("expected a number for '{}', found NaN or none", metric);
    if (std::isinf(values[i]))
      return fmt::format("expected a finite number for '{}', found infinity", metric);
  }
  return {};
}

std::string cut(std::string text) {
  if (text.size() > kErrorBytesMax) text.resize(kErrorBytesMax);
  return to_utf8(text);
}

Order order_of(const Ledger& ledger, const Trial& trial) {
  Order order{.state = trial.state};
  if (const Decision* stop = trial.stop(); stop && trial.state == TrialState::kRunning) {
    order.stop = true;
    order.why = stop->reason;
  } else if (trial.state == TrialState::kPaused) {
    order.pause = true;
    order.why = trial.decisions.empty() ? "" : trial.decisions.back().reason;
  } else if (trial.state != TrialState::kRunning) {
    order.stop = true;
    order.why = fmt::format("the trial is {} already", print_state(trial.state));
  } else if (ledger.state() == SweepState::kStopped || ledger.state() == SweepState::kFinished) {
    order.stop = true;
    order.why = fmt::format("the sweep is {}: {}", print_state(ledger.state()), ledger.reason());
  }
  return order;
}

Value print_decision(const sweep::Decision& decision, bool is_dry) {
  return Object{{"step", decision.step},
                {"rule", decision.rule},
                {"stop", decision.stop},
                {"pause", decision.pause},
                {"is_dry", is_dry},
                {"reason", decision.reason},
                {"limit", or_null(decision.limit)},
                {"chance", or_null(decision.chance)}};
}

enum class Ending { kComplete, kFailed, kStopped, kReleased };

Result<Ending> ending_of(const Value& told) {
  const std::string state = text_at(told, "state");
  if (state.empty())
    return member(told, "error") && !member(told, "values") ? Ending::kFailed : Ending::kComplete;
  if (state == "complete") return Ending::kComplete;
  if (state == "failed") return Ending::kFailed;
  if (state == "stopped") return Ending::kStopped;
  if (state == "released") return Ending::kReleased;
  return fail(Code::kInvalid,
              "expected the state complete, failed, stopped or released, found "
              "'{}'",
              state);
}

// The last report of a trial, by objective; empty where one has none.
std::vector<double> last_values(const sweep::Definition& definition, const Trial& trial) {
  std::vector<double> values;
  for (size_t i = 0; i < trial.curves.size(); ++i) {
    if (trial.curves[i].empty()) return {};
    values.push_back(signed_value(definition.objectives[i], trial.curves[i].back().value));
  }
  return values;
}

// What a trial that ends early would have come to, for the models: by objective, and how sure.
struct Expected {
  std::vector<double> values;
  double sd = 0;
};
Expected expected_of(const Ledger& ledger, const Trial& trial) {
  Expected expected;
  for (size_t i = 0; i < trial.curves.size(); ++i) {
    const std::vector<sweep::Report>& reports = trial.curves[i];
    if (reports.empty()) return {};
    std::vector<sweep::Curve> others = ledger.curves(i, trial.number);
    std::erase_if(others, [](const sweep::Curve& curve) { return !curve.has_finished; });
    double end = reports.back().step, sum = 0, squares = 0;
    for (const sweep::Curve& curve : others) {
      end = std::max(end, curve.reports.back().step);
      sum += curve.reports.back().value;
      squares += curve.reports.back().value * curve.reports.back().value;
    }
    const auto count = static_cast<double>(others.size());
    const double mean = count > 0 ? sum / count : 0;
    const double spread = count > 0 ? std::sqrt(std::max(squares / count - mean * mean, 0.0)) : 0;
    const auto whole = sweep::extrapolate(reports, end, others);
    const double value = whole ? whole->mean : reports.back().value;
    if (!std::isfinite(value)) return {};
    expected.values.push_back(signed_value(ledger.definition().objectives[i], value));
    if (i == 0) expected.sd = whole ? whole->sd : spread;
  }
  return expected;
}

// How a trial ended, as its event says it.
void add_result(const Ledger& ledger, const Trial& trial, const Value& told, Ending ending,
                Value& body) {
  const sweep::Definition& definition = ledger.definition();
  const Value* given = member(told, "values");
  std::vector<double> values(definition.objectives.size(), kUnknown);
  if (given) values = objective_values(definition, *given);
  std::string error = cut(text_at(told, "error"));
  std::string fault = fault_of(definition, values);
  if (ending == Ending::kStopped) {
    const Expected expected = expected_of(ledger, trial);
    body.set("expected", print_numbers(expected.values));
    body.set("expected_sd", expected.sd);
    if (!fault.empty()) values = last_values(definition, trial);
  } else if (ending == Ending::kComplete && !fault.empty()) {
    ending = Ending::kFailed;
    error = std::move(fault);
    body.set("is_no_number", true);
  }
  const TrialState state = ending == Ending::kComplete  ? TrialState::kComplete
                           : ending == Ending::kStopped ? TrialState::kStopped
                                                        : TrialState::kFailed;
  if (state == TrialState::kFailed) values.clear();
  body.set("state", print_state(state));
  body.set("values", print_numbers(values));
  body.set("limits", print_numbers(limit_values(definition, told)));
  body.set("error", or_null(error));
  body.set("is_reused", flag_at(told, "is_reused"));
}

}  // namespace

Result<Order> Sweeps::heartbeat(std::string_view id, int64_t number, const Beat& beat) {
  if (beat.lease_ns <= 0 || beat.lease_ns > kLeaseNsMax)
    return fail(Code::kInvalid, "expected a lease of more than 0 and at most {} seconds",
                kLeaseNsMax / kNsPerSecond);
  if (beat.worker.empty() || beat.worker.size() > kWorkerBytesMax)
    return fail(Code::kInvalid, "expected a worker of 1 to {} bytes", kWorkerBytesMax);
  if (beat.checkpoint && wire::print_json(*beat.checkpoint).size() > kCheckpointBytesMax)
    return fail(Code::kLimit, "expected a checkpoint of at most {} bytes", kCheckpointBytesMax);
  return write<Order>(id, [&](Open& sweep) -> Result<Order> {
    TRY(const Trial* trial, trial_of(sweep.ledger, number));
    if (!beat.run.empty() && beat.run != trial->run)
      TRY_VOID(put(sweep, EventKind::kRun, number, Object{{"run", beat.run}}));
    if (is_over(trial->state)) return order_of(sweep.ledger, *trial);
    TRY(std::optional<Claim> claim, x_book->claim(sweep.place, number));
    const bool is_others = claim && !claim->worker.empty() && claim->worker != beat.worker;
    if (is_others)
      return Order{.state = trial->state, .stop = true, .why = "another worker has this trial now"};
    Claim renewed = claim ? std::move(*claim) : Claim();
    if (beat.checkpoint) renewed.checkpoint = *beat.checkpoint;
    if (trial->state == TrialState::kWaiting) {  // it was thought to be gone
      TRY_VOID(put(sweep, EventKind::kBegin, number, Object{{"worker", beat.worker}}));
    }
    if (trial->state == TrialState::kRunning) {
      renewed.worker = beat.worker;
      renewed.until_ns = x_world.now_ns() + beat.lease_ns;
    }
    TRY_VOID(x_book->put_claim(sweep.place, number, renewed));
    return order_of(sweep.ledger, *trial);
  });
}

Result<Order> Sweeps::report(std::string_view id, int64_t number, double step,
                             const Value& values) {
  if (!std::isfinite(step)) return fail(Code::kInvalid, "expected a finite number as the step");
  return write<Order>(id, [&](Open& sweep) { return take_report(sweep, number, step, values); });
}

Result<Order> Sweeps::take_report(Open& sweep, int64_t number, double step, const Value& values) {
  const Ledger& ledger = sweep.ledger;
  TRY(const Trial* trial, trial_of(ledger, number));
  if (is_over(trial->state)) return order_of(ledger, *trial);
  // A value that is not finite is the worst there is: a rule can judge it, a model need not see it.
  std::vector<double> finite = objective_values(ledger.definition(), values);
  const bool is_by_metric = values.as_object() != nullptr;
  bool has_any = false;
  for (size_t i = 0; i < finite.size(); ++i) {
    const sweep::Objective& objective = ledger.definition().objectives[i];
    const bool is_there = !is_by_metric || values.find(objective.metric);
    has_any = has_any || is_there;
    if (is_there && !std::isfinite(finite[i]))
      finite[i] = signed_value(objective, std::numeric_limits<double>::infinity());
  }
  if (finite.empty()) return order_of(ledger, *trial);  // nothing is aimed at, nothing is judged
  if (!has_any)
    return fail(Code::kInvalid, "expected a value for '{}'",
                ledger.definition().objectives.front().metric);
  for (size_t i = 0; i < trial->curves.size(); ++i)
    for (const sweep::Report& known : trial->curves[i])
      if (known.step == step && !std::isnan(finite[i])) return order_of(ledger, *trial);
  if (!trial->curves.empty() && trial->curves[0].size() >= kReportsMax)
    return fail(Code::kLimit, "expected at most {} reports of a trial", kReportsMax);
  TRY_VOID(put(sweep, EventKind::kReport, number,
               Object{{"step", step}, {"values", print_numbers(finite)}}));
  return judge(sweep, number, step);
}

Result<Order> Sweeps::judge(Open& sweep, int64_t number, double step) {
  const Ledger& ledger = sweep.ledger;
  const sweep::StopRule& rule = ledger.definition().stop;
  const Trial* trial = ledger.find(number);
  const auto is_newest = [&](const auto& curve) {
    return curve.empty() || curve.back().step <= step;
  };
  const bool is_told_off = std::any_of(
      trial->decisions.begin(), trial->decisions.end(),
      [](const Decision& known) { return known.stop || (known.pause && known.is_dry); });
  if (rule.kind == sweep::StopRule::Kind::kNone || trial->state != TrialState::kRunning ||
      is_told_off || !std::all_of(trial->curves.begin(), trial->curves.end(), is_newest))
    return order_of(ledger, *trial);
  sweep::Decision decision;
  if (trial->curves.size() == 1) {
    const std::vector<sweep::Curve> others = ledger.curves(0, number);
    decision = sweep::judge(rule, ledger.curve_of(*trial, 0), others);
  } else {
    std::vector<sweep::Curve> current;
    std::vector<std::vector<sweep::Curve>> others;
    for (size_t i = 0; i < trial->curves.size(); ++i) {
      current.push_back(ledger.curve_of(*trial, i));
      others.push_back(ledger.curves(i, number));
    }
    decision = sweep::judge(rule, current, others);
  }
  if (decision.reason.empty()) return order_of(ledger, *trial);
  TRY_VOID(put(sweep, EventKind::kDecide, number, print_decision(decision, rule.is_dry)));
  if (trial->state == TrialState::kPaused) TRY_VOID(leave(sweep, number));
  return order_of(ledger, *trial);
}

Result<const Ledger*> Sweeps::tell(std::string_view id, int64_t number, const Value& told) {
  return write<const Ledger*>(id, [&](Open& sweep) -> Result<const Ledger*> {
    TRY_VOID(take_tell(sweep, number, told));
    TRY_VOID(conclude(sweep));
    return &sweep.ledger;
  });
}

Result<void> Sweeps::take_tell(Open& sweep, int64_t number, const Value& told) {
  const Ledger& ledger = sweep.ledger;
  TRY(const Trial* trial, trial_of(ledger, number));
  // The first result counts; what was given up may still come to something.
  if (trial->state == TrialState::kComplete || trial->state == TrialState::kStopped) return {};
  TRY(const Ending ending, ending_of(told));
  if (trial->state == TrialState::kFailed && ending != Ending::kComplete) return {};
  // Whoever was thought to be gone may bring a result, but gives up nothing for who has it now.
  const std::string worker = text_at(told, "worker");
  const bool is_strangers = !worker.empty() && worker != trial->worker && trial->attempt > 1;
  if (is_strangers && trial->state == TrialState::kRunning && ending != Ending::kComplete)
    return {};
  if (const Value* distributions = member(told, "distributions"))
    TRY_VOID(grow_space(sweep, *distributions));

  Cost cost = cost_at(told, "cost");
  const bool is_under_way =
      trial->state == TrialState::kRunning || trial->state == TrialState::kPaused;
  if (std::isnan(cost.seconds) && is_under_way && !flag_at(told, "is_reused"))
    cost.seconds = static_cast<double>(x_world.now_ns() - trial->began_ns) / kNsPerSecond;
  Value body(Object{{"cost", print_cost(cost)}});
  for (const char* name : {"run", "worker", "params"})
    if (const Value* value = member(told, name)) body.set(name, *value);

  const bool stays_paused = trial->state == TrialState::kPaused && ending == Ending::kStopped;
  if (ending == Ending::kReleased || stays_paused) {
    const bool waits = trial->state == TrialState::kRunning;
    TRY_VOID(put(sweep, waits ? EventKind::kRelease : EventKind::kTell, number, std::move(body)));
    return leave(sweep, number);
  }
  add_result(ledger, *trial, told, ending, body);
  TRY_VOID(put(sweep, EventKind::kTell, number, std::move(body)));
  TRY_VOID(x_book->drop_claim(sweep.place, number));
  return check_unit(sweep, *ledger.find(number));
}

// Nobody is at the trial any more; its checkpoint stays for who goes on with it.
Result<void> Sweeps::leave(Open& sweep, int64_t number) {
  TRY(std::optional<Claim> claim, x_book->claim(sweep.place, number));
  if (!claim) return {};
  return x_book->put_claim(sweep.place, number, {"", 0, std::move(claim->checkpoint)});
}

// A budget whose unit nobody measures would never end.
Result<void> Sweeps::check_unit(Open& sweep, const Trial& trial) {
  const Ledger& ledger = sweep.ledger;
  const sweep::Budget& budget = ledger.definition().budget;
  if (trial.state != TrialState::kComplete || trial.is_reused || trial.began_ns == 0 ||
      ledger.state() != SweepState::kRunning)
    return {};
  const std::tuple<bool, double, std::string_view, std::string_view> units[] = {
      {budget.kwh.has_value(), trial.cost.kwh, "kWh", "see 'cairn energy doctor'"},
      {budget.gco2e.has_value(), trial.cost.gco2e, "g CO2e",
       "say where it runs (CAIRN_ZONE, or zone below [footprint] in cairn.toml)"},
      {budget.money.has_value(), trial.cost.money, "money",
       "say the price of a kWh (CAIRN_PRICE_PER_KWH) or where it runs (CAIRN_ZONE)"}};
  for (const auto& [is_limited, cost, unit, remedy] : units)
    if (is_limited && std::isnan(cost))
      return set_state(sweep, SweepState::kPaused,
                       fmt::format("the budget is in {}, and trial {} did not say how much of it "
                                   "it took: {}",
                                   unit, trial.number, remedy));
  return {};
}

Result<std::vector<int64_t>> Sweeps::add(std::string_view id, std::span<const NewTrial> trials) {
  if (trials.size() > kAddedMax)
    return fail(Code::kLimit, "expected at most {} trials in one request, found {}", kAddedMax,
                trials.size());
  return write<std::vector<int64_t>>(id, [&](Open& sweep) -> Result<std::vector<int64_t>> {
    std::vector<int64_t> numbers;
    for (const NewTrial& trial : trials) TRY_VOID(add_one(sweep, trial, numbers));
    if (sweep.ledger.state() == SweepState::kFinished && sweep.ledger.next_waiting(false))
      TRY_VOID(set_state(sweep, SweepState::kRunning, ""));
    TRY_VOID(conclude(sweep));
    return numbers;
  });
}

Result<void> Sweeps::add_one(Open& sweep, const NewTrial& trial, std::vector<int64_t>& numbers) {
  if (sweep.ledger.next_number() >= kTrialsMax)
    return fail(Code::kLimit, "expected at most {} trials of a sweep", kTrialsMax);
  if (!trial.distributions.is_null()) TRY_VOID(grow_space(sweep, trial.distributions));
  TRY_VOID(sweep.adviser.follow(sweep.ledger));
  TRY(const sweep::Proposal proposal, sweep.adviser.add(trial.params, sweep.ledger));
  const auto number = static_cast<int64_t>(proposal.number);
  TRY_VOID(put(sweep, EventKind::kAdd, number,
               Object{{"params", params_of(sweep.ledger.definition(), proposal)},
                      {"sampler", proposal.sampler},
                      {"reason", proposal.reason}}));
  numbers.push_back(number);
  for (const auto& [step, values] : trial.reports)
    TRY_VOID(take_report(sweep, number, step, values));
  return trial.told.is_null() ? Result<void>() : take_tell(sweep, number, trial.told);
}

Result<void> Sweeps::grow_space(Open& sweep, const Value& distributions) {
  if (!sweep.ledger.definition().is_define_by_run)
    return fail(Code::kInvalid,
                "expected a sweep whose objective says what its parameters are as it runs: this "
                "one has them in its definition");
  const auto merged = merge_distributions(sweep.ledger.document(), distributions);
  return merged ? change_definition(sweep, *merged) : Result<void>();
}

}  // namespace cairn::trials
