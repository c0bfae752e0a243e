// See order_bands.h.
#include "report/order_bands.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/math/special_functions/beta.hpp>

#include "base/check.h"

namespace cairn::report {

namespace {

constexpr double kKernelMin = 1e-18;  // chances below are rounding
constexpr int kSearchSteps = 40;
constexpr double kLevelPrecision = 1e-6;

// Finds where an increasing function is 0 between two places where its signs differ: regula falsi
// with the weights of Illinois.
template <typename Function>
double find_zero(const Function& f, double low, double high, double precision) {
  double at_low = f(low), at_high = f(high);
  if (at_low >= 0) return low;
  if (at_high <= 0) return high;
  int last_side = 0;
  double middle = low;
  for (int step = 0; step < kSearchSteps && high - low > precision; ++step) {
    middle = (low * at_high - high * at_low) / (at_high - at_low);
    const double at = f(middle);
    if (std::abs(at) < precision) break;
    const int side = at < 0 ? -1 : 1;
    (side < 0 ? low : high) = middle;
    (side < 0 ? at_low : at_high) = at;
    if (side == last_side) (side < 0 ? at_high : at_low) /= 2;
    last_side = side;
  }
  return middle;
}

// The share of the distribution below the i-th smallest of n results is Beta(i, n + 1 - i).
struct OrderShare {
  double a, b;

  double quantile(double chance) const {
    return boost::math::ibeta_inv(a, b, std::clamp(chance, 0.0, 1.0));
  }
  double log_density(double at) const { return (a - 1) * std::log(at) + (b - 1) * std::log1p(-at); }
};

std::pair<double, double> equal_tailed(const OrderShare& share, double mass) {
  return {share.quantile((1 - mass) / 2), share.quantile((1 + mass) / 2)};
}

// The narrowest interval: as dense at one end as at the other.
std::pair<double, double> highest_density(const OrderShare& share, double mass) {
  if (share.a <= 1 && share.b <= 1) return equal_tailed(share, mass);
  if (share.a <= 1) return {0, share.quantile(mass)};
  if (share.b <= 1) return {share.quantile(1 - mass), 1};
  const auto ends = [&](double below) {
    return std::pair{share.quantile(below), share.quantile(below + mass)};
  };
  const auto slope = [&](double below) {
    const auto [low, high] = ends(below);
    return share.log_density(low) - share.log_density(high);
  };
  const double margin = (1 - mass) * 1e-9;
  return ends(find_zero(slope, margin, 1 - mass - margin, (1 - mass) * kLevelPrecision));
}

OrderBand band_at(BandKind kind, size_t results, double mass) {
  OrderBand band{kind, std::vector<double>(results), std::vector<double>(results)};
  for (size_t i = 0; i < (results + 1) / 2; ++i) {
    const size_t mirrored = results - 1 - i;
    const OrderShare share{static_cast<double>(i + 1), static_cast<double>(results - i)};
    const auto [low, high] =
        kind == BandKind::kEqualTailed ? equal_tailed(share, mass) : highest_density(share, mass);
    band.low[i] = low;
    band.high[i] = high;
    band.low[mirrored] = 1 - high;
    band.high[mirrored] = 1 - low;
  }
  return band;
}

OrderBand dkw(size_t results, double confidence) {
  OrderBand band;
  const double n = static_cast<double>(results);
  const double reach = std::sqrt(std::log(2 / (1 - confidence)) / (2 * n));
  for (size_t i = 0; i < results; ++i) {
    band.low.push_back(std::max(static_cast<double>(i + 1) / n - reach, 0.0));
    band.high.push_back(std::min(static_cast<double>(i) / n + reach, 1.0));
  }
  return band;
}

// How likely a Poisson process that has stayed within the boundaries has each count.
class Counts {
 public:
  explicit Counts(size_t most) : x_chance(most + 1) { x_chance[0] = 1; }

  // `mean` arrivals are expected until the next look, at which at most `most` have come.
  void advance(double mean, size_t most) {
    x_kernel.assign(1, std::exp(-mean));
    for (size_t k = 1; k <= most - std::min(x_least, most); ++k) {
      const double next = x_kernel.back() * mean / static_cast<double>(k);
      if (next<kKernelMin&& static_cast<double>(k)> mean) break;
      x_kernel.push_back(next);
    }
    for (size_t count = most + 1; count-- > x_least;) {
      double sum = 0;
      const size_t reach = std::min(x_kernel.size() - 1, count - x_least);
      for (size_t k = 0; k <= reach; ++k) sum += x_chance[count - k] * x_kernel[k];
      x_chance[count] = sum;
    }
  }
  void expect_at_least(size_t least) {
    for (; x_least < least; ++x_least) x_chance[x_least] = 0;
  }
  double of(size_t count) const { return x_chance[count]; }

 private:
  std::vector<double> x_chance, x_kernel;
  size_t x_least = 0;
};

}  // namespace

std::string_view print_band_kind(BandKind kind) {
  switch (kind) {
    case BandKind::kDkw:
      return "dkw";
    case BandKind::kEqualTailed:
      return "ld_equal_tailed";
    case BandKind::kHighestDensity:
      return "ld_highest_density";
  }
  return "";
}

// Uniform numbers in order are a Poisson process of which it is known that n arrived. At low[i]
// at most i may have come, at high[i] at least i + 1 must have.
double order_coverage(std::span<const double> low, std::span<const double> high) {
  CHECK(low.size() == high.size());
  const size_t n = low.size();
  const double rate = static_cast<double>(n);
  Counts counts(n);
  double now = 0;
  for (size_t lows = 0, highs = 0; lows < n || highs < n;) {
    const bool is_low = lows < n && (highs >= n || low[lows] <= high[highs]);
    const double next = is_low ? low[lows] : high[highs];
    counts.advance(rate * (next - now), lows);
    now = next;
    if (is_low)
      ++lows;
    else
      counts.expect_at_least(++highs);
    if (highs > lows) return 0;  // the boundaries cross
  }
  counts.advance(rate * (1 - now), n);
  return counts.of(n) / std::exp(rate * std::log(rate) - rate - std::lgamma(rate + 1));
}

OrderBand make_order_band(BandKind kind, size_t results, double confidence) {
  CHECK(results > 0 && confidence > 0 && confidence < 1);
  if (kind == BandKind::kDkw || results > kExactBandMax) return dkw(results, confidence);
  // What each order statistic may miss, as a logarithm: between Bonferroni's share and all of it.
  const double miss = 1 - confidence;
  const auto lack = [&](double log_miss) {
    const OrderBand band = band_at(kind, results, 1 - std::exp(log_miss));
    return confidence - order_coverage(band.low, band.high);
  };
  const double least = std::log(miss / static_cast<double>(results));
  const double found = find_zero(lack, least, std::log(miss), kLevelPrecision);
  return band_at(kind, results, 1 - std::exp(found));
}

}  // namespace cairn::report
