// cairn plan: what a sweep would run, what of that is known already, and what the rest would cost.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/disk.h"
#include "cli/commands.h"
#include "cli/expectation.h"
#include "cli/flight.h"
#include "cli/found_sweep.h"
#include "cli/past_runs.h"
#include "cli/run_style.h"
#include "cli/sweep_file.h"
#include "cli/text.h"
#include "cli/tracing.h"
#include "cli/trial_command.h"
#include "sweep/definition.h"
#include "sweep/search.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;
using recall::Level;

constexpr size_t kFirstTrials = 20;  // of a space without end: those that are tried first

enum class Kind : uint8_t { kKnown, kCovered, kRunning, kResumable, kDominated, kNew };
struct KindText {
  const char* name;
  const char* meaning;
};
constexpr std::array<KindText, 6> kKinds = {{
    {"known", "told without being run"},
    {"covered", "a run with a larger budget tells them; they would be run"},
    {"running", "somebody is at them now; waited for"},
    {"resumable", "a run that was cut short could go on"},
    {"dominated", "nearly certain not to be the best; they would be run"},
    {"new", ""},
}};

struct Planned {
  sweep::Config params;
  Kind kind = Kind::kNew;
  std::string run;               // the past one, or the one that runs
  std::optional<double> cost_s;  // of running it
};

struct Plan {
  std::string program;
  uint64_t configurations = 0;  // in all; 0: without end
  std::vector<Planned> trials;  // those that were looked up
  std::optional<uint64_t> budget;

  size_t count(Kind kind) const {
    return static_cast<size_t>(std::count_if(
        trials.begin(), trials.end(), [&](const Planned& trial) { return trial.kind == kind; }));
  }
};

Result<sweep::Definition> read_definition(const PlanSweep& command, const Desk& desk) {
  const bool is_file = !command.argv.empty() || command.file == "-" ||
                       posix_disk().open(command.file, OpenMode::kRead).has_value();
  Value document;
  if (is_file) {
    TRY(document, read_sweep(command.file, command.argv, command.words));
  } else {
    TRY(const FoundSweep found, find_sweep(desk.client, command.file));
    document = value_at(found.sweep, "definition");
    TRY_VOID(apply_words(command.words, document));
  }
  TRY(sweep::ReadDefinition read, sweep::read_definition(document));
  return std::move(read.definition);
}

// All of them where that is what will be run, else those that are tried first.
Result<std::vector<sweep::Config>> list_configs(const sweep::Definition& definition, size_t limit) {
  std::vector<sweep::Config> configs;
  const auto size = definition.space.size();
  const bool tries_all = size && (!definition.budget.trials || *size <= *definition.budget.trials);
  if (tries_all) {
    for (uint64_t n = 0; n < *size && configs.size() < limit; ++n)
      if (const auto point = definition.space.nth(n))
        configs.push_back(definition.space.decode(*point));
    return configs;
  }
  TRY(sweep::Search search, sweep::Search::make(definition));
  const uint64_t most = std::min<uint64_t>(definition.budget.trials.value_or(kFirstTrials),
                                           std::min(limit, kFirstTrials));
  while (configs.size() < most) {
    TRY(const auto proposal, search.ask());
    if (!proposal) break;
    configs.push_back(proposal->config);
  }
  return configs;
}

Kind kind_of(const Relative* best) {
  if (!best || !best->match.held_back.empty()) return Kind::kNew;
  switch (best->match.level) {
    case Level::kExact:
    case Level::kEquivalent:
      return Kind::kKnown;
    case Level::kBudgetCovered:
    case Level::kPrefixShared:
      return Kind::kCovered;
    case Level::kResumable:
      return Kind::kResumable;
    case Level::kDominated:
      return Kind::kDominated;
    case Level::kReplicate:
    case Level::kNearEnv:
    case Level::kNear:
    case Level::kDifferent:
      break;
  }
  return Kind::kNew;
}

// Asks recall about one configuration after the other; what the program's history tells is read
// once.
class Planner {
 public:
  Planner(const sweep::Definition& definition, const Desk& desk)
      : x_definition(definition), x_desk(desk), x_index(open_stat_index()) {}

  Result<Planned> look(const sweep::Config& params) {
    Planned trial;
    trial.params = params;
    TRY(const TrialCommand command, fill_trial_command(x_definition, Value(params)));
    TRY(const PlannedCommand planned, plan_command(command.argv, {"", ""}));
    if (x_program.empty()) begin(planned);
    TRY(LookUp found, look_up(x_desk.client, planned, x_index));
    const bool is_known = found.best() && is_result_of(*found.best(), command, Value(params));
    if (is_known || command.says_params) {
      if (x_history && !is_known) expect(planned, found, trial);
      trial.kind = kind_of(found.best());
      if (trial.kind != Kind::kNew) trial.run = name_of(found.best()->past);
    }
    if (!trial.cost_s && x_history) trial.cost_s = x_history->typical_cost_s();
    const auto leader = Flight::find_leader(x_desk.client, planned);
    if (trial.kind != Kind::kKnown && command.says_params && leader && *leader) {
      trial.kind = Kind::kRunning;
      trial.run = (*leader)->run;
    }
    return trial;
  }
  const std::string& program() const { return x_program; }

