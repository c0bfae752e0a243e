// The record of a command of `cairn run`.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/planned_command.h"
#include "client/run.h"
#include "recall/manifest.h"

namespace cairn::cli {

// A command is never kept from running: what cannot be recorded is said once and then only counted.
std::unique_ptr<client::Run> open_run(const RecordCommand& command, const DoorClient& place,
                                      pid_t pid);

// Where the command is a sweep's trial: says so in its run, whose configuration has the parameters
// from then on.
void take_trial(client::Run& run);

struct Recorded {
  int exit_code = 0;
  std::string run;                           // its id; empty where nothing was recorded
  std::optional<recall::Manifest> manifest;  // where it was traced
};
// Runs the command, unless a run of the past takes its place. Its output goes to ours.
Result<Recorded> record(const RecordCommand& command, const PlannedCommand& planned,
                        const Desk& desk);

}  // namespace cairn::cli
