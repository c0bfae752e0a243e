// cairn sweep export and replay: trials and events for other programs, and proof that they are
// reproducible.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/found_sweep.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "trials/adviser.h"
#include "trials/ledger.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

std::string print_lines(const model::List& values) {
  std::string text;
  for (const Value& value : values) text += wire::print_json(value) + "\n";
  return text;
}

std::string print_cell(const Value& value) {
  if (value.is_null()) return "";
  const std::string* text = value.as_string();
  std::string cell = text ? *text : wire::print_json(value);
  if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
  for (size_t at = 0; (at = cell.find('"', at)) != std::string::npos; at += 2)
    cell.insert(at, "\"");
  return "\"" + cell + "\"";
}

// One row per trial: what it is, params.*, the metrics, what it cost.
std::string print_csv(const model::List& trials, const Value& sweep) {
  std::vector<std::string> params;
  for (const Value& trial : trials)
    for (const auto& [name, value] : object_at(trial, "params"))
      if (std::find(params.begin(), params.end(), name) == params.end()) params.push_back(name);
  const auto goals = goals_of(sweep);
  static constexpr const char* kMembers[] = {"state",   "run",      "is_reused", "sampler",
                                             "attempt", "began_ns", "ended_ns",  "error"};
  static constexpr const char* kCosts[] = {"seconds", "kwh", "gco2e", "money"};
  std::string text = "number";
  for (const char* name : kMembers) text += fmt::format(",{}", name);
  for (const std::string& name : params) text += "," + print_cell(Value("params." + name));
  for (const Goal& goal : goals) text += "," + print_cell(Value(goal.metric));
  for (const char* name : kCosts) text += fmt::format(",cost.{}", name);
  text += "\n";
  for (const Value& trial : trials) {
    text += std::to_string(int_at(trial, "number"));
    for (const char* name : kMembers) text += "," + print_cell(value_at(trial, name));
    for (const std::string& name : params)
      text += "," + print_cell(value_at(value_at(trial, "params"), name));
    const model::List& values = list_at(trial, "values");
    for (size_t i = 0; i < goals.size(); ++i)
      text += "," + (i < values.size() ? print_cell(values[i]) : "");
    for (const char* name : kCosts)
      text += "," + print_cell(value_at(value_at(trial, "cost"), name));
    text += "\n";
  }
  return text;
}

Result<trials::Event> read_event(const Value& value) {
  const auto kind = trials::parse_kind(text_at(value, "kind"));
  if (!kind)
    return fail(Code::kCorrupt, "expected an event of a kind that this version knows, found '{}'",
                text_at(value, "kind"));
  trials::Event event{static_cast<uint64_t>(int_at(value, "seq")), int_at(value, "at_ns"), *kind,
                      std::nullopt, value_at(value, "body")};
  if (const Value& trial = value_at(value, "trial"); trial.is_number())
    event.trial = trial.int_or(0);
  return event;
}

struct Replay {
  size_t proposed = 0, same = 0;
  std::string first_other;  // what was proposed and what is proposed now
};

// Goes through the events, and where one is a proposal makes it once more from all before it.
Result<Replay> make_again(const model::List& events, const std::string& id) {
  Replay replay;
  trials::Ledger ledger(id);
  std::optional<trials::Adviser> adviser(std::in_place);
  for (const Value& value : events) {
    TRY(const trials::Event event, read_event(value));
    if (event.kind == trials::EventKind::kAsk) {
      TRY_VOID(adviser->follow(ledger));
      TRY(const auto proposal, adviser->ask(ledger));
      const Value then = value_at(event.body, "params");
      const Value now =
          proposal ? Value(trials::params_of(ledger.definition(), *proposal)) : Value();
      ++replay.proposed;
      if (then == now) {
        ++replay.same;
      } else {
        if (replay.first_other.empty())
          replay.first_other = fmt::format("trial {} was {}, is now {}", event.trial.value_or(-1),
                                           print_params(then), print_params(now));
        adviser.emplace();  // from what was really proposed
      }
    }
    TRY_VOID(ledger.apply(event));
  }
  return replay;
}

}  // namespace

Result<int> execute(const ExportSweep& command, const Desk& desk) {
  TRY(const FoundSweep found, find_sweep(desk.client, command.sweep));
  if (command.transcript) {
    TRY(const model::List events, get_all(desk.client, found.path() + "/transcript", "events"));
    TRY_VOID(desk.terminal.write(command.output, print_lines(events)));
    return kExitOk;
  }
  TRY(const model::List trials, get_all(desk.client, found.path() + "/trials", "trials"));
  TRY_VOID(desk.terminal.write(command.output, command.format == "jsonl"
                                                   ? print_lines(trials)
                                                   : print_csv(trials, found.sweep)));
  return kExitOk;
}

Result<int> execute(const ReplaySweep& command, const Desk& desk) {
  TRY(const FoundSweep found, find_sweep(desk.client, command.sweep));
  TRY(const model::List events, get_all(desk.client, found.path() + "/transcript", "events"));
  TRY(const Replay replay, make_again(events, found.id));
  const bool is_same = replay.same == replay.proposed;
  if (command.as_json) {
    print_json(Object{{"proposed", static_cast<int64_t>(replay.proposed)},
                      {"same", static_cast<int64_t>(replay.same)},
                      {"first_other", is_same ? Value() : Value(replay.first_other)}},
               desk.terminal);
  } else {
    desk.terminal.print(fmt::format("{} of {} proposals are the same{}\n", replay.same,
                                    replay.proposed,
                                    is_same ? "" : "; " + make_printable(replay.first_other)));
  }
  return is_same ? kExitOk : kExitDamage;
}

}  // namespace cairn::cli
