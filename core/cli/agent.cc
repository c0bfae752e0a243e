// The loop of `cairn agent`: ask, look up, start, attend, tell.
#include "cli/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/id.h"
#include "cli/flight.h"
#include "cli/past_runs.h"
#include "cli/tracing.h"
#include "server/leases.h"
#include "trials/trial.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{200}, kReportPeriod{1000};
constexpr seconds kLookPeriod{2}, kTellPeriod{2};
constexpr double kWaitMinS = 0.1, kWaitMaxS = 2;
constexpr seconds kTellPatience{30};  // for results that are left at our end
constexpr int kConsoleTail = 50;
constexpr size_t kDeliveryTries = 20;
constexpr milliseconds kDeliveryPause{250};
constexpr std::array kWatched = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kWatched) sigaddset(&set, signal);
  return set;
}

bool is_transient(const Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kIo;
}

}  // namespace

Agent::Agent(const RunAgent& command, const Desk& desk, FoundSweep sweep)
    : x_command(command),
      x_desk(desk),
      x_sweep(std::move(sweep)),
      x_worker(server::this_process() + " cairn agent"),
      x_progress(desk.terminal,
                 {command.as_json, command.agent.jobs > 1 && !command.agent.verbose}) {
  const sigset_t watched = watched_signals();
  ::pthread_sigmask(SIG_BLOCK, &watched, &x_mask);
  x_heartbeat.emplace(
      Heartbeat::Place{desk.client.dir(), desk.client.url(), x_sweep.path(), x_worker});
}

Agent::~Agent() { ::pthread_sigmask(SIG_SETMASK, &x_mask, nullptr); }

Result<void> Agent::read_definition() {
  if (x_version == int_at(x_sweep.sweep, "version")) return {};
  TRY(sweep::ReadDefinition read, sweep::read_definition(value_at(x_sweep.sweep, "definition")));
  x_definition = std::move(read.definition);
  x_version = int_at(x_sweep.sweep, "version");
  return {};
}

Result<int> Agent::run() {
  TRY_VOID(read_definition());
  while (true) {
    take_signals();
    if (x_signal == 0) TRY_VOID(fill_slots());
    attend();
    look_after_awaited();
    tell_again();
    x_progress.draw(x_sweep.sweep, x_running.size());
    if (const auto end = find_end()) {
      x_progress.end(x_sweep.sweep, end->second);
      return end->first;
    }
    wait();
  }
}

// The exit code and why, where there is nothing left to do.
std::optional<std::pair<int, std::string>> Agent::find_end() const {
  if (!x_running.empty() || !x_awaited.empty()) return std::nullopt;
  if (!x_untold.empty() && Clock::now() < x_next_tell + kTellPatience && x_signals < 2)
    return std::nullopt;
  if (!x_untold.empty())
    return std::pair(kExitBroken, fmt::format("{} results could not be told", x_untold.size()));
  if (x_signal != 0) return std::pair(128 + x_signal, std::string("ended by a signal"));
  const std::string state = text_at(x_sweep.sweep, "state");
  const std::string reason = text_at(x_sweep.sweep, "reason");
  // With a reason it paused by itself; whom a person has paused is waited for.
  if (state == "paused" && x_taken > 0 && reason != trials::kPausedByUser)
    return std::pair(kExitBroken, fmt::format("paused ({}); 'cairn sweep resume {}' goes on",
                                              reason, x_sweep.id));
  if (x_is_over)
    return std::pair(kExitOk, reason.empty() ? state : fmt::format("{} ({})", state, reason));
  if (x_command.agent.count && x_taken >= *x_command.agent.count)
    return std::pair(kExitOk, std::string("this agent's trials are done"));
  return std::nullopt;
}

// --- taking trials

Result<void> Agent::fill_slots() {
  const AgentWords& words = x_command.agent;
  const size_t jobs = words.jobs;
  while (!x_is_over && Clock::now() >= x_next_ask && x_running.size() < jobs &&
         x_awaited.size() <= jobs) {
    size_t count = jobs - x_running.size();
    if (words.count) count = std::min(count, *words.count - std::min(x_taken, *words.count));
    if (count == 0) break;
    const auto taken = ask(count);
    if (!taken && (!x_has_asked || !is_transient(taken.error()))) {
      release_all();
      return tl::unexpected(taken.error());
    }
    if (!taken) {
      x_progress.note(taken.error().message());
      x_next_ask = Clock::now() + seconds(2);
    }
    if (!taken || *taken == 0) break;
    take_signals();
    if (x_signal != 0) break;
  }
  return {};
}

