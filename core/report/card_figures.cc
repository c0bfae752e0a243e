// See card_figures.h.
#include "report/card_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/axis.h"
#include "report/card_words.h"

namespace cairn::report {

namespace {

constexpr double kWidth = 640, kHeight = 320;
constexpr double kLeft = 78, kRight = 616, kTop = 34, kBottom = 272;
constexpr size_t kBarsMax = 15;
constexpr size_t kNameMax = 22;

std::string cut_name(const std::string& name) {
  if (name.size() <= kNameMax) return name;
  // The end of a dotted name says more than its beginning.
  return "..." + name.substr(name.size() - (kNameMax - 3));
}

// --- importance

constexpr double kBarLeft = 170, kBarRight = 560, kRowHeight = 30, kBarTop = 46;

void draw_bar(Figure& figure, const ParameterSensitivity& parameter, const Axis& x, double top) {
  const Share &first = parameter.first_order, &total = parameter.total;
  const double middle = top + kRowHeight / 2;
  const auto end = [&](double share) { return x.at(std::clamp(share, 0.0, x.high())); };
  figure.text({kBarLeft - 10, middle + 4}, cut_name(parameter.column.name), Role::kInk,
              Anchor::kEnd);
  if (std::isfinite(first.null_high))
    figure.rect({x.at(0), top + 1}, {end(first.null_high), top + kRowHeight - 1}, Role::kNull,
                fmt::format("chance alone: up to {}", print_share(first.null_high)));
  figure.rect({x.at(0), middle - 8}, {end(total.share), middle + 8}, Role::kMainBg,
              fmt::format("{}, with others: {}", parameter.column.name, print_share(total.share)));
  figure.rect({x.at(0), middle - 5}, {end(first.share), middle + 5}, Role::kMain,
              fmt::format("{}, alone: {}", parameter.column.name, print_share(first.share)));
  if (std::isfinite(first.range.low) && std::isfinite(first.range.high)) {
    const double low = end(first.range.low), high = end(first.range.high);
    figure.line({{low, middle}, {high, middle}}, Role::kInk, 1.5);
    figure.line({{low, middle - 4}, {low, middle + 4}}, Role::kInk, 1.5);
    figure.line({{high, middle - 4}, {high, middle + 4}}, Role::kInk, 1.5);
  }
  figure.text({kBarRight + 10, middle + 4}, print_share(first.share),
              first.stands_out() ? Role::kInk : Role::kMuted);
}

// --- lines

struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void widen() {
    const double room = 0.05 * (high - low);
    low -= room;
    high += room;
  }
};

void draw_legend(Figure& figure, const std::vector<std::pair<std::string, Role>>& entries) {
  double x = kLeft;
  for (const auto& [text, role] : entries) {
    figure.rect({x, 12}, {x + 14, 20}, role);
    figure.text({x + 20, 20}, text, Role::kMuted);
    x += 38 + 6.2 * static_cast<double>(text.size());
  }
}

// --- what had been spent when each run ended

struct Spent {
  std::vector<double> after;  // by run, in the order in which they ended
  std::vector<size_t> order;
  std::string unit;
};

Spent spent_over(std::span<const CardRun> runs) {
  Spent spent;
  spent.order.resize(runs.size());
  std::iota(spent.order.begin(), spent.order.end(), size_t{0});
  std::ranges::stable_sort(spent.order, {}, [&](size_t i) { return runs[i].end_ns(); });
  const bool has_energy =
      std::ranges::all_of(runs, [](const CardRun& run) { return run.footprint.has_value(); });
  double sum = 0;
  for (const size_t i : spent.order) {
    sum += has_energy ? runs[i].footprint->energy_kwh.value : runs[i].ran_s;
    spent.after.push_back(sum);
  }
  // In a unit in which the sum is a number that people read.
  const auto scale = [&](double factor, const char* unit) {
    for (double& value : spent.after) value *= factor;
    spent.unit = unit;
  };
  if (has_energy)
    sum >= 1      ? scale(1, "kWh spent")
    : sum >= 1e-3 ? scale(1e3, "Wh spent")
                  : scale(1e6, "mWh spent");
  else
    sum >= 7200  ? scale(1.0 / 3600, "hours of all runs")
    : sum >= 120 ? scale(1.0 / 60, "minutes of all runs")
                 : scale(1, "seconds of all runs");
  return spent;
}

// --- contour

// As text where the value is no number, so that any choice can stand on an axis.
std::string label_of(const model::Value& value) {
  if (const double* number = value.as_double()) return fmt::format("{:.2g}", *number);
  return cut_name(print_leaf(value));
}

void draw_labels(Figure& figure, const PairSensitivity& pair, double cell_width,
                 double cell_height) {
  const size_t every_a = (pair.a_values.size() + 5) / 6, every_b = (pair.b_values.size() + 7) / 8;
  for (size_t i = 0; i < pair.a_values.size(); i += every_a)
    figure.text({kBarLeft + (static_cast<double>(i) + 0.5) * cell_width, kBottom + 16},
                label_of(pair.a_values[i]), Role::kMuted, Anchor::kMiddle, 11);
  for (size_t i = 0; i < pair.b_values.size(); i += every_b)
    figure.text({kBarLeft - 8, kBottom - (static_cast<double>(i) + 0.5) * cell_height + 4},
                label_of(pair.b_values[i]), Role::kMuted, Anchor::kEnd, 11);
}

void draw_ramp(Figure& figure, const Bounds& bounds) {
  constexpr double kX = 560, kSteps = 24;
  const double step = (kBottom - kTop) / kSteps;
  for (double i = 0; i < kSteps; ++i)
    figure.cell({kX, kBottom - (i + 1) * step}, {kX + 14, kBottom - i * step}, i / (kSteps - 1));
  figure.text({kX + 20, kBottom}, print_number(bounds.low), Role::kMuted, Anchor::kStart, 11);
  figure.text({kX + 20, kTop + 9}, print_number(bounds.high), Role::kMuted, Anchor::kStart, 11);
}

}  // namespace

