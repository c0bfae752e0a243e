// See knowable_detectors.h.
#include "report/knowable_detectors.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "report/results.h"

namespace cairn::report {

namespace {

constexpr double kNever = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kGradientsInRow = 5, kGradientMemory = 50, kGradientsBefore = 10;
constexpr double kMadToSd = 1.4826;

double sign_of(bool is_maximized) { return is_maximized ? -1 : 1; }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return quantile(values, 0.5);
}

double length_of(const LoggedCurve& curve) {
  return curve.step.size() < 2 ? 0 : curve.step.back() - curve.step.front();
}

// --- alarms

double find_not_a_number(const LoggedCurve& curve, double in_row) {
  double count = 0;
  for (size_t i = 0; i < curve.value.size(); ++i) {
    count = std::isfinite(curve.value[i]) ? 0 : count + 1;
    if (count >= in_row) return curve.at_s[i];
  }
  return kNever;
}

double find_explosion(const LoggedCurve& loss, double multiple, const PastRuns& history) {
  if (!history.is_enough()) return kNever;
  double least = kInfinity, since = kNever;
  for (size_t i = 0; i < loss.value.size(); ++i) {
    const double value = loss.value[i];
    if (std::isfinite(value)) least = std::min(least, value);
    const bool is_high = least > 0 && least < kInfinity && !(value <= multiple * least);
    if (!is_high)
      since = kNever;
    else if (std::isnan(since))
      since = loss.step[i];
    if (is_high && loss.step[i] - since >= kExplosionShare * history.length_steps)
      return loss.at_s[i];
  }
  return kNever;
}

double find_gradient(const LoggedCurve& norm, double multiple) {
  size_t in_row = 0;
  std::vector<double> before;
  for (size_t i = 0; i < norm.value.size(); ++i) {
    const double value = norm.value[i];
    const bool is_high = before.size() >= kGradientsBefore && !(value <= multiple * median(before));
    in_row = is_high ? in_row + 1 : 0;
    if (in_row >= kGradientsInRow) return norm.at_s[i];
    if (is_high || !std::isfinite(value)) continue;
    if (before.size() == kGradientMemory) before.erase(before.begin());
    before.push_back(value);
  }
  return kNever;
}

double find_silence(const RunCurves& curves, double multiple, const PastRuns& history) {
  if (!curves.expects_metric || !history.is_enough() || history.first_metric_s <= 0) return kNever;
  const LoggedCurve& metric = curves.metric;
  const double limit_s = multiple * history.first_metric_s;
  return metric.at_s.empty() || metric.at_s.front() > limit_s ? limit_s : kNever;
}

double find_idle_gpu(const MachineUse& use, double seconds) {
  if (!use.is_gpu) return kNever;
  for (const Stretch& span : find_idle(use))
    if (span.seconds() >= seconds) return span.from_s + seconds;
  return kNever;
}

double find_stagnation(const WatchedRun& run, double share, const PastRuns& history) {
  if (!history.is_enough() || history.length_steps <= 0) return kNever;
  const LoggedCurve& metric = run.curves->metric;
  const double sign = sign_of(run.curves->is_maximized);
  double best = kInfinity, since = kNever;
  for (size_t i = 0; i < metric.value.size(); ++i) {
    const double value = sign * metric.value[i];
    if (std::isfinite(value) && value < best - history.noise) {
      best = value;
      since = metric.step[i];
    } else if (metric.step[i] - since >= share * history.length_steps) {
      return metric.at_s[i];
    }
  }
  return kNever;
}

// The largest remaining improvement that is to be expected, as conformal prediction has it.
double most_remaining(const std::vector<double>& remaining) {
  const auto rank =
      static_cast<size_t>(std::ceil(kForecastShare * static_cast<double>(remaining.size() + 1)));
  return rank > remaining.size() ? kInfinity : remaining[rank - 1];
}

// `slack`: 0, it will not reach the best known; 1, not even the median of those that have ended.
double find_dominated(const WatchedRun& run, double slack, const PastRuns& history,
                      const Incumbent& incumbent) {
  if (!history.is_enough() || history.length_steps <= 0) return kNever;
  const LoggedCurve& metric = run.curves->metric;
  const double sign = sign_of(run.curves->is_maximized);
  double best = kInfinity;
  for (size_t i = 0; i < metric.value.size(); ++i) {
    const double value = sign * metric.value[i];
    if (std::isfinite(value)) best = std::min(best, value);
    const double done = (metric.step[i] - metric.step.front()) / history.length_steps;
    const auto fraction =
        static_cast<size_t>(std::clamp(done * kFractions, 0.0, double{kFractions - 1}));
    if (fraction == 0 || best == kInfinity) continue;
    const double bound = best - most_remaining(history.remaining[fraction]);
    const auto now_ns = run.began_ns + static_cast<int64_t>(metric.at_s[i] * kNsPerSecond);
    const double best_known = incumbent.at(now_ns);
    if (bound > best_known + slack * std::max(0.0, history.end - best_known)) return metric.at_s[i];
  }
  return kNever;
}

// The spread of one value around its neighbours, in the second half of a curve.
double noise_of(const LoggedCurve& curve) {
  std::vector<double> steps;
  for (size_t i = curve.value.size() / 2 + 1; i < curve.value.size(); ++i)
    if (const double change = std::abs(curve.value[i] - curve.value[i - 1]); std::isfinite(change))
      steps.push_back(change);
  return kMadToSd * median(std::move(steps)) / std::sqrt(2.0);
}

}  // namespace

