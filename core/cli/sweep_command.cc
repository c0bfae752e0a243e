// cairn sweep: makes sweeps, lists them, changes what becomes of them.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/found_sweep.h"
#include "cli/sweep_file.h"
#include "cli/text.h"
#include "cli/trial_command.h"
#include "sweep/definition.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

void warn_all(const Value& sweep) {
  for (const Value& warning : list_at(sweep, "warnings"))
    Terminal::warn(make_printable(warning.string_or("")));
}

// "3 parameters, auto, val_acc as high as possible, 60 trials"
std::string describe(const sweep::Definition& definition) {
  const size_t count = definition.space.parameters().size();
  std::string text = fmt::format("{} {}, {}", count, count == 1 ? "parameter" : "parameters",
                                 sweep::print_method(definition.method));
  for (const sweep::Objective& objective : definition.objectives)
    text += fmt::format(", {} as {} as possible", make_printable(objective.metric),
                        objective.is_maximized ? "high" : "low");
  const auto size = definition.space.size();
  const auto trials = definition.budget.trials;
  if (trials && (!size || *trials < *size))
    text += fmt::format(", {} trials", print_count(*trials));
  else if (size)
    text += fmt::format(", {} configurations", print_count(*size));
  return text;
}

std::string environment_or(const char* name, const char* missing) {
  const char* value = std::getenv(name);
  return value && *value ? value : missing;
}

// --dry-stop turns the file's own rule into one that only tells; without one, the default rule.
void make_dry(Value& document) {
  const Value* said = document.find("early_terminate");
  Value rule = said && said->as_object() ? *said : Value(Object{{"type", "auto"}});
  rule.set("dry", true);
  document.set("early_terminate", std::move(rule));
}

struct Draft {
  Value document;
  sweep::ReadDefinition read;
};

Result<Draft> read_draft(const MakeSweep& command) {
  Draft draft;
  TRY(draft.document, read_sweep(command.file, command.argv, command.words));
  if (command.dry_stop) make_dry(draft.document);
  TRY(draft.read, sweep::read_definition(draft.document));
  if (draft.read.definition.objectives.empty())
    return fail(Code::kInvalid, "expected a metric to make best (--metric KEY, or 'metric: {}')",
                "{name: KEY}");
  return draft;
}

int print_check(const Draft& draft, bool as_json, const Terminal& terminal) {
  const Value document = sweep::print_definition(draft.read.definition);
  if (as_json) {
    model::List warnings(draft.read.warnings.begin(), draft.read.warnings.end());
    terminal.print(wire::print_json(
                       Value(Object{{"definition", document}, {"warnings", std::move(warnings)}})) +
                   "\n");
    return kExitOk;
  }
  for (const std::string& warning : draft.read.warnings) Terminal::warn(warning);
  terminal.print(describe(draft.read.definition) + "\n");
  return kExitOk;
}

Result<Value> create(const Draft& draft, const Desk& desk) {
  const sweep::Definition& definition = draft.read.definition;
  const std::string project =
      definition.project.empty() ? environment_or("CAIRN_PROJECT", "default") : definition.project;
  Value body = Object{{"project", project}, {"definition", draft.document}};
  if (!definition.name.empty()) body.set("name", definition.name);
  if (const auto program = find_program(definition)) body.set("program", *program);
  return desk.client.send("POST", "/sweeps", {}, body);
}

void print_made(const Value& sweep, const Draft& draft, const Terminal& terminal) {
  const std::string id = text_at(sweep, "id");
  terminal.print(fmt::format("sweep {}: {}\n", terminal.paint(id, Paint::kBold),
                             describe(draft.read.definition)));
  if (const size_t prior = count_at(sweep, "prior"); prior > 0)
    terminal.print(fmt::format("it learns from {} earlier {}\n", print_count(prior),
                               prior == 1 ? "run" : "runs"));
}

}  // namespace

Result<int> execute(const MakeSweep& command, const Desk& desk) {
  TRY(const Draft draft, read_draft(command));
  if (command.only_checks) return print_check(draft, command.as_json, desk.terminal);
  TRY(const Value sweep, create(draft, desk));
  warn_all(sweep);
  const std::string id = text_at(sweep, "id");
  const bool is_watched = desk.terminal.is_tty() && ::isatty(STDIN_FILENO) == 1;
  const bool runs = command.runs || (!command.argv.empty() && is_watched);
  if (command.as_json)
    desk.terminal.print(wire::print_json(sweep) + "\n");
  else
    print_made(sweep, draft, desk.terminal);
  if (runs) return execute(RunAgent{id, command.agent, command.as_json}, desk);
  if (!command.as_json)
    desk.terminal.print(
        fmt::format("next: cairn agent {}   on any machine, any number of times\n"
                    "      cairn sweep show {}\n",
                    id, id));
  return kExitOk;
}

