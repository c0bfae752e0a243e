// cairn edit, rm and export: commands that act on runs.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "server/target.h"

namespace cairn::cli {

using model::Value;

namespace {

Value change_tags(const model::List& tags, const EditRun& command) {
  model::List changed;
  const auto is_in = [](const std::vector<std::string>& names, const Value& tag) {
    return std::find(names.begin(), names.end(), tag.string_or("")) != names.end();
  };
  for (const Value& tag : tags)
    if (!is_in(command.untag, tag) && !is_in(command.tag, tag)) changed.push_back(tag);
  changed.insert(changed.end(), command.tag.begin(), command.tag.end());
  return changed;
}

}  // namespace

Result<int> execute(const EditRun& command, const Desk& desk) {
  TRY(const FoundRun run, desk.client.find_run(command.run));
  Value change;
  if (command.name) change.set("name", *command.name);
  if (command.notes) change.set("notes", *command.notes);
  if (command.group) change.set("group", *command.group);
  if (!command.tag.empty() || !command.untag.empty())
    change.set("tags", change_tags(list_at(run.run, "tags"), command));
  if (command.archive || command.unarchive) change.set("archived", command.archive);
  if (change.is_null())
    return fail(Code::kInvalid,
                "expected --name, --tag, --untag, --notes, --group, --archive or --unarchive");
  TRY(const Value edited, desk.client.send("PATCH", run.path(), {}, change));
  if (command.as_json) {
    print_json(edited, desk.terminal);
    return kExitOk;
  }
  const FoundRun after{run.project, run.id, text_at(edited, "name"), edited};
  std::string tags;
  for (const Value& tag : list_at(edited, "tags")) tags += "  #" + make_printable(print_value(tag));
  desk.terminal.print(print_title(after, desk.terminal) + tags + "\n");
  return kExitOk;
}

Result<int> execute(const RemoveRuns& command, const Desk& desk) {
  std::vector<FoundRun> runs;  // all found before the first is removed
  for (const std::string& reference : command.runs) {
    TRY(FoundRun run, desk.client.find_run(reference));
    const bool is_repeated = std::any_of(runs.begin(), runs.end(), [&](const FoundRun& other) {
      return other.path() == run.path();
    });
    if (!is_repeated) runs.push_back(std::move(run));
  }
  if (!command.yes) {
    if (::isatty(STDIN_FILENO) != 1)
      return fail(Code::kInvalid, "expected --yes, because nobody can be asked here");
    for (const FoundRun& run : runs)
      desk.terminal.print("  " + run.id + "  " + print_title(run, desk.terminal) + "\n");
    if (!desk.terminal.confirm(
            fmt::format("Remove {} {} for good?", runs.size(), runs.size() == 1 ? "run" : "runs")))
      return kExitOk;
  }
  for (const FoundRun& run : runs) {
    TRY_VOID(desk.client.send("DELETE", run.path(), {{"force", command.force ? "1" : "0"}}));
    desk.terminal.print("removed " + run.project + "/" + make_printable(run.name) + " (" + run.id +
                        ")\n");
  }
  return kExitOk;
}

Result<int> execute(const ExportRun& command, const Desk& desk) {
  TRY(const FoundRun run, desk.client.find_run(command.run));
  server::Pairs params = {{"format", command.format}};
  if (command.system) params.emplace_back("stream", "system");
  if (!command.keys.empty())
    params.emplace_back("keys", fmt::format("{}", fmt::join(command.keys, ",")));
  TRY(const std::string bytes, desk.client.get_bytes(run.path() + "/export", std::move(params)));
  TRY_VOID(desk.terminal.write(command.output, bytes));
  return kExitOk;
}

}  // namespace cairn::cli
