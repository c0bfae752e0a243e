// Spreads: the values of a number and their places, by the distribution function of its prior.
#include <algorithm>
#include <cmath>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>

#include "sweep/space.h"

namespace cairn::sweep {

namespace {

// Unbounded laws end where one draw in a thousand million would lie beyond.
constexpr double kTail = 1e-9;

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double normal_quantile(double p) {
  return boost::math::quantile(boost::math::normal(), std::clamp(p, kTail, 1 - kTail));
}

double logit(double p) { return std::log(p) - std::log1p(-p); }

// The axis on which a law is flat, normal or beta.
double on_axis(Law law, double value) {
  switch (law) {
    case Law::kLog:
    case Law::kLogNormal:
      return std::log(value);
    case Law::kLogit:
      return logit(value);
    default:
      return value;
  }
}

double off_axis(Law law, double t) {
  switch (law) {
    case Law::kLog:
    case Law::kLogNormal:
      return std::exp(t);
    case Law::kLogit:
      return 1 / (1 + std::exp(-t));
    default:
      return t;
  }
}

bool is_normal(Law law) { return law == Law::kNormal || law == Law::kLogNormal; }

// What lies between two values is the law's whole mass: the outer edges of the outer levels.
struct Edges {
  double low, high;
};

Edges edges_of(const Spread& spread) {
  if (!(spread.step > 0)) return {spread.low, spread.high};
  double low = spread.low - spread.step / 2, high = spread.high + spread.step / 2;
  const bool is_logarithmic = spread.law == Law::kLog || spread.law == Law::kLogNormal;
  if (is_logarithmic) low = std::max(low, spread.low / 2);
  if (spread.law == Law::kLogit) {
    low = std::max(low, spread.low / 2);
    high = std::min(high, (1 + spread.high) / 2);
  }
  return {low, high};
}

double share_below(const Spread& spread, const Edges& edges, double value) {
  if (spread.law == Law::kBeta) {
    const double width = edges.high - edges.low;
    const double t = std::clamp((value - edges.low) / width, 0.0, 1.0);
    return boost::math::cdf(boost::math::beta_distribution<>(spread.a, spread.b), t);
  }
  if (is_normal(spread.law)) {
    const auto below = [&](double edge) {
      const bool is_below_all = spread.law == Law::kLogNormal && edge <= 0;
      return is_below_all ? 0 : normal_cdf((on_axis(spread.law, edge) - spread.a) / spread.b);
    };
    const double first = below(edges.low), last = below(edges.high);
    return last > first ? (below(value) - first) / (last - first) : 0.5;
  }
  const double first = on_axis(spread.law, edges.low), last = on_axis(spread.law, edges.high);
  return last > first ? (on_axis(spread.law, value) - first) / (last - first) : 0.5;
}

double value_with_share_below(const Spread& spread, const Edges& edges, double place) {
  if (spread.law == Law::kBeta) {
    const boost::math::beta_distribution<> law(spread.a, spread.b);
    return edges.low + (edges.high - edges.low) * boost::math::quantile(law, place);
  }
  if (is_normal(spread.law)) {
    const auto below = [&](double edge) {
      const bool is_below_all = spread.law == Law::kLogNormal && edge <= 0;
      return is_below_all ? 0 : normal_cdf((on_axis(spread.law, edge) - spread.a) / spread.b);
    };
    const double first = below(edges.low), last = below(edges.high);
    const double z = normal_quantile(first + place * (last - first));
    return off_axis(spread.law, spread.a + spread.b * z);
  }
  const double first = on_axis(spread.law, edges.low), last = on_axis(spread.law, edges.high);
  return off_axis(spread.law, first + place * (last - first));
}

// On the grid and within the bounds.
double settled(const Spread& spread, double value) {
  if (spread.step > 0)
    value = spread.anchor + std::round((value - spread.anchor) / spread.step) * spread.step;
  return std::clamp(value, spread.low, spread.high);
}

}  // namespace

double value_at(const Spread& spread, double place) {
  place = std::clamp(place, 0.0, 1.0);
  return settled(spread, value_with_share_below(spread, edges_of(spread), place));
}

double place_of(const Spread& spread, double value) {
  const Edges edges = edges_of(spread);
  value = settled(spread, value);
  double place;
  if (spread.step > 0) {  // the middle of its level's share
    const double low = std::max(value - spread.step / 2, edges.low);
    const double high = std::min(value + spread.step / 2, edges.high);
    place = (share_below(spread, edges, low) + share_below(spread, edges, high)) / 2;
  } else {
    place = share_below(spread, edges, value);
  }
  return std::clamp(place, 0.0, 1.0);
}

double place_beyond(const Spread& spread, double value) {
  const bool has_no_place = (spread.law == Law::kLog || spread.law == Law::kLogNormal)
                                ? value <= 0
                                : spread.law == Law::kLogit && (value <= 0 || value >= 1);
  if (has_no_place) return std::numeric_limits<double>::infinity();
  if (value >= spread.low && value <= spread.high) return 0;
  if (is_normal(spread.law) || spread.law == Law::kBeta)
    return std::numeric_limits<double>::infinity();
  const Edges edges = edges_of(spread);
  const double place = share_below(spread, edges, value);
  return place < 0 ? -place : std::max(place - 1, 0.0);
}

}  // namespace cairn::sweep
