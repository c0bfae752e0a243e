// See sensitivity_text.h.
#include "cli/sensitivity_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/door_client.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kBarColumns = 20;
constexpr size_t kColumns = 8, kColumnsKept = 4;  // on the narrowest terminal: the shares
constexpr size_t kPairsShown = 5;
constexpr double kPairShareMin = 0.005;  // what would be printed as 0.00
constexpr size_t kStepsShown = 8;

std::string name_at(const Value& value, std::string_view member) {
  return make_printable(text_at(value, member));
}

// "0.62 (0.55–0.68)"
std::string print_share(const Value& parameter, const std::string& name) {
  const double share = number_at(parameter, name);
  if (std::isnan(share)) return "-";
  std::string text = fmt::format("{:.2f}", share);
  const double low = number_at(parameter, name + "_low"),
               high = number_at(parameter, name + "_high");
  if (!std::isnan(low)) text += fmt::format(" ({:.2f}–{:.2f})", low, high);
  return text;
}

// A place that a model was asked about: more digits than three would only look exact.
std::string print_place(const Value& value) {
  return value.as_double() ? fmt::format("{:.3g}", value.number_or(0))
                           : make_printable(print_value(value));
}

std::string print_list(const model::List& values, std::string_view between) {
  std::string text;
  for (const Value& value : values)
    text += fmt::format("{}{}", text.empty() ? "" : between, print_place(value));
  return text;
}

std::string print_within(const Value& parameter) {
  const model::List& values = list_at(parameter, "within_noise");
  if (values.empty()) return "-";
  const bool is_range = text_at(parameter, "kind") != "choices";
  if (is_range && values.front() == values.back()) return print_place(values.front());
  return print_list(values, is_range ? " to " : ", ");
}

// "17 values, 85 %", of the range
std::string print_tried(const Value& parameter) {
  const Value& coverage = value_at(parameter, "coverage");
  const int64_t distinct = int_at(parameter, "distinct");
  return fmt::format("{} value{}, {:.0f} %", distinct, distinct == 1 ? "" : "s",
                     100 * number_at(coverage, "occupied"));
}

ShareBar bar_of(const Value& parameter) {
  const bool has_total = !std::isnan(number_at(parameter, "total"));
  const std::string name = has_total ? "total" : "first_order";
  return {number_at(parameter, name), number_at(parameter, name + "_low"),
          number_at(parameter, name + "_high"),
          number_at(parameter, has_total ? "total_null_high" : "null_high")};
}

std::string print_header(const Value& answer, const Terminal& terminal) {
  const Value& quality = value_at(answer, "quality");
  const int64_t runs = int_at(quality, "runs"), configurations = int_at(quality, "configurations");
  std::string out = terminal.paint(name_at(answer, "project"), Paint::kBold) +
                    fmt::format("  {}, {} is better, {} run{}", name_at(answer, "metric"),
                                text_at(answer, "goal") == "maximize" ? "more" : "less", runs,
                                runs == 1 ? "" : "s");
  if (configurations < runs) out += fmt::format(" of {} configurations", configurations);
  if (text_at(answer, "view") == "top")
    out +=
        fmt::format(", differences within the best {:.3g} %", 100 * number_at(answer, "top_share"));
  out += "\n";
  const double r2 = number_at(quality, "r2_oob"), rank = number_at(quality, "spearman_oob");
  if (!std::isnan(r2) && text_at(answer, "reason").empty())
    out += fmt::format(
        "a model of them foresees {:.0f} % of what runs it has not seen differ by (rank "
        "correlation {:.2f})\n",
        100 * r2, rank);
  return out;
}

// Shares are not cut: where the terminal is narrow the last columns go.
void keep_what_fits(Table& table, const Terminal& terminal) {
  size_t columns = kColumns;
  while (terminal.width() > 0 && columns > kColumnsKept &&
         table.natural_width(columns) > terminal.width())
    --columns;
  table.keep_columns(columns);
}

std::string print_parameters(const Value& answer, const Terminal& terminal) {
  Table table({{"parameter"},
               {"share of the whole"},
               {"alone"},
               {"with others"},
               {"best", Align::kPoint},
               {"as good as best"},
               {"effect"},
               {"tried"}});
  for (const Value& parameter : list_at(answer, "parameters")) {
    const ShareBar bar = bar_of(parameter);
    const bool stands_out = !(bar.share <= bar.null_high);
    const std::string direction = text_at(parameter, "direction");
    table.add({{name_at(parameter, "name"), stands_out ? Paint::kBold : Paint::kDim},
               {print_share_bar(bar, kBarColumns), stands_out ? Paint::kBlue : Paint::kDim},
               {print_share(parameter, "first_order")},
               {print_share(parameter, "total")},
               {make_printable(print_value(value_at(parameter, "best")))},
               {print_within(parameter)},
               {direction == "none" ? "-" : direction},
               {print_tried(parameter), Paint::kDim}});
  }
  keep_what_fits(table, terminal);
  return "\n" + table.print(terminal) +
         terminal.paint(
             "█ at least, ▓ estimate, ░ at most (5 to 95 %); up to ╎ it cannot be told from "
             "chance\n",
             Paint::kDim);
}