// How many trials were taken.
Result<size_t> Agent::ask(size_t count) {
  TRY(const Value answer, x_desk.client.send("POST", x_sweep.path() + "/ask", {},
                                             Object{{"count", static_cast<int64_t>(count)},
                                                    {"worker", x_worker},
                                                    {"lease_s", Heartbeat::kLeaseS}}));
  x_has_asked = true;
  const model::List& trials = list_at(answer, "trials");
  x_sweep.sweep.set("state", text_at(answer, "state"));
  x_sweep.sweep.set("reason", text_at(answer, "reason"));
  for (const Value& trial : trials) {
    ++x_taken;
    begin(trial);
  }
  if (!trials.empty()) return trials.size();
  const Value& wait_s = value_at(answer, "wait_s");
  if (wait_s.is_null() && x_running.empty() && x_awaited.empty()) x_is_over = true;
  const double pause_s = std::clamp(wait_s.number_or(kWaitMaxS), kWaitMinS, kWaitMaxS);
  x_next_ask = Clock::now() + milliseconds(static_cast<int64_t>(pause_s * 1e3));
  if (text_at(answer, "state") == "paused")
    x_progress.note(fmt::format("the sweep is paused: {}", text_at(answer, "reason")));
  return 0;
}

void Agent::begin(Value trial) {
  const int64_t number = int_at(trial, "number");
  x_heartbeat->keep(number, "");
  if (int_at(trial, "version") != x_version) {
    const auto sweep = x_desk.client.get(x_sweep.path());
    if (sweep) x_sweep.sweep = *sweep;
    if (const auto read = read_definition(); !read)
      return fail_trial(number, read.error().message());
  }
  auto command = fill_trial_command(x_definition, value_at(trial, "params"));
  if (!command) return fail_trial(number, command.error().message());
  begin(Claimed{std::move(trial), std::move(*command)});
}

void Agent::begin(Claimed claimed) {
  const int64_t number = claimed.number();
  // A replicate is asked for to be run, not to be remembered.
  if (value_at(claimed.trial, "replicate_of").is_null()) {
    const auto planned = plan_command(claimed.command.argv, {"auto", ""});
    if (!planned) return fail_trial(number, planned.error().message());
    if (tell_known(claimed, *planned) || awaits(claimed, *planned)) return;
  }
  const std::string run = make_id();
  auto process = start(claimed, run);
  if (!process) return fail_trial(number, process.error().message());
  x_heartbeat->keep(number, x_sweep.project + "/" + run);
  std::vector<std::string> names;
  for (const sweep::Objective& objective : x_definition.objectives)
    names.push_back(objective.metric);
  const auto now = Clock::now();
  x_running.push_back({std::move(claimed),
                       run,
                       std::move(*process),
                       MetricFeed(x_sweep.project, run, std::move(names)),
                       now,
                       now + kReportPeriod,
                       Fate::kRuns,
                       {}});
}

Result<TrialProcess> Agent::start(const Claimed& claimed, const std::string& run) const {
  const int64_t number = claimed.number();
  const AgentWords& words = x_command.agent;
  TrialProcess::Order order;
  order.options = {"--dir",
                   x_desk.client.dir(),
                   "--project",
                   x_sweep.project,
                   "--id",
                   run,
                   "--name",
                   fmt::format("{}-{}", x_sweep.name.empty() ? x_sweep.id : x_sweep.name, number),
                   "--reuse",
                   "never",
                   "--sample-period",
                   fmt::format("{}", words.sample_period_s)};
  if (!x_desk.client.url().empty())
    order.options.insert(order.options.end(), {"--url", x_desk.client.url()});
  for (const Metric& metric : metrics())
    order.options.insert(order.options.end(), {"--metric", metric.name});
  order.argv = claimed.command.argv;
  order.variables = {{"CAIRN_SWEEP", x_sweep.id},
                     {"CAIRN_TRIAL", std::to_string(number)},
                     {"CAIRN_TRIAL_CONFIG", wire::print_json(value_at(claimed.trial, "params"))}};
  if (const Value& checkpoint = value_at(claimed.trial, "checkpoint"); !checkpoint.is_null())
    order.variables.emplace_back("CAIRN_TRIAL_CHECKPOINT", wire::print_json(checkpoint));
  order.is_shown = words.verbose || words.jobs == 1;
  order.shows_on_stderr = x_command.as_json;
  return TrialProcess::start(order);
}

// --- what need not be run

