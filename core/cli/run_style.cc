// The common looks of runs.
#include "cli/run_style.h"

#include "wire/json.h"

namespace cairn::cli {

Paint state_paint(std::string_view state) {
  if (state == "running") return Paint::kCyan;
  if (state == "finished") return Paint::kGreen;
  if (state == "failed") return Paint::kRed;
  if (state == "crashed") return Paint::kMagenta;
  return Paint::kPlain;
}

std::string print_title(const FoundRun& run, const Terminal& terminal) {
  const std::string state = text_at(run.run, "state");
  const std::string unsure =
      text_at(run.run, "liveness") == "unknown" ? " (on a host we cannot ask)" : "";
  return terminal.paint(run.project + "/", Paint::kDim) +
         terminal.paint(make_printable(run.name), Paint::kBold) + "  " +
         terminal.paint(state, state_paint(state)) + unsure;
}

void print_json(const model::Value& value, const Terminal& terminal) {
  terminal.print(wire::print_json(value, wire::Json::kStrict) + "\n");
}

}  // namespace cairn::cli
