// cairn sweep show: where a sweep stands, its best trials, what matters, what it cost.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/found_sweep.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

constexpr size_t kLabelColumns = 10;
constexpr size_t kBarColumns = 24;
constexpr size_t kParamsShown = 12;
constexpr const char* kUnknown = "unknown";

class Sheet {
 public:
  explicit Sheet(const Terminal& terminal) : x_terminal(terminal) {}

  void fact(std::string_view label, const std::string& text) {
    if (text.empty()) return;
    std::string padded(label);
    padded.resize(kLabelColumns, ' ');
    x_text += x_terminal.paint(padded, Paint::kDim) + text + "\n";
  }
  void add(const std::string& text) { x_text += text; }
  const std::string& text() const { return x_text; }

 private:
  const Terminal& x_terminal;
  std::string x_text;
};

std::string print_goals(const Value& sweep) {
  std::vector<std::string> parts;
  for (const Value& objective : list_at(sweep, "objectives")) {
    const bool is_high = text_at(objective, "goal") == "maximize";
    std::string text =
        fmt::format("{} as {} as possible", make_printable(text_at(objective, "metric")),
                    is_high ? "high" : "low");
    if (const Value& target = value_at(objective, "target"); target.is_number())
      text += fmt::format(", until {}", print_number(target.number_or(0)));
    parts.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

// "12 of 60: 10 complete, 1 stopped, 1 failed, 2 running"
std::string print_counts(const Value& sweep) {
  std::vector<std::string> parts;
  for (const char* state :
       {"complete", "stopped", "failed", "lost", "running", "paused", "waiting", "reused"})
    if (const size_t count = count_at(sweep, state); count > 0)
      parts.push_back(fmt::format("{} {}", print_count(count), state));
  const auto wanted = count_wanted(sweep);
  std::string text = wanted ? fmt::format("{} of {}", count_ended(sweep), *wanted)
                            : print_count(count_ended(sweep));
  if (!parts.empty()) text += fmt::format(": {}", fmt::join(parts, ", "));
  if (const size_t prior = count_at(sweep, "prior"); prior > 0)
    text +=
        fmt::format("; learns from {} earlier {}", print_count(prior), prior == 1 ? "run" : "runs");
  return text;
}

// What was not measured is said to be unknown, never nothing.
std::string print_cost(const Value& sweep) {
  const Value& used = value_at(sweep, "used");
  const auto amount = [&](const char* member, const char* unit) {
    const Value& value = value_at(used, member);
    return value.is_number() ? fmt::format("{} {}", print_number(value.number_or(0)), unit)
                             : fmt::format("{} {}", unit, kUnknown);
  };
  const Value& seconds = value_at(used, "seconds");
  return fmt::format("{}, {}, {}, {}",
                     seconds.is_number() ? print_span(seconds.number_or(0)) : "time unknown",
                     amount("kwh", "kWh"), amount("gco2e", "gCO2e"), amount("money", "money"));
}

std::string print_budget(const Value& sweep) {
  static constexpr std::pair<const char*, const char*> kUnits[] = {
      {"trials", "trials"}, {"hours", "h"}, {"kwh", "kWh"}, {"gco2e", "gCO2e"}, {"money", "money"}};
  std::vector<std::string> parts;
  for (const auto& [member, unit] : kUnits)
    if (const Value& value = value_at(value_at(sweep, "budget"), member); value.is_number())
      parts.push_back(fmt::format("{} {}", print_value(value), unit));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string print_belief(const Value& sweep) {
  const Value& best = value_at(sweep, "best");
  if (!best.as_object()) return print_best(sweep);
  std::string text = print_best(sweep);
  const Value& mean = value_at(best, "mean");
  const Value& sd = value_at(best, "sd");
  if (mean.is_number() && sd.is_number())
    text += fmt::format(", believed {} ± {}", print_number(mean.number_or(0)),
                        print_number(sd.number_or(0)));
  if (const std::string run = text_at(best, "run"); !run.empty())
    text += ", run " + make_printable(run);
  return text + "\n" + std::string(kLabelColumns, ' ') + print_params(value_at(best, "params"));
}

// The best first; trials on the front first where there are several objectives.
std::vector<const Value*> rank(const model::List& trials, const Value& sweep) {
  const auto goals = goals_of(sweep);
  const model::List& front = list_at(sweep, "front");
  const auto is_on_front = [&](const Value& trial) {
    return std::find(front.begin(), front.end(), value_at(trial, "number")) != front.end();
  };
  const auto value_of = [](const Value& trial) {
    const model::List& values = list_at(trial, "values");
    return values.empty() ? std::numeric_limits<double>::quiet_NaN()
                          : values.front().number_or(std::numeric_limits<double>::quiet_NaN());
  };
  std::vector<const Value*> ranked;
  for (const Value& trial : trials)
    if (text_at(trial, "state") == "complete" && !std::isnan(value_of(trial)))
      ranked.push_back(&trial);
  std::stable_sort(ranked.begin(), ranked.end(), [&](const Value* a, const Value* b) {
    if (is_on_front(*a) != is_on_front(*b)) return is_on_front(*a);
    return !goals.empty() && goals.front().is_better(value_of(*a), value_of(*b));
  });
  return ranked;
}

std::vector<std::string> names_of(const std::vector<const Value*>& trials) {
  std::vector<std::string> names;
  for (const Value* trial : trials)
    for (const auto& [name, value] : object_at(*trial, "params"))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  if (names.size() > kParamsShown) names.resize(kParamsShown);
  return names;
}

std::string print_trials(const std::vector<const Value*>& trials, const Value& sweep,
                         const Terminal& terminal) {
  const auto goals = goals_of(sweep);
  const auto names = names_of(trials);
  std::vector<Table::Column> columns = {{"trial", Align::kRight}};
  for (const Goal& goal : goals) columns.push_back({make_printable(goal.metric), Align::kPoint});
  for (const std::string& name : names) columns.push_back({make_printable(name), Align::kPoint});
  columns.push_back({"took", Align::kRight});
  columns.push_back({"run"});
  Table table(std::move(columns));
  for (const Value* trial : trials) {
    std::vector<Cell> row = {{std::to_string(int_at(*trial, "number"))}};
    const model::List& values = list_at(*trial, "values");
    for (size_t i = 0; i < goals.size(); ++i)
      row.push_back({i < values.size() ? print_value(values[i]) : "-"});
    for (const std::string& name : names)
      row.push_back({make_printable(print_value(value_at(value_at(*trial, "params"), name)))});
    const Value& seconds = value_at(value_at(*trial, "cost"), "seconds");
    const bool is_reused = flag_at(*trial, "is_reused");
    row.push_back({is_reused             ? "known"
                   : seconds.is_number() ? print_span(seconds.number_or(0))
                                         : "-",
                   is_reused ? Paint::kDim : Paint::kPlain});
    row.push_back({make_printable(text_at(*trial, "run"))});
    table.add(std::move(row));
  }
  return table.print(terminal);
}

std::string print_bar(double share) {
  const auto length =
      static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * double{kBarColumns}));
  std::string bar;
  for (size_t i = 0; i < length; ++i) bar += "█";
  return bar;
}

std::string print_share(const Value& share) {
  return share.is_number() ? fmt::format("{:.2f}", share.number_or(0)) : "-";
}

// A bar for how much of the results' spread each parameter explains.
std::string print_importance(const Value& importance, const Terminal& terminal) {
  const model::List& parameters = list_at(importance, "parameters");
  if (parameters.empty()) {
    const std::string reason = text_at(importance, "reason");
    return reason.empty() ? "" : fmt::format("\nwhat matters: not known yet, {}\n", reason);
  }
  Table table({{"what matters"}, {""}, {"alone", Align::kPoint}, {"in all", Align::kPoint}});
  for (const Value& parameter : parameters) {
    const Value& total = value_at(parameter, "total");
    table.add({{make_printable(text_at(parameter, "name"))},
               {print_bar(total.number_or(0)), Paint::kBlue},
               {print_share(value_at(parameter, "first_order"))},
               {print_share(total)}});
  }
  std::string text = "\n" + table.print(terminal);
  if (const Value& quality = value_at(importance, "quality"); quality.is_number())
    text += fmt::format("the model behind this explains {:.0f} % of the results\n",
                        100 * quality.number_or(0));
  return text;
}

void add_facts(const Value& sweep, Sheet& sheet) {
  const double age_s = static_cast<double>(wall_now_ns() - int_at(sweep, "created_ns")) / 1e9;
  sheet.fact("created",
             fmt::format("{} ({} ago), version {}", print_local_time(int_at(sweep, "created_ns")),
                         print_age(age_s), int_at(sweep, "version")));
  sheet.fact("metric", print_goals(sweep));
  sheet.fact("method", fmt::format("{}, seed {}", text_at(sweep, "method"), int_at(sweep, "seed")));
  sheet.fact("budget", print_budget(sweep));
  sheet.fact("trials", print_counts(sweep));
  sheet.fact("used", print_cost(sweep));
  sheet.fact("best", print_belief(sweep));
}

}  // namespace

