// cairn footprint: what runs cost in energy, money and carbon.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.h"
#include "cli/footprint_text.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "server/target.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kGroupsShown = 50;

// What TARGET means.
struct Target {
  std::string path;  // of its footprint
  std::string name;
  bool is_run = false;
};

Result<bool> is_project(DoorClient& client, const std::string& name) {
  TRY(const Value answer, client.get("/projects"));
  const model::List& projects = list_at(answer, "projects");
  return std::any_of(projects.begin(), projects.end(),
                     [&](const Value& project) { return text_at(project, "name") == name; });
}

Result<Target> find_target(DoorClient& client, const std::string& target) {
  if (target.empty()) return Target{"/footprint", "all projects", false};
  TRY(const bool is_known, is_project(client, target));
  if (is_known) return Target{project_path(target) + "/footprint", target, false};
  TRY(const FoundRun run, client.find_run(target));
  return Target{run.path() + "/footprint", run.project + "/" + run.name, true};
}

// --- totals

std::string print_share(const Value& part, const Value& total) {
  const double kwh = number_at(value_at(part, "energy_kwh"), "value");
  const double all = number_at(value_at(total, "energy_kwh"), "value");
  if (std::isnan(kwh)) return "unknown";
  return fmt::format("{} kWh{}", print_amount(kwh),
                     all > 0 ? fmt::format(" ({:.0f} %)", 100 * kwh / all) : "");
}

// Energy in two kinds of work, where there is more than one.
std::string print_split(const Value& answer, const char* first, const char* second) {
  const Value &one = value_at(answer, first), &other = value_at(answer, second);
  if (one.is_null() || other.is_null()) return "";
  const Value& total = value_at(answer, "total");
  return fmt::format("{} {}, {} {}", first, print_share(one, total), second,
                     print_share(other, total));
}

std::string print_groups(const Value& answer, const Terminal& terminal) {
  const model::List& groups = list_at(answer, "groups");
  if (groups.empty()) return "";
  std::vector<Table::Column> columns;
  for (const auto& [name, value] : object_at(groups.front(), "key")) columns.push_back({name});
  columns.insert(columns.end(), {{"runs", Align::kRight},
                                 {"kWh", Align::kPoint},
                                 {"kg CO2e", Align::kPoint},
                                 {"money", Align::kPoint}});
  Table table(std::move(columns));
  for (size_t i = 0; i < std::min(groups.size(), kGroupsShown); ++i) {
    std::vector<Cell> row;
    for (const auto& [name, value] : object_at(groups[i], "key"))
      row.push_back({value.is_null() ? "-" : make_printable(print_value(value))});
    row.push_back({std::to_string(int_at(groups[i], "runs"))});
    const Value& footprint = value_at(groups[i], "footprint");
    for (const char* member : {"energy_kwh", "carbon_kg", "money"}) {
      const double value = number_at(value_at(footprint, member), "value");
      row.push_back(std::isnan(value) ? Cell{"-", Paint::kDim} : Cell{print_amount(value)});
    }
    table.add(std::move(row));
  }
  std::string out = "\n" + table.print(terminal);
  const auto total = static_cast<size_t>(int_at(answer, "groups_total"));
  if (total > kGroupsShown)
    out += fmt::format("... and {} more (--json has them)\n", total - kGroupsShown);
  return out;
}

void print_totals(const Target& target, const Value& answer, const Terminal& terminal) {
  const int64_t runs = int_at(answer, "runs"), unknown = int_at(answer, "unknown");
  std::string out = terminal.paint(target.name, Paint::kBold) +
                    fmt::format("  {} run{}", runs, runs == 1 ? "" : "s");
  out += unknown > 0 ? fmt::format(", of {} nothing is known\n",
                                   unknown == runs && runs == 1 ? "which" : std::to_string(unknown))
                     : "\n";
  const Value& total = value_at(answer, "total");
  if (total.is_null()) return terminal.print(out);
  out += print_footprint(total, terminal);
  const std::string final_by = text_at(answer, "final_by");
  if (const std::string split = print_split(answer, "search", "final"); !split.empty())
    out += print_fact("of it", split + "; final is " + final_by, terminal);
  out += print_fact("of it", print_split(answer, "training", "inference"), terminal);
  out += print_equivalents(answer, terminal);
  out += print_groups(answer, terminal);
  terminal.print(out);
}