// Tells the result of an earlier run where there is one that will do.
bool Agent::tell_known(const Claimed& claimed, const PlannedCommand& planned) {
  trace::StatIndex index = open_stat_index();
  const auto found = look_up(x_desk.client, planned, index);
  if (!found) return false;
  const std::vector<Metric> wanted = metrics();
  for (const Relative& relative : found->relatives) {
    if (!is_result_of(relative, claimed.command, value_at(claimed.trial, "params"))) continue;
    const Value values = read_metrics(wanted, value_at(relative.run, "summary"));
    if (values.as_object()->size() < wanted.size()) continue;
    tell(claimed.number(), Object{{"values", values},
                                  {"run", relative.past.project + "/" + relative.past.run},
                                  {"is_reused", true},
                                  {"worker", x_worker}});
    return true;
  }
  return false;
}

bool Agent::awaits(const Claimed& claimed, const PlannedCommand& planned) {
  const auto leader = Flight::find_leader(x_desk.client, planned);
  if (!leader || !*leader) return false;
  x_progress.note(fmt::format("trial {} is running already, by {}: waiting for it",
                              claimed.number(), (*leader)->holder));
  x_awaited.push_back({claimed, planned, (*leader)->holder, Clock::now() + kLookPeriod});
  return true;
}

void Agent::look_after_awaited() {
  std::vector<Claimed> free;
  for (auto at = x_awaited.begin(); at != x_awaited.end();) {
    if (Clock::now() < at->next_look) {
      ++at;
      continue;
    }
    at->next_look = Clock::now() + kLookPeriod;
    const auto leader = Flight::find_leader(x_desk.client, at->planned);
    const bool goes_on = !leader || (*leader && (*leader)->holder == at->holder);
    if (goes_on || x_running.size() + free.size() >= x_command.agent.jobs) {
      ++at;
      continue;
    }
    free.push_back(std::move(at->claimed));
    at = x_awaited.erase(at);
  }
  for (Claimed& claimed : free) begin(std::move(claimed));
}

// --- attending

void Agent::attend() {
  const auto wishes = x_heartbeat->take_wishes();
  for (auto at = x_running.begin(); at != x_running.end();) {
    if (settle(*at)) {
      at = x_running.erase(at);
      continue;
    }
    if (const auto wish = wishes.find(at->claimed.number()); wish != wishes.end())
      follow(*at, wish->second);
    const bool is_judged = x_definition.stop.kind != sweep::StopRule::Kind::kNone;
    if (is_judged && at->fate == Fate::kRuns && Clock::now() >= at->next_report) report(*at);
    if (at->fate != Fate::kRuns && !at->is_killed && Clock::now() >= at->killed_at) {
      at->process.kill();
      at->is_killed = true;
    }
    ++at;
  }
}

// Passes on what the trial has logged since, and does what the sweep makes of it.
void Agent::report(Running& running) {
  running.next_report = Clock::now() + kReportPeriod;
  const auto rows = running.feed.read(x_desk.client);
  if (!rows) return;  // its run is not there yet, or the store does not answer: next time
  const std::string path =
      fmt::format("{}/trials/{}/report", x_sweep.path(), running.claimed.number());
  for (const MetricFeed::Row& row : *rows) {
    const auto order = x_desk.client.send(
        "POST", path, {}, Object{{"step", row.step}, {"values", row.values}, {"worker", x_worker}});
    if (!order) continue;
    follow(running, {flag_at(*order, "stop"), flag_at(*order, "pause"), text_at(*order, "why")});
    if (running.fate != Fate::kRuns) break;
  }
}

void Agent::follow(Running& running, const Heartbeat::Wish& wish) {
  if (!wish.stop && !wish.pause) return;
  if (running.fate != Fate::kRuns) return;
  end(running, wish.stop ? Fate::kStopped : Fate::kPaused);
}

void Agent::end(Running& running, Fate fate) {
  running.fate = fate;
  running.killed_at =
      Clock::now() + milliseconds(static_cast<int64_t>(x_command.agent.grace_s * 1e3));
  running.process.ask_to_end();
}

// Whether the trial has ended; then its result is told.
bool Agent::settle(Running& running) {
  const auto exit_code = running.process.find_end();
  if (!exit_code) return false;
  // What it logged last may be what it is judged by.
  const bool is_judged = x_definition.stop.kind != sweep::StopRule::Kind::kNone;
  if (is_judged && running.fate == Fate::kRuns) {
    report(running);
    running.fate = Fate::kRuns;
  }
  if (running.fate != Fate::kPaused) tell(running.claimed.number(), result_of(running, *exit_code));
  x_heartbeat->leave(running.claimed.number());
  return true;
}

// What a server knows of the run may lag behind its end.
Result<Value> Agent::read_ended(const std::string& path) const {
  for (size_t tries = 0;; ++tries) {
    auto run = x_desk.client.get(path);
    const bool has_ended = run && text_at(*run, "state") != "running";
    if (has_ended || x_desk.client.url().empty() || tries >= kDeliveryTries) return run;
    std::this_thread::sleep_for(kDeliveryPause);
  }
}

