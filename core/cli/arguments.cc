// From argv to a command, by the grammar.
#include "cli/arguments.h"

#include <algorithm>

#include "cli/grammar.h"

namespace cairn::cli {
namespace {

// "cairn run ... -- CMD ...": everything after the first "--" is the command's own.
std::vector<std::string> split_command(std::vector<std::string>& words) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  const bool has_command = std::any_of(words.begin(), mark, [](const std::string& word) {
    return word == "run" || word == "check" || word == "why" || word == "sweep" || word == "plan" ||
           word == "meter";
  });
  if (!has_command || mark == words.end()) return {};
  std::vector<std::string> command(mark + 1, words.end());
  words.erase(mark, words.end());
  return command;
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
  Arguments out;
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words[0] == "__complete") {  // its words are anything, also half an option
    out.command = Complete{{words.begin() + 1, words.end()}};
    return out;
  }
  std::vector<std::string> command = split_command(words);
  Grammar(out).parse(words, std::move(command));
  return out;
}

std::vector<std::string> command_names(std::string_view above) {
  Arguments ignored;
  return Grammar(ignored).names(above);
}

std::vector<std::string> option_names(std::string_view command) {
  Arguments ignored;
  return Grammar(ignored).options_of(command);
}

}  // namespace cairn::cli
