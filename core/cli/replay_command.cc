// cairn replay: what stopping early would have saved in a search, and what it would have lost.
#include <fmt/format.h>

#include <cmath>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/search_text.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using model::Value;

// "58 % (53–62)"
std::string print_share(const Value& share) {
  const double value = number_at(share, "value");
  if (std::isnan(value)) return "-";
  return fmt::format("{:.0f} % ({:.0f}–{:.0f})", 100 * value, 100 * number_at(share, "low"),
                     100 * number_at(share, "high"));
}

std::string print_cost(const Value& answer) {
  std::string text = print_span(number_at(answer, "cost_s")) + " of running";
  if (const double kwh = number_at(answer, "kwh"); !std::isnan(kwh))
    text +=
        fmt::format(", {} kWh in {} of the runs", print_number(kwh), int_at(answer, "energy_runs"));
  const int64_t workers = int_at(answer, "workers");
  return text + fmt::format("; {} at a time{}", workers,
                            text_at(answer, "workers_source") == "recorded" ? ", as recorded" : "");
}

std::string print_policies(const Value& answer, const Terminal& terminal) {
  Table table({{"policy"},
               {"saved"},
               {"best kept"},
               {"within noise"},
               {"95 % lose at most", Align::kPoint},
               {"of best 5"},
               {"orders", Align::kRight}});
  for (const Value& policy : list_at(answer, "policies")) {
    double top = 0;
    for (const Value& kept : list_at(policy, "top_kept")) top += kept.number_or(0);
    table.add({{text_at(policy, "policy"), Paint::kBold},
               {print_share(value_at(policy, "saved"))},
               {print_share(value_at(policy, "best_kept"))},
               {print_share(value_at(policy, "within_noise"))},
               {print_number(number_at(value_at(policy, "regret"), "p95"))},
               {fmt::format("{:.1f}", top)},
               {std::to_string(int_at(policy, "orders")), Paint::kDim}});
  }
  return "\n" + table.print(terminal) +
         terminal.paint(
             "saved: of the run time, 5 to 95 % of the orders; best kept, within noise: of the "
             "orders, 90 % interval\n",
             Paint::kDim);
}

std::string print_sentences(const Value& answer) {
  std::string out = "\n";
  for (const Value& policy : list_at(answer, "policies")) {
    out += text_at(policy, "sentence") + "\n";
    const Value& recorded = value_at(policy, "recorded_order");
    out += fmt::format("  in the order in which they ran: {:.0f} % saved, the best run {}\n",
                       100 * number_at(recorded, "saved"),
                       flag_at(recorded, "best_kept") ? "kept" : "lost");
    const double without = number_at(value_at(policy, "saved_without_cut"), "value");
    if (!std::isnan(without))
      out += fmt::format("  without the runs that were cut themselves: {} saved, best kept {}\n",
                         print_share(value_at(policy, "saved_without_cut")),
                         print_share(value_at(policy, "best_kept_without_cut")));
  }
  return out;
}

// What differs from the rule's own defaults: "min_resource 3, eta 2".
std::string print_rule(const Value& rule) {
  std::string out;
  for (const auto& [name, value] : *rule.as_object())
    if (name != "type")
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, print_value(value));
  return out;
}

std::string print_how_chosen(const Value& answer) {
  std::string out;
  for (const Value& policy : list_at(answer, "policies")) {
    const int64_t searches = int_at(policy, "chosen_on");
    const std::string rule = print_rule(value_at(policy, "rule"));
    out += fmt::format("{}: {}{}\n", text_at(policy, "policy"), rule.empty() ? "" : rule + "; ",
                       searches > 0 ? fmt::format("chosen on {} other sweep{} of the project",
                                                  searches, searches == 1 ? "" : "s")
                                    : "its defaults, not chosen on other sweeps");
  }
  return out;
}

std::string print_checks(const Value& answer, const Terminal& terminal) {
  std::string out = "\n";
  for (const Value& check : list_at(answer, "checks")) {
    const bool is_fine = flag_at(check, "is_fine");
    out +=
        fmt::format("{} {}: {}\n",
                    terminal.paint(is_fine ? "✓" : "!", is_fine ? Paint::kGreen : Paint::kYellow),
                    text_at(check, "name"), make_printable(text_at(check, "found")));
  }
  return out;
}

std::string print_replay(const Value& answer, const Terminal& terminal) {
  std::string out = print_search_title(answer, terminal);
  const std::string reason = text_at(answer, "reason");
  if (!reason.empty()) return out + make_printable(reason) + "\n" + print_other_searches(answer);
  out += print_cost(answer) + "\n" + print_policies(answer, terminal) + print_sentences(answer) +
         "\n" + print_how_chosen(answer) + print_checks(answer, terminal);
  for (const Value& note : list_at(answer, "notes"))
    out += make_printable(note.string_or("")) + "\n";
  return out + print_other_searches(answer) +
         "What is saved may be spent on other runs: it is less compute only where the budget is "
         "fixed.\n";
}

}  // namespace

Result<int> execute(const ShowReplay& command, const Desk& desk) {
  TRY(const Value answer,
      desk.client.get(project_path(command.project) + "/report/replay", command.params));
  if (command.as_json)
    print_json(answer, desk.terminal);
  else
    desk.terminal.print(print_replay(answer, desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
