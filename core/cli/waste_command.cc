// cairn waste: where compute went that nobody needed.
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/waste_text.h"

namespace cairn::cli {

Result<int> execute(const ShowWaste& command, const Desk& desk) {
  server::Pairs params = command.params;
  if (!command.project.empty()) params.emplace_back("project", command.project);
  TRY(const model::Value answer, desk.client.get("/waste", params));
  if (command.as_json)
    print_json(answer, desk.terminal);
  else
    desk.terminal.print(print_waste(
        answer, command.project.empty() ? "all projects" : command.project, desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