PastCurve summarise(const LoggedCurve& metric, bool is_maximized) {
  PastCurve past{
      length_of(metric), metric.at_s.empty() ? 0 : metric.at_s.front(), noise_of(metric), 0, {}};
  const double sign = sign_of(is_maximized);
  std::array<double, kFractions> best_at;
  best_at.fill(kInfinity);
  double best = kInfinity;
  size_t next = 0;
  for (size_t i = 0; i < metric.value.size(); ++i) {
    const double done =
        past.length_steps > 0 ? (metric.step[i] - metric.step.front()) / past.length_steps : 1;
    for (; next < kFractions && done * kFractions > static_cast<double>(next); ++next)
      best_at[next] = best;
    if (const double value = sign * metric.value[i]; std::isfinite(value))
      best = std::min(best, value);
  }
  for (; next < kFractions; ++next) best_at[next] = best;
  past.end = best;
  for (size_t f = 0; f < kFractions; ++f)
    past.remaining[f] = best_at[f] < kInfinity ? best_at[f] - best : 0;
  return past;
}

PastRuns add_up(std::span<const PastCurve* const> past) {
  PastRuns history;
  history.runs = past.size();
  std::vector<double> lengths, firsts, noises, ends;
  for (const PastCurve* curve : past) {
    lengths.push_back(curve->length_steps);
    firsts.push_back(curve->first_metric_s);
    noises.push_back(curve->noise);
    ends.push_back(curve->end);
    for (size_t f = 0; f < kFractions; ++f) history.remaining[f].push_back(curve->remaining[f]);
  }
  history.length_steps = median(std::move(lengths));
  history.first_metric_s = median(std::move(firsts));
  history.noise = median(std::move(noises));
  history.end = median(std::move(ends));
  for (std::vector<double>& remaining : history.remaining) std::ranges::sort(remaining);
  return history;
}

Incumbent::Incumbent(std::vector<Point> points) : x_best(std::move(points)) {
  std::ranges::sort(x_best, {}, &Point::time_ns);
  double best = kInfinity;
  std::erase_if(x_best, [&](const Point& point) {
    if (!(point.value < best)) return true;
    best = point.value;
    return false;
  });
}

double Incumbent::at(int64_t time_ns) const {
  const auto after = std::ranges::upper_bound(x_best, time_ns, {}, &Point::time_ns);
  return after == x_best.begin() ? kInfinity : std::prev(after)->value;
}

double find_alarm(Detector detector, double rung, const WatchedRun& run, const PastRuns& history,
                  const Incumbent& incumbent) {
  if (!std::isfinite(rung)) return kNever;
  if (detector == Detector::kIdleGpu)
    return run.machine ? find_idle_gpu(*run.machine, rung) : kNever;
  if (!run.curves) return kNever;
  const RunCurves& curves = *run.curves;
  switch (detector) {
    case Detector::kNotANumber:
      return std::fmin(find_not_a_number(curves.metric, rung),
                       find_not_a_number(curves.loss, rung));
    case Detector::kExplosion:
      return find_explosion(curves.loss, rung, history);
    case Detector::kGradient:
      return find_gradient(curves.gradient, rung);
    case Detector::kSilence:
      return find_silence(curves, rung, history);
    case Detector::kStagnation:
      return find_stagnation(run, rung, history);
    case Detector::kDominated:
      return find_dominated(run, rung, history, incumbent);
    case Detector::kIdleGpu:
      break;
  }
  return kNever;
}

}  // namespace cairn::report
