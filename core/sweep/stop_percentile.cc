// Median and percentile: a trial goes on while its best until now is among what finished trials
// had at the same step (Golovin et al. 2017; where others have that step it decides as Optuna's
// PercentilePruner does).
#include <algorithm>
#include <cmath>

#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

using AtStep = FinishedResults::AtStep;

// Between two values in proportion, as numpy.percentile has it.
double percentile_of(std::span<const double> ascending, double percent) {
  const double place = static_cast<double>(ascending.size() - 1) * percent / 100;
  const auto below = static_cast<size_t>(place);
  const double part = place - std::floor(place);
  if (part == 0 || below + 1 == ascending.size()) return ascending[below];
  return ascending[below] + part * (ascending[below + 1] - ascending[below]);
}

// What finished trials had at a step, or before it where they were not measured there.
AtStep finished_at(Others others, double step, bool is_exact) {
  AtStep found;
  for (const Curve& other : others) {
    const Report* report = other.has_finished ? reached(other, step) : nullptr;
    if (!report || (is_exact && report->step != step)) continue;
    ++found.trials;
    if (!std::isnan(report->value)) found.values.push_back(report->value);
  }
  std::ranges::sort(found.values);
  return found;
}

// Where too few were measured at this very step, what they had before it. `looked_up` keeps what
// had to be looked for.
const AtStep& compared_at(const StopRule& rule, double step, Others others,
                          const FinishedResults* finished, AtStep& looked_up) {
  const AtStep* there = finished ? finished->at(step) : nullptr;
  if (there && there->trials >= rule.min_trials) return *there;
  if (!finished) {
    looked_up = finished_at(others, step, true);
    if (looked_up.trials >= rule.min_trials) return looked_up;
  }
  looked_up = finished_at(others, step, false);
  return looked_up;
}

}  // namespace

void FinishedResults::add(const Curve& finished) {
  ++x_trials;
  for (const Report& report : finished.reports) {
    AtStep& there = x_steps[report.step];
    ++there.trials;
    if (std::isnan(report.value)) continue;
    there.values.insert(std::ranges::upper_bound(there.values, report.value), report.value);
  }
}

const AtStep* FinishedResults::at(double step) const {
  const auto found = x_steps.find(step);
  return found == x_steps.end() ? nullptr : &found->second;
}

Decision judge_by_percentile(const StopRule& rule, const Curve& current, Others others,
                             const FinishedResults* finished) {
  Decision decision = begin_decision(rule, current);
  if (!is_due(rule, current)) return decision;

  const bool is_median = rule.kind == StopRule::Kind::kMedian;
  const size_t trials =
      finished ? finished->trials()
               : static_cast<size_t>(std::ranges::count_if(others, &Curve::has_finished));
  if (trials < std::max<size_t>(rule.startup_trials, 1)) return decision;

  const double best = best_of(current.reports);
  if (std::isnan(best)) {
    decision.stop = true;
    decision.reason = fmt::format("no number was reported until step {:g}", decision.step);
    return decision;
  }
  AtStep looked_up;
  const auto& [values, count] = compared_at(rule, decision.step, others, finished, looked_up);
  if (count < rule.min_trials || values.empty()) return decision;
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
