// Ledger: all that is known of one sweep now, as its events made it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sweep/definition.h"
#include "sweep/search.h"
#include "trials/event.h"
#include "trials/trial.h"

namespace cairn::trials {

// A plain value: the same events in the same order make the same ledger in every process. Owned by
// Sweeps, which writes down an event before the ledger is shown to anybody.
class Ledger {
 public:
  explicit Ledger(std::string id) : x_id(std::move(id)) {}

  // Invalid where a definition cannot be read any more, Corrupt where an event makes no sense.
  Result<void> apply(const Event& event);

  const std::string& id() const { return x_id; }
  const std::string& project() const { return x_project; }
  const std::string& name() const { return x_name; }
  SweepState state() const { return x_state; }
  const std::string& reason() const { return x_reason; }
  const sweep::Definition& definition() const { return x_definition; }
  const model::Value& document() const { return x_document; }
  const model::Value& warnings() const { return x_warnings; }
  const model::Value& program() const { return x_program; }
  uint64_t version() const { return x_version; }
  int64_t created_ns() const { return x_created_ns; }
  uint64_t seq() const { return x_seq; }  // of the last event

  // By number; earlier runs come first.
  const std::map<int64_t, Trial>& trials() const { return x_trials; }
  const Trial* find(int64_t number) const;
  uint64_t next_number() const;
  uint64_t count(TrialState state) const { return x_counts[static_cast<size_t>(state)]; }
  uint64_t reused() const { return x_reused; }
  uint64_t begun() const { return x_begun; }  // trials that ran or run, reused ones left out
  const Cost& used() const { return x_used; }
  // The first that waits; of those only whose first worker left them, if it is asked for.
  std::optional<int64_t> next_waiting(bool only_begun) const;
  // Of trials that failed soon after they began, while none has come to anything.
  uint64_t early_failures() const { return x_early_failures; }
  const std::string& last_error() const { return x_last_error; }

  // Of one objective: the trial with the best result that keeps to the limits.
  std::optional<int64_t> best() const { return x_best; }
  // Of several: the trials that no other is better than in all.
  const std::vector<int64_t>& front() const { return x_front; }
  // Whether one trial reached the targets of all objectives that have one.
  std::optional<int64_t> on_target() const { return x_on_target; }
  // The share of the budget that is spent, of the unit of which least is left; NaN without one.
  double share_used() const;

  // Curves of the other trials, for one objective.
  std::vector<sweep::Curve> curves(size_t objective, std::optional<int64_t> without = {}) const;
  sweep::Curve curve_of(const Trial& trial, size_t objective) const;

  // The trials that changed since the last call: what a Search has to hear of.
  std::set<int64_t> take_changed() { return std::exchange(x_changed, {}); }

 private:
  Result<void> create(const Event& event);
  Result<void> change(const Event& event);
  void add_prior(const Event& event);
  void add(const Event& event);
  void happen(Trial& trial, const Event& event);
  void begin(Trial& trial, const Event& event);
  void report(Trial& trial, const Event& event);
  void decide(Trial& trial, const Event& event);
  void tell(Trial& trial, const Event& event);
  void wait_again(Trial& trial, const Event& event);
  void lose(Trial& trial, const Event& event);

  void enter(Trial trial);
  void move(Trial& trial, TrialState state);
  void count_failure(const Trial& trial);
  void consider(const Trial& trial);
  void weigh_all();
  bool keeps_limits(const Trial& trial) const;

  std::string x_id, x_project, x_name, x_reason, x_last_error;
  SweepState x_state = SweepState::kRunning;
  bool x_is_define_by_run = false;
  sweep::Definition x_definition;
  model::Value x_document, x_warnings = model::List(), x_program;
  uint64_t x_version = 0, x_seq = 0;
  int64_t x_created_ns = 0;
  std::map<int64_t, Trial> x_trials;
  std::set<int64_t> x_waiting, x_changed;
  std::array<uint64_t, kTrialStates> x_counts{};
  uint64_t x_reused = 0, x_begun = 0, x_early_failures = 0;
  Cost x_used;
  std::optional<int64_t> x_best, x_on_target;
  std::vector<int64_t> x_front;
};

// The value of an objective or limit with its sign as models see it: less is better.
double signed_value(const sweep::Objective& objective, double value);
// In which a trial's cost counts for the models: that of the budget, seconds without one.
double Cost::*cost_unit(const sweep::Budget& budget);
// What a Search is told of a trial that is over.
sweep::Told told_of(const sweep::Definition& definition, const Trial& trial);

}  // namespace cairn::trials
