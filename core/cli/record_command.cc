// cairn run: records any command in any language without touching its code.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/id.h"
#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "client/run.h"

namespace cairn::cli {
namespace {

constexpr int kExitCannotRun = 126, kExitNoCommand = 127;

std::string environment_or(const char* name, std::string_view missing) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::string(missing);
}

client::RunOptions options_of(const RecordCommand& command, const DoorClient& place, pid_t pid) {
  client::RunOptions options;
  options.dir = place.dir();
  options.url = place.url();
  options.project =
      command.project.empty() ? environment_or("CAIRN_PROJECT", "default") : command.project;
  options.name = command.name;
  options.tags = command.tags;
  options.notes = command.notes;
  options.group = command.group;
  options.sample_period_s = command.sample_period_s;
  options.sample_pid = pid;
  options.argv = command.argv;
  options.entry = command.argv.front();
  return options;
}

// A command is never kept from running: what cannot be recorded is said once and then only counted.
std::unique_ptr<client::Run> open_run(const RecordCommand& command, const DoorClient& place,
                                      pid_t pid) {
  auto run = client::Run::open(options_of(command, place, pid));
  if (run) return std::move(*run);
  Terminal::warn(fmt::format("not recording: {}", run.error().message()));
  return client::Run::disabled();
}

void print_end(const client::Run& run, const ChildProcess::End& end, double duration_s) {
  const std::string state = end.exit_code == 0 ? "finished"
                            : !end.reason.empty() && end.exit_code > 128
                                ? "failed by " + end.reason
                                : fmt::format("failed with exit code {}", end.exit_code);
  const model::Value losses = run.losses();
  const bool has_losses = losses.as_object() && !losses.as_object()->empty();
  Terminal::warn(fmt::format("{} {} in {}{}; see 'cairn show {}'", run.name(), state,
                             print_span(duration_s), has_losses ? ", with losses" : "", run.id()));
}

}  // namespace

Result<int> execute(const RecordCommand& command, const Desk& desk) {
  if (!command.project.empty() && !is_safe_name(command.project))
    return fail(Code::kInvalid,
                "expected a project of letters, digits, '.', '_' and '-', found '{}'",
                command.project);
  TRY(ChildProcess child, ChildProcess::prepare(command.argv));
  const int64_t began_ns = monotonic_now_ns();
  const auto run = open_run(command, desk.client, child.pid());
  std::vector<std::pair<std::string, std::string>> environment;
  if (!run->is_disabled())
    environment = {
        {"CAIRN_RUN_ID", run->id()}, {"CAIRN_PROJECT", run->project()}, {"CAIRN_DIR", run->dir()}};
  if (!run->url().empty()) environment.emplace_back("CAIRN_URL", run->url());

  ChildProcess::End end;
  bool is_mid_line = false;  // where the command left the cursor
  if (const auto started = child.start(environment); !started) {
    end.exit_code = started.error().code() == Code::kNotFound ? kExitNoCommand : kExitCannotRun;
    end.reason = started.error().message();
    Terminal::warn(end.reason);
  } else {
    end = child.attend([&](int stream, std::string_view text) {
      run->console(stream - 1, text);
      is_mid_line = !text.ends_with('\n');
    });
  }
  run->finish(end.exit_code, end.reason);
  const double duration_s = static_cast<double>(monotonic_now_ns() - began_ns) / 1e9;
  if (is_mid_line && ::isatty(STDERR_FILENO) == 1) std::fputc('\n', stderr);
  if (!run->is_disabled()) print_end(*run, end, duration_s);
  return end.exit_code;
}

}  // namespace cairn::cli
