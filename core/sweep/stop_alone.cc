// Patience and thresholds: rules that look at a trial alone.
#include <cmath>

#include "sweep/stop_rules.h"

namespace cairn::sweep {

Decision judge_by_patience(const StopRule& rule, const Curve& current) {
  Decision decision = begin_decision(rule, current);
  double best = std::numeric_limits<double>::infinity();
  uint64_t waited = 0;
  for (const Report& report : current.reports) {
    // What is no number is no improvement, and from infinity everything is one.
    const bool is_gain = report.value < best && !(best - report.value < rule.min_gain);
    if (is_gain) best = report.value;
    waited = is_gain ? 0 : waited + 1;
  }
  if (decision.step < rule.warmup || waited < rule.patience || waited == 0) return decision;
  decision.stop = true;
  decision.limit = shown(current, best - rule.min_gain);
  decision.reason =
      fmt::format("the last {} reports until step {:g} are no improvement on {:.4g}{}", waited,
                  decision.step, shown(current, best),
                  rule.min_gain > 0 ? fmt::format(" by at least {:g}", rule.min_gain) : "");
  return decision;
}

Decision judge_by_threshold(const StopRule& rule, const Curve& current) {
  Decision decision = begin_decision(rule, current);
  if (!is_due(rule, current)) return decision;
  const double value = shown(current, current.reports.back().value);
  const auto stop = [&](std::string reason) {
    decision.stop = true;
    decision.reason = std::move(reason);
    return decision;
  };
  if (std::isnan(value)) return stop(fmt::format("no number at step {:g}", decision.step));
  if (rule.low && value < *rule.low) {
    decision.limit = *rule.low;
    return stop(fmt::format("{:.4g} at step {:g} is below {:g}", value, decision.step, *rule.low));
  }
  if (rule.high && value > *rule.high) {
    decision.limit = *rule.high;
    return stop(fmt::format("{:.4g} at step {:g} is above {:g}", value, decision.step, *rule.high));
  }
  return decision;
}

}  // namespace cairn::sweep
