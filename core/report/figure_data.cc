// See figure_data.h.
#include "report/figure_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <variant>

#include "report/card_words.h"

namespace cairn::report {

namespace {

using Field = std::variant<double, std::string>;

std::string print_field(const Field& field) {
  if (const double* number = std::get_if<double>(&field))
    return std::isfinite(*number) ? fmt::format("{}", *number) : "";
  const std::string& text = std::get<std::string>(field);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

class Csv {
 public:
  Csv(std::initializer_list<Field> names) { add(names); }
  void add(std::initializer_list<Field> fields) {
    bool is_first = true;
    for (const Field& field : fields) {
      if (!is_first) x_text += ',';
      x_text += print_field(field);
      is_first = false;
    }
    x_text += "\r\n";
  }
  std::string take() { return std::move(x_text); }

 private:
  std::string x_text;
};

std::string print_importance(const Sensitivity& sensitivity) {
  Csv csv{"parameter", "first_order", "first_order_low", "first_order_high",
          "total",     "total_low",   "total_high",      "null_high"};
  for (const ParameterSensitivity& parameter : sensitivity.parameters) {
    const Share &first = parameter.first_order, &total = parameter.total;
    csv.add({parameter.column.name, first.share, first.range.low, first.range.high, total.share,
             total.range.low, total.range.high, first.null_high});
  }
  return csv.take();
}

std::string print_contour(const Sensitivity& sensitivity) {
  const PairSensitivity& pair = sensitivity.pairs.front();
  Csv csv{sensitivity.parameters[pair.a].column.name, sensitivity.parameters[pair.b].column.name,
          "added"};
  for (size_t i = 0; i < pair.effect.size(); ++i)
    for (size_t k = 0; k < pair.effect[i].size(); ++k)
      csv.add({print_leaf(pair.a_values[i]), print_leaf(pair.b_values[k]), pair.effect[i][k]});
  return csv.take();
}

std::string print_tuning(const Expected& expected) {
  Csv csv{"runs", "median", "median_low", "median_high", "v_statistic", "u_statistic"};
  for (const TuningPoint& point : expected.curve)
    csv.add({static_cast<double>(point.runs), point.median, point.median_low.value_or(kUnknown),
             point.median_high.value_or(kUnknown), point.v_statistic, point.u_statistic});
  return csv.take();
}

// In the order in which the runs ended.
std::string print_best_so_far(const CardFacts& facts) {
  std::vector<const CardRun*> runs;
  for (const CardRun& run : facts.runs) runs.push_back(&run);
  std::ranges::stable_sort(runs, {}, [](const CardRun* run) { return run->end_ns(); });
  Csv csv{"run", "name", "seconds_spent", "kwh_spent", "result", "best"};
  double seconds = 0, kwh = 0, best = kUnknown;
  for (const CardRun* run : runs) {
    seconds += run->ran_s;
    kwh += run->footprint ? run->footprint->energy_kwh.value : kUnknown;
    const double result = run->result.value_or(kUnknown);
    const bool is_better = facts.is_maximized ? result > best : result < best;
    if (std::isfinite(result) && (std::isnan(best) || is_better)) best = result;
    csv.add({run->id, run->name, seconds, kwh, result, best});
  }
  return csv.take();
}

std::string print_trend(const Trend& trend) {
  constexpr double kNsPerSecond = 1e9;
  Csv csv{"begin_s", "runs", "seconds", "flop", "kwh", "money"};
  for (const TrendPart& part : trend.parts)
    csv.add({static_cast<double>(part.from_ns) / kNsPerSecond, static_cast<double>(part.runs),
             part.wall_s, part.flop, part.kwh, part.money});
  return csv.take();
}

}  // namespace

std::optional<std::string> print_figure_csv(const Card& card, std::string_view figure) {
  const std::vector<Figure> drawn = figures_of(card);
  const bool is_drawn = std::ranges::any_of(
      drawn, [&](const Figure& each) { return std::string_view(each.name()) == figure; });
  if (!is_drawn) return std::nullopt;
  if (figure == "importance") return print_importance(card.facts.sensitivity);
  if (figure == "contour") return print_contour(card.facts.sensitivity);
  if (figure == "tuning") return print_tuning(card.facts.expected);
  if (figure == "best_so_far") return print_best_so_far(card.facts);
  return print_trend(card.trend);
}

}  // namespace cairn::report
