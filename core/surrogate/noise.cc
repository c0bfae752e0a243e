// See noise.h.
#include "surrogate/noise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/students_t.hpp>

namespace cairn::surrogate {

namespace {

struct Moments {
  double count = 0, mean = 0, squares = 0;  // squares: about the mean
};

Moments moments_of(std::span<const double> runs) {
  Moments m;
  for (const double run : runs) {
    if (!std::isfinite(run)) continue;
    ++m.count;
    const double difference = run - m.mean;
    m.mean += difference / m.count;
    m.squares += difference * (run - m.mean);
  }
  return m;
}

}  // namespace

Noise Noise::learn(std::span<const std::vector<double>> replicates) {
  Noise noise;
  for (const std::vector<double>& runs : replicates) {
    const Moments m = moments_of(runs);
    if (m.count == 0) continue;
    noise.x_levels.push_back(m.mean);
    if (m.count < 2) continue;
    noise.x_pools.push_back({m.mean, m.squares, m.count - 1});
    noise.x_squares += m.squares;
    noise.x_degrees += m.count - 1;
  }
  std::ranges::sort(noise.x_levels);
  std::ranges::stable_sort(noise.x_pools, {}, &Pool::mean);
  return noise;
}

std::optional<Sigma> Noise::overall() const {
  if (x_degrees == 0) return std::nullopt;
  return Sigma{std::sqrt(x_squares / x_degrees), x_degrees};
}

// Among all configurations, in [0, 1]; between two of them in proportion.
double Noise::rank(double level) const {
  if (x_levels.size() < 2) return 0.5;
  const auto above = std::ranges::lower_bound(x_levels, level);
  if (above == x_levels.begin()) return 0;
  if (above == x_levels.end()) return 1;
  const double place = static_cast<double>(above - x_levels.begin());
  const double part = (level - above[-1]) / (above[0] - above[-1]);
  return (place - 1 + part) / static_cast<double>(x_levels.size() - 1);
}

std::optional<Sigma> Noise::at(double level) const {
  if (x_degrees == 0) return std::nullopt;
  const double middle = rank(level);
  double squares = 0, degrees = 0;
  for (const Pool& pool : x_pools) {
    const double away = (rank(pool.mean) - middle) / kRankWidth;
    const double weight = std::max(0.0, 1 - away * away);
    squares += weight * pool.squares;
    degrees += weight * pool.degrees;
  }
  const double prior = kPriorDegrees * x_squares / x_degrees;
  return Sigma{std::sqrt((prior + squares) / (kPriorDegrees + degrees)),
               std::min(x_degrees, kPriorDegrees + degrees)};
}

std::optional<Sigma> Noise::of(std::span<const double> runs) const {
  const Moments m = moments_of(runs);
  const std::optional<Sigma> prior = at(m.mean);
  if (!prior || m.count < 2) return prior;
  const double strength = std::min(prior->degrees, kPriorDegrees), degrees = m.count - 1;
  const double variance = (strength * prior->sd * prior->sd + m.squares) / (strength + degrees);
  return Sigma{std::sqrt(variance), strength + degrees};
}

double mean_half_width(const Sigma& sigma, size_t runs, double confidence) {
  if (runs == 0 || sigma.degrees <= 0 || !(confidence > 0 && confidence < 1))
    return std::numeric_limits<double>::infinity();
  const boost::math::students_t student(sigma.degrees);
  const double reach = boost::math::quantile(student, (1 + confidence) / 2);
  return reach * sigma.sd / std::sqrt(static_cast<double>(runs));
}

}  // namespace cairn::surrogate
