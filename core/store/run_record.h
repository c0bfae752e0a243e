// How a run's record grows: events applied to RunInfo, the state of its writers, its summary.
//
// Pure: events in, record out. The same events in the same order give the same record in every
// process, which is what lets each of them build its own view of a living run.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/event.h"
#include "model/layout.h"
#include "model/run.h"
#include "model/series.h"

namespace cairn::store {

// What is known of one writer: enough to tell the run's state.
struct WriterState {
  int session = 1;
  bool secondary = false;  // a forked child or an editor: its end is not the run's end
  bool began = false;      // something of it was read
  model::Liveness liveness = model::Liveness::kAlive;
  std::optional<int32_t> exit_code;  // set by finish()
  std::string reason;
  int64_t first_ns = 0, last_ns = 0;
  std::map<std::string, int64_t> losses;
  std::optional<int64_t> first_step;  // of its first history row

  // A writer on a host that cannot be asked has ended when it said so.
  bool has_ended() const {
    return liveness == model::Liveness::kEnded ||
           (liveness == model::Liveness::kUnknown && exit_code);
  }
};

// The history steps of one session, which tell what it hides of the sessions before it.
struct SessionSteps {
  std::optional<int64_t> first;  // lowest among the first rows of its writers
  int64_t last = std::numeric_limits<int64_t>::min();
};
using StepsBySession = std::map<int, SessionSteps>;

// The step below which history points of a session are in view.
int64_t visible_below(const StepsBySession& steps, int session);
// Whether any point is out of view.
bool is_rewound(const StepsBySession& steps);

// Applies one event that is no row, console text or record.
void apply_fact(const model::Event& event, int session, WriterState& writer, model::RunInfo& info,
                std::vector<model::Value>& artifacts);

// State, end and exit code from the writers (the last session decides); their losses are added.
void settle_state(const std::map<std::string, WriterState>& writers, model::RunInfo& info);

// A run's automatic summary: for every history series what define_metric asks for, the last value
// otherwise; explicit values win.
using StatsByKey = std::map<std::string, model::SeriesInfo, std::less<>>;
model::Value summarise_run(const model::Value& explicit_summary, const model::Value& metrics,
                           const StatsByKey& series);

// The definition for `key` among exact names and globs ('*' and '?'); the longest pattern wins.
const model::Value* find_metric(const model::Value& metrics, std::string_view key);
bool glob_matches(std::string_view pattern, std::string_view text);

// RunInfo ↔ bytes, for the index and for packs. `summary` is the explicit part.
model::Value print_run(const model::RunInfo& info);
Result<model::RunInfo> parse_run(const model::Value& value);

}  // namespace cairn::store
