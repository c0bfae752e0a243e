// See curve_forecast.h.
#include "sweep/curve_forecast.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <boost/math/distributions/students_t.hpp>

#include "sweep/stop_rules.h"

namespace cairn::sweep {

namespace {

constexpr size_t kBinsMax = 12;  // a curve's beginning, in steps of equal ratio
constexpr size_t kRunsMax = 32;  // of those that came to the target, the nearest at its end
// From this ratio on a loss is seen as its logarithm.
constexpr double kMagnitudes = 30;
constexpr double kEndedMin = 0.75;  // of the target: a curve that ended there was not cut
// Everything that is assumed beforehand is in units of what curves drop in all. No shape is the
// curve itself: what it is off by at the newest step.
constexpr double kMisfit = 0.03;
constexpr double kCurveSpread = 0.5;  // how much more or less than another one a curve may drop
constexpr double kDropSpread = 2;     // the same of formulas, whose drops are less comparable
constexpr double kShiftSpread = 3;
constexpr double kFormulas = 1;  // weight of each kind of formula, where a curve has 1
// Before it is known how wrong forecasts are: as if three had been wrong by so many deviations.
constexpr double kPriorDegrees = 3, kPriorError = 1.5;
constexpr double kLargest = 1e100;  // what is larger is as good as infinite

// The steps at which curves are compared, and the time from which formulas count.
struct Axis {
  std::vector<double> ends;   // of the bins: steps
  std::vector<double> times;  // of the bins: first report is 1, second is 2
  double target_time;
};

// Means over the bins of an axis, and the result.
struct Binned {
  std::vector<double> values, counts;
  double end = 0;
};

// What a curve may look like: seen from its newest bin, in drops.
struct Shape {
  std::vector<double> values;
  double end;
  double weight;
  double spread;  // of the factor, about 1
};

bool is_number(const Report& report) { return std::abs(report.value) < kLargest; }

Axis make_axis(std::span<const Report> reports, double target) {
  const double first = reports.front().step, last = reports.back().step;
  const double intervals = static_cast<double>(reports.size() - 1);
  const double gap = intervals > 0 ? (last - first) / intervals : std::max(target - last, 1e-300);
  const auto time_of = [&](double step) { return (step - first) / gap + 1; };
  const double ratio = std::pow(time_of(last), 1 / static_cast<double>(kBinsMax));
  Axis axis{.target_time = time_of(target)};
  double edge = ratio;  // of the bin that is being filled
  double sum = 0, count = 0;
  const auto close = [&](double end) {
    axis.ends.push_back(end);
    axis.times.push_back(sum / count);
    sum = count = 0;
  };
  for (size_t i = 0; i < reports.size(); ++i) {
    const double time = time_of(reports[i].step);
    sum += time;
    ++count;
    const bool is_last = i + 1 == reports.size();
    if (!is_last && time_of(reports[i + 1].step) <= edge * (1 + 1e-12)) continue;
    close(reports[i].step);
    if (!is_last)
      while (edge * (1 + 1e-12) < time_of(reports[i + 1].step)) edge *= ratio;
  }
  return axis;
}

// Nothing where the curve begins after the first bin.
std::optional<Binned> bin(std::span<const Report> reports, const Axis& axis) {
  Binned binned;
  size_t i = 0;
  for (const double end : axis.ends) {
    double sum = 0, count = 0;
    for (; i < reports.size() && reports[i].step <= end; ++i) {
      sum += reports[i].value;
      ++count;
    }
    if (i == 0) return std::nullopt;
    // Measured more rarely than the other curve: as it was before.
    binned.values.push_back(count > 0 ? sum / count : reports[i - 1].value);
    binned.counts.push_back(std::max(count, 1.0));
  }
  return binned;
}

// A curve that came to the target. Numbers only.
struct Run {
  std::vector<Report> reports;
  double end;
};

std::vector<Report> numbers_of(std::span<const Report> reports) {
  std::vector<Report> numbers;
  numbers.reserve(reports.size());
  std::ranges::copy_if(reports, std::back_inserter(numbers), is_number);
  return numbers;
}

// The value with which a curve came to the target; null where it did not.
const Report* result_at(const Curve& curve, double target) {
  const Report* report = reached(curve, target);
  if (!report && curve.has_finished && !curve.reports.empty() &&
      curve.reports.back().step >= kEndedMin * target)
    report = &curve.reports.back();
  return report && is_number(*report) ? report : nullptr;
}

// Those that were nearest to a report.
std::vector<Run> nearest_runs(const Report& newest, double target, Others others) {
  struct Near {
    double distance;
    const Curve* curve;
  };
  std::vector<Near> near;
  for (const Curve& curve : others) {
    const Report* there = reached(curve, newest.step);
    if (there && is_number(*there) && result_at(curve, target))
      near.push_back({std::abs(there->value - newest.value), &curve});
  }
  std::ranges::sort(near, [](const Near& a, const Near& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.curve->trial < b.curve->trial;
  });
  if (near.size() > kRunsMax) near.resize(kRunsMax);
  std::vector<Run> runs;
  for (const Near& one : near)
    runs.push_back({numbers_of(one.curve->reports), result_at(*one.curve, target)->value});
  return runs;
}

// Losses that fall by orders of magnitude fall in proportion to what they are, and so does their
// noise.
bool spans_magnitudes(std::span<const Report> numbers, std::span<const Run> runs) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const auto see = [&](double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const Report& report : numbers) see(report.value);
  for (const Run& run : runs) {
    for (const Report& report : run.reports) see(report.value);
    see(run.end);
  }
  return low > 0 && high > kMagnitudes * low;
}

void take_logarithms(std::vector<Report>& numbers, std::vector<Run>& runs) {
  const auto take = [](std::vector<Report>& reports) {
    for (Report& report : reports) report.value = std::log(report.value);
  };
  take(numbers);
  for (Run& run : runs) {
    take(run.reports);
    run.end = std::log(run.end);
  }
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The variance of single reports about their curve, from second differences, in which a trend
// cancels out. 0 where there are too few.
double noise_of(std::span<const Report> reports) {
  constexpr double kMedianOfSquare = 0.4549;  // of a standard normal
  constexpr double kWeights = 6;              // 1 + 4 + 1
  std::vector<double> squares;
  for (size_t i = reports.size() / 2; i + 2 < reports.size(); ++i) {
    const double bend = reports[i].value - 2 * reports[i + 1].value + reports[i + 2].value;
    squares.push_back(bend * bend);
  }
  return squares.size() < 3 ? 0 : median_of(std::move(squares)) / kMedianOfSquare / kWeights;
}

// By how much curves fall in all.
double drop_of(const Binned& begun, const std::vector<Binned>& finished) {
  const auto [low, high] = std::ranges::minmax_element(begun.values);
  double drop = *high - *low;
  if (!finished.empty()) {
    std::vector<double> drops;
    for (const Binned& other : finished)
      drops.push_back(std::abs(other.values.front() - other.end));
    drop = std::max(drop, median_of(std::move(drops)));
  }
  return std::max(drop, 1e-9 * std::abs(begun.values.back()) + 1 / kLargest);
}

// From the value at a time, of a curve that drops from somewhere towards 0.
template <typename Formula>
Shape shape_of(const Axis& axis, double weight, const Formula& at) {
  const double first = at(axis.times.front()), last = at(axis.times.back());
  Shape shape{{}, (at(axis.target_time) - last) / first, weight, kDropSpread};
  for (const double time : axis.times) shape.values.push_back((at(time) - last) / first);
  return shape;
}

Shape shape_of(const Binned& curve, double drop) {
  const double last = curve.values.back();
  Shape shape{{}, (curve.end - last) / drop, 1, kCurveSpread};
  for (const double value : curve.values) shape.values.push_back((value - last) / drop);
  return shape;
}

std::vector<Shape> formulas(const Axis& axis) {
  std::vector<Shape> shapes;
  const double span = axis.target_time;
  for (const double power : {0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.2})
    shapes.push_back(shape_of(axis, kFormulas / 8, [&](double t) { return std::pow(t, -power); }));
  for (const double half : {0.03, 0.1, 0.3, 1.0})
    for (const double power : {1.0, 2.0, 4.0})
      shapes.push_back(shape_of(axis, kFormulas / 12, [&](double t) {
        return 1 / (1 + std::pow(t / (half * span), power));
      }));
  for (const double decay : {0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.4})
    shapes.push_back(shape_of(axis, kFormulas / 8, [&](double t) {
      return std::exp(-(t - axis.times.front()) / (decay * span));
    }));
  return shapes;
}

// A shape, shifted and scaled to a curve: how likely that makes the curve, and where it leads.
struct Fit {
  double evidence;  // logarithm, with the shape's weight, but for what all shapes have in common
  double mean, variance;
};

// Least squares with Gaussian beliefs about shift and factor. The one about the shift counts as one
// more bin where the shape is 0, which it is at the newest step.
Fit fit(const Shape& shape, std::span<const double> values, std::span<const double> weights) {
  const double shift_weight = 1 / (kShiftSpread * kShiftSpread);
  const double factor_weight = 1 / (shape.spread * shape.spread);
  double weight = shift_weight, x_mean = 0, y_mean = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    weight += weights[i];
    x_mean += weights[i] * shape.values[i];
    y_mean += weights[i] * values[i];
  }
  x_mean /= weight;
  y_mean /= weight;
  double xx = factor_weight + shift_weight * x_mean * x_mean;
  double xy = factor_weight + shift_weight * x_mean * y_mean;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = shape.values[i] - x_mean;
    xx += weights[i] * x * x;
    xy += weights[i] * x * (values[i] - y_mean);
  }
  const double factor = xy / xx, shift = y_mean - factor * x_mean;
  double squares = shift_weight * shift * shift + factor_weight * (factor - 1) * (factor - 1);
  for (size_t i = 0; i < values.size(); ++i) {
    const double off = values[i] - shift - factor * shape.values[i];
    squares += weights[i] * off * off;
  }
  const double ahead = shape.end - x_mean;
  return {std::log(shape.weight) + 0.5 * (std::log(factor_weight / xx) - squares),
          shift + factor * shape.end, 1 / weight + ahead * ahead / xx};
}