 private:
  static std::string name_of(const recall::Past& past) { return past.project + "/" + past.run; }

  void begin(const PlannedCommand& planned) {
    x_program = planned.plan.program.entry;
    if (!x_definition.objectives.empty())
      x_history = History::read(x_desk.client, planned, x_definition.objectives.front().metric);
  }
  void expect(const PlannedCommand& planned, LookUp& found, Planned& trial) const {
    const Expectation expected = x_history->expect(planned, found);
    if (expected.prediction) trial.cost_s = expected.prediction->cost_s;
  }

  const sweep::Definition& x_definition;
  const Desk& x_desk;
  trace::StatIndex x_index;
  std::string x_program;
  std::optional<History> x_history;
};

// What has to be run costs what earlier runs took; nothing where one of them is unknown.
std::optional<double> expected_cost_s(const Plan& plan) {
  double sum = 0;
  for (const Planned& trial : plan.trials) {
    if (trial.kind == Kind::kKnown || trial.kind == Kind::kRunning) continue;
    if (!trial.cost_s) return std::nullopt;
    sum += *trial.cost_s;
  }
  return sum;
}

Value to_json(const Plan& plan) {
  Value json =
      Object{{"program", plan.program},
             {"configurations",
              plan.configurations > 0 ? Value(static_cast<int64_t>(plan.configurations)) : Value()},
             {"looked_up", static_cast<int64_t>(plan.trials.size())}};
  for (size_t i = 0; i < kKinds.size(); ++i)
    json.set(kKinds[i].name, static_cast<int64_t>(plan.count(static_cast<Kind>(i))));
  const auto cost_s = expected_cost_s(plan);
  json.set("cost", Object{{"seconds", cost_s ? Value(*cost_s) : Value()},
                          {"kwh", nullptr},
                          {"gco2e", nullptr},
                          {"money", nullptr}});
  model::List trials;
  for (const Planned& trial : plan.trials)
    trials.push_back(Object{{"params", trial.params},
                            {"kind", kKinds[static_cast<size_t>(trial.kind)].name},
                            {"run", trial.run.empty() ? Value() : Value(trial.run)},
                            {"cost_s", trial.cost_s ? Value(*trial.cost_s) : Value()}});
  json.set("trials", std::move(trials));
  return json;
}

std::string print_text(const Plan& plan, const Terminal& terminal) {
  const size_t looked_up = plan.trials.size();
  std::string text;
  if (plan.configurations > looked_up)
    text = fmt::format("the first {} of {} configurations of {}\n", looked_up,
                       print_count(plan.configurations), plan.program);
  else if (plan.configurations > 0)
    text = fmt::format("{} configurations of {}\n", looked_up, plan.program);
  else
    text = fmt::format("the first {} trials of {}; later ones depend on what these bring\n",
                       looked_up, plan.program);
  Table table({{"kind"}, {"count", Align::kRight}, {"meaning"}});
  for (size_t i = 0; i < kKinds.size(); ++i)
    if (const size_t count = plan.count(static_cast<Kind>(i)); count > 0)
      table.add({{kKinds[i].name, i == 0 ? Paint::kGreen : Paint::kPlain},
                 {std::to_string(count)},
                 {kKinds[i].meaning, Paint::kDim}});
  text += table.print(terminal, /*with_titles=*/false, /*indent=*/2);
  const auto cost_s = expected_cost_s(plan);
  text += cost_s ? fmt::format("expected: {} one after the other, as earlier runs took",
                               print_span(*cost_s))
                 : std::string("expected: time unknown, because no earlier run tells it");
  text += "; energy, carbon and money unknown\n";
  if (plan.budget && *plan.budget > looked_up && cost_s && looked_up > 0)
    text += fmt::format(
        "the budget of {} trials: about {}\n", *plan.budget,
        print_span(*cost_s / static_cast<double>(looked_up) * static_cast<double>(*plan.budget)));
  return text;
}

}  // namespace

Result<int> execute(const PlanSweep& command, const Desk& desk) {
  TRY(const sweep::Definition definition, read_definition(command, desk));
  TRY(const auto configs, list_configs(definition, command.limit));
  Plan plan;
  plan.budget = definition.budget.trials;
  const auto size = definition.space.size();
  if (size && (!plan.budget || *size <= *plan.budget)) plan.configurations = *size;
  Planner planner(definition, desk);
  for (const sweep::Config& config : configs) {
    TRY(Planned trial, planner.look(config));
    plan.trials.push_back(std::move(trial));
  }
  plan.program = planner.program();
  if (command.as_json)
    print_json(to_json(plan), desk.terminal);
  else
    desk.terminal.print(print_text(plan, desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
