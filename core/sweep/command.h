// The command of a trial: a template with W&B's macros, and the values that take their place.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "sweep/expression.h"
#include "sweep/space.h"

namespace cairn::sweep {

// Finds an environment variable.
using FindVariable = std::function<std::optional<std::string>(std::string_view name)>;

// What macros stand for. Borrowed.
struct CommandValues {
  const Config& config;
  std::string program;
  FindVariable find_variable;
  // JSON of nested(config), and the file in which the caller put it where has_config_file() says
  // that one is needed: this room neither writes JSON nor files.
  std::string config_json, config_path;
  std::string interpreter = "python";
};

// An empty template is W&B's: ${env} ${interpreter} ${program} ${args}. Words that are a macro:
//   ${env} ${interpreter} ${program}
//   ${args} --k=v          ${args_no_equals} --k v     ${args_no_hyphens} k=v
//   ${args_no_boolean_flags} --k for true, nothing for false
//   ${args_json}           ${args_json_file}
//   ${args_append_hydra} +k=v   ${args_override_hydra} ++k=v
// and within words ${envvar:NAME} and, Cairn's, one parameter: ${param:NAME} (True, None),
// ${plain:NAME} (true, null), ${hydra:NAME} (as Hydra reads it). A word with a parameter that is
// not active in this trial is left out, with the option before it that it was the value of.
// Invalid: an unset variable, a macro that is misspelt, a program that is not named.
Result<std::vector<std::string>> fill_command(std::span<const std::string> command,
                                              const CommandValues& values);
bool has_config_file(std::span<const std::string> command);

// Dotted names as objects: {"opt.lr": 1} is {"opt": {"lr": 1}}.
model::Value nested(const Config& config);

// One value as a program reads it.
std::string spell(const model::Value& value, Spelling spelling);

// The macro of one parameter: "${param:lr}".
std::string print_macro(std::string_view name, Spelling spelling);

}  // namespace cairn::sweep
