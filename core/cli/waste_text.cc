// Printing waste.
#include "cli/waste_text.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "cli/door_client.h"
#include "cli/footprint_text.h"
#include "cli/text.h"

namespace cairn::cli {

using model::List;
using model::Value;

namespace {

constexpr double kPercent = 100;

std::string print_percent(double share) {
  return std::isnan(share) ? "-" : fmt::format("{:.1f} %", kPercent * share);
}

std::string_view unit_of(const Value& answer) {
  return text_at(answer, "unit") == "gpu_s" ? "gpu_s" : "processor_s";
}

const char* say_unit(const Value& answer) {
  return unit_of(answer) == "gpu_s" ? "GPU time" : "processor time";
}

double value_in(const Value& amounts, std::string_view measure) {
  return number_at(value_at(amounts, measure), "value");
}

std::string say_time(const Value& amounts, const Value& answer) {
  const double seconds = value_in(amounts, unit_of(answer));
  return std::isnan(seconds) ? "unknown" : print_span(seconds);
}

std::string print_title(const Value& answer, const std::string& what, const Terminal& terminal) {
  const Value& total = value_at(answer, "total");
  const int64_t runs = int_at(answer, "runs");
  std::string out = terminal.paint(make_printable(what), Paint::kBold) +
                    fmt::format("  {} run{}, {} of {}", runs, runs == 1 ? "" : "s",
                                say_time(total, answer), say_unit(answer));
  const double processor_s = value_in(total, "processor_s");
  if (unit_of(answer) == "gpu_s" && processor_s > 0)
    out += fmt::format("; without a GPU {} more, in no share", print_span(processor_s));
  if (const double kwh = value_in(total, "kwh"); kwh > 0)
    out += fmt::format(", {} kWh", print_amount(kwh));
  if (const double money = value_in(total, "money"); money > 0)
    out += fmt::format(", {} {}", print_amount(money), text_at(answer, "currency"));
  return out + "\n\n";
}

std::string print_classes(const Value& answer, const Terminal& terminal) {
  Table table({{"class"},
               {"share", Align::kRight},
               {"low", Align::kRight},
               {"high", Align::kRight},
               {say_unit(answer), Align::kRight},
               {"kWh", Align::kPoint},
               {"runs", Align::kRight},
               {"evidence"},
               {"what it is"}});
  for (const Value& of : list_at(answer, "classes")) {
    const Value& share = value_at(of, "share");
    const bool is_empty = !(number_at(share, "value") > 0);
    const Paint paint = is_empty ? Paint::kDim : Paint::kPlain;
    const double kwh = value_in(of, "kwh");
    table.add({{text_at(of, "class"), paint},
               {print_percent(number_at(share, "value")), paint},
               {print_percent(number_at(share, "low")), Paint::kDim},
               {print_percent(number_at(share, "high")), Paint::kDim},
               {say_time(of, answer), paint},
               std::isnan(kwh) ? Cell{"-", Paint::kDim} : Cell{print_amount(kwh), paint},
               {std::to_string(int_at(of, "runs")), paint},
               {text_at(of, "evidence"), Paint::kDim},
               {text_at(of, "about"), Paint::kDim}});
  }
  constexpr size_t kAll = 9, kWithoutAbout = 8;
  if (terminal.width() > 0 && table.natural_width(kAll) > terminal.width())
    table.keep_columns(kWithoutAbout);
  return table.print(terminal);
}

std::string print_unknown(const Value& answer, const Terminal& terminal) {
  const Value& unknown = value_at(answer, "unknown");
  const double all = value_in(value_at(answer, "total"), unit_of(answer));
  const auto share = [&](const char* member) {
    return print_percent(all > 0 ? number_at(unknown, member) / all : std::nan(""));
  };
  std::string out;
  if (number_at(unknown, "untraced_s") > 0)
    out += print_fact("unknown",
                      fmt::format("of {} ({} runs) nobody can tell whether it was a repeat: it was "
                                  "not started with `cairn run`, or was not sealed",
                                  share("untraced_s"), int_at(unknown, "untraced_runs")),
                      terminal);
  if (number_at(unknown, "not_looked_inside_s") > 0)
    out += print_fact(out.empty() ? "unknown" : "",
                      fmt::format("{} was not looked inside: no curve or machine metric was read",
                                  share("not_looked_inside_s")),
                      terminal);
  return out;
}

std::string print_sharing(const Value& answer, const Terminal& terminal) {
  const Value& sharing = value_at(answer, "sharing");
  const Value& reuse = value_at(answer, "reuse");
  const Value& would = value_at(reuse, "would_have_hit");
  std::string out = print_fact(
      "reuse",
      fmt::format("`--reuse auto` would have saved {} ({} runs, measured); {} runs were reused, "
                  "which saved {}",
                  say_time(would, answer), int_at(would, "runs"), int_at(reuse, "reused_runs"),
                  print_span(number_at(reuse, "reused_saved_s"))),
      terminal);
  out += print_fact("sharing",
                    fmt::format("repeats of one's own {}, of others in this store {}; of the "
                                "public's nothing is known",
                                say_time(value_at(sharing, "own"), answer),
                                say_time(value_at(sharing, "team"), answer)),
                    terminal);
  const Value& idle = value_at(answer, "idle");
  const auto span = [&](const char* member) { return print_span(number_at(idle, member)); };
  if (number_at(idle, "start_up_s") + number_at(idle, "between_s") + number_at(idle, "tail_s") +
          number_at(idle, "stalled_s") >
      0)
    out += print_fact(
        "idle",
        fmt::format("before the first metric {}, between {}, after the last {}; not "
                    "busy while it worked {}",
                    span("start_up_s"), span("between_s"), span("tail_s"), span("stalled_s")),
        terminal);
  return out;
}

std::string print_top(const Value& answer, const Terminal& terminal) {
  const List& top = list_at(answer, "top");
  if (top.empty()) return "";
  Table table({{"run"}, {"avoidable", Align::kRight}, {"of", Align::kRight}, {"class"}, {"fix"}});
  for (const Value& run : top)
    table.add({{make_printable(text_at(run, "project") + "/" + text_at(run, "name"))},
               {print_span(number_at(run, "avoidable_s"))},
               {print_span(number_at(run, "total_s")), Paint::kDim},
               {text_at(run, "class")},
               {make_printable(text_at(run, "fix"))}});
  return fmt::format("\n{}: {} of what could be avoided\n",
                     terminal.paint("what costs most", Paint::kBold),
                     print_percent(number_at(answer, "top_share"))) +
         table.print(terminal);
}

// The class of a group that wastes most.
const Value& worst_of(const Value& group, std::string_view unit) {
  static const Value kNone;
  const Value* worst = &kNone;
  double most = 0;
  for (const Value& of : list_at(group, "classes")) {
    const double seconds = value_in(of, unit);
    if (text_at(of, "class") == "useful" || !(seconds > most)) continue;
    most = seconds;
    worst = &of;
  }
  return *worst;
}

std::string print_groups(const Value& answer, const Terminal& terminal) {
  const List& groups = list_at(answer, "groups");
  if (groups.empty()) return "";
  std::vector<Table::Column> columns;
  for (const auto& [name, value] : object_at(groups.front(), "key")) columns.push_back({name});
  columns.insert(columns.end(), {{"runs", Align::kRight},
                                 {say_unit(answer), Align::kRight},
                                 {"useful", Align::kRight},
                                 {"low", Align::kRight},
                                 {"high", Align::kRight},
                                 {"most of the rest"}});
  Table table(std::move(columns));
  for (const Value& group : groups) {
    std::vector<Cell> row;
    for (const auto& [name, value] : object_at(group, "key"))
      row.push_back({value.is_null() ? "-" : make_printable(print_value(value))});
    const List& classes = list_at(group, "classes");
    const Value useful = classes.empty() ? Value() : value_at(classes.back(), "share");
    const Value& worst = worst_of(group, unit_of(answer));
    const auto percent = [&](const char* member) {
      return print_percent(number_at(useful, member));
    };
    row.insert(row.end(), {{std::to_string(int_at(group, "runs"))},
                           {say_time(value_at(group, "total"), answer)},
                           {percent("value")},
                           {percent("low"), Paint::kDim},
                           {percent("high"), Paint::kDim},
                           {worst.is_null() ? "-" : text_at(worst, "class")}});
    table.add(std::move(row));
  }
  std::string out = "\n" + table.print(terminal);
  const int64_t more = int_at(answer, "groups_total") - static_cast<int64_t>(groups.size());
  if (more > 0) out += fmt::format("... and {} more\n", more);
  return out;
}

}  // namespace

std::string print_waste(const Value& answer, const std::string& what, const Terminal& terminal) {
  if (int_at(answer, "runs") == 0)
    return fmt::format("no runs of {} in that time\n", make_printable(what));
  return print_title(answer, what, terminal) + print_classes(answer, terminal) + "\n" +
         print_unknown(answer, terminal) + print_sharing(answer, terminal) +
         print_fact("note", text_at(answer, "rebound"), terminal) + print_top(answer, terminal) +
         print_groups(answer, terminal);
}

}  // namespace cairn::cli
