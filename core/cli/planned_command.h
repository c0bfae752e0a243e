// PlannedCommand: a command line as recall sees it, before it is run.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
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
  std::string folder;  // the working folder, as a name in the workspace
  trace::Workspace workspace;
  recall::Plan plan;

  trace::ConfigParts config() const;
  std::string pre_key() const;
};

// Invalid for settings that cannot be read: a rule that is silently not there could reuse wrongly.
Result<PlannedCommand> plan_command(std::vector<std::string> argv, const ReuseWords& words);

// The folder that a project lives in: the nearest one above `folder` with .git or cairn.toml, else
// `folder` itself.
std::string find_project_root(const std::string& folder);

}  // namespace cairn::cli