Result<int> execute(const ShowSweep& command, const Desk& desk) {
  TRY(const FoundSweep found, find_sweep(desk.client, command.sweep));
  TRY(const model::List trials, get_all(desk.client, found.path() + "/trials", "trials"));
  const auto importance = desk.client.get(found.path() + "/importance");
  if (command.as_json) {
    print_json(Object{{"sweep", found.sweep},
                      {"trials", trials},
                      {"importance", importance ? *importance : Value()}},
               desk.terminal);
    return kExitOk;
  }
  Sheet sheet(desk.terminal);
  const std::string state = text_at(found.sweep, "state");
  const std::string reason = text_at(found.sweep, "reason");
  sheet.add(fmt::format(
      "{}  {}{}\n",
      desk.terminal.paint(fmt::format("{}/{}", found.project,
                                      make_printable(found.name.empty() ? found.id : found.name)),
                          Paint::kBold),
      state, reason.empty() ? "" : fmt::format(" ({})", make_printable(reason))));
  sheet.fact("id", found.id);
  add_facts(found.sweep, sheet);
  auto ranked = rank(trials, found.sweep);
  ranked.resize(std::min(ranked.size(), command.trials));
  if (!ranked.empty()) sheet.add("\n" + print_trials(ranked, found.sweep, desk.terminal));
  if (importance && !ranked.empty()) sheet.add(print_importance(*importance, desk.terminal));
  desk.terminal.print(sheet.text());
  return kExitOk;
}

}  // namespace cairn::cli
