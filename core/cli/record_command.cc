// cairn run: records any command in any language without touching its code.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "base/clock.h"
#include "base/id.h"
#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/decision.h"
#include "cli/printed_results.h"
#include "cli/record_run.h"
#include "cli/text.h"
#include "cli/tracing.h"
#include "client/run.h"

namespace cairn::cli {
namespace {

constexpr int kExitCannotRun = 126, kExitNoCommand = 127;

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

// What comes through a pipe is recorded nowhere; a file is an input like any other.
bool has_pipe_as_input() {
  struct stat state {};
  return ::fstat(STDIN_FILENO, &state) == 0 && (S_ISFIFO(state.st_mode) || S_ISSOCK(state.st_mode));
}

// What the run read and wrote, kept with it. Nothing where it could not be told or kept.
std::optional<recall::Manifest> keep_trace(const Tracing& tracing, const PlannedCommand& planned,
                                           client::Run& run, bool is_success) {
  trace::StatIndex index = open_stat_index();
  auto manifest = tracing.collect(planned, run.dir(), index);
  if (manifest && has_pipe_as_input())
    manifest->record.unsealed.emplace_back(
        "its standard input was a pipe, whose content is not recorded ('< /dev/null' closes it)");
  const auto kept = manifest ? keep_manifest(run, planned, *manifest, is_success)
                             : tl::unexpected(manifest.error());
  if (kept) return std::move(*manifest);
  Terminal::warn(fmt::format("not kept for recall: {}", kept.error().message()));
  return std::nullopt;
}

constexpr double kCostWorthS = 1;  // what took less is no line worth

// What it cost, where its machine was followed: in one line, and nothing where nothing is known.
void print_cost(const client::Run& run, const RecordCommand& command, DoorClient& client) {
  if (command.sample_period_s == 0 || !client.url().empty()) return;
  const auto cost = client.get(project_path(run.project()) + "/runs/" + run.id() + "/footprint");
  if (cost) Terminal::warn(fmt::format("{} used {}", run.name(), text_at(*cost, "line")));
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

ChildProcess::End attend(ChildProcess& child, client::Run& run, const Variables& variables,
                         PrintedResults& results) {
  ChildProcess::End end;
  if (const auto started = child.start(variables); !started) {
    end.exit_code = started.error().code() == Code::kNotFound ? kExitNoCommand : kExitCannotRun;
    end.reason = started.error().message();
    Terminal::warn(end.reason);
    return end;
  }
  bool is_mid_line = false;  // where the command left the cursor
  end = child.attend([&](int stream, std::string_view text) {
    run.console(stream - 1, text);
    results.see(text);
    is_mid_line = !text.ends_with('\n');
  });
  if (is_mid_line && ::isatty(STDERR_FILENO) == 1) std::fputc('\n', stderr);
  return end;
}

// What the program has logged itself is not touched.
void keep_printed(const PrintedResults& results, client::Run& run, DoorClient& client) {
  if (run.is_disabled()) return;
  const auto known = client.get(project_path(run.project()) + "/runs/" + run.id());
  const model::Value found = results.found(known ? value_at(*known, "summary") : model::Value());
  if (!found.as_object()->empty()) run.update_summary(found);
}

// Asks us to end, and so the command, as soon as that process is no more.
void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::raise(SIGTERM);
}

}  // namespace

Result<Recorded> record(const RecordCommand& command, const PlannedCommand& planned,
                        const Desk& desk) {
  Decision decision(command, planned, desk);
  if (const auto settled = decision.settle()) return Recorded{*settled, "", std::nullopt};
  TRY(ChildProcess child, ChildProcess::prepare(command.argv));
  const int64_t began_ns = monotonic_now_ns();
  const auto run = open_run(command, desk.client, child.pid());
  Variables variables = variables_of(*run);
  take_trial(*run);
  decision.begin(*run);
  const auto tracing = begin_tracing(command, planned, variables);

  PrintedResults results(command.metrics);
  const ChildProcess::End end = attend(child, *run, variables, results);
  if (!command.metrics.empty()) keep_printed(results, *run, desk.client);
  const bool is_success = end.exit_code == 0;
  Recorded recorded{end.exit_code, run->is_disabled() ? "" : run->id(), std::nullopt};
  const bool is_reused = tracing && tracing->has_reused();  // by the program, which says so itself
  if (tracing && !run->is_disabled() && !is_reused)
    recorded.manifest = keep_trace(*tracing, planned, *run, is_success);
  const recall::Manifest* manifest = recorded.manifest ? &*recorded.manifest : nullptr;
  take_trial(*run);  // whatever the program has said of them
  if (!is_reused) decision.conclude(*run, manifest, is_success);
  run->finish(end.exit_code, end.reason);
  const double duration_s = static_cast<double>(monotonic_now_ns() - began_ns) / 1e9;
  if (!run->is_disabled()) {
    print_end(*run, end, duration_s);
    if (duration_s >= kCostWorthS) print_cost(*run, command, desk.client);
  }
  decision.close(*run, manifest);
  return recorded;
}

Result<int> execute(const RecordCommand& command, const Desk& desk) {
  if (!command.project.empty() && !is_safe_name(command.project))
    return fail(Code::kInvalid,
                "expected a project of letters, digits, '.', '_' and '-', found '{}'",
                command.project);
  if (!command.inflight.empty() && command.inflight != "wait" && command.inflight != "attach" &&
      command.inflight != "run" && command.inflight != "fail")
    return fail(Code::kInvalid, "expected --inflight wait, attach, run or fail, found '{}'",
                command.inflight);
  if (command.parent != 0) end_with(command.parent);
  TRY(const PlannedCommand planned, plan_command(command.argv, {command.reuse, command.accept}));
  TRY(const Recorded recorded, record(command, planned, desk));
  return recorded.exit_code;
}

}  // namespace cairn::cli
