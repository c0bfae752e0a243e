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
  ColorMode color = ColorMode::kAuto;
  std::optional<Command> command;  // nothing: print `text` and leave with `exit_code`
  std::string text;
  int exit_code = 0;
};

Arguments parse_arguments(int argc, char** argv);

// For completion: the commands, and the options of one.
std::vector<std::string> command_names();
std::vector<std::string> option_names(std::string_view command);

}  // namespace cairn::cli
