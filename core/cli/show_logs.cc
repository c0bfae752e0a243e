// cairn logs: what a run wrote to its console, once or as it grows.
#include <csignal>
#include <ctime>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "wire/json.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kLinesPerRequest = 10'000;
constexpr long kPollNs = 300'000'000;

class LogPrinter {
 public:
  LogPrinter(const ShowLogs& command, const Terminal& terminal)
      : x_command(command), x_terminal(terminal) {}

  // An unfinished line is printed once it is whole, or at the end.
  void print(const Value& line) const {
    if (x_command.as_json) return print_json(line, x_terminal);
    std::string out;
    if (x_command.timestamps)
      out = x_terminal.paint(print_clock(int_at(line, "time_ns")), Paint::kDim) + "  ";
    out += text_at(line, "text");
    if (x_terminal.has_color()) out += "\x1b[0m";  // a cut-off colour must not reach the next line
    x_terminal.print(out + "\n");
  }

 private:
  const ShowLogs& x_command;
  const Terminal& x_terminal;
};

}  // namespace

Result<int> execute(const ShowLogs& command, const Desk& desk) {
  TRY(const FoundRun run, desk.client.find_run(command.run));
  const LogPrinter printer(command, desk.terminal);
  int64_t next = 0;
  if (command.tail) {
    TRY(const Value end, desk.client.get(run.path() + "/console", {{"tail", "0"}}));
    next = std::max<int64_t>(0, int_at(end, "count") - static_cast<int64_t>(*command.tail));
  }
  while (true) {
    TRY(const Value page,
        desk.client.get(run.path() + "/console", {{"first", std::to_string(next)},
                                                  {"limit", std::to_string(kLinesPerRequest)}}));
    const bool is_over = !command.follow || text_at(page, "state") != "running";
    const int64_t before = next;
    for (const Value& line : list_at(page, "lines")) {
      const bool is_partial = flag_at(line, "partial");
      if (is_partial && !is_over) break;
      printer.print(line);
      next = int_at(line, "number") + 1;
    }
    std::fflush(stdout);
    if (next > before) continue;
    if (is_over) return kExitOk;
    const timespec pause{0, kPollNs};
    ::nanosleep(&pause, nullptr);
  }
}

}  // namespace cairn::cli
