// cairn compare-search: whether a smarter search would have needed fewer runs.
#include <fmt/format.h>

#include <cmath>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/search_text.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kParametersShown = 8;

// "34 (12 to 60)"; what most orders did not reach is "> 60".
std::string print_picks(const Value& skill, int64_t most) {
  const Value& picks = value_at(skill, "picks");
  const auto number = [&](const char* name) {
    const double value = number_at(picks, name);
    return std::isnan(value) ? fmt::format("> {}", most) : fmt::format("{:.0f}", value);
  };
  if (int_at(skill, "orders") == 1) return number("median");
  return fmt::format("{} ({} to {})", number("median"), number("p10"), number("p90"));
}

std::string print_cost(const Value& skill) {
  const double cost_s = number_at(skill, "cost_s_median");
  return std::isnan(cost_s) ? "-" : print_span(cost_s);
}

std::string print_regret(const Value& skill) {
  const Value& regret = value_at(skill, "regret");
  if (int_at(skill, "orders") == 1) return fmt::format("{:.2g}", number_at(regret, "value"));
  return fmt::format("{:.2g} ({:.2g} to {:.2g})", number_at(regret, "value"),
                     number_at(regret, "low"), number_at(regret, "high"));
}

std::string print_skills(const Value& answer, const Terminal& terminal) {
  const int64_t picks = int_at(answer, "picks"), all = int_at(answer, "configurations");
  Table table({{"search"},
               {"runs to within noise of the best"},
               {"their time"},
               {fmt::format("behind it after {}", int_at(answer, "picks_judged"))},
               {"by runs"},
               {"by result"},
               {"orders", Align::kRight}});
  const auto add = [&](const Value& skill, int64_t most) {
    const std::string by_picks = text_at(skill, "verdict_picks"),
                      by_regret = text_at(skill, "verdict_regret");
    table.add({{text_at(skill, "name"), Paint::kBold},
               {print_picks(skill, most)},
               {print_cost(skill)},
               {print_regret(skill)},
               {by_picks.empty() ? "-" : by_picks},
               {by_regret.empty() ? "-" : by_regret},
               {std::to_string(int_at(skill, "orders")), Paint::kDim}});
  };
  add(value_at(answer, "random"), all);
  add(value_at(answer, "recorded"), all);
  for (const Value& skill : list_at(answer, "samplers")) add(skill, picks);
  return "\n" + table.print(terminal) +
         terminal.paint("runs: median, 10 to 90 % of the orders; behind: mean, 5 to 95 %\n",
                        Paint::kDim);
}

std::string print_parameters(const Value& answer) {
  std::string out;
  size_t shown = 0;
  for (const Value& parameter : list_at(answer, "parameters")) {
    if (++shown > kParametersShown) break;
    out += fmt::format("{}{} {}", out.empty() ? "values tried: " : ", ",
                       make_printable(text_at(parameter, "name")), int_at(parameter, "distinct"));
    if (const double total = number_at(parameter, "total"); !std::isnan(total))
      out += fmt::format(" ({:.0f} % of the differences)", 100 * total);
  }
  if (!out.empty()) out += "\n";
  if (const double dimensions = number_at(answer, "effective_dimensions"); !std::isnan(dimensions))
    out += fmt::format("results depend on {:.1f} parameters in effect\n", dimensions);
  return out;
}

std::string print_comparison(const Value& answer, const Terminal& terminal) {
  std::string out = print_search_title(answer, terminal);
  const std::string reason = text_at(answer, "reason");
  if (!reason.empty()) return out + make_printable(reason) + "\n" + print_other_searches(answer);
  const Value& noise = value_at(answer, "noise");
  out += fmt::format(
      "{} configurations; best {}, noise {} ({})\n", int_at(answer, "configurations"),
      print_number(number_at(answer, "best")), print_number(number_at(noise, "unit")),
      text_at(noise, "source") == "replicates" ? "between runs of one configuration"
                                               : "1 % of the best: no configuration was run twice");
  out += print_skills(answer, terminal) + "\n";
  for (const Value& skill : list_at(answer, "samplers")) out += text_at(skill, "sentence") + "\n";
  out += "\n" + print_parameters(answer);
  for (const Value& note : list_at(answer, "notes"))
    out += make_printable(note.string_or("")) + "\n";
  return out + print_other_searches(answer);
}

}  // namespace

Result<int> execute(const CompareSearches& command, const Desk& desk) {
  TRY(const Value answer,
      desk.client.get(project_path(command.project) + "/report/compare_search", command.params));
  if (command.as_json)
    print_json(answer, desk.terminal);
  else
    desk.terminal.print(print_comparison(answer, desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
