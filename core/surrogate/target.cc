// See target.h.
#include "surrogate/target.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace cairn::surrogate {

namespace {

constexpr double kDecade = 10;
constexpr double kLogitFloor = 1e-4;  // 0 and 1 are taken for half of one error in 5,000
constexpr double kLambdaMax = 4, kLambdaStep = 0.1;

constexpr std::array kRateWords = {"acc",  "auc",  "f1",        "precision", "recall",
                                   "dice", "iou",  "map",       "rate",      "top1",
                                   "top5", "ndcg", "hit_ratio", "error",     "err"};
constexpr std::array kLossWords = {"loss", "nll", "perplexity", "ppl",
                                   "mse",  "mae", "rmse",       "entropy"};

std::vector<double> sorted_finite(std::span<const double> values) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite),
                       [](double v) { return std::isfinite(v); });
  std::ranges::sort(finite);
  return finite;
}

double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

double sd_of(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// (base^lambda - 1) / lambda, and what it becomes at 0; of a base > 0.
double power(double base, double lambda) {
  return std::abs(lambda) < 1e-9 ? std::log(base) : std::expm1(lambda * std::log(base)) / lambda;
}
double root(double powered, double lambda) {
  if (std::abs(lambda) < 1e-9) return std::exp(powered);
  return std::exp(std::log1p(std::max(lambda * powered, -1 + 1e-12)) / lambda);
}

}  // namespace

TargetScale detect_target_scale(std::string_view name, std::span<const double> values) {
  const std::vector<double> sorted = sorted_finite(values);
  if (sorted.empty()) return TargetScale::kIdentity;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto says = [&](std::string_view word) { return lower.find(word) != std::string::npos; };
  if (sorted.front() > 0 && std::ranges::any_of(kLossWords, says)) return TargetScale::kLog;
  if (sorted.front() >= 0 && sorted.back() <= 1 && std::ranges::any_of(kRateWords, says))
    return TargetScale::kLogit;
  const bool spans = sorted.front() > 0 && sorted.back() > kDecade * sorted.front();
  return spans ? TargetScale::kLog : TargetScale::kIdentity;
}

Target Target::learn(TargetScale scale, std::span<const double> values) {
  Target target;
  const std::vector<double> sorted = sorted_finite(values);
  if (sorted.empty()) return target;
  target.x_scale = scale;
  if (scale == TargetScale::kLogit) target.x_floor = kLogitFloor;
  if (scale == TargetScale::kLog) {
    const auto positive = std::ranges::upper_bound(sorted, 0.0);
    target.x_floor = positive == sorted.end() ? 1e-12 : *positive / 2;
  }
  if (scale == TargetScale::kSoftLog) {
    target.x_median = quantile(sorted, 0.5);
    target.x_spread = 2 * (target.x_median - quantile(sorted, 0.25));
    if (target.x_spread <= 0) target.x_spread = quantile(sorted, 0.75) - sorted.front();
    target.x_spread = std::max(target.x_spread, 1e-12);
  }
  if (scale != TargetScale::kPower) return target;

  target.x_is_positive = sorted.front() > 0;
  target.x_unit = std::max(sd_of(sorted), 1e-300);
  double log_jacobian = 0;  // per unit of lambda - 1
  for (const double v : sorted) {
    const double u = v / target.x_unit;
    log_jacobian += target.x_is_positive ? std::log(u) : std::copysign(std::log1p(std::abs(u)), u);
  }
  double best = -std::numeric_limits<double>::infinity(), best_lambda = 1;
  const int steps = static_cast<int>(std::lround(kLambdaMax / kLambdaStep));
  for (int step = -steps; step <= steps; ++step) {
    target.x_lambda = step * kLambdaStep;
    std::vector<double> transformed;
    for (const double v : sorted) transformed.push_back(target.boxed(v));
    const double n = static_cast<double>(sorted.size());
    const double likelihood =
        -n * std::log(std::max(sd_of(transformed), 1e-300)) + (target.x_lambda - 1) * log_jacobian;
    if (likelihood <= best) continue;
    best = likelihood;
    best_lambda = target.x_lambda;
  }
  target.x_lambda = best_lambda;
  return target;
}

double Target::boxed(double metric) const {
  const double u = metric / x_unit;
  if (x_is_positive) return power(std::max(u, 1e-300), x_lambda);
  return u >= 0 ? power(1 + u, x_lambda) : -power(1 - u, 2 - x_lambda);
}

double Target::unboxed(double modelled) const {
  if (x_is_positive) return root(modelled, x_lambda) * x_unit;
  return (modelled >= 0 ? root(modelled, x_lambda) - 1 : 1 - root(-modelled, 2 - x_lambda)) *
         x_unit;
}

double Target::to_model(double metric) const {
  switch (x_scale) {
    case TargetScale::kIdentity:
      return metric;
    case TargetScale::kLog:
      return std::isnan(metric) ? metric : std::log(std::max(metric, x_floor));
    case TargetScale::kLogit: {
      const double rate = std::clamp(metric, x_floor, 1 - x_floor);
      return std::log(rate) - std::log1p(-rate);
    }
    case TargetScale::kSoftLog:
      return metric > x_median ? x_median + x_spread * std::log1p((metric - x_median) / x_spread)
                               : metric;
    case TargetScale::kPower:
      return boxed(metric);
  }
  return metric;
}

double Target::to_metric(double modelled) const {
  switch (x_scale) {
    case TargetScale::kIdentity:
      return modelled;
    case TargetScale::kLog:
      return std::exp(modelled);
    case TargetScale::kLogit:
      return 1 / (1 + std::exp(-modelled));
    case TargetScale::kSoftLog:
      return modelled > x_median
                 ? x_median + x_spread * std::expm1((modelled - x_median) / x_spread)
                 : modelled;
    case TargetScale::kPower:
      return unboxed(modelled);
  }
  return modelled;
}

}  // namespace cairn::surrogate
