// cairn estimate: what a training would cost, and published arithmetic line by line.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/footprint_text.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using model::Value;

std::string print_estimate(const Value& estimate, const Terminal& terminal) {
  std::string out;
  for (const Value& step : list_at(estimate, "steps"))
    out += terminal.paint(make_printable(print_value(step)), Paint::kDim) + "\n";
  out += print_footprint(value_at(estimate, "footprint"), terminal);
  if (const Value& rent = value_at(estimate, "rent"); !rent.is_null())
    out += print_fact("rent", print_quantity(rent, text_at(estimate, "rent_currency")), terminal);
  return out + print_equivalents(estimate, terminal);
}

Value estimate_to_json(const Value& estimate) {
  Value out = flatten_footprint(value_at(estimate, "footprint"));
  if (const model::Object* members = estimate.as_object())
    for (const auto& [name, value] : *members)
      if (name != "footprint") out.set(name, value);
  return out;
}

std::string print_scenario(const Value& scenario, const Terminal& terminal) {
  std::string out = terminal.paint(make_printable(text_at(scenario, "title")), Paint::kBold) + "\n";
  for (const Value& line : list_at(scenario, "lines")) {
    const bool is_consistent = flag_at(line, "is_consistent");
    const Value& computed = value_at(line, "computed");
    out += fmt::format("\n{} {}\n",
                       is_consistent ? terminal.paint("holds  ", Paint::kGreen)
                                     : terminal.paint("FLAGGED", Paint::kYellow),
                       make_printable(text_at(line, "claim")));
    const auto add = [&](std::string_view label, const std::string& text) {
      if (!text.empty()) out += "  " + print_fact(label, text, terminal);
    };
    add("published", text_at(line, "published"));
    add("computed", fmt::format("{} {} ({} to {})", print_amount(number_at(computed, "value")),
                                text_at(line, "unit"), print_amount(number_at(computed, "low")),
                                print_amount(number_at(computed, "high"))));
    add("arithmetic", text_at(line, "arithmetic"));
    add("remark", text_at(line, "remark"));
    add("source", text_at(line, "source"));
  }
  return out;
}

Result<int> list_presets(const EstimateFootprint& command, const Desk& desk) {
  TRY(const Value answer, desk.client.get("/footprint/estimate", {{"presets", "1"}}));
  if (command.as_json) {
    print_json(answer, desk.terminal);
    return kExitOk;
  }
  Table table({{"preset"}, {"what"}, {"source"}});
  for (const Value& preset : list_at(answer, "presets"))
    table.add({{text_at(preset, "name")},
               {make_printable(text_at(preset, "title"))},
               {make_printable(text_at(preset, "source")), Paint::kDim}});
  std::string out = table.print(desk.terminal) + "\n";
  for (const Value& name : list_at(answer, "scenarios"))
    out += "--scenario " + std::string(name.string_or("")) + "\n";
  desk.terminal.print(out);
  return kExitOk;
}

}  // namespace

Result<int> execute(const EstimateFootprint& command, const Desk& desk) {
  if (command.lists_presets) return list_presets(command, desk);
  TRY(const Value answer, desk.client.get("/footprint/estimate", command.params));
  const bool is_scenario = answer.find("lines") != nullptr;
  if (command.as_json)
    print_json(is_scenario ? answer : estimate_to_json(answer), desk.terminal);
  else
    desk.terminal.print(is_scenario ? print_scenario(answer, desk.terminal)
                                    : print_estimate(answer, desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
