// See trend.h.
#include "report/trend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/card_words.h"

namespace cairn::report {

namespace {

using model::Value;

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr double kDaysPerMonth = 365.25 / 12;
// As many parts as can be told apart in a chart; the shortest step that makes no more.
constexpr size_t kPartsMax = 64;
constexpr int64_t kStepsDays[] = {1, 7, 28, 91, 365};

int64_t choose_step_ns(int64_t span_ns) {
  for (const int64_t days : kStepsDays)
    if (static_cast<size_t>(span_ns / (days * kDayNs)) < kPartsMax) return days * kDayNs;
  return (span_ns / static_cast<int64_t>(kPartsMax) / kDayNs + 1) * kDayNs;
}

std::vector<TrendPart> cut(std::span<const CardRun> runs, int64_t first_ns, int64_t step_ns,
                           Trend& trend, const footprint::Tables& tables) {
  std::vector<TrendPart> parts;
  for (const CardRun& run : runs) {
    const auto place = static_cast<size_t>((run.created_ns - first_ns) / step_ns);
    while (parts.size() <= place)
      parts.push_back({.from_ns = first_ns + static_cast<int64_t>(parts.size()) * step_ns});
    TrendPart& part = parts[place];
    ++part.runs;
    part.wall_s += run.ran_s;
    if (const auto flop = flop_of(run, tables)) part.flop += flop->amount.value;
    if (!run.footprint) continue;
    part.kwh += run.footprint->energy_kwh.value;
    const bool is_summed = trend.currency.empty() || trend.currency == run.footprint->currency;
    if (!run.footprint->money || !is_summed) continue;
    trend.currency = run.footprint->currency;
    part.money += run.footprint->money->value;
  }
  return parts;
}

// The slope of a straight line, by least squares.
double slope_of(const std::vector<std::pair<double, double>>& points) {
  double x = 0, y = 0, xx = 0, xy = 0;
  const auto n = static_cast<double>(points.size());
  for (const auto& [px, py] : points) {
    x += px;
    y += py;
    xx += px * px;
    xy += px * py;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

void fit(Trend& trend) {
  std::vector<std::pair<double, double>> points;  // months, doublings
  for (const TrendPart& part : trend.parts)
    if (const double amount = trend.amount(part); amount > 0)
      points.emplace_back(static_cast<double>(part.from_ns - trend.parts.front().from_ns) /
                              static_cast<double>(kDayNs) / kDaysPerMonth,
                          std::log2(amount));
  const double days = points.empty() ? 0 : (points.back().first + 1e-9) * kDaysPerMonth;
  if (points.size() < kTrendPartsMin || days < kTrendDaysMin) {
    trend.reason = fmt::format(
        "expected runs in at least {} parts of {} days or more for a doubling time, found {} in "
        "{:.0f}",
        kTrendPartsMin, kTrendDaysMin, points.size(), days);
    return;
  }
  const double doublings_per_month = slope_of(points);
  if (doublings_per_month > 0)
    trend.doubling_months = 1 / doublings_per_month;
  else
    trend.reason = fmt::format("the {} of these runs does not grow", trend.measure);
}

}  // namespace

double Trend::amount(const TrendPart& part) const {
  return measure == "operations" ? part.flop : measure == "energy" ? part.kwh : part.wall_s;
}

Trend find_trend(std::span<const CardRun> runs, const footprint::Tables& tables) {
  Trend trend;
  if (const footprint::Constant* published = tables.find_constant("trend.doubling")) {
    trend.published_months = published->value;
    trend.published_source = published->source;
  }
  if (runs.empty()) {
    trend.reason = "expected runs, found none";
    return trend;
  }
  const auto [first, last] = std::ranges::minmax(runs, {}, &CardRun::created_ns);
  const int64_t first_ns = first.created_ns - first.created_ns % kDayNs;
  trend.part_ns = choose_step_ns(last.created_ns - first_ns);
  trend.parts = cut(runs, first_ns, trend.part_ns, trend, tables);
  size_t with_flop = 0, with_energy = 0;
  for (const CardRun& run : runs) {
    if (flop_of(run, tables)) ++with_flop;
    if (run.footprint) ++with_energy;
  }
  const auto most = [&](size_t known) { return 10 * known >= 9 * runs.size(); };
  trend.measure = most(with_flop) ? "operations" : most(with_energy) ? "energy" : "time";
  fit(trend);
  return trend;
}

Value to_value(const Trend& trend) {
  const auto or_null = [](double sum) { return sum > 0 ? Value(sum) : Value(); };
  model::List parts;
  for (const TrendPart& part : trend.parts)
    parts.push_back(model::Object{{"from_ns", part.from_ns},
                                  {"runs", static_cast<int64_t>(part.runs)},
                                  {"wall_s", part.wall_s},
                                  {"flop", or_null(part.flop)},
                                  {"kwh", or_null(part.kwh)},
                                  {"money", or_null(part.money)}});
  Value published;
  if (!trend.published_source.empty())
    published = model::Object{{"months", trend.published_months.value},
                              {"low", trend.published_months.low},
                              {"high", trend.published_months.high},
                              {"source", trend.published_source}};
  return model::Object{
      {"part_days", static_cast<int64_t>(trend.part_ns / kDayNs)},
      {"parts", std::move(parts)},
      {"measure", trend.measure},
      {"doubling_months", trend.doubling_months ? Value(*trend.doubling_months) : Value()},
      {"reason", trend.reason},
      {"currency", trend.currency.empty() ? Value() : Value(trend.currency)},
      {"published_doubling", std::move(published)}};
}

}  // namespace cairn::report
