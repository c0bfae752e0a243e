// The lines in which the workspace's code differs from what a past run read.
#pragma once

#include <string>
#include <string_view>

#include "cli/door_client.h"
#include "cli/past_runs.h"
#include "cli/planned_command.h"
#include "cli/terminal.h"

namespace cairn::cli {

// Unified hunks without a header; "" for equal texts.
std::string diff_lines(std::string_view before, std::string_view after);

// For each file of code among the differences: its name and its hunks, long ones cut. Files of
// which no copy was kept are left out.
std::string diff_code(DoorClient& client, const PlannedCommand& planned, const Relative& relative,
                      const Terminal& terminal);

}  // namespace cairn::cli
