// Stop rules: each of them as a function, and what they share. Inner header of stopping.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sweep/stopping.h"

namespace cairn::sweep {

// Each is given a curve that has a report and has not finished, and others that are not its own.
using Others = std::span<const Curve>;
// `finished`: those of `others`, where they are known by step.
Decision judge_by_percentile(const StopRule& rule, const Curve& current, Others others,
                             const FinishedResults* finished = nullptr);
Decision judge_by_halving(const StopRule& rule, const Curve& current, Others others);
Decision judge_by_bands(const StopRule& rule, const Curve& current, Others others);
Decision judge_by_patience(const StopRule& rule, const Curve& current);
Decision judge_by_threshold(const StopRule& rule, const Curve& current);
Decision judge_by_wilcoxon(const StopRule& rule, const Curve& current, Others others);
Decision judge_by_chance(const StopRule& rule, const Curve& current, Others others);
// The same of several objectives at once.
Decision judge_by_chance(const StopRule& rule, std::span<const Curve> current,
                         std::span<const std::vector<Curve>> others);

// As users write them: "median", "percentile", "asha", "hyperband", "patience", ...
std::string_view print_kind(StopRule::Kind kind);

// A decision to go on, about the newest report.
Decision begin_decision(const StopRule& rule, const Curve& current);
// A value as its metric has it, and the word for a worse one.
inline double shown(const Curve& curve, double value) {
  return curve.is_maximized ? -value : value;
}
inline std::string_view worse(const Curve& curve) { return curve.is_maximized ? "below" : "above"; }

// The newest report up to a step, of a curve that goes at least as far; null where it does not.
const Report* reached(const Curve& curve, double step);
// The values of all that reached a step, but for what is no number.
std::vector<double> values_at(Others curves, double step);
// Of several objectives: how many trials are as good in all of them at the newest step, and better
// in one.
size_t count_better(std::span<const Curve> current, std::span<const std::vector<Curve>> others);
// The least value; NaN where there is no number.
double best_of(std::span<const Report> reports);
// The newest step of those that ran to their end; NaN where none did.
double longest_finished(Others curves);

// Whether a rule decides at the newest report: after the warm-up, and once in each interval.
bool is_due(const StopRule& rule, const Curve& current);
// Whether the newest report is the first number at or past a rung. A report that is no number is,
// where no number came before it.
bool enters(const Curve& current, double rung);

}  // namespace cairn::sweep