std::optional<Figure> draw_importance(const Sensitivity& sensitivity) {
  if (!sensitivity.is_known() || sensitivity.parameters.empty()) return std::nullopt;
  const size_t bars = std::min(sensitivity.parameters.size(), kBarsMax);
  const double bottom = kBarTop + kRowHeight * static_cast<double>(bars);
  double high = 0.1;
  for (size_t i = 0; i < bars; ++i) {
    const ParameterSensitivity& parameter = sensitivity.parameters[i];
    for (const double share : {parameter.total.share, parameter.first_order.range.high})
      if (std::isfinite(share)) high = std::max(high, share);
  }
  Figure figure("importance",
                fmt::format("What {} owes to each parameter, with intervals of 5 to 95 %",
                            sensitivity.metric),
                kWidth, bottom + 44);
  const Axis x(0, high > 0.7 ? 1.0 : high * 1.02, kBarLeft, kBarRight);
  figure.rect({kBarLeft, 12}, {kBarLeft + 14, 20}, Role::kMain);
  figure.text({kBarLeft + 20, 20}, "alone", Role::kMuted);
  figure.rect({kBarLeft + 70, 12}, {kBarLeft + 84, 20}, Role::kMainBg);
  figure.text({kBarLeft + 90, 20}, "with others", Role::kMuted);
  figure.rect({kBarLeft + 172, 12}, {kBarLeft + 186, 20}, Role::kNull);
  figure.text({kBarLeft + 192, 20}, "chance alone", Role::kMuted);
  for (const double tick : x.ticks(5)) {
    figure.line({{x.at(tick), kBarTop - 6}, {x.at(tick), bottom}}, Role::kGrid);
    figure.text({x.at(tick), bottom + 16}, print_share(tick), Role::kMuted, Anchor::kMiddle, 11);
  }
  for (size_t i = 0; i < bars; ++i)
    draw_bar(figure, sensitivity.parameters[i], x, kBarTop + kRowHeight * static_cast<double>(i));
  figure.text({(kBarLeft + kBarRight) / 2, bottom + 34},
              fmt::format("share of the variance of {}", sensitivity.metric), Role::kInk,
              Anchor::kMiddle);
  return figure;
}

