// cairn verify: runs a command of the past again, and compares what it brings.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cli/audit.h"
#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/record_run.h"
#include "cli/text.h"
#include "cli/tracing.h"
#include "model/secret.h"
#include "trace/verify.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr int kExitSame = 0, kExitOther = 1, kExitCannotCompare = 5;

// The workspace as it is now, where the run of the past was made.
Result<PlannedCommand> plan_again(const recall::Manifest& manifest) {
  const std::string root = find_project_root(working_folder());
  const trace::Workspace workspace(root, trace::current_environment());
  const std::string folder = workspace.path_of(manifest.folder);
  if (::chdir(folder.c_str()) != 0) return fail_errno(errno, "go to the run's folder", folder);
  return plan_command(manifest.argv, {"never", ""});
}

Result<void> refuse_redacted(const recall::Manifest& manifest) {
  for (const std::string& word : manifest.argv)
    if (word.find(model::kRedacted) != std::string::npos)
      return fail(Code::kInvalid,
                  "expected a command that can be run again, found one whose secret is not kept: "
                  "run it by hand with --reuse never and compare by 'cairn compare'");
  return {};
}

// What has changed since is told first: then another result is no surprise.
void tell_changes(const recall::Manifest& manifest, const PlannedCommand& planned) {
  trace::StatIndex index = open_stat_index();
  const auto verification =
      trace::verify(manifest.record, planned.workspace, index, trace::Thoroughness::kAllChanges);
  for (const auto* changes : {&verification.changes, &verification.environment_changes})
    for (const trace::Change& change : *changes)
      Terminal::warn(fmt::format("{} {} is not what it was then", change.component,
                                 make_printable(change.name)));
}

}  // namespace

Result<int> execute(const VerifyRun& command, const Desk& desk) {
  TRY(const FoundRun found, desk.client.find_run(command.run));
  TRY(recall::Manifest manifest, read_manifest(desk.client, found.run));
  TRY_VOID(refuse_redacted(manifest));
  TRY(const PlannedCommand planned, plan_again(manifest));
  tell_changes(manifest, planned);

  RecordCommand again;
  again.project = found.project;
  again.reuse = "never";
  again.tags = {"verify"};
  again.notes = fmt::format("verifies {}", found.id);
  again.argv = manifest.argv;
  again.sample_period_s = command.sample_period_s;
  TRY(const Recorded recorded, record(again, planned, desk));
  if (recorded.exit_code != 0 || !recorded.manifest) {
    Terminal::warn(
        fmt::format("cannot be compared: it ended with exit code {}", recorded.exit_code));
    return kExitCannotCompare;
  }
  Relative past;
  past.past.project = found.project;
  past.past.run = found.id;
  past.past.name = found.name;
  past.past.manifest = std::move(manifest);
  past.run = found.run;
  TRY(const Verdict verdict,
      compare_with(desk.client, past, found.project, recorded.run, *recorded.manifest));
  const bool is_same = verdict.comparison.is_within_noise();
  if (command.as_json) {
    List differences;
    for (const recall::ResultDifference& difference : verdict.comparison.differences)
      differences.push_back(
          Object{{"name", difference.name},
                 {"before", difference.before},
                 {"after", difference.after},
                 {"noise", difference.noise ? Value(*difference.noise) : Value()}});
    desk.terminal.print(
        wire::print_json(
            Object{{"run", recorded.run},
                   {"is_same", verdict.comparison.is_same()},
                   {"is_within_noise", is_same},
                   {"metrics", static_cast<int64_t>(verdict.comparison.metrics)},
                   {"outputs", static_cast<int64_t>(verdict.comparison.outputs)},
                   {"other_outputs", static_cast<int64_t>(verdict.comparison.other_outputs)},
                   {"differences", std::move(differences)},
                   {"text", verdict.text}}) +
        "\n");
  } else {
    desk.terminal.print(fmt::format("{}/{}: {}\n", found.project, found.name, verdict.text));
  }
  return is_same ? kExitSame : kExitOther;
}

}  // namespace cairn::cli
