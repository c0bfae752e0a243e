// See stopping.h.
#include "sweep/stopping.h"

#include <algorithm>
#include <cmath>

#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is_over(const Curve& curve) { return curve.has_finished || curve.reports.empty(); }

// Rules that hold one trial against others; the rest looks at the trial alone.
bool is_comparing(StopRule::Kind kind) {
  return kind != StopRule::Kind::kPatience && kind != StopRule::Kind::kThreshold;
}

Decision judge_one(const StopRule& rule, const Curve& current, Others others) {
  switch (rule.kind) {
    case StopRule::Kind::kNone:
      break;
    case StopRule::Kind::kMedian:
    case StopRule::Kind::kPercentile:
      return judge_by_percentile(rule, current, others);
    case StopRule::Kind::kSuccessiveHalving:
      return judge_by_halving(rule, current, others);
    case StopRule::Kind::kHyperband:
      return judge_by_bands(rule, current, others);
    case StopRule::Kind::kPatience:
      return judge_by_patience(rule, current);
    case StopRule::Kind::kThreshold:
      return judge_by_threshold(rule, current);
    case StopRule::Kind::kWilcoxon:
      return judge_by_wilcoxon(rule, current, others);
    case StopRule::Kind::kAuto:
      return judge_by_chance(rule, current, others);
  }
  return begin_decision(rule, current);
}

std::vector<Curve> without(Others curves, uint64_t trial) {
  std::vector<Curve> rest(curves.begin(), curves.end());
  std::erase_if(rest, [&](const Curve& curve) { return curve.trial == trial; });
  return rest;
}

}  // namespace

Decision begin_decision(const StopRule& rule, const Curve& current) {
  Decision decision;
  decision.rule = print_kind(rule.kind);
  if (!current.reports.empty()) decision.step = current.reports.back().step;
  return decision;
}

const Report* reached(const Curve& curve, double step) {
  const auto& reports = curve.reports;
  if (reports.empty() || reports.back().step < step) return nullptr;
  const auto after = std::ranges::upper_bound(reports, step, {}, &Report::step);
  return after == reports.begin() ? nullptr : &after[-1];
}

std::vector<double> values_at(Others curves, double step) {
  std::vector<double> values;
  values.reserve(curves.size() + 1);
  for (const Curve& curve : curves)
    if (const Report* report = reached(curve, step); report && !std::isnan(report->value))
      values.push_back(report->value);
  return values;
}

double best_of(std::span<const Report> reports) {
  double best = kNaN;
  for (const Report& report : reports) best = std::fmin(best, report.value);
  return best;
}

double longest_finished(Others curves) {
  double longest = kNaN;
  for (const Curve& curve : curves)
    if (curve.has_finished && !curve.reports.empty())
      longest = std::fmax(longest, curve.reports.back().step);
  return longest;
}

bool is_due(const StopRule& rule, const Curve& current) {
  const auto& reports = current.reports;
  const double step = reports.back().step;
  if (step < rule.warmup) return false;
  if (reports.size() == 1) return true;
  const double begin =
      std::floor((step - rule.warmup) / rule.interval) * rule.interval + rule.warmup;
  return reports[reports.size() - 2].step < begin;
}

bool enters(const Curve& current, double rung) {
  const auto& reports = current.reports;
  if (reports.back().step < rung) return false;
  for (size_t i = reports.size() - 1; i > 0 && reports[i - 1].step >= rung; --i)
    if (!std::isnan(reports[i - 1].value)) return false;
  return true;
}

size_t count_better(std::span<const Curve> current, std::span<const std::vector<Curve>> others) {
  size_t count = 0;
  for (size_t i = 0; i < others[0].size(); ++i) {
    bool is_as_good = true, is_better = false;
    for (size_t k = 0; k < current.size() && is_as_good; ++k) {
      const Report& newest = current[k].reports.back();
      const Report* other = reached(others[k][i], newest.step);
      is_as_good = other && !std::isnan(other->value) && !(other->value > newest.value);
      is_better |= is_as_good && (std::isnan(newest.value) || other->value < newest.value);
    }
    count += is_as_good && is_better;
  }
  return count;
}

Decision judge(const StopRule& rule, const Curve& current, std::span<const Curve> others) {
  if (is_over(current)) return begin_decision(rule, current);
  const auto is_own = [&](const Curve& curve) { return curve.trial == current.trial; };
  if (std::ranges::any_of(others, is_own))
    return judge_one(rule, current, without(others, current.trial));
  return judge_one(rule, current, others);
}

Decision judge(const StopRule& rule, const Curve& current, std::span<const Curve> others,
               const FinishedResults& finished) {
  if (is_over(current)) return begin_decision(rule, current);
  if (!is_comparing(rule.kind)) return judge_one(rule, current, {});
  if (rule.kind == StopRule::Kind::kMedian || rule.kind == StopRule::Kind::kPercentile)
    return judge_by_percentile(rule, current, others, &finished);
  return judge(rule, current, others);
}

Decision judge(const StopRule& rule, std::span<const Curve> current,
               std::span<const std::vector<Curve>> others) {
  if (current.size() == 1) return judge(rule, current[0], others[0]);
  if (current.empty() || std::ranges::any_of(current, is_over))
    return begin_decision(rule, current.empty() ? Curve{} : current[0]);
  std::vector<std::vector<Curve>> rest;
  for (const auto& curves : others) rest.push_back(without(curves, current[0].trial));
  if (rule.kind == StopRule::Kind::kAuto) return judge_by_chance(rule, current, rest);

  Decision first = judge_one(rule, current[0], rest[0]);
  if (!first.stop && !first.pause) return first;
  for (size_t k = 1; k < current.size(); ++k) {
    Decision next = judge_one(rule, current[k], rest[k]);
    if (!next.stop && !next.pause) return next;
    first.reason += "; " + next.reason;
  }
  if (!is_comparing(rule.kind)) return first;
  const size_t better = count_better(current, rest);
  first.reason +=
      fmt::format("; {} of {} trials are better in all objectives", better, rest[0].size());
  if (better == 0) first.stop = first.pause = false;
  return first;
}

std::vector<Replayed> replay(const StopRule& rule, std::span<const Curve> curves) {
  std::vector<Replayed> replayed;
  std::vector<Curve> before;
  for (const Curve& whole : curves) {
    Replayed& one = replayed.emplace_back(Replayed{whole.trial, begin_decision(rule, whole)});
    Curve seen = whole;
    seen.has_finished = false;
    for (size_t i = 1; i <= whole.reports.size() && !one.decision.stop; ++i) {
      seen.reports = whole.reports.first(i);
      Decision decision = judge(rule, seen, before);
      seen.is_paused = decision.pause;
      if (decision.pause) decision.stop = true;  // alone in time, nobody would promote it
      if (!decision.reason.empty()) one.decision = std::move(decision);
    }
    seen.has_finished = whole.has_finished && !one.decision.stop;
    if (one.decision.stop) one.steps_saved = whole.reports.back().step - one.decision.step;
    before.push_back(seen);
  }
  return replayed;
}

}  // namespace cairn::sweep