std::optional<Figure> draw_contour(const Sensitivity& sensitivity) {
  if (!sensitivity.is_known() || sensitivity.pairs.empty()) return std::nullopt;
  const PairSensitivity& pair = sensitivity.pairs.front();
  if (pair.effect.empty() || pair.effect.front().empty()) return std::nullopt;
  const std::string &a = sensitivity.parameters[pair.a].column.name,
                    &b = sensitivity.parameters[pair.b].column.name;
  Figure figure(
      "contour",
      fmt::format("What {} and {} add to the mean {}, together", a, b, sensitivity.metric), kWidth,
      kHeight);
  Bounds bounds;
  for (const std::vector<double>& row : pair.effect)
    for (const double value : row) bounds.add(value);
  constexpr double kMapRight = 540;
  const double width = (kMapRight - kBarLeft) / static_cast<double>(pair.effect.size());
  const double height = (kBottom - kTop) / static_cast<double>(pair.effect.front().size());
  const double span = bounds.high > bounds.low ? bounds.high - bounds.low : 1;
  for (size_t i = 0; i < pair.effect.size(); ++i)
    for (size_t j = 0; j < pair.effect[i].size(); ++j) {
      const double value = pair.effect[i][j];
      if (!std::isfinite(value)) continue;
      const double left = kBarLeft + static_cast<double>(i) * width;
      const double top = kBottom - static_cast<double>(j + 1) * height;
      figure.cell({left, top}, {left + width, top + height}, (value - bounds.low) / span,
                  fmt::format("{} = {}, {} = {}: {}", a, label_of(pair.a_values[i]), b,
                              label_of(pair.b_values[j]), print_number(value)));
    }
  draw_labels(figure, pair, width, height);
  draw_ramp(figure, bounds);
  figure.text({(kBarLeft + kMapRight) / 2, kBottom + 36}, a, Role::kInk, Anchor::kMiddle);
  figure.text({18, (kTop + kBottom) / 2}, b, Role::kInk, Anchor::kMiddle, 12, true);
  figure.text({kMapRight + 20, kTop - 10}, "added", Role::kMuted, Anchor::kStart, 11);
  return figure;
}

std::optional<Figure> draw_tuning(const Expected& expected, const std::string& metric) {
  if (expected.curve.size() < 2) return std::nullopt;
  Figure figure("tuning", fmt::format("Expected best {} of so many runs", metric), kWidth, kHeight);
  Bounds bounds;
  for (const TuningPoint& point : expected.curve) {
    bounds.add(point.median);
    bounds.add(point.v_statistic);
    bounds.add(point.median_low.value_or(kUnknown));
    bounds.add(point.median_high.value_or(kUnknown));
  }
  bounds.widen();
  const Axis x(static_cast<double>(expected.curve.front().runs),
               static_cast<double>(expected.curve.back().runs), kLeft, kRight, true);
  const Axis y(bounds.low, bounds.high, kBottom, kTop);
  std::vector<Point> median, mean, band, back;
  for (const TuningPoint& point : expected.curve) {
    const double at = x.at(static_cast<double>(point.runs));
    median.push_back({at, y.at(point.median)});
    mean.push_back({at, y.at(point.v_statistic)});
    // Where the results do not bound it, it is as wide as the chart.
    band.push_back({at, y.at(point.median_low.value_or(bounds.low))});
    back.push_back({at, y.at(point.median_high.value_or(bounds.high))});
  }
  band.insert(band.end(), back.rbegin(), back.rend());
  figure.area(std::move(band), Role::kMainBg);
  draw_axes(figure, x, y, "runs", "best " + metric);
  figure.line(std::move(mean), Role::kSecond, 1.5, true);
  figure.line(std::move(median), Role::kMain, 2);
  draw_legend(figure, {{"median", Role::kMain},
                       {fmt::format("{:.0f} % band", 100 * expected.confidence), Role::kMainBg},
                       {"mean", Role::kSecond}});
  return figure;
}

