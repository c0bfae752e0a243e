// Run: the noun everything else hangs on, and what is known of it without reading its points.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace cairn::model {

enum class RunState : uint8_t {
  kRunning = 0,   // a writer lives, or lives where we cannot look (see RunInfo::liveness)
  kFinished = 1,  // finish() with exit code 0
  kFailed = 2,    // finish() with another exit code, or an exception ended the program
  kCrashed = 3,   // the process ended without a word
};
std::string_view print_state(RunState state);
std::optional<RunState> parse_state(std::string_view text);

enum class Liveness : uint8_t { kEnded, kAlive, kUnknown };

// All times are nanoseconds since the Unix epoch.
struct RunInfo {
  std::string id;       // safe name, unique in its project
  std::string project;  // safe name
  std::string name;     // free text
  RunState state = RunState::kRunning;
  Liveness liveness = Liveness::kEnded;  // kUnknown: the writer is on a host we cannot ask
  int64_t created_ns = 0;
  std::optional<int64_t> ended_ns;  // a crashed run: its last sign of life
  int64_t updated_ns = 0;           // last event applied
  std::optional<int> exit_code;
  std::vector<std::string> tags;
  std::string notes, group, job_type;
  bool archived = false;   // put away by somebody: kept, and left out of lists unless asked for
  Value config;            // object
  Value summary;           // object; explicit values plus what define_metric asks for
  Value meta;              // object: git, host, python, packages, argv, slurm ... (capture)
  Value metrics;           // object: name or glob -> {step_metric, summary, goal, hidden, unit}
  Value losses;            // object: what could not be kept -> count; empty when nothing was lost
  int64_t last_step = -1;  // highest history step in view; -1 when none
  int sessions = 1;        // 1 + number of resumes
};

}  // namespace cairn::model
