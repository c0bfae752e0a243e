// cairn check and cairn why: was this command run before? Nothing is executed.
#include <fmt/format.h>

#include "base/clock.h"
#include "cli/code_diff.h"
#include "cli/commands.h"
#include "cli/expectation.h"
#include "cli/flight.h"
#include "cli/past_runs.h"
#include "cli/recall_text.h"
#include "cli/text.h"
#include "cli/tracing.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::List;
using model::Object;
using model::Value;
using recall::Level;

// So that `cairn check -- CMD || sbatch job.sh` says what it means.
constexpr int kExitAnswered = 0, kExitIncomplete = 3, kExitCovered = 10, kExitAdvice = 11,
              kExitRunning = 12, kExitMustRun = 13, kExitUntrusted = 14;
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
    case Level::kPrefixShared:
      return kExitCovered;
    case Level::kReplicate:
    case Level::kNearEnv:
    case Level::kNear:
    case Level::kDominated:
      return kExitAdvice;
    case Level::kDifferent:
      break;
  }
  return kExitMustRun;
}

std::string print_leader(const Leader& leader) {
  const double age_s = static_cast<double>(wall_now_ns() - leader.since_ns) / 1e9;
  const std::string run =
      leader.name.empty() ? "the same command" : leader.project + "/" + make_printable(leader.name);
  return fmt::format("{} is running now, for {}, by {}", run, print_span(age_s),
                     make_printable(leader.holder));
}

struct Answer {
  LookUp found;
  std::optional<Expectation> expected;
  std::optional<Leader> leader;         // where nothing is there to be used
  std::vector<std::string> code_diffs;  // of the first relatives

  int exit_code() const {
    const int code = exit_code_of(found.best());
    return leader && code != kExitAnswered ? kExitRunning : code;
  }
};

Value to_json(const Answer& answer) {
  Value json = print_answer(answer.found.best());
  json.set("prediction", answer.expected ? print_expectation(*answer.expected) : Value());
  json.set("in_flight", answer.leader ? Value(Object{{"holder", answer.leader->holder},
                                                     {"project", answer.leader->project},
                                                     {"run", answer.leader->run},
                                                     {"since_ns", answer.leader->since_ns}})
                                      : Value());
  List demoted;
  for (const recall::Demotion& demotion : answer.found.demotions)
    demoted.push_back(Object{{"key", demotion.key},
                             {"metric", demotion.metric},
                             {"runs", List{demotion.first, demotion.second}}});
  json.set("demoted", std::move(demoted));
  return json;
}

// An impatient reader sees the level first, then what differs, then what to do.
void print_text(const Answer& answer, bool explains, const Terminal& terminal) {
  const auto& relatives = answer.found.relatives;
  const size_t shown =
      explains ? std::min(relatives.size(), kNearestShown) : std::min<size_t>(relatives.size(), 1);
  if (relatives.empty()) terminal.print("no run of this program is known: run it\n");
  for (size_t i = 0; i < shown; ++i) {
    terminal.print(describe(relatives[i], terminal));
    terminal.print(describe_differences(relatives[i], terminal));
    terminal.print(answer.code_diffs[i]);
  }
  for (const recall::Demotion& demotion : answer.found.demotions)
    terminal.print(fmt::format("{} is taken for a setting: {} differs between {} and {}\n",
                               demotion.key, demotion.metric, demotion.first, demotion.second));
  if (answer.leader) terminal.print(print_leader(*answer.leader) + "\n");
  if (answer.expected && !answer.expected->print().empty())
    terminal.print(answer.expected->print() + "\n");
  if (!relatives.empty()) terminal.print(advise(&relatives.front()) + "\n");
}

Result<Answer> ask(const CheckCommand& command, const Desk& desk) {
  TRY(const PlannedCommand planned, plan_command(command.argv, {"", command.accept}));
  trace::StatIndex index = open_stat_index();
  Answer answer;
  TRY(answer.found, look_up(desk.client, planned, index));
  const Relative* best = answer.found.best();
  if (!best || best->match.level > recall::Level::kEquivalent) {
    answer.expected = expect_result(desk.client, planned, answer.found);
    if (auto leader = Flight::find_leader(desk.client, planned)) answer.leader = std::move(*leader);
  }
  for (size_t i = 0; i < std::min(kNearestShown, answer.found.relatives.size()); ++i)
    answer.code_diffs.push_back(
        command.explains && !command.as_json
            ? diff_code(desk.client, planned, answer.found.relatives[i], desk.terminal)
            : std::string());
  return answer;
}

}  // namespace

Result<int> execute(const CheckCommand& command, const Desk& desk) {
  const auto answer = ask(command, desk);
  if (!answer) {
    // Whoever asks in a script must be able to tell "not known" from "could not be asked".
    const Code code = answer.error().code();
    if (code != Code::kUnavailable && code != Code::kIo) return tl::unexpected(answer.error());
    Terminal::warn(answer.error().message());
    return kExitIncomplete;
  }
  if (command.as_json)
    desk.terminal.print(wire::print_json(to_json(*answer)) + "\n");
  else
    print_text(*answer, command.explains, desk.terminal);
  return answer->exit_code();
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