std::optional<Figure> draw_best_so_far(std::span<const CardRun> runs, const std::string& metric,
                                       bool is_maximized) {
  const Spent spent = spent_over(runs);
  Bounds bounds;
  size_t known = 0;
  for (const CardRun& run : runs)
    if (run.result && std::isfinite(*run.result)) {
      bounds.add(*run.result);
      ++known;
    }
  if (known < 2 || !(spent.after.back() > 0)) return std::nullopt;
  bounds.widen();
  Figure figure("best_so_far", fmt::format("Best {} over what had been spent", metric), kWidth,
                kHeight);
  const Axis x(0, spent.after.back(), kLeft, kRight), y(bounds.low, bounds.high, kBottom, kTop);
  draw_axes(figure, x, y, spent.unit, metric);
  std::vector<Point> steps;
  std::optional<double> best;
  for (size_t k = 0; k < spent.order.size(); ++k) {
    const CardRun& run = runs[spent.order[k]];
    if (!run.result || !std::isfinite(*run.result)) continue;
    const double at = x.at(spent.after[k]);
    figure.dot({at, y.at(*run.result)}, 3, Role::kMainBg,
               fmt::format("{}: {}", run.name, print_number(*run.result)));
    if (best && !(is_maximized ? *run.result > *best : *run.result < *best)) continue;
    if (best) steps.push_back({at, y.at(*best)});
    best = run.result;
    steps.push_back({at, y.at(*best)});
  }
  steps.push_back({kRight, y.at(*best)});
  figure.line(std::move(steps), Role::kMain, 2);
  draw_legend(figure, {{"best so far", Role::kMain}, {"a run", Role::kMainBg}});
  return figure;
}

std::optional<Figure> draw_trend(const Trend& trend) {
  if (trend.parts.size() < 3) return std::nullopt;
  struct Curve {
    const char* name;
    Role role;
    double TrendPart::*amount;
    double first = 0;
    std::vector<Point> points;
  };
  std::vector<Curve> curves = {{"operations", Role::kMain, &TrendPart::flop, 0, {}},
                               {"energy", Role::kSecond, &TrendPart::kwh, 0, {}},
                               {"money", Role::kThird, &TrendPart::money, 0, {}}};
  constexpr double kMonthNs = 86400e9 * 365.25 / 12;
  Bounds bounds;
  for (Curve& curve : curves)
    for (const TrendPart& part : trend.parts) {
      const double amount = part.*curve.amount;
      if (!(amount > 0)) continue;
      if (curve.first == 0) curve.first = amount;
      bounds.add(amount / curve.first);
      curve.points.push_back(
          {static_cast<double>(part.from_ns - trend.parts.front().from_ns) / kMonthNs,
           amount / curve.first});
    }
  std::erase_if(curves, [](const Curve& curve) { return curve.points.size() < 2; });
  if (curves.empty()) return std::nullopt;
  const double months =
      static_cast<double>(trend.part_ns) / kMonthNs * static_cast<double>(trend.parts.size() - 1);
  const auto published = [&](double doubling) { return std::exp2(months / doubling); };
  const footprint::Quantity& growth = trend.published_months;
  if (growth.value > 0) bounds.add(published(growth.value));
  Figure figure("trend", "Compute, energy and money over time beside the published growth", kWidth,
                kHeight);
  const Axis x(0, months, kLeft, kRight),
      y(bounds.low / 1.3, bounds.high * 1.3, kBottom, kTop, true);
  const double one = y.at(1);
  std::vector<std::pair<std::string, Role>> legend;
  if (growth.value > 0) {
    // The quickest of them leaves the chart at its top.
    const double last = std::min(months, growth.low * std::log2(y.high()));
    figure.area({{kLeft, one},
                 {x.at(last), y.at(std::exp2(last / growth.low))},
                 {kRight, y.at(std::min(published(growth.low), y.high()))},
                 {kRight, y.at(published(growth.high))}},
                Role::kNull);
    legend.emplace_back(fmt::format("published: doubles in {} months", print_number(growth.value)),
                        Role::kNull);
  }
  draw_axes(figure, x, y, "months", "times the first");
  if (growth.value > 0)
    figure.line({{kLeft, one}, {kRight, y.at(published(growth.value))}}, Role::kMuted, 1.5, true);
  for (Curve& curve : curves) {
    for (Point& point : curve.points) {
      point = {x.at(point.x), y.at(point.y)};
      figure.dot(point, 3, curve.role);
    }
    figure.line(std::move(curve.points), curve.role, 2);
    legend.emplace_back(curve.name, curve.role);
  }
  draw_legend(figure, legend);
  return figure;
}

}  // namespace cairn::report
