// Successive halving and W&B's bands: at each of a few steps only the best 1/eta goes on.
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "surrogate/random.h"
#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

constexpr uint64_t kBracketStream = 0xB4AC;
constexpr size_t kRungsMax = 200;

// Which bracket a trial belongs to: in brackets that begin at later rungs there are fewer trials,
// so that each bracket gets about the same number of steps (Li et al. 2018).
size_t bracket_of(const StopRule& rule, uint64_t trial) {
  const auto brackets = static_cast<double>(rule.brackets);
  if (rule.brackets < 2) return 0;
  const auto weight = [&](size_t bracket) {
    const double left = brackets - 1 - static_cast<double>(bracket);
    return std::ceil(brackets * std::pow(rule.eta, left) / (left + 1));
  };
  double all = 0;
  for (size_t b = 0; b < rule.brackets; ++b) all += weight(b);
  double share = surrogate::Random(trial, kBracketStream).unit() * all;
  for (size_t b = 0; b + 1 < rule.brackets; ++b) {
    share -= weight(b);
    if (share < 0) return b;
  }
  return rule.brackets - 1;
}

// The steps of a trial's rungs, up to its end: a trial that is there is not stopped any more.
std::vector<double> rungs_of(const StopRule& rule, uint64_t trial, double last_step, double end) {
  std::vector<double> rungs;
  double rung =
      rule.min_resource * std::pow(rule.eta, static_cast<double>(bracket_of(rule, trial)));
  for (; rung <= last_step && !(rung >= end) && rungs.size() < kRungsMax; rung *= rule.eta)
    rungs.push_back(rung);
  return rungs;
}

double end_of(const StopRule& rule, Others others) {
  return std::isnan(rule.max_resource) ? longest_finished(others) : rule.max_resource;
}

// What a curve had when it came to a rung: its first number there.
const Report* first_at(const Curve& curve, double rung) {
  auto report = std::ranges::lower_bound(curve.reports, rung, {}, &Report::step);
  while (report != curve.reports.end() && std::isnan(report->value)) ++report;
  return report == curve.reports.end() ? nullptr : &*report;
}

// Of the trials of one bracket.
std::vector<double> values_on_rung(const StopRule& rule, size_t bracket, double rung,
                                   Others curves) {
  std::vector<double> values;
  for (const Curve& curve : curves) {
    if (bracket_of(rule, curve.trial) != bracket) continue;
    if (const Report* report = first_at(curve, rung)) values.push_back(report->value);
  }
  return values;
}

// How many of those on a rung may go on.
size_t places_above(const StopRule& rule, size_t count) {
  constexpr double kRounding = 1e-9;
  return static_cast<size_t>(static_cast<double>(count) / rule.eta + kRounding);
}

// The worst value that still goes on from a rung. Sorts the values.
double worst_promoted(std::vector<double>& values, size_t places) {
  std::ranges::sort(values);
  return values[places - 1];
}

}  // namespace

Decision judge_by_halving(const StopRule& rule, const Curve& current, Others others) {
  Decision decision = begin_decision(rule, current);
  const size_t bracket = bracket_of(rule, current.trial);
  const double value = current.reports.back().value;
  for (const double rung : rungs_of(rule, current.trial, decision.step, end_of(rule, others))) {
    if (!enters(current, rung)) continue;
    if (std::isnan(value)) {
      decision.stop = true;
      decision.reason = fmt::format("no number at step {:g}", decision.step);
      return decision;
    }
    std::vector<double> values = values_on_rung(rule, bracket, rung, others);
    values.push_back(value);
    const size_t count = values.size();
    // A trial that would be stopped cannot come back: where nobody may go on yet the best does.
    // One that is paused can wait until there are enough.
    const size_t places = std::max<size_t>(places_above(rule, count), rule.with_promotion ? 0 : 1);
    if (places == 0) {
      decision.pause = true;
      decision.reason = fmt::format("{:.4g} at step {:g} waits for others to come to this rung",
                                    shown(current, value), decision.step);
      return decision;
    }
    const double limit = worst_promoted(values, places);
    const bool goes_on = value <= limit;
    decision.limit = shown(current, limit);
    decision.reason = fmt::format("{:.4g} at step {:g} is {}among the best {} of {} (until {:.4g})",
                                  shown(current, value), decision.step, goes_on ? "" : "not ",
                                  places, count, decision.limit);
    if (goes_on) continue;
    (rule.with_promotion ? decision.pause : decision.stop) = true;
    return decision;
  }
  return decision;
}

