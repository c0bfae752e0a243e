// See acquisition.h.
#include "sweep/acquisition.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cairn::sweep {

namespace {

constexpr double kSdMin = 1e-12;
// Below this many standard deviations series take over: differences would lose their digits.
constexpr double kFar = -25;
const double kLogRoot2Pi = std::log(2 * std::numbers::pi) / 2;

double density(double z) { return std::exp(-z * z / 2 - kLogRoot2Pi); }
double share_below(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

struct LogValue {
  double value, slope;
};

// ln(phi(z) + z Phi(z)), the log of the expected improvement in standard deviations.
LogValue log_gain(double z) {
  if (z > kFar) {
    const double below = share_below(z), gain = density(z) + z * below;
    return {std::log(gain), below / gain};
  }
  const double v = 1 / (z * z);
  const double rest = -v * (3 - v * (15 - v * 105));
  const double rest_slope = 2 * v / z * (3 - v * (30 - v * 315));
  return {-z * z / 2 - kLogRoot2Pi + std::log(v) + std::log1p(rest),
          -z - 2 / z + rest_slope / (1 + rest)};
}

LogValue log_share_below(double z) {
  if (z > kFar) {
    const double below = share_below(z);
    return {std::log(below), density(z) / below};
  }
  const double v = 1 / (z * z);
  const double rest = -v * (1 - v * (3 - v * 15));
  const double rest_slope = 2 * v / z * (1 - v * (6 - v * 45));
  return {-z * z / 2 - kLogRoot2Pi - std::log(-z) + std::log1p(rest),
          -z - 1 / z + rest_slope / (1 + rest)};
}

}  // namespace

LogWorth log_improvement(double mean, double sd, double incumbent) {
  sd = std::max(sd, kSdMin);
  const double z = (incumbent - mean) / sd;
  const LogValue gain = log_gain(z);
  return {std::log(sd) + gain.value, -gain.slope / sd, (1 - gain.slope * z) / sd};
}

LogWorth log_chance_below(double mean, double sd, double bound) {
  sd = std::max(sd, kSdMin);
  const double z = (bound - mean) / sd;
  const LogValue chance = log_share_below(z);
  return {chance.value, -chance.slope / sd, -chance.slope * z / sd};
}

}  // namespace cairn::sweep
