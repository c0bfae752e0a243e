// How each event changes what is known.
#include "trials/ledger.h"

#include <algorithm>
#include <cmath>

#include "trials/body.h"

namespace cairn::trials {

using model::Value;

namespace {

// Failures that come sooner than this say that the program cannot run at all.
constexpr int64_t kEarlyNs = int64_t{60} * 1'000'000'000;

sweep::Config params_at(const Value& body) {
  const Value* params = member(body, "params");
  return params && params->as_object() ? *params->as_object() : sweep::Config();
}

Decision decision_of(const Value& body) {
  return {{.stop = flag_at(body, "stop"),
           .pause = flag_at(body, "pause"),
           .rule = text_at(body, "rule"),
           .reason = text_at(body, "reason"),
           .step = number_at(body, "step"),
           .limit = number_at(body, "limit"),
           .chance = number_at(body, "chance")},
          flag_at(body, "is_dry")};
}

}  // namespace

double signed_value(const sweep::Objective& objective, double value) {
  return objective.is_maximized ? -value : value;
}

double Cost::*cost_unit(const sweep::Budget& budget) {
  if (budget.kwh) return &Cost::kwh;
  if (budget.gco2e) return &Cost::gco2e;
  if (budget.money) return &Cost::money;
  return &Cost::seconds;
}

sweep::Told told_of(const sweep::Definition& definition, const Trial& trial) {
  sweep::Told told{.outcome = sweep::Outcome::kFailed,
                   .limits = trial.limits,
                   .cost = trial.cost.*cost_unit(definition.budget)};
  const size_t objectives = definition.objectives.size();
  if (trial.state == TrialState::kComplete || trial.state == TrialState::kPrior) {
    told.outcome = sweep::Outcome::kComplete;
    told.values = trial.values;
  } else if (trial.state == TrialState::kStopped && trial.expected.size() == objectives) {
    told.outcome = sweep::Outcome::kStopped;
    told.values = trial.expected;
    told.extra_noise = trial.expected_sd;
  }
  return told;
}

Result<void> Ledger::apply(const Event& event) {
  x_seq = event.seq;
  if (event.kind == EventKind::kCreate) return create(event);
  if (event.kind == EventKind::kChange) return change(event);
  if (!event.trial) return fail(Code::kCorrupt, "event {} of sweep {} has no trial", x_seq, x_id);
  x_changed.insert(*event.trial);
  const bool is_prior = event.kind == EventKind::kPrior;
  const bool is_new = is_prior || event.kind == EventKind::kAsk || event.kind == EventKind::kAdd;
  const auto found = x_trials.find(*event.trial);
  if (!is_new && found != x_trials.end()) {
    happen(found->second, event);
    return {};
  }
  const int64_t next = is_prior ? -1 - static_cast<int64_t>(count(TrialState::kPrior))
                                : static_cast<int64_t>(next_number());
  if (!is_new || *event.trial != next)
    return fail(Code::kCorrupt, "event {} of sweep {} is of trial {}, expected {}", x_seq, x_id,
                *event.trial, is_new ? std::to_string(next) : "one that is there");
  is_prior ? add_prior(event) : add(event);
  return {};
}

void Ledger::happen(Trial& trial, const Event& event) {
  switch (event.kind) {
    case EventKind::kBegin:
      return begin(trial, event);
    case EventKind::kReport:
      return report(trial, event);
    case EventKind::kDecide:
      return decide(trial, event);
    case EventKind::kTell:
      return tell(trial, event);
    case EventKind::kRelease:
    case EventKind::kAbandon:
      return wait_again(trial, event);
    case EventKind::kLose:
      return lose(trial, event);
    case EventKind::kRun:
      trial.run = text_at(event.body, "run");
      return;
    default:
      return;
  }
}

Result<void> Ledger::create(const Event& event) {
  x_created_ns = event.at_ns;
  x_project = text_at(event.body, "project");
  x_name = text_at(event.body, "name");
  x_is_define_by_run = flag_at(event.body, "is_define_by_run");
  if (const Value* warnings = member(event.body, "warnings")) x_warnings = *warnings;
  if (const Value* program = member(event.body, "program")) x_program = *program;
  return change(event);
}

Result<void> Ledger::change(const Event& event) {
  if (const Value* document = member(event.body, "definition")) {
    TRY(sweep::ReadDefinition read, sweep::read_definition(*document));
    if (x_version > 0 && read.definition.objectives.size() != x_definition.objectives.size())
      return fail(Code::kCorrupt, "event {} of sweep {} changes how many metrics it has", x_seq,
                  x_id);
    x_definition = std::move(read.definition);
    x_definition.is_define_by_run = x_is_define_by_run;
    x_document = *document;
    ++x_version;
    weigh_all();
  }
  if (const auto state = parse_sweep_state(text_at(event.body, "state"))) {
    x_state = *state;
    x_reason = text_at(event.body, "reason");
    if (x_state == SweepState::kRunning) x_early_failures = 0;
  }
  return {};
}

void Ledger::enter(Trial trial) {
  ++x_counts[static_cast<size_t>(trial.state)];
  if (trial.state == TrialState::kWaiting) x_waiting.insert(trial.number);
  const int64_t number = trial.number;
  x_trials.insert_or_assign(number, std::move(trial));
}

void Ledger::move(Trial& trial, TrialState state) {
  --x_counts[static_cast<size_t>(trial.state)];
  ++x_counts[static_cast<size_t>(state)];
  x_waiting.erase(trial.number);
  if (state == TrialState::kWaiting) x_waiting.insert(trial.number);
  trial.state = state;
}

void Ledger::add_prior(const Event& event) {
  Trial trial;
  trial.number = *event.trial;
  trial.state = TrialState::kPrior;
  trial.params = params_at(event.body);
  trial.values = numbers_at(event.body, "values");
  trial.limits = numbers_at(event.body, "limits");
  trial.run = text_at(event.body, "run");
  trial.cost = cost_at(event.body, "cost");
  trial.created_ns = integer_at(event.body, "created_ns", event.at_ns);
  enter(std::move(trial));
}

void Ledger::add(const Event& event) {
  const Value& body = event.body;
  Trial trial;
  trial.number = *event.trial;
  trial.params = params_at(body);
  trial.sampler = text_at(body, "sampler");
  trial.reason = text_at(body, "reason");
  trial.mean = number_at(body, "mean");
  trial.sd = number_at(body, "sd");
  trial.improvement = number_at(body, "improvement");
  if (const Value* nearest = member(body, "nearest")) trial.nearest = nearest->int_or(0);
  if (const Value* base = member(body, "replicate_of"))
    trial.replicate_of = static_cast<uint64_t>(base->int_or(0));
  trial.repeat = static_cast<uint64_t>(integer_at(body, "repeat"));
  if (const Value* memory = member(body, "memory")) trial.memory = *memory;
  trial.version = x_version;
  trial.created_ns = event.at_ns;
  enter(std::move(trial));
  if (event.kind == EventKind::kAsk) begin(x_trials.at(*event.trial), event);
}

void Ledger::begin(Trial& trial, const Event& event) {
  if (trial.began_ns == 0) ++x_begun;
  move(trial, TrialState::kRunning);
  trial.worker = text_at(event.body, "worker");
  trial.began_ns = event.at_ns;
  if (const Value* promotion = member(event.body, "promotion")) {
    trial.decisions.push_back(decision_of(*promotion));
  }
}

void Ledger::report(Trial& trial, const Event& event) {
  const double step = number_at(event.body, "step");
  const std::vector<double> values = numbers_at(event.body, "values");
  trial.curves.resize(x_definition.objectives.size());
  for (size_t i = 0; i < trial.curves.size() && i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const sweep::Report report{step, signed_value(x_definition.objectives[i], values[i])};
    std::vector<sweep::Report>& curve = trial.curves[i];
    const auto place =
        std::lower_bound(curve.begin(), curve.end(), step,
                         [](const sweep::Report& known, double at) { return known.step < at; });
    curve.insert(place, report);
  }
}

void Ledger::decide(Trial& trial, const Event& event) {
  trial.decisions.push_back(decision_of(event.body));
  const Decision& said = trial.decisions.back();
  if (said.pause && !said.is_dry && trial.state == TrialState::kRunning)
    move(trial, TrialState::kPaused);
}

// What a trial cost adds up over all its attempts, also where it only waits again afterwards.
void Ledger::tell(Trial& trial, const Event& event) {
  const Value& body = event.body;
  const Cost cost = cost_at(body, "cost");
  trials::add(trial.cost, cost);
  trials::add(x_used, cost);
  if (const std::string run = text_at(body, "run"); !run.empty()) trial.run = run;
  if (member(body, "params")) trial.params = params_at(body);
  const auto state = parse_trial_state(text_at(body, "state"));
  if (!state) return;
  move(trial, *state);
  trial.values = numbers_at(body, "values");
  trial.limits = numbers_at(body, "limits");
  trial.expected = numbers_at(body, "expected");
  trial.expected_sd = number_at(body, "expected_sd");
  trial.error = text_at(body, "error");
  trial.ended_ns = event.at_ns;
  if (flag_at(body, "is_reused") && !trial.is_reused) {
    trial.is_reused = true;
    ++x_reused;
    if (trial.began_ns != 0) --x_begun;
  }
  if (trial.state == TrialState::kFailed && !flag_at(body, "is_no_number")) count_failure(trial);
  if (trial.state == TrialState::kComplete) consider(trial);
}

void Ledger::wait_again(Trial& trial, const Event& event) {
  const Cost cost = cost_at(event.body, "cost");
  trials::add(trial.cost, cost);
  trials::add(x_used, cost);
  if (event.kind == EventKind::kAbandon) ++trial.attempt;
  trial.worker.clear();
  move(trial, TrialState::kWaiting);
}

void Ledger::lose(Trial& trial, const Event& event) {
  trial.error = text_at(event.body, "error");
  trial.ended_ns = event.at_ns;
  move(trial, TrialState::kLost);
}

// A program that cannot run at all fails at once, and each time.
void Ledger::count_failure(const Trial& trial) {
  const bool has_result = count(TrialState::kComplete) + count(TrialState::kStopped) > 0;
  if (has_result || trial.began_ns == 0 || trial.ended_ns - trial.began_ns > kEarlyNs) return;
  ++x_early_failures;
  x_last_error = trial.error;
}

bool Ledger::keeps_limits(const Trial& trial) const {
  for (size_t i = 0; i < x_definition.limits.size() && i < trial.limits.size(); ++i) {
    const sweep::Limit& limit = x_definition.limits[i];
    const double value = trial.limits[i];
    if (limit.is_minimum ? value < limit.bound : value > limit.bound) return false;
  }
  return true;
}

// Takes a finished trial into account for what is best.
void Ledger::consider(const Trial& trial) {
  const auto& objectives = x_definition.objectives;
  if (objectives.empty() || trial.values.size() != objectives.size() || !keeps_limits(trial))
    return;
  const auto is_no_worse = [&](const Trial& a, const Trial& b) {
    for (size_t i = 0; i < objectives.size(); ++i)
      if (signed_value(objectives[i], a.values[i]) > signed_value(objectives[i], b.values[i]))
        return false;
    return true;
  };
  const auto has_target = [](const sweep::Objective& o) { return o.target.has_value(); };
  bool reaches = std::any_of(objectives.begin(), objectives.end(), has_target);
  for (size_t i = 0; i < objectives.size(); ++i)
    if (objectives[i].target)
      reaches = reaches && signed_value(objectives[i], trial.values[i]) <=
                               signed_value(objectives[i], *objectives[i].target);
  if (reaches && !x_on_target) x_on_target = trial.number;
  if (objectives.size() == 1) {
    if (!x_best || !is_no_worse(x_trials.at(*x_best), trial)) x_best = trial.number;
    return;
  }
  for (const int64_t other : x_front)
    if (is_no_worse(x_trials.at(other), trial)) return;
  std::erase_if(x_front, [&](int64_t other) { return is_no_worse(trial, x_trials.at(other)); });
  x_front.push_back(trial.number);
  std::sort(x_front.begin(), x_front.end());
}

void Ledger::weigh_all() {
  x_best.reset();
  x_on_target.reset();
  x_front.clear();
  for (const auto& [number, trial] : x_trials)
    if (trial.state == TrialState::kComplete) consider(trial);
}

const Trial* Ledger::find(int64_t number) const {
  const auto found = x_trials.find(number);
  return found == x_trials.end() ? nullptr : &found->second;
}

uint64_t Ledger::next_number() const {
  const bool has_any = !x_trials.empty() && x_trials.rbegin()->first >= 0;
  return has_any ? static_cast<uint64_t>(x_trials.rbegin()->first) + 1 : 0;
}

std::optional<int64_t> Ledger::next_waiting(bool only_begun) const {
  for (const int64_t number : x_waiting)
    if (!only_begun || x_trials.at(number).began_ns != 0) return number;
  return std::nullopt;
}

double Ledger::share_used() const {
  const sweep::Budget& budget = x_definition.budget;
  double share = kUnknown;
  const auto weigh = [&](double used, double most) {
    if (!std::isnan(used) && most > 0) share = std::fmax(share, std::fmin(used / most, 1));
  };
  const auto spent = [](double used) { return std::isnan(used) ? 0 : used; };
  if (budget.trials) weigh(static_cast<double>(x_begun), static_cast<double>(*budget.trials));
  if (budget.hours) weigh(spent(x_used.seconds) / 3600, *budget.hours);
  if (budget.kwh) weigh(spent(x_used.kwh), *budget.kwh);
  if (budget.gco2e) weigh(spent(x_used.gco2e), *budget.gco2e);
  if (budget.money) weigh(spent(x_used.money), *budget.money);
  return share;
}

sweep::Curve Ledger::curve_of(const Trial& trial, size_t objective) const {
  return {.trial = static_cast<uint64_t>(trial.number),
          .reports = trial.curves[objective],
          .has_finished = trial.state == TrialState::kComplete,
          .is_paused = trial.state == TrialState::kPaused,
          .is_maximized = x_definition.objectives[objective].is_maximized};
}

std::vector<sweep::Curve> Ledger::curves(size_t objective, std::optional<int64_t> without) const {
  std::vector<sweep::Curve> curves;
  for (auto trial = x_trials.lower_bound(0); trial != x_trials.end(); ++trial)
    if (objective < trial->second.curves.size() && trial->first != without)
      curves.push_back(curve_of(trial->second, objective));
  return curves;
}

}  // namespace cairn::trials
