// Auto: a trial is stopped where it is not among the good ones and would hardly become the best.
#include <algorithm>
#include <cmath>

#include "sweep/curve_forecast.h"
#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

constexpr double kChanceMin = 0.05;   // of becoming the best, for a trial to go on
constexpr size_t kSafeBest = 3;       // the best until now are never stopped
constexpr double kShareMin = 0.1;     // of all steps, before which nothing is stopped
constexpr int kRungs = 6;             // a factor of the root of eta apart, up to all steps
constexpr size_t kBrokenReports = 3;  // without a number, after which none is hoped for

// Whether it is time to decide, and how far a whole trial goes.
struct Stage {
  double end = std::numeric_limits<double>::quiet_NaN();
  bool is_due = false;
};

Stage stage_of(const StopRule& rule, const Curve& current, Others others) {
  Stage stage;
  stage.end = std::isnan(rule.max_resource) ? longest_finished(others) : rule.max_resource;
  const double step = current.reports.back().step;
  if (!(step >= kShareMin * stage.end) || step >= stage.end || step < rule.warmup) return stage;
  // What entered a rung before anything may be stopped is judged when it may be.
  const double first = std::max(kShareMin * stage.end, rule.warmup);
  for (int k = 1; k <= kRungs; ++k)
    stage.is_due |= enters(current, std::max(stage.end / std::pow(rule.eta, 0.5 * k), first));
  return stage;
}

bool is_broken(const Curve& current) {
  const auto& reports = current.reports;
  return reports.size() >= kBrokenReports &&
         std::ranges::all_of(reports.last(kBrokenReports),
                             [](const Report& report) { return !std::isfinite(report.value); });
}

// A forecast is not so good that smaller chances than this mean anything.
std::string print_chance(double chance) {
  return chance < 1e-4 ? "below 0.01 %" : fmt::format("{:.2g} %", 100 * chance);
}

size_t count_below(std::span<const double> values, double value) {
  return static_cast<size_t>(std::ranges::count_if(values, [&](double v) { return v < value; }));
}

std::vector<double> newest_of(Others curves) {
  std::vector<double> values;
  for (const Curve& curve : curves)
    if (!curve.reports.empty() && !std::isnan(curve.reports.back().value))
      values.push_back(curve.reports.back().value);
  return values;
}

bool has_result(const Curve& curve) { return curve.has_finished && !curve.reports.empty(); }

// Of those that ran to their end, else of all.
double best_result(Others curves) {
  double best = std::numeric_limits<double>::quiet_NaN();
  for (const Curve& curve : curves)
    if (has_result(curve)) best = std::fmin(best, curve.reports.back().value);
  if (!std::isnan(best)) return best;
  for (const double value : newest_of(curves)) best = std::fmin(best, value);
  return best;
}

Decision stop_as_broken(Decision decision) {
  decision.stop = true;
  decision.reason = fmt::format("no number in the last {} reports until step {:g}", kBrokenReports,
                                decision.step);
  return decision;
}

// Of coming to where none of the results is better in all objectives: at most the chance of not
// being beaten by the one that is likeliest to beat it.
double chance_of_front(std::span<const Forecast> said, std::span<const std::vector<Curve>> others) {
  double chance = 1;
  for (size_t i = 0; i < others[0].size(); ++i) {
    double beaten = 1;
    for (size_t k = 0; k < said.size(); ++k) {
      const Curve& other = others[k][i];
      beaten *= has_result(other) ? 1 - said[k].chance_below(other.reports.back().value) : 0;
    }
    chance = std::fmin(chance, 1 - beaten);
  }
  return chance;
}

}  // namespace

Decision judge_by_chance(const StopRule& rule, const Curve& current, Others others) {
  Decision decision = begin_decision(rule, current);
  if (is_broken(current)) return stop_as_broken(std::move(decision));
  const double value = current.reports.back().value;
  const Stage stage = stage_of(rule, current, others);
  if (!stage.is_due || std::isnan(value)) return decision;
  const auto there = values_at(others, decision.step);
  if (there.size() < rule.startup_trials) return decision;

  const size_t better = count_below(there, value), count = there.size() + 1;
  const auto tell = [&](std::string_view rest) {
    decision.reason = fmt::format("{:.4g} at step {:g} is number {} of {}{}", shown(current, value),
                                  decision.step, better + 1, count, rest);
    return decision;
  };
  if (std::min(better, count_below(newest_of(others), value)) < kSafeBest)
    return tell(": among the three best");
  if (3 * better < count) return tell(": in the best third");

  const auto said = forecast(current.reports, stage.end, others);
  if (!said) return tell("");
  const double best = best_result(others);
  decision.limit = shown(current, best);
  decision.chance = said->chance_below(best);
  decision.stop = decision.chance < kChanceMin;
  const auto [mean, sd] = said->in_own_units();
  return tell(fmt::format("; it would come to {:.4g} ± {:.2g}, with a chance of {} to beat {:.4g}",
                          shown(current, mean), sd, print_chance(decision.chance), decision.limit));
}

Decision judge_by_chance(const StopRule& rule, std::span<const Curve> current,
                         std::span<const std::vector<Curve>> others) {
  Decision decision = begin_decision(rule, current[0]);
  if (std::ranges::any_of(current, is_broken)) return stop_as_broken(std::move(decision));
  std::vector<Forecast> said;
  size_t count = 0;
  for (size_t k = 0; k < current.size(); ++k) {
    const double value = current[k].reports.back().value;
    const Stage stage = stage_of(rule, current[k], others[k]);
    if (!stage.is_due || std::isnan(value)) return decision;
    const auto there = values_at(others[k], current[k].reports.back().step);
    if (there.size() < rule.startup_trials) return decision;
    count = there.size() + 1;
    if (3 * count_below(there, value) < count) {
      decision.reason = fmt::format("{:.4g} at step {:g} is in the best third of {}",
                                    shown(current[k], value), decision.step, count);
      return decision;
    }
    if (const auto one = forecast(current[k].reports, stage.end, others[k])) said.push_back(*one);
  }
  const size_t better = count_better(current, others);
  decision.reason = fmt::format("at step {:g}, {} of {} trials are better in all objectives",
                                decision.step, better, count - 1);
  if (better < kSafeBest || said.size() < current.size()) return decision;
  decision.chance = chance_of_front(said, others);
  decision.stop = decision.chance < kChanceMin;
  decision.reason +=
      fmt::format("; with a chance of {} it would enter the front", print_chance(decision.chance));
  return decision;
}

}  // namespace cairn::sweep
