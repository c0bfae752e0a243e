// Completion: the scripts for shells, and the candidates they ask for.
#include <algorithm>
#include <set>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "server/target.h"

namespace cairn::cli {

using model::Value;

namespace {

// The scripts know nothing: they pass the words on and show what comes back, one candidate a line.
constexpr std::string_view kBash = R"script(# Completion of cairn for bash.
_cairn() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$(printf '%q' "$line")")
  done < <(cairn __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _cairn cairn
)script";

constexpr std::string_view kZsh = R"script(#compdef cairn
# Completion of cairn for zsh.
_cairn() {
  local -a candidates
  candidates=("${(@f)$(cairn __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  candidates=("${(@)candidates:#}")
  if (( ${#candidates} )); then
    compadd -- "${candidates[@]}"
  else
    _files
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _cairn "$@"
else
  compdef _cairn cairn
fi
)script";

constexpr std::string_view kFish = R"script(# Completion of cairn for fish.
function __cairn_complete
    set -l words (commandline -opc) (commandline -ct)
    cairn __complete $words[2..-1] 2>/dev/null
end
complete -c cairn -f -a '(__cairn_complete)'
)script";

constexpr const char* kRunsOffered = "200";  // the newest of each project

void add_runs(DoorClient& client, std::vector<std::string>& out) {
  const auto projects = client.get("/projects");
  if (!projects) return;
  for (const Value& project : list_at(*projects, "projects")) {
    const auto page = client.get(project_path(text_at(project, "name")) + "/runs",
                                 {{"columns", "name"}, {"limit", kRunsOffered}});
    if (!page) continue;
    for (const Value& run : list_at(*page, "runs")) {
      const model::List& cells = list_at(run, "cells");
      if (!cells.empty()) out.emplace_back(cells.front().string_or(""));
      out.push_back(text_at(run, "id"));
    }
  }
}

void add_artifacts(DoorClient& client, std::vector<std::string>& out) {
  const auto projects = client.get("/projects");
  if (!projects) return;
  for (const Value& project : list_at(*projects, "projects"))
    if (const auto page = client.get(project_path(text_at(project, "name")) + "/artifacts"))
      for (const Value& artifact : list_at(*page, "artifacts"))
        out.push_back(text_at(artifact, "name"));
}

void add_sweeps(DoorClient& client, std::vector<std::string>& out) {
  const auto sweeps = client.get("/sweeps");
  if (!sweeps) return;
  for (const Value& sweep : list_at(*sweeps, "sweeps")) {
    out.push_back(text_at(sweep, "id"));
    out.push_back(text_at(sweep, "name"));
  }
}

void add_projects(DoorClient& client, std::vector<std::string>& out) {
  if (const auto projects = client.get("/projects"))
    for (const Value& project : list_at(*projects, "projects"))
      out.push_back(text_at(project, "name"));
}

void add_keys(DoorClient& client, const std::string& reference, std::vector<std::string>& out) {
  const auto run = client.find_run(reference);
  if (!run) return;
  if (const auto keys = client.get(run->path() + "/keys"))
    for (const Value& key : list_at(*keys, "keys")) out.push_back(text_at(key, "key"));
}

// The users and keys that `cairn user` and `cairn key` act on.
void add_accounts(DoorClient& client, const std::string& family, const std::string& command,
                  std::vector<std::string>& out) {
  const bool is_key = family == "key" && command == "revoke";
  if (!is_key && !(family == "user" && (command == "rm" || command == "passwd"))) return;
  const auto answer = client.get(is_key ? "/keys" : "/users");
  if (!answer) return;
  for (const Value& item : list_at(*answer, is_key ? "keys" : "users"))
    out.push_back(text_at(item, is_key ? "id" : "name"));
}

// Zones, presets and scenarios, by the option before; false for other options.
bool add_footprint_words(DoorClient& client, const std::string& option,
                         std::vector<std::string>& out) {
  const bool is_zone = option == "--zone" || option == "-z" || option == "--zones";
  if (!is_zone && option != "--preset" && option != "--scenario") return false;
  const auto answer =
      is_zone ? client.get("/tables") : client.get("/footprint/estimate", {{"presets", "1"}});
  if (!answer) return true;
  if (option == "--preset") {
    for (const Value& preset : list_at(*answer, "presets")) out.push_back(text_at(preset, "name"));
  } else {
    for (const Value& name : list_at(*answer, is_zone ? "zones" : "scenarios"))
      out.emplace_back(name.string_or(""));
  }
  return true;
}

// What may stand at the last of `words`; the first is the command.
std::vector<std::string> find_candidates(const std::vector<std::string>& words,
                                         DoorClient& client) {
  std::vector<std::string> out;
  if (words.size() < 2) return command_names();
  const std::string& command = words.front();
  const std::string& before = words[words.size() - 2];
  const std::vector<std::string> below = command_names(command);
  if (words.back().starts_with('-'))
    return option_names(below.empty() || words.size() == 2 ? command : command + " " + words[1]);
  if (before == "--project" || before == "-p") {
    add_projects(client, out);
    return out;
  }
  if (add_footprint_words(client, before, out)) return out;
  if (!below.empty()) {
    if (words.size() == 2) return below;
    if (command == "energy" && words[1] == "calibrate") add_runs(client, out);
    add_accounts(client, command, words[1], out);
    if (command == "artifact" && words[1] != "put") add_artifacts(client, out);
    if (command == "sweep") add_sweeps(client, out);
  } else if (command == "agent" || command == "plan") {
    add_sweeps(client, out);
  } else if (command == "ls" || command == "footprint" || command == "sensitivity" ||
             command == "replay" || command == "compare-search" || command == "waste" ||
             command == "report") {
    add_projects(client, out);
    if (command == "footprint") add_runs(client, out);
  } else if (command == "completion") {
    out = {"bash", "fish", "zsh"};
  } else if (command == "plot" || before == "--key" || before == "-k") {
    if (words.size() == 2 || before == "--with" || before == "-w")
      add_runs(client, out);
    else
      add_keys(client, words[1], out);
  } else if (command != "run" && command != "estimate" && command != "gc" && command != "doctor" &&
             command != "version") {
    add_runs(client, out);
  }
  return out;
}

}  // namespace

Result<int> execute(const PrintCompletion& command, const Desk& desk) {
  desk.terminal.print(command.shell == "bash" ? kBash : command.shell == "zsh" ? kZsh : kFish);
  return kExitOk;
}

Result<int> execute(const Complete& command, const Desk& desk) {
  const std::string typed = command.words.empty() ? "" : command.words.back();
  std::set<std::string> seen;
  for (const std::string& candidate : find_candidates(command.words, desk.client))
    if (!candidate.empty() && candidate.starts_with(typed) && seen.insert(candidate).second)
      desk.terminal.print(candidate + "\n");
  return kExitOk;
}

}  // namespace cairn::cli
