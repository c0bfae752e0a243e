// Agent: takes a sweep's trials, one after the other or several at once, and tells what they bring.
#pragma once

#include <chrono>
#include <csignal>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/agent_progress.h"
#include "cli/commands.h"
#include "cli/found_sweep.h"
#include "cli/heartbeat.h"
#include "cli/planned_command.h"
#include "cli/trial_command.h"
#include "cli/trial_process.h"
#include "cli/trial_result.h"
#include "sweep/definition.h"

namespace cairn::cli {

// Each trial is a process of its own, `cairn run`, so that none of them can end the agent. What was
// run before is told without being run; what somebody else runs just now is waited for. Owned by
// its command, used by the main thread, one agent in a process at a time. When it is killed, its
// trials are asked to end by the kernel, and others are handed them as soon as that is seen.
class Agent {
 public:
  Agent(const RunAgent& command, const Desk& desk, FoundSweep sweep);
  ~Agent();
  Agent(const Agent&) = delete;

  Result<int> run();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Fate { kRuns, kStopped, kPaused, kReleased };  // what its process is ended for

  struct Claimed {
    model::Value trial;
    TrialCommand command;
    int64_t number() const { return int_at(trial, "number"); }
  };
  struct Running {
    Claimed claimed;
    std::string run;  // its id
    TrialProcess process;
    MetricFeed feed;
    Clock::time_point began, next_report;
    Fate fate = Fate::kRuns;
    Clock::time_point killed_at;  // where it is ended for something
    bool is_killed = false;
  };
  struct Awaited {  // that somebody else runs
    Claimed claimed;
    PlannedCommand planned;
    std::string holder;
    Clock::time_point next_look;
  };
  struct Untold {  // results that the store could not take yet
    int64_t number;
    model::Value told;
  };

  Result<void> read_definition();
  Result<void> fill_slots();
  Result<size_t> ask(size_t count);
  void begin(model::Value trial);
  void begin(Claimed claimed);
  bool tell_known(const Claimed& claimed, const PlannedCommand& planned);
  bool awaits(const Claimed& claimed, const PlannedCommand& planned);
  void look_after_awaited();
  Result<TrialProcess> start(const Claimed& claimed, const std::string& run) const;

  void attend();
  void report(Running& running);
  void follow(Running& running, const Heartbeat::Wish& wish);
  void end(Running& running, Fate fate);
  bool settle(Running& running);
  Result<model::Value> read_ended(const std::string& path) const;
  model::Value result_of(const Running& running, int exit_code);
  void fail_trial(int64_t number, const std::string& error);
  void tell(int64_t number, model::Value told);
  void tell_again();

  void take_signals();
  void release_all();
  void wait();
  std::optional<std::pair<int, std::string>> find_end() const;
  std::string run_path(const std::string& run) const;
  std::vector<Metric> metrics() const;

  const RunAgent& x_command;
  const Desk& x_desk;
  FoundSweep x_sweep;
  sweep::Definition x_definition;
  int64_t x_version = 0;  // of the definition
  const std::string x_worker;
  sigset_t x_mask{};  // as it was before
  AgentProgress x_progress;
  std::optional<Heartbeat> x_heartbeat;  // its thread begins after signals are blocked
  std::list<Running> x_running;
  std::list<Awaited> x_awaited;
  std::vector<Untold> x_untold;
  Clock::time_point x_next_ask{}, x_next_tell{};
  size_t x_taken = 0, x_failed = 0;
  bool x_is_over = false;    // there is nothing to do any more
  int x_signal = 0;          // that ends us
  size_t x_signals = 0;      // how often it came
  bool x_has_asked = false;  // successfully
};

}  // namespace cairn::cli