// What all curves at hand have in common. In drops.
struct Ensemble {
  const Axis& axis;
  double noise;  // variance
  std::vector<Shape> formulas, curves;

  // From a curve's newest bin. Leaves out the curve that is itself forecast, if it is one of them.
  Forecast forecast(const Shape& begun, std::span<const double> counts, size_t left_out) const;
};

Forecast Ensemble::forecast(const Shape& begun, std::span<const double> counts,
                            size_t left_out) const {
  std::vector<double> weights;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double age = axis.times.back() / axis.times[i];
    weights.push_back(1 / (noise / counts[i] + kMisfit * kMisfit * age));
  }
  std::vector<Fit> fits;
  for (const Shape& shape : formulas) fits.push_back(fit(shape, begun.values, weights));
  for (size_t i = 0; i < curves.size(); ++i)
    if (i != left_out) fits.push_back(fit(curves[i], begun.values, weights));

  const double top = std::ranges::max_element(fits, {}, &Fit::evidence)->evidence;
  double sum = 0, mean = 0, square = 0;
  for (const Fit& one : fits) {
    const double share = std::exp(one.evidence - top);
    sum += share;
    mean += share * one.mean;
    square += share * (one.variance + one.mean * one.mean);
  }
  mean /= sum;
  return {mean, std::sqrt(std::max(square / sum - mean * mean, 0.0) + noise), kPriorDegrees};
}

}  // namespace