Value Agent::result_of(const Running& running, int exit_code) {
  const double duration_s = std::chrono::duration<double>(Clock::now() - running.began).count();
  const std::string path = run_path(running.run);
  const auto run = read_ended(path);
  const auto console =
      x_desk.client.get(path + "/console", {{"tail", std::to_string(kConsoleTail)}});
  const Value& summary = run ? value_at(*run, "summary") : value_at({}, "");
  const model::List& lines = console ? list_at(*console, "lines") : list_at({}, "");
  Value told = Object{{"run", x_sweep.project + "/" + running.run},
                      {"worker", x_worker},
                      {"cost", cost_of(summary, duration_s)}};
  if (running.fate == Fate::kReleased) {
    told.set("state", "released");
    return told;
  }
  const Value values = read_metrics(metrics(), summary);
  if (!values.as_object()->empty()) told.set("values", values);
  if (running.fate == Fate::kStopped) {
    told.set("state", "stopped");
  } else if (exit_code != 0) {
    told.set("state", "failed");
    told.set("error", explain_failure(run ? *run : Value(), lines, exit_code));
  } else {
    for (const sweep::Objective& objective : x_definition.objectives) {
      if (values.find(objective.metric)) continue;
      told.set("state", "failed");
      told.set("error", explain_missing_metric(objective.metric, summary));
    }
  }
  return told;
}

void Agent::fail_trial(int64_t number, const std::string& error) {
  tell(number, Object{{"state", "failed"}, {"error", error}, {"worker", x_worker}});
  x_heartbeat->leave(number);
}

void Agent::tell(int64_t number, Value told) {
  const auto answer = x_desk.client.send(
      "POST", fmt::format("{}/trials/{}/tell", x_sweep.path(), number), {}, told);
  if (!answer) {
    x_progress.note(fmt::format("trial {} is not told yet: {}", number, answer.error().message()));
    if (is_transient(answer.error())) x_untold.push_back({number, std::move(told)});
    x_next_tell = Clock::now() + kTellPeriod;
    return;
  }
  x_heartbeat->leave(number);
  const Value& trial = value_at(*answer, "trial");
  if (const Value& sweep = value_at(*answer, "sweep"); sweep.as_object()) x_sweep.sweep = sweep;
  const std::string state = text_at(trial, "state");
  if (state == "failed") ++x_failed;
  x_next_ask = Clock::now();
  x_progress.tell(trial, x_sweep.sweep);
}

void Agent::tell_again() {
  if (x_untold.empty() || Clock::now() < x_next_tell) return;
  for (Untold& untold : std::exchange(x_untold, {})) tell(untold.number, std::move(untold.told));
}

std::vector<Metric> Agent::metrics() const {
  std::vector<Metric> all;
  for (const sweep::Objective& objective : x_definition.objectives)
    all.push_back({objective.metric, objective.is_maximized});
  for (const sweep::Limit& limit : x_definition.limits)
    all.push_back({limit.metric, limit.is_minimum});
  return all;
}

std::string Agent::run_path(const std::string& run) const {
  return project_path(x_sweep.project) + "/runs/" + run;
}

// --- signals

// Until something happens to a trial or to us, or some time has passed.
void Agent::wait() {
  const sigset_t watched = watched_signals();
  const timespec tick{0, std::chrono::nanoseconds(kTick).count()};
  siginfo_t info{};
  const int signal = ::sigtimedwait(&watched, &info, &tick);
  if (signal > 0 && signal != SIGCHLD) {
    x_signal = signal;
    ++x_signals;
    release_all();
  }
}

void Agent::take_signals() {
  const sigset_t watched = watched_signals();
  const timespec none{};
  for (int signal = 0; (signal = ::sigtimedwait(&watched, nullptr, &none)) > 0;) {
    if (signal == SIGCHLD) continue;
    x_signal = signal;
    ++x_signals;
    release_all();
  }
}

// The first time trials are asked to end, then they are killed; others get them.
void Agent::release_all() {
  for (Running& running : x_running) {
    if (running.fate == Fate::kRuns) end(running, Fate::kReleased);
    if (x_signals > 1) running.process.kill();
  }
  for (const Awaited& awaited : std::exchange(x_awaited, {}))
    tell(awaited.claimed.number(), Object{{"state", "released"}, {"worker", x_worker}});
  if (x_signals == 1 && !x_running.empty())
    x_progress.note("ending the current trials, which others get; once more kills them");
}

Result<int> execute(const RunAgent& command, const Desk& desk) {
  TRY(FoundSweep sweep, find_sweep(desk.client, command.sweep));
  return Agent(command, desk, std::move(sweep)).run();
}

}  // namespace cairn::cli
