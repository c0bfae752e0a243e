// cairn sensitivity: what results owe to each parameter, or the runs that would tell it.
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/sensitivity_text.h"

namespace cairn::cli {

Result<int> execute(const ShowSensitivity& command, const Desk& desk) {
  const std::string path = project_path(command.project) + "/report/";
  server::Pairs params = command.params;
  if (command.design) {
    params.emplace_back("runs", std::to_string(*command.design));
    TRY(const model::Value answer, desk.client.get(path + "design", params));
    print_json(value_at(answer, "sweep"), desk.terminal);
    return kExitOk;
  }
  TRY(const model::Value answer, desk.client.get(path + "sensitivity", params));
  if (command.as_json)
    print_json(answer, desk.terminal);
  else
    desk.terminal.print(print_sensitivity(answer, desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