double Forecast::chance_below(double value) const {
  if (is_log) value = value > 0 ? std::log(value) : -std::numeric_limits<double>::infinity();
  const double t = (value - mean) / sd;
  if (std::isnan(t)) return value >= mean ? 1 : 0;
  return boost::math::cdf(boost::math::students_t(degrees), t);
}

Extrapolation Forecast::in_own_units() const {
  constexpr double kWidest = 20;  // of a logarithm: beyond, nothing is known anyway
  const double deviation = sd * std::sqrt(degrees / (degrees - 2));
  if (!is_log) return {mean, deviation};
  // Half of what lies between one deviation up and one down.
  return {std::exp(mean), std::exp(mean) * std::sinh(std::min(deviation, kWidest))};
}

std::optional<Forecast> forecast(std::span<const Report> reports, double target,
                                 std::span<const Curve> others) {
  auto numbers = numbers_of(reports);
  if (numbers.empty()) return std::nullopt;
  auto runs = nearest_runs(numbers.back(), target, others);
  if (runs.empty() && numbers.size() < 2) return std::nullopt;
  const bool is_log = spans_magnitudes(numbers, runs);
  if (is_log) take_logarithms(numbers, runs);

  const Axis axis = make_axis(numbers, target);
  const Binned begun = *bin(numbers, axis);
  std::vector<Binned> finished;
  std::vector<double> noises = {noise_of(numbers)};
  for (const Run& run : runs) {
    auto binned = bin(run.reports, axis);
    if (!binned) continue;
    binned->end = run.end;
    finished.push_back(std::move(*binned));
    noises.push_back(noise_of(run.reports));
  }
  const double drop = drop_of(begun, finished);
  const double noise = median_of(std::move(noises)) / drop / drop;
  Ensemble ensemble{axis, noise, formulas(axis), {}};
  for (const Binned& curve : finished) ensemble.curves.push_back(shape_of(curve, drop));

  double squares = kPriorDegrees * kPriorError * kPriorError;
  for (size_t i = 0; i < finished.size(); ++i) {
    const Shape& known = ensemble.curves[i];
    const Forecast other = ensemble.forecast(known, finished[i].counts, i);
    const double error = (known.end - other.mean) / other.sd;
    squares += error * error;
  }
  Forecast said = ensemble.forecast(shape_of(begun, drop), begun.counts, finished.size());
  said.degrees = kPriorDegrees + static_cast<double>(finished.size());
  said.mean = begun.values.back() + said.mean * drop;
  said.sd *= drop * std::sqrt(squares / said.degrees);
  said.is_log = is_log;
  if (!std::isfinite(said.mean) || !std::isfinite(said.sd)) return std::nullopt;
  return said;
}

std::optional<Extrapolation> extrapolate(std::span<const Report> reports, double step,
                                         std::span<const Curve> others) {
  const auto arrived = std::ranges::find_if(
      reports, [&](const Report& report) { return report.step >= step && is_number(report); });
  if (arrived != reports.end()) return Extrapolation{arrived->value, 0};
  const auto said = forecast(reports, step, others);
  if (!said) return std::nullopt;
  const Extrapolation extrapolated = said->in_own_units();
  if (!std::isfinite(extrapolated.mean) || !std::isfinite(extrapolated.sd)) return std::nullopt;
  return extrapolated;
}

}  // namespace cairn::sweep
