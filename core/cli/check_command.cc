// cairn check and cairn why: was this command run before? Nothing is executed.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/past_runs.h"
#include "cli/recall_text.h"
#include "cli/tracing.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::List;
using model::Object;
using model::Value;
using recall::Level;

// So that `cairn check -- CMD || sbatch job.sh` says what it means.
constexpr int kExitAnswered = 0, kExitCovered = 10, kExitAdvice = 11, kExitMustRun = 13,
              kExitUntrusted = 14;
constexpr size_t kNearestShown = 3;

int exit_code_of(const Relative* best) {
  if (!best) return kExitMustRun;
  switch (best->match.level) {
    case Level::kExact:
    case Level::kEquivalent:
      // Equivalent is an answer to who asks, also where it would not be reused by itself.
      return best->match.held_back.empty() || best->match.level == Level::kEquivalent
                 ? kExitAnswered
                 : kExitUntrusted;
    case Level::kBudgetCovered:
    case Level::kResumable:
      return kExitCovered;
    case Level::kReplicate:
    case Level::kNearEnv:
    case Level::kNear:
      return kExitAdvice;
    case Level::kDifferent:
      break;
  }
  return kExitMustRun;
}

Value print_difference(const recall::Difference& difference) {
  return Object{{"component", difference.component},
                {"name", difference.name},
                {"before", difference.before.value_or(Value())},
                {"after", difference.after.value_or(Value())}};
}

Value print_answer(const Relative* best) {
  Value answer;
  answer.set("level", best ? recall::print_level(best->match.level) : "none");
  answer.set("run", best ? Value(best->past.run) : Value());
  List differences;
  if (best)
    for (const auto& difference : best->match.differences)
      differences.push_back(print_difference(difference));
  answer.set("differences", std::move(differences));
  answer.set("reason",
             best ? Value(best->match.held_back) : Value("no run of this program is known"));
  answer.set("advice", advise(best));
  return answer;
}

// An impatient reader sees the level first, then what differs, then what to do.
void print_text(const std::vector<Relative>& relatives, bool explains, const Terminal& terminal) {
  if (relatives.empty()) {
    terminal.print("no run of this program is known: run it\n");
    return;
  }
  const size_t shown = explains ? std::min(relatives.size(), kNearestShown) : 1;
  for (size_t i = 0; i < shown; ++i) {
    terminal.print(describe(relatives[i], terminal));
    terminal.print(describe_differences(relatives[i], terminal));
  }
  terminal.print(advise(&relatives.front()) + "\n");
}

}  // namespace

Result<int> execute(const CheckCommand& command, const Desk& desk) {
  TRY(const PlannedCommand planned, plan_command(command.argv, {"", command.accept}));
  trace::StatIndex index = open_stat_index();
  TRY(const auto relatives, find_relatives(desk.client, planned, index));
  const Relative* best = relatives.empty() ? nullptr : &relatives.front();
  if (command.as_json)
    desk.terminal.print(wire::print_json(print_answer(best)) + "\n");
  else
    print_text(relatives, command.explains, desk.terminal);
  return exit_code_of(best);
}

Result<int> execute(const DisownRuns& command, const Desk& desk) {
  for (const std::string& reference : command.runs) {
    TRY(const FoundRun found, desk.client.find_run(reference));
    List tags = list_at(found.run, "tags");
    tags.emplace_back(kDisownedTag);
    TRY_VOID(desk.client.send("PATCH", found.path(), {}, Object{{"tags", std::move(tags)}}));
    desk.terminal.print(
        fmt::format("{}/{} is not reused from now on\n", found.project, found.name));
  }
  return kExitOk;
}

}  // namespace cairn::cli
