// cairn run: records any command in any language without touching its code.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/id.h"
#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/past_runs.h"
#include "cli/recall_text.h"
#include "cli/reuse.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "cli/tracing.h"
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

std::optional<trace::Reuse> reuse_of(const PlannedCommand& planned, const Terminal& terminal) {
  if (planned.plan.settings.reuse) return planned.plan.settings.reuse;
  if (terminal.is_tty() && ::isatty(STDIN_FILENO) == 1) return trace::Reuse::kAsk;
  return trace::Reuse::kNever;
}

bool says_yes() {
  fmt::print(stderr, "use it instead of running again? [Y/n] ");
  std::fflush(stderr);
  const int answer = std::getchar();
  for (int c = answer; c != '\n' && c != EOF;) c = std::getchar();
  return answer == 'y' || answer == 'Y' || answer == '\n';
}

// The past run's results in the place of a run. False: the command is run after all.
bool reuse(const RecordCommand& command, const PlannedCommand& planned, const Relative& relative,
           const Desk& desk) {
  const auto restored = restore_outputs(desk.client, planned, relative.past.manifest);
  if (!restored) {
    Terminal::warn(fmt::format("not reused: {}", restored.error().message()));
    return false;
  }
  if (const auto replayed = replay_console(desk.client, relative); !replayed)
    Terminal::warn(replayed.error().message());
  const auto run = open_run(command, desk.client, 0);
  record_reuse(*run, relative);
  run->finish(0);
  Terminal::warn(fmt::format(
      "reused {}/{}: {} restored ({}), {} saved", relative.past.project, relative.past.name,
      restored->files == 1 ? "1 output" : fmt::format("{} outputs", restored->files),
      print_bytes(restored->bytes), print_span(relative.past.duration_s)));
  return true;
}

// Whether the command needs not be run. Whatever goes wrong here, it is run.
bool is_recalled(const RecordCommand& command, const PlannedCommand& planned, const Desk& desk) {
  const auto mode = reuse_of(planned, desk.terminal);
  if (mode == trace::Reuse::kNever) return false;
  trace::StatIndex index = open_stat_index();
  const auto relatives = find_relatives(desk.client, planned, index);
  if (!relatives) {
    Terminal::warn(fmt::format("not looked up: {}", relatives.error().message()));
    return false;
  }
  if (relatives->empty() || relatives->front().match.level == recall::Level::kDifferent)
    return false;
  const Relative& best = relatives->front();
  fmt::print(stderr, "cairn: {}", describe(best, desk.terminal));
  if (!best.match.held_back.empty() || mode == trace::Reuse::kCheck) {
    fmt::print(stderr, "  {}\n", advise(&best));
    return false;
  }
  if (mode == trace::Reuse::kAsk && !says_yes()) return false;
  return reuse(command, planned, best, desk);
}

void keep_trace(const Tracing& tracing, const PlannedCommand& planned, client::Run& run,
                bool is_success) {
  trace::StatIndex index = open_stat_index();
  const auto manifest = tracing.collect(planned, run.dir(), index);
  const auto kept =
      manifest ? keep_manifest(run, planned, *manifest, is_success && manifest->record.is_sealed())
               : tl::unexpected(manifest.error());
  if (!kept) Terminal::warn(fmt::format("not kept for recall: {}", kept.error().message()));
}

using Variables = std::vector<std::pair<std::string, std::string>>;

Variables variables_of(const client::Run& run) {
  Variables variables;
  if (!run.is_disabled())
    variables = {
        {"CAIRN_RUN_ID", run.id()}, {"CAIRN_PROJECT", run.project()}, {"CAIRN_DIR", run.dir()}};
  if (!run.url().empty()) variables.emplace_back("CAIRN_URL", run.url());
  return variables;
}

// Nothing when the command cannot be traced; it is run all the same.
std::optional<Tracing> begin_tracing(const RecordCommand& command, const PlannedCommand& planned,
                                     Variables& variables) {
  if (command.no_trace) return std::nullopt;
  auto tracing = Tracing::prepare(planned);
  if (!tracing) {
    Terminal::warn(fmt::format("not traced: {}", tracing.error().message()));
    return std::nullopt;
  }
  variables.insert(variables.end(), tracing->variables().begin(), tracing->variables().end());
  return std::move(*tracing);
}

}  // namespace

Result<int> execute(const RecordCommand& command, const Desk& desk) {
  if (!command.project.empty() && !is_safe_name(command.project))
    return fail(Code::kInvalid,
                "expected a project of letters, digits, '.', '_' and '-', found '{}'",
                command.project);
  TRY(const PlannedCommand planned, plan_command(command.argv, {command.reuse, command.accept}));
  if (is_recalled(command, planned, desk)) return kExitOk;
  TRY(ChildProcess child, ChildProcess::prepare(command.argv));
  const int64_t began_ns = monotonic_now_ns();
  const auto run = open_run(command, desk.client, child.pid());
  Variables variables = variables_of(*run);
  const auto tracing = begin_tracing(command, planned, variables);

  ChildProcess::End end;
  bool is_mid_line = false;  // where the command left the cursor
  if (const auto started = child.start(variables); !started) {
    end.exit_code = started.error().code() == Code::kNotFound ? kExitNoCommand : kExitCannotRun;
    end.reason = started.error().message();
    Terminal::warn(end.reason);
  } else {
    end = child.attend([&](int stream, std::string_view text) {
      run->console(stream - 1, text);
      is_mid_line = !text.ends_with('\n');
    });
  }
  if (tracing && !run->is_disabled()) keep_trace(*tracing, planned, *run, end.exit_code == 0);
  run->finish(end.exit_code, end.reason);
  const double duration_s = static_cast<double>(monotonic_now_ns() - began_ns) / 1e9;
  if (is_mid_line && ::isatty(STDERR_FILENO) == 1) std::fputc('\n', stderr);
  if (!run->is_disabled()) print_end(*run, end, duration_s);
  return end.exit_code;
}

}  // namespace cairn::cli