Result<int> execute(const ListSweeps& command, const Desk& desk) {
  server::Pairs params;
  if (!command.project.empty()) params.emplace_back("project", command.project);
  TRY(model::List sweeps, get_all(desk.client, "/sweeps", "sweeps", params));
  if (command.as_json) {
    desk.terminal.print(wire::print_json(Value(Object{{"sweeps", std::move(sweeps)}})) + "\n");
    return kExitOk;
  }
  if (sweeps.empty()) desk.terminal.print("no sweeps; 'cairn sweep FILE' makes one\n");
  Table table({{"id"},
               {"name"},
               {"project"},
               {"state"},
               {"method"},
               {"trials"},
               {"best"},
               {"used"},
               {"age", Align::kRight}});
  for (const Value& sweep : sweeps) {
    const double age_s = static_cast<double>(wall_now_ns() - int_at(sweep, "created_ns")) / 1e9;
    const auto wanted = count_wanted(sweep);
    table.add({{text_at(sweep, "id"), Paint::kBold},
               {make_printable(text_at(sweep, "name"))},
               {text_at(sweep, "project")},
               {text_at(sweep, "state")},
               {text_at(sweep, "method")},
               {wanted ? fmt::format("{}/{}", count_ended(sweep), *wanted)
                       : std::to_string(count_ended(sweep))},
               {print_best(sweep)},
               {print_used(sweep)},
               {print_age(age_s)}});
  }
  if (!sweeps.empty()) desk.terminal.print(table.print(desk.terminal));
  return kExitOk;
}

Result<int> execute(const SetSweepState& command, const Desk& desk) {
  TRY(const FoundSweep found, find_sweep(desk.client, command.sweep));
  TRY(const Value sweep,
      desk.client.send("PATCH", found.path(), {}, Object{{"state", command.state}}));
  if (command.as_json)
    desk.terminal.print(wire::print_json(sweep) + "\n");
  else
    desk.terminal.print(fmt::format("{} is {}, after {}\n", found.id, text_at(sweep, "state"),
                                    print_progress(sweep)));
  return kExitOk;
}

Result<int> execute(const EditSweep& command, const Desk& desk) {
  Value change = Object();
  if (!command.file.empty()) {
    TRY(change, read_sweep_file(command.file));
  }
  TRY_VOID(apply_words(command.words, change));
  if (change.as_object()->empty())
    return fail(Code::kInvalid,
                "expected what is to change, as a file or options such as "
                "--budget 120; found neither");
  TRY(const FoundSweep found, find_sweep(desk.client, command.sweep));
  TRY(const Value sweep,
      desk.client.send("PATCH", found.path(), {}, Object{{"definition", change}}));
  warn_all(sweep);
  if (command.as_json)
    desk.terminal.print(wire::print_json(sweep) + "\n");
  else
    desk.terminal.print(fmt::format("{} is in version {}\n", found.id, int_at(sweep, "version")));
  return kExitOk;
}

Result<int> execute(const RemoveSweeps& command, const Desk& desk) {
  std::vector<FoundSweep> found;
  for (const std::string& reference : command.sweeps) {
    TRY(FoundSweep sweep, find_sweep(desk.client, reference));
    found.push_back(std::move(sweep));
  }
  if (!command.yes) {
    if (::isatty(STDIN_FILENO) != 1)
      return fail(Code::kInvalid, "expected --yes where nobody can be asked, found none");
    for (const FoundSweep& sweep : found)
      desk.terminal.print(fmt::format("  {}  {}  {}\n", sweep.id, make_printable(sweep.name),
                                      print_progress(sweep.sweep)));
    if (!desk.terminal.confirm("Remove them for good? Their runs stay.")) return kExitOk;
  }
  for (const FoundSweep& sweep : found) TRY_VOID(desk.client.send("DELETE", sweep.path()));
  desk.terminal.print(
      fmt::format("removed {} {}\n", found.size(), found.size() == 1 ? "sweep" : "sweeps"));
  return kExitOk;
}

}  // namespace cairn::cli