std::string print_rest(const Value& answer) {
  std::string out;
  const double higher = number_at(answer, "higher_order"), seed = number_at(answer, "seed_share");
  if (!std::isnan(higher) && higher >= kPairShareMin)
    out += fmt::format("more than two parameters together: {:.2f}\n", higher);
  if (!std::isnan(seed))
    out += fmt::format(
        "runs of one configuration differ by {:.2g} of all that ({:.2g} to {:.2g})\n", seed,
        number_at(answer, "seed_share_low"), number_at(answer, "seed_share_high"));
  const Value& noise = value_at(answer, "noise");
  if (const double unit = number_at(noise, "unit"); !std::isnan(unit))
    out += fmt::format("\"as good as best\" is within {} ({})\n", print_number(unit),
                       text_at(noise, "source") == "replicates"
                           ? "the deviation between runs of one configuration"
                           : "1 % of the best: no configuration was run twice");
  return out;
}

std::string print_pairs(const Value& answer, const Terminal& terminal) {
  Table table({{"together"}, {"beyond what each does alone"}});
  for (const Value& pair : list_at(answer, "pairs")) {
    if (table.row_count() == kPairsShown || number_at(pair, "share") < kPairShareMin) break;
    const bool stands_out = !(number_at(pair, "share") <= number_at(pair, "null_high"));
    table.add({{name_at(pair, "a") + " × " + name_at(pair, "b"),
                stands_out ? Paint::kPlain : Paint::kDim},
               {fmt::format("{:.2f} ({:.2f}–{:.2f})", number_at(pair, "share"),
                            number_at(pair, "low"), number_at(pair, "high")),
                stands_out ? Paint::kPlain : Paint::kDim}});
  }
  return table.row_count() == 0 ? "" : "\n" + table.print(terminal);
}

// What changed from where the search began to its best, the largest gain first.
std::string print_ablation(const Value& answer, const Terminal& terminal) {
  const model::List& steps = list_at(answer, "ablation");
  if (steps.empty()) return "";
  Table table({{"on the way to the best"}, {"gains", Align::kPoint}});
  for (size_t i = 0; i < std::min(steps.size(), kStepsShown); ++i)
    table.add({{fmt::format("{} {} → {}", name_at(steps[i], "name"),
                            make_printable(print_value(value_at(steps[i], "from"))),
                            make_printable(print_value(value_at(steps[i], "to"))))},
               {print_number(number_at(steps[i], "gain"))}});
  std::string out = fmt::format("\n{}", table.print(terminal));
  if (steps.size() > kStepsShown)
    out += fmt::format("... and {} more (--json has them)\n", steps.size() - kStepsShown);
  return out + terminal.paint(
                   fmt::format("from {}; as the model sees it\n", name_at(answer, "ablation_from")),
                   Paint::kDim);
}

std::string print_notes(const Value& answer, const Terminal& terminal) {
  std::string out;
  for (const Value& note : list_at(answer, "notes"))
    out += terminal.paint("note: ", Paint::kYellow) +
           make_printable(std::string(note.string_or(""))) + "\n";
  return out.empty() ? "" : "\n" + out;
}

}  // namespace

std::string print_share_bar(const ShareBar& bar, size_t columns) {
  if (std::isnan(bar.share)) return "";
  const double low = std::isnan(bar.low) ? bar.share : bar.low;
  const double high = std::isnan(bar.high) ? bar.share : bar.high;
  const double width = static_cast<double>(columns);
  const bool has_band = bar.null_high > 0;
  const auto band_end = static_cast<size_t>(std::clamp(bar.null_high * width, 0.0, width - 1));
  std::string out;
  for (size_t i = 0; i < columns; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) / width;
    out += has_band && i == band_end ? "╎"
           : middle < low            ? "█"
           : middle < bar.share      ? "▓"
           : middle < high           ? "░"
                                     : " ";
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

std::string print_sensitivity(const Value& answer, const Terminal& terminal) {
  std::string out = print_header(answer, terminal);
  if (const std::string reason = text_at(answer, "reason"); !reason.empty())
    return out + make_printable(reason) + "\n" + print_notes(answer, terminal);
  out += print_parameters(answer, terminal);
  out += print_rest(answer);
  out += print_pairs(answer, terminal);
  out += print_ablation(answer, terminal);
  return out + print_notes(answer, terminal);
}

}  // namespace cairn::cli