Value totals_to_json(const Value& answer) {
  Value out = flatten_footprint(value_at(answer, "total"));
  if (const model::Object* members = answer.as_object())
    for (const auto& [name, value] : *members)
      if (name != "total") out.set(name, value);
  return out;
}

// --- in other hours and zones

Result<int> show_alternatives(const ShowFootprint& command, const Target& target,
                              const Desk& desk) {
  if (!target.is_run)
    return fail(Code::kInvalid, "expected a run with --when, found {}", target.name);
  TRY(const Value answer, desk.client.get(target.path + "/alternatives", command.params));
  if (command.as_json) {
    print_json(answer, desk.terminal);
    return kExitOk;
  }
  const Value& footprint = value_at(answer, "footprint");
  desk.terminal.print(desk.terminal.paint(target.name, Paint::kBold) + "  " +
                      make_printable(text_at(footprint, "line")) + "\n\n");
  Table table({{"zone"},
               {"begun"},
               {"kg CO2e", Align::kPoint},
               {"saved", Align::kRight},
               {"by", Align::kLeft}});
  for (const Value& one : list_at(answer, "alternatives")) {
    const double saved = number_at(one, "saved_share");
    const int64_t start_ns = int_at(one, "start_ns");
    table.add({{text_at(one, "zone")},
               {start_ns > 0 ? print_local_time(start_ns) : "any time"},
               {print_amount(number_at(one, "carbon_kg"))},
               {fmt::format("{:.0f} %", 100 * saved), saved > 0 ? Paint::kGreen : Paint::kDim},
               {text_at(one, "level"), Paint::kDim}});
  }
  desk.terminal.print(table.print(desk.terminal));
  return kExitOk;
}

// --- training against inference

Result<int> show_break_even(const ShowFootprint& command, const Desk& desk) {
  if (command.target.empty())
    return fail(Code::kInvalid, "expected a project, run or artifact with --break-even");
  server::Pairs params = command.params;
  params.emplace_back("model", command.target);
  TRY(const Value even, desk.client.get("/footprint/break_even", params));
  if (command.as_json) {
    print_json(even, desk.terminal);
    return kExitOk;
  }
  const auto number = [&](const char* member) { return number_at(even, member); };
  const double made_kwh = number("training_kwh") + number("search_kwh");
  const double days = number("days");
  desk.terminal.print(
      print_fact(
          "training",
          fmt::format("{} kWh, and {} kWh of search: {} runs", print_amount(number("training_kwh")),
                      print_amount(number("search_kwh")), int_at(even, "training_runs")),
          desk.terminal) +
      print_fact("inference",
                 fmt::format("{} Wh per request; so far {} requests, {} kWh",
                             print_amount(1000 * number("per_request_kwh")),
                             print_count(static_cast<uint64_t>(number("served"))),
                             print_amount(number("inference_kwh"))),
                 desk.terminal) +
      print_fact(
          "break-even",
          fmt::format("inference passes the {} kWh after {} requests{}", print_amount(made_kwh),
                      print_count(static_cast<uint64_t>(std::ceil(number("requests")))),
                      std::isnan(days)
                          ? ""
                          : fmt::format(" = {} days at {} requests a day", print_amount(days),
                                        print_amount(number("requests_per_day")))),
          desk.terminal));
  return kExitOk;
}

Result<int> print_export(const ShowFootprint& command, const Target& target, const Desk& desk) {
  server::Pairs params = command.params;
  params.emplace_back("format", command.format);
  TRY(const std::string text,
      desk.client.get_bytes(target.path + (target.is_run ? "" : "/export"), params));
  desk.terminal.print(text);
  return kExitOk;
}

}  // namespace

Result<int> execute(const ShowFootprint& command, const Desk& desk) {
  if (command.break_even) return show_break_even(command, desk);
  TRY(const Target target, find_target(desk.client, command.target));
  if (command.when) return show_alternatives(command, target, desk);
  if (!command.format.empty()) return print_export(command, target, desk);
  TRY(const Value answer, desk.client.get(target.path, command.params));
  if (command.as_json) {
    print_json(target.is_run ? flatten_footprint(answer) : totals_to_json(answer), desk.terminal);
  } else if (target.is_run) {
    desk.terminal.print(desk.terminal.paint(target.name, Paint::kBold) + "\n" +
                        print_footprint(answer, desk.terminal));
  } else {
    print_totals(target, answer, desk.terminal);
  }
  return kExitOk;
}

}  // namespace cairn::cli
