// The command of a trial: the sweep's own, with the trial's parameters put in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/past_runs.h"
#include "model/value.h"
#include "sweep/definition.h"

namespace cairn::cli {

struct TrialCommand {
  std::vector<std::string> argv;
  bool says_params = false;  // in its words; otherwise the environment alone tells them
};
// Writes the file of ${args_json_file} where the command has one. Errors: Invalid where the sweep
// has neither a program nor a command, Io.
Result<TrialCommand> fill_trial_command(const sweep::Definition& definition,
                                        const model::Value& params);

// {"entry", "code"} of what is swept, as recall knows it: earlier runs of it are learned from.
// Nothing where it cannot be told.
std::optional<model::Value> find_program(const sweep::Definition& definition);

// A past run that can stand for the trial: recall says that it is the same, and where the command
// does not say the parameters, the run's configuration does.
bool is_result_of(const Relative& relative, const TrialCommand& command,
                  const model::Value& params);

}  // namespace cairn::cli
