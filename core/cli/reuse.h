// Reusing a run of the past instead of running its command again.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/door_client.h"
#include "cli/past_runs.h"
#include "cli/planned_command.h"
#include "client/run.h"

namespace cairn::cli {

struct Restored {
  size_t files = 0;  // written; those that were there already are not
  uint64_t bytes = 0;
};

// Makes the past run's outputs lie in the workspace as it left them, all of them or none: each is
// fetched and verified beside its place before the first one takes it. Errors: Unavailable when one
// is not kept, Io.
Result<Restored> restore_outputs(DoorClient& client, const PlannedCommand& planned,
                                 const recall::Manifest& manifest);

// Prints what a run printed, to the streams it printed to, from line `first` on, which becomes the
// line after the last one. Of a run that goes on, whole lines only.
Result<void> print_console(DoorClient& client, const std::string& run_path, size_t& first);

// A record of its own that says what was reused: the results, and no cost.
void record_reuse(client::Run& run, const Relative& relative);

}  // namespace cairn::cli
