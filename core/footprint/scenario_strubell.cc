// "strubell-2019": Table 3 and Table 4 of Strubell et al. 2019, computed from their own columns.
#include <optional>

#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

constexpr double kPue = 1.58;
constexpr double kPoundsPerKwh = 0.954;
constexpr std::string_view kSource = "Strubell et al. 2019 (arXiv 1906.02243)";

struct HourPrice {  // USD, pre-emptible and on demand
  std::string_view device;
  double low, high;
};
// Those that give every cost of the paper; Google Cloud, 2019.
constexpr HourPrice kP100{"P100", 0.43, 1.46}, kV100{"V100", 0.74, 2.48},
    kTpu2{"TPUv2", 1.35, 4.50}, kTpu3{"TPUv3", 2.40, 8.00};

struct Row {
  std::string_view model;
  HourPrice price;
  double count, watts, hours;
  double kwh, pounds;  // as published; watts 0: not told
  double low, high;    // of the cost
  double true_hours;   // that give what is published where `hours` do not
  std::string_view why;
};
constexpr Row kTable3[] = {
    {"Transformer_base", kP100, 8, 1415.78, 12, 27, 26, 41, 140, 0, ""},
    {"Transformer_big", kP100, 8, 1515.43, 84, 201, 192, 289, 981, 0, ""},
    {"ELMo", kP100, 3, 517.66, 336, 275, 262, 433, 1'472, 0, ""},
    {"BERT_base", kV100, 64, 12'041.51, 79, 1'507, 1'438, 3'751, 12'571, 79.2,
     "the hours are rounded: 3.3 days are 79.2 h"},
    {"BERT_base", kTpu2, 16, 0, 96, 0, 0, 2'074, 6'912, 0, ""},
    {"NAS", kP100, 8, 1515.43, 274'120, 656'347, 626'155, 942'973, 3'201'722, 0, ""},
    {"NAS", kTpu2, 1, 0, 32'623, 0, 0, 44'055, 146'848, 32'633, "a digit slipped: 32,633 h"},
    {"GPT-2", kTpu3, 32, 0, 168, 0, 0, 12'902, 43'008, 0, ""},
};

std::string hours_of(double hours) {
  return print_grouped(hours, hours < 100 && hours != static_cast<int>(hours) ? 1 : 0);
}

ScenarioLine energy_line(const Row& row, const std::string& what) {
  const auto kwh = [&](double hours) { return kPue * row.watts * hours / 1000; };
  return check(
      what + ": energy", printed(print_grouped(row.kwh) + " kWh", row.kwh, 1),
      exactly(kwh(row.hours)), "kWh",
      fmt::format("1.58 x {} W x {} h", print_grouped(row.watts, 2), hours_of(row.hours)),
      std::string(kSource) + ", Table 3",
      fmt::format("{}, which give {} kWh", row.why, print_grouped(kwh(row.true_hours), 1)));
}

ScenarioLine carbon_line(const Row& row, const std::string& what) {
  const auto pounds = [&](double hours) { return kPoundsPerKwh * kPue * row.watts * hours / 1000; };
  return check(
      what + ": carbon", printed(print_grouped(row.pounds) + " lb", row.pounds, 1),
      exactly(pounds(row.hours)), "lb CO2e",
      fmt::format("0.954 lb/kWh x 1.58 x {} W x {} h", print_grouped(row.watts, 2),
                  hours_of(row.hours)),
      std::string(kSource) + ", Table 3",
      fmt::format("{}, which give {} lb", row.why, print_grouped(pounds(row.true_hours), 1)));
}

ScenarioLine cost_line(const Row& row, const std::string& what) {
  const auto cost = [&](double hours) {
    return between(row.count * hours * row.price.low, row.count * hours * row.price.high,
                   row.count * hours * row.price.high);
  };
  const Quantity better = cost(row.true_hours);
  return check_ends(what + ": cost",
                    {fmt::format("${}-{}", print_grouped(row.low), print_grouped(row.high)),
                     row.low, row.high, 1.001},  // 146,848.5 may be rounded either way
                    cost(row.hours), "USD",
                    fmt::format("{} x {} h x ${:.2f} to {:.2f}", row.count, hours_of(row.hours),
                                row.price.low, row.price.high),
                    std::string(kSource) + ", Table 3; prices: Google Cloud 2019",
                    fmt::format("{}, which give ${}-{}", row.why, print_grouped(better.low, 1),
                                print_grouped(better.high, 1)));
}

// One model, 24 and 4,789 of them: hours of one P100.
struct Development {
  std::string_view models;
  double hours, low, high, cost_unit, electricity, pounds;
};
constexpr Development kTable4[] = {
    {"1 model", 120, 52, 175, 1, 5, 39},
    {"24 models", 2'880, 1'238, 4'205, 1, 118, 0},
    {"4,789 models", 239'942, 103'000, 350'000, 1'000, 9'870, 78'468},
};

void add_development(std::vector<ScenarioLine>& lines) {
  // Not told there: what 78,468 lb in 239,942 h come to.
  const double kwh_per_hour = 78'468 / kPoundsPerKwh / 239'942;
  const std::string source = std::string(kSource) + ", Tables 1 and 4";
  for (const Development& row : kTable4) {
    const std::string what = fmt::format("research and development, {}", row.models);
    lines.push_back(
        check_ends(what + ": cost",
                   {fmt::format("${}-{}", print_grouped(row.low), print_grouped(row.high)), row.low,
                    row.high, row.cost_unit},
                   between(row.hours * kP100.low, row.hours * kP100.high, row.hours * kP100.high),
                   "USD", fmt::format("{} h x $0.43 to 1.46", print_grouped(row.hours)), source));
    lines.push_back(check(
        what + ": electricity", printed("$" + print_grouped(row.electricity), row.electricity, 1),
        exactly(row.hours * kwh_per_hour * 0.12), "USD",
        fmt::format("{} h x {:.4f} kWh/h x $0.12/kWh", print_grouped(row.hours), kwh_per_hour),
        source));
    if (row.pounds > 0)
      lines.push_back(check(
          what + ": carbon", printed(print_grouped(row.pounds) + " lb", row.pounds, 1),
          exactly(row.hours * kwh_per_hour * kPoundsPerKwh), "lb CO2e",
          fmt::format("{} h x {:.4f} kWh/h x 0.954 lb/kWh", print_grouped(row.hours), kwh_per_hour),
          source));
  }
}

}  // namespace

Scenario strubell_2019() {
  Scenario result{"strubell-2019", "Energy and Policy Considerations for Deep Learning in NLP", {}};
  for (const Row& row : kTable3) {
    const std::string what = fmt::format("{} on {} {}", row.model, row.count, row.price.device);
    if (row.watts > 0) {
      result.lines.push_back(energy_line(row, what));
      result.lines.push_back(carbon_line(row, what));
    }
    result.lines.push_back(cost_line(row, what));
  }
  add_development(result.lines);
  return result;
}

}  // namespace cairn::footprint
