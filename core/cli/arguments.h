// Arguments: argv ↔ commands, and the help that teaches them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace cairn::cli {

struct Arguments {
  std::string dir;  // empty: found from CAIRN_DIR, the git checkout or the current folder
  std::string url;  // empty: found from CAIRN_URL unless `dir` was given
  ColorMode color = ColorMode::kAuto;
  std::optional<Command> command;  // nothing: print `text` and leave with `exit_code`
  std::string text;
  int exit_code = 0;
};

Arguments parse_arguments(int argc, char** argv);

// For completion: the commands, those below one such as "user", and the options of one ("user
// add").
std::vector<std::string> command_names(std::string_view above = {});
std::vector<std::string> option_names(std::string_view command);

}  // namespace cairn::cli
