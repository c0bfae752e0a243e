// Median and percentile: a trial goes on while its best until now is among what finished trials
// had at the same step (Golovin et al. 2017; where others have that step it decides as Optuna's
// PercentilePruner does).
#include <algorithm>
#include <cmath>

#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

// Between two values in proportion, as numpy.percentile has it. Reorders the values.
double percentile_of(std::vector<double>& values, double percent) {
  const double place = static_cast<double>(values.size() - 1) * percent / 100;
  const auto below = values.begin() + static_cast<ptrdiff_t>(place);
  std::nth_element(values.begin(), below, values.end());
  if (below + 1 == values.end()) return *below;
  const double next = *std::min_element(below + 1, values.end());
  const double part = place - std::floor(place);
  return part > 0 ? *below + part * (next - *below) : *below;
}

// What finished trials had at a step, or before it where they were not measured there.
std::vector<double> finished_at(Others others, double step, bool is_exact) {
  std::vector<double> values;
  for (const Curve& other : others) {
    const Report* report = other.has_finished ? reached(other, step) : nullptr;
    if (report && (report->step == step || !is_exact)) values.push_back(report->value);
  }
  return values;
}

}  // namespace

Decision judge_by_percentile(const StopRule& rule, const Curve& current, Others others) {
  Decision decision = begin_decision(rule, current);
  if (!is_due(rule, current)) return decision;

  const bool is_median = rule.kind == StopRule::Kind::kMedian;
  const size_t finished = static_cast<size_t>(std::ranges::count_if(others, &Curve::has_finished));
  if (finished < std::max<size_t>(rule.startup_trials, 1)) return decision;

  const double best = best_of(current.reports);
  if (std::isnan(best)) {
    decision.stop = true;
    decision.reason = fmt::format("no number was reported until step {:g}", decision.step);
    return decision;
  }
  auto values = finished_at(others, decision.step, true);
  if (values.size() < rule.min_trials) values = finished_at(others, decision.step, false);
  if (values.size() < rule.min_trials) return decision;
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return decision;
  const double limit = percentile_of(values, is_median ? 50 : rule.percentile);
  decision.limit = shown(current, limit);
  decision.stop = best > limit;
  const auto limit_shown =
      is_median ? fmt::format("the median {:.4g} of {} trials", decision.limit, values.size())
                : fmt::format("{:.4g}, the limit of the best {:g} % of {} trials", decision.limit,
                              rule.percentile, values.size());
  decision.reason =
      fmt::format("{:.4g} until step {:g} is {}{} {}", shown(current, best), decision.step,
                  decision.stop ? "" : "not ", worse(current), limit_shown);
  return decision;
}

}  // namespace cairn::sweep
