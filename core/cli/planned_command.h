// PlannedCommand: a command line as recall sees it, before it is run.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "recall/judge.h"
#include "trace/workspace.h"

namespace cairn::cli {

// What the user says about reuse for this one command; what he leaves open, CAIRN_REUSE, the
// project's cairn.toml and the user's settings decide, in this order.
struct ReuseWords {
  std::string reuse, accept;  // empty: not said
};

struct PlannedCommand {
  std::vector<std::string> argv;
  size_t program_words = 1;  // of argv, which say what is started rather than how
  std::string folder;        // the working folder, as a name in the workspace
  trace::Workspace workspace;
  recall::Plan plan;

  model::Value said() const;  // by the command line, as a configuration
  trace::ConfigParts split(const model::Value& config) const;
  trace::ConfigParts config() const { return split(plan.config); }
  std::string pre_key() const;

  // From a program's own request: its configuration, and rules that go before those of files.
  Result<void> take_program(const model::Value& request);
};

// Invalid for settings that cannot be read: a rule that is silently not there could reuse wrongly.
Result<PlannedCommand> plan_command(std::vector<std::string> argv, const ReuseWords& words);

// A program that runs already and asks for itself: what `cairn recall` is given on its standard
// input (docs/formats/recall_door.md). Its environment is the one that it was started with.
Result<PlannedCommand> plan_program(const model::Value& request);

std::string working_folder();

// The folder that a project lives in: the nearest one above `folder` with .git or cairn.toml, else
// `folder` itself.
std::string find_project_root(const std::string& folder);

// The cairn.toml of the project around `folder`, then the user's; they need not be there.
std::vector<std::string> settings_paths(const std::string& folder);
constexpr size_t kSettingsBytesMax = 1 << 20;

}  // namespace cairn::cli
