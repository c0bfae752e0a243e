// Handlers of sweeps and their trials.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/clock.h"
#include "server/handlers.h"
#include "server/listing.h"
#include "server/sweep_desk.h"
#include "trials/body.h"
#include "trials/importance.h"
#include "trials/json.h"

namespace cairn::server {

using model::List;
using model::Object;
using model::Value;
using trials::Ledger;

namespace {

constexpr size_t kSweepsShown = 100, kSweepsShownMax = 1000;
constexpr size_t kTrialsShown = 1000;
constexpr int64_t kPlacesDefault = 48, kPlacesMax = 256;

// ---- bodies ----

Result<const Value*> object_at(const Value& body, std::string_view name) {
  const Value* found = trials::member(body, name);
  if (found && !found->as_object()) return fail(Code::kInvalid, "expected {} as an object", name);
  return found;
}

Result<std::string> string_at(const Value& body, std::string_view name) {
  const Value* found = trials::member(body, name);
  if (!found || !found->as_string()) return fail(Code::kInvalid, "expected {} as a string", name);
  return *found->as_string();
}

Result<std::string> maybe_string_at(const Value& body, std::string_view name) {
  return trials::member(body, name) ? string_at(body, name) : Result<std::string>(std::string());
}

Result<bool> bool_at(const Value& body, std::string_view name) {
  const Value* found = trials::member(body, name);
  if (found && !found->as_bool()) return fail(Code::kInvalid, "expected {} as true or false", name);
  return found && *found->as_bool();
}

Result<int64_t> lease_at(const Value& body) {
  const Value* seconds = trials::member(body, "lease_s");
  if (!seconds) return trials::kLeaseNs;
  const double s = seconds->is_number() ? seconds->number_or(0) : 0;
  constexpr double kMost = static_cast<double>(trials::kLeaseNsMax) / kNsPerSecond;
  if (!(s > 0 && s <= kMost))
    return fail(Code::kInvalid, "expected lease_s of more than 0 and at most {} seconds", kMost);
  return std::llround(s * kNsPerSecond);
}

Result<void> check_values(const Value& body) {
  const Value* values = trials::member(body, "values");
  if (values && !values->as_list() && !values->as_object())
    return fail(Code::kInvalid, "expected values as a list by objective or an object by metric");
  return {};
}

// What a tell says, with all of its members looked at.
Result<void> check_told(const Value& told) {
  TRY_VOID(check_values(told));
  for (const char* name : {"cost", "params", "distributions", "limits"})
    TRY_VOID(object_at(told, name));
  for (const char* name : {"state", "error", "run", "worker"})
    TRY_VOID(maybe_string_at(told, name));
  TRY_VOID(bool_at(told, "is_reused"));
  return {};
}

Result<trials::NewTrial> read_trial(const Value& body) {
  trials::NewTrial trial;
  TRY(const Value* params, object_at(body, "params"));
  if (!params) return fail(Code::kInvalid, "expected params as an object");
  model::for_each_leaf(*params, [&](const std::string& name, const Value& leaf) {
    if (!name.empty()) trial.params.emplace_back(name, leaf);
  });
  TRY_VOID(check_told(body));
  if (const Value* distributions = trials::member(body, "distributions"))
    trial.distributions = *distributions;
  const Value* state = trials::member(body, "state");
  if (trials::member(body, "values") || (state && state->string_or("") != "waiting")) {
    trial.told = body;
    trial.told.erase("params");
    trial.told.erase("distributions");
  }
  if (const Value* reports = trials::member(body, "reports")) {
    if (!reports->as_list()) return fail(Code::kInvalid, "expected reports as a list");
    for (const Value& report : *reports->as_list()) {
      const List* row = report.as_list();
      if (!row || row->size() < 2 || !row->front().is_number())
        return fail(Code::kInvalid, "expected each report as [step, value by objective...]");
      trial.reports.emplace_back(row->front().number_or(0), List(row->begin() + 1, row->end()));
    }
  }
  return trial;
}

// ---- answers ----

Value print_order(const trials::Order& order) {
  return Object{{"stop", order.stop}, {"pause", order.pause}, {"why", order.why}};
}

Result<List> print_trials(const SweepCall& call, const Ledger& ledger,
                          const std::vector<int64_t>& numbers) {
  TRY(const auto claims, call.sweeps.claims(ledger.id()));
  List printed;
  for (const int64_t number : numbers) {
    const auto claim = claims.find(number);
    printed.push_back(print_trial(ledger, *ledger.find(number),
                                  claim == claims.end() ? nullptr : &claim->second));
  }
  return printed;
}

Response answer_with(int status, const Value& value) {
  Response response = answer(value);
  response.status = status;
  return response;
}

}  // namespace

Result<Response> create_sweep(const SweepCall& call) {
  TRY(const Value body, call.object());
  trials::NewSweep wanted;
  TRY(wanted.project, string_at(body, "project"));
  TRY(wanted.name, maybe_string_at(body, "name"));
  TRY(const Value* definition, object_at(body, "definition"));
  if (!definition) return fail(Code::kInvalid, "expected definition as an object");
  wanted.definition = *definition;
  TRY(const Value* program, object_at(body, "program"));
  if (program) wanted.program = *program;
  TRY(wanted.is_define_by_run, bool_at(body, "is_define_by_run"));
  TRY(wanted.load_if_exists, bool_at(body, "load_if_exists"));
  if (!call.request.who.sees_project(wanted.project))
    return answer_forbidden(fmt::format("expected leave to use project '{}', found none ({})",
                                        wanted.project, call.request.who.print()));
  TRY_VOID(call.make_store());
  const auto find = [&](const sweep::Definition& known, const trials::NewSweep& about) {
    return call.find_priors(known, about, call.request.who);
  };
  TRY(const trials::Sweeps::Created created, call.sweeps.create(wanted, find));
  return answer_with(created.is_new ? 201 : 200, print_sweep(*created.ledger));
}

Result<Response> list_sweeps(const SweepCall& call) {
  TRY(const Slice slice, read_slice(call, kSweepsShown, kSweepsShownMax));
  trials::Book::Wanted wanted;
  wanted.project = call.text("project");
  wanted.name = call.text("name");
  wanted.projects = call.request.who.grant.projects;
  wanted.offset = slice.offset;
  wanted.limit = slice.limit;
  TRY(trials::Book::Page page, call.sweeps.list(wanted));
  List printed;
  for (trials::Book::Row& row : page.rows) printed.push_back(std::move(row.summary));
  return answer(print_page("sweeps", std::move(printed), slice.offset, page.total));
}

Result<Response> get_sweep(const SweepCall& call) {
  TRY(const Ledger* ledger, call.sweep());
  TRY(const auto best, call.sweeps.best(ledger->id()));
  return answer(print_sweep(*ledger, best));
}

Result<Response> edit_sweep(const SweepCall& call) {
  TRY(const Ledger* ledger, call.sweep());
  TRY(const Value body, call.object());
  trials::SweepChange change;
  TRY(const std::string state, maybe_string_at(body, "state"));
  if (!state.empty()) {
    change.state = trials::parse_sweep_state(state);
    if (!change.state)
      return fail(Code::kInvalid, "expected the state running, paused or stopped, found '{}'",
                  state);
  }
  TRY(const Value* definition, object_at(body, "definition"));
  if (definition) change.definition = *definition;
  if (!change.state && !definition)
    return fail(Code::kInvalid, "expected state or definition, found neither");
  TRY(ledger, call.sweeps.change(ledger->id(), change));
  return answer(print_sweep(*ledger));
}

Result<Response> remove_sweep(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY_VOID(call.sweeps.remove(call.names[0]));
  return answer(Object{{"removed", call.names[0]}});
}

Result<Response> ask_trials(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY(const Value body, call.object());
  trials::Asking asking;
  TRY(asking.worker, string_at(body, "worker"));
  TRY(asking.lease_ns, lease_at(body));
  if (const Value* count = trials::member(body, "count")) {
    if (!count->as_int() || *count->as_int() < 1)
      return fail(Code::kInvalid, "expected count as an integer of 1 or more");
    asking.count = static_cast<size_t>(*count->as_int());
  }
  TRY(const trials::Asked asked, call.sweeps.ask(call.names[0], asking));
  TRY(List printed, print_trials(call, *asked.ledger, asked.trials));
  return answer(Object{{"trials", std::move(printed)},
                       {"state", print_state(asked.ledger->state())},
                       {"reason", asked.ledger->reason()},
                       {"wait_s", asked.wait_s ? Value(*asked.wait_s) : Value()}});
}

Result<Response> add_trials(const SweepCall& call) {
  TRY(const Ledger* ledger, call.sweep());
  TRY(const Value body, call.object());
  const Value* list = body.find("trials");
  if (!list || !list->as_list()) return fail(Code::kInvalid, "expected trials as a list");
  std::vector<trials::NewTrial> wanted;
  for (const Value& item : *list->as_list()) {
    TRY(trials::NewTrial trial, read_trial(item));
    wanted.push_back(std::move(trial));
  }
  TRY(const std::vector<int64_t> numbers, call.sweeps.add(ledger->id(), wanted));
  TRY(ledger, call.sweep());
  TRY(List printed, print_trials(call, *ledger, numbers));
  return answer(Object{{"trials", std::move(printed)}});
}

Result<Response> list_trials(const SweepCall& call) {
  TRY(const Ledger* ledger, call.sweep());
  TRY(const Slice slice, read_slice(call, kTrialsShown, trials::kTrialsShownMax));
  const std::string_view wanted = call.text("state");
  const auto state = trials::parse_trial_state(wanted);
  if (!wanted.empty() && !state)
    return fail(Code::kInvalid, "expected the state of a trial, found '{}'", wanted);
  std::vector<int64_t> numbers;
  for (const auto& [number, trial] : ledger->trials())
    if (!state || trial.state == *state) numbers.push_back(number);
  const size_t total = numbers.size();
  const size_t begin = std::min(slice.offset, total);
  numbers.resize(std::max(begin, slice.end(total)));
  numbers.erase(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(begin));
  TRY(List printed, print_trials(call, *ledger, numbers));
  return answer(print_page("trials", std::move(printed), slice.offset, total));
}

Result<Response> get_trial(const SweepCall& call) {
  TRY(const Ledger* ledger, call.sweep());
  TRY(const int64_t number, call.number());
  if (!ledger->find(number))
    return fail(Code::kNotFound, "no trial {} in sweep {}", number, ledger->id());
  TRY(const List printed, print_trials(call, *ledger, {number}));
  return answer(printed.front());
}

Result<Response> beat_trial(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY(const int64_t number, call.number());
  TRY(const Value body, call.object());
  trials::Beat beat;
  TRY(beat.worker, string_at(body, "worker"));
  TRY(beat.run, maybe_string_at(body, "run"));
  TRY(beat.lease_ns, lease_at(body));
  if (const Value* checkpoint = body.find("checkpoint")) beat.checkpoint = *checkpoint;
  TRY(const trials::Order order, call.sweeps.heartbeat(call.names[0], number, beat));
  Value printed = print_order(order);
  printed.as_object()->emplace(printed.as_object()->begin(), "state", print_state(order.state));
  return answer(printed);
}

Result<Response> report_trial(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY(const int64_t number, call.number());
  TRY(const Value body, call.object());
  const Value* step = trials::member(body, "step");
  if (!step || !step->is_number()) return fail(Code::kInvalid, "expected step as a number");
  TRY_VOID(check_values(body));
  const Value* values = trials::member(body, "values");
  if (!values) return fail(Code::kInvalid, "expected values");
  TRY(const trials::Order order,
      call.sweeps.report(call.names[0], number, step->number_or(0), *values));
  return answer(print_order(order));
}

Result<Response> tell_trial(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY(const int64_t number, call.number());
  TRY(const Value body, call.object());
  TRY_VOID(check_told(body));
  TRY(const Ledger* ledger, call.sweeps.tell(call.names[0], number, body));
  return answer(Object{{"trial", print_trial(*ledger, *ledger->find(number))},
                       {"sweep", print_sweep(*ledger)}});
}

Result<Response> get_belief(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY(const auto places, call.integer("places", 2, kPlacesMax));
  const std::string x(call.text("x"));
  if (x.empty()) return fail(Code::kInvalid, "expected x, a parameter of the sweep");
  TRY(const sweep::Search::Belief belief,
      call.sweeps.belief(call.names[0], x, std::string(call.text("y")),
                         static_cast<size_t>(places.value_or(kPlacesDefault))));
  return answer(Object{{"x", belief.x},
                       {"y", belief.y},
                       {"mean", trials::print_numbers(belief.mean)},
                       {"sd", trials::print_numbers(belief.sd)}});
}

Result<Response> get_importance(const SweepCall& call) {
  TRY_VOID(call.sweep());
  TRY(const sweep::Search* search, call.sweeps.search(call.names[0]));
  TRY(const trials::Importance importance, trials::measure_importance(*search));
  List parameters;
  for (const trials::Importance::Parameter& parameter : importance.parameters)
    parameters.push_back(Object{{"name", parameter.name},
                                {"first_order", trials::or_null(parameter.first_order)},
                                {"total", trials::or_null(parameter.total)}});
  return answer(Object{{"parameters", std::move(parameters)},
                       {"quality", trials::or_null(importance.quality)},
                       {"reason", importance.reason}});
}

Result<Response> read_transcript(const SweepCall& call) {
  TRY(const Ledger* ledger, call.sweep());
  TRY(const Slice slice, read_slice(call, trials::kEventsShownMax, trials::kEventsShownMax));
  TRY(const std::vector<trials::Event> events,
      call.sweeps.transcript(call.names[0], slice.offset, slice.limit));
  List printed;
  for (const trials::Event& event : events) printed.push_back(print_event(event));
  return answer(
      print_page("events", std::move(printed), slice.offset, static_cast<size_t>(ledger->seq())));
}

}  // namespace cairn::server