std::optional<Promotion> promote(const StopRule& rule, std::span<const Curve> curves) {
  if (rule.kind != StopRule::Kind::kSuccessiveHalving || !rule.with_promotion) return std::nullopt;
  const double end = end_of(rule, curves);
  struct Candidate {
    double rung, value;
    const Curve* curve;
  };
  std::vector<Candidate> candidates;
  for (const Curve& curve : curves) {
    if (!curve.is_paused || curve.reports.empty()) continue;
    const auto rungs = rungs_of(rule, curve.trial, curve.reports.back().step, end);
    const Report* report = rungs.empty() ? nullptr : first_at(curve, rungs.back());
    if (report) candidates.push_back({rungs.back(), report->value, &curve});
  }
  // From the highest rung first: it is nearest to a result.
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    if (a.rung != b.rung) return a.rung > b.rung;
    return a.value != b.value ? a.value < b.value : a.curve->trial < b.curve->trial;
  });
  std::set<std::pair<size_t, double>> full;  // brackets and rungs from which nobody may go on
  for (const auto& [rung, value, curve] : candidates) {
    const size_t bracket = bracket_of(rule, curve->trial);
    if (full.contains({bracket, rung})) continue;
    auto values = values_on_rung(rule, bracket, rung, curves);
    const size_t places = places_above(rule, values.size());
    if (places > 0 && value <= worst_promoted(values, places))
      return Promotion{curve->trial, std::fmin(rung * rule.eta, end),
                       fmt::format("{:.4g} at step {:g} is among the best {} of {}",
                                   shown(*curve, value), rung, places, values.size())};
    full.insert({bracket, rung});  // its best candidate was refused
  }
  return std::nullopt;
}

namespace {

// How often a metric was logged is what W&B calls an iteration; what is not finite does not count.
bool is_counted(const Report& report) { return std::isfinite(report.value); }

// From 1; nothing where there are not so many.
std::optional<double> nth_number(std::span<const Report> reports, size_t nth) {
  if (reports.size() < nth) return std::nullopt;
  for (const Report& report : reports)
    if (is_counted(report) && --nth == 0) return report.value;
  return std::nullopt;
}

double best_number(std::span<const Report> reports) {
  double best = std::numeric_limits<double>::infinity();
  for (const Report& report : reports)
    if (is_counted(report)) best = std::min(best, report.value);
  return best;
}

// The highest band that a trial with so many numbers has come to; 0: none.
size_t band_of(const StopRule& rule, size_t count) {
  const auto numbers = static_cast<double>(count);
  size_t band = 0;
  if (std::isnan(rule.max_resource)) {
    for (double b = rule.min_resource; b < numbers + 1; b *= rule.eta)
      band = static_cast<size_t>(b);
    return band;
  }
  double b = rule.max_resource;
  for (uint64_t i = 0; i < rule.brackets; ++i) {
    b /= rule.eta;
    if (b < 1) break;
    const auto whole = static_cast<size_t>(b);
    if (whole <= count) band = std::max(band, whole);
  }
  return band;
}

}  // namespace

Decision judge_by_bands(const StopRule& rule, const Curve& current, Others others) {
  Decision decision = begin_decision(rule, current);
  const auto& reports = current.reports;
  const size_t band =
      band_of(rule, static_cast<size_t>(std::ranges::count_if(reports, is_counted)));
  if (band == 0) return decision;

  const double there = *nth_number(reports, band);
  std::vector<double> values = {there};
  for (const Curve& other : others)
    if (const auto value = nth_number(other.reports, band)) values.push_back(*value);
  const auto place = static_cast<size_t>(1 / rule.eta * static_cast<double>(values.size()));
  const auto limit = values.begin() + static_cast<ptrdiff_t>(std::min(place, values.size() - 1));
  std::nth_element(values.begin(), limit, values.end());

  const double value = rule.is_strict ? there : best_number(reports);
  decision.limit = shown(current, *limit);
  decision.stop = value > *limit;
  decision.reason = fmt::format(
      "{:.4g} {} report {} is {}{} {:.4g}, where the best 1/{:g} of {} trials were",
      shown(current, value), rule.is_strict ? "at" : "as the best, at", band,
      decision.stop ? "" : "not ", worse(current), decision.limit, rule.eta, values.size());
  return decision;
}

}  // namespace cairn::sweep
