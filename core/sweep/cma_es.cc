// See cma_es.h.
#include "sweep/cma_es.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/distributions/normal.hpp>

namespace cairn::sweep {

namespace {

constexpr size_t kFullMax = 64;      // ordered coordinates; beyond, only the diagonal is learned
constexpr double kTooNear = 1e-9;    // places that an objective hardly tells apart
constexpr double kTooAlike = 1e-12;  // results, relative to their size
constexpr double kSteepest = 1e7;    // ratio of the longest to the shortest axis

double length(std::span<const double> v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

// How long a vector of n standard normal numbers is, on average.
double mean_length(double n) { return std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)); }

double reflected(double place) {
  place = std::fmod(std::abs(place), 2.0);
  return place > 1 ? 2 - place : place;
}

}  // namespace

struct CmaEs::Step {
  std::vector<double> way;     // from the mean, in units of the step size
  std::vector<double> normal;  // the same as a draw of standard normal numbers
};

CmaEs::CmaEs(const Space& space, const Point& mean, double step, size_t offspring)
    : x_step(step), x_best(std::numeric_limits<double>::infinity()) {
  for (size_t k = 0; k < space.coordinates().size(); ++k) {
    const Coordinate& c = space.coordinates()[k];
    if (c.kind == Coordinate::Kind::kCategory) {
      std::vector<double> chances = space.parameters()[c.parameter].weights;
      if (chances.empty()) chances.assign(c.levels, 1 / static_cast<double>(c.levels));
      x_categories.push_back({k, std::move(chances), 0});
      continue;
    }
    x_ordered.push_back(k);
    x_spacing.push_back(c.levels > 0 ? 1 / static_cast<double>(c.levels) : 0);
    x_mean.push_back(std::isnan(mean[k]) ? 0.5 : mean[k]);
  }
  // With this every seventh generation or so still tries another category (CatCMA).
  const double kept =
      std::pow(0.73, 1 / static_cast<double>(std::max<size_t>(x_categories.size(), 1)));
  for (Category& category : x_categories)
    category.chance_min =
        (1 - kept) / static_cast<double>(std::max<size_t>(category.chances.size() - 1, 1));

  const size_t n = x_ordered.size();
  x_is_diagonal = n > kFullMax;
  x_covariance = surrogate::Matrix(n, x_is_diagonal ? 1 : n);
  for (size_t k = 0; k < n; ++k) x_covariance.at(k, x_is_diagonal ? 0 : k) = 1;
  x_factor = x_covariance;
  x_shape_path.assign(n, 0);
  x_step_path.assign(n, 0);
  set_weights(std::max<size_t>(offspring, 2));
}

// Hansen (2016), table 1.
void CmaEs::set_weights(size_t offspring) {
  x_weights.resize(offspring);
  double good = 0, good_squares = 0, bad = 0, bad_squares = 0;
  for (size_t i = 0; i < offspring; ++i) {
    const double weight =
        std::log((static_cast<double>(offspring) + 1) / 2) - std::log(static_cast<double>(i + 1));
    x_weights[i] = weight;
    (weight > 0 ? good : bad) += std::abs(weight);
    (weight > 0 ? good_squares : bad_squares) += weight * weight;
  }
  const auto n = static_cast<double>(std::max<size_t>(x_ordered.size(), 1));
  const double m = x_effective = good * good / good_squares;
  const double bad_effective = bad_squares > 0 ? bad * bad / bad_squares : 0;
  // A diagonal has fewer numbers to learn and may learn them faster.
  const double pace = x_is_diagonal ? (n + 2) / 3 : 1;
  x_rank_one = std::min(0.5, pace * 2 / ((n + 1.3) * (n + 1.3) + m));
  x_rank_many =
      std::min(1 - x_rank_one, pace * 2 * (0.25 + m + 1 / m - 2) / ((n + 2) * (n + 2) + m));
  x_shape_memory = (4 + m / n) / (n + 4 + 2 * m / n);
  x_step_memory = (m + 2) / (n + m + 5);
  x_damping = 1 + 2 * std::max(0.0, std::sqrt((m - 1) / (n + 1)) - 1) + x_step_memory;

  const double bad_sum =
      std::min({1 + x_rank_one / x_rank_many, 1 + 2 * bad_effective / (m + 2),
                std::max(0.0, (1 - x_rank_one - x_rank_many) / (n * x_rank_many))});
  for (double& weight : x_weights) weight *= weight > 0 ? 1 / good : bad_sum / bad;
}

double CmaEs::deviation(size_t k) const {
  return x_step * std::sqrt(x_covariance.at(k, x_is_diagonal ? 0 : k));
}

Point CmaEs::draw(surrogate::Random& random) const {
  const size_t n = x_ordered.size();
  std::vector<double> normal(n);
  for (double& z : normal) z = random.normal();
  Point point(n + x_categories.size());
  // Another level than the mean's comes once in a generation or so, however small the step is.
  const double chance = 1 / static_cast<double>(std::max<size_t>(n * x_weights.size(), 2));
  const double quantile = boost::math::quantile(boost::math::normal(), 1 - chance / 2);
  for (size_t k = 0; k < n; ++k) {
    double way = 0;
    if (x_is_diagonal) way = x_factor.at(k, 0) * normal[k];
    for (size_t j = 0; j <= k && !x_is_diagonal; ++j) way += x_factor.at(k, j) * normal[j];
    double place = x_mean[k] + x_step * way;
    const double margin = x_spacing[k] / 2 / quantile, own = deviation(k);
    if (own < margin) place += std::sqrt(margin * margin - own * own) * random.normal();
    point[x_ordered[k]] = reflected(place);
  }
  for (const Category& category : x_categories) {
    double share = random.unit();
    size_t level = 0;
    while (level + 1 < category.chances.size() && share >= category.chances[level])
      share -= category.chances[level++];
    point[category.coordinate] = static_cast<double>(level);
  }
  return point;
}

CmaEs::Step CmaEs::step_to(std::span<const double> point) const {
  const size_t n = x_ordered.size();
  Step step{std::vector<double>(n), std::vector<double>(n)};
  for (size_t k = 0; k < n; ++k) {
    const double place = point[x_ordered[k]];
    // What the point does not have, it says nothing about.
    step.way[k] = std::isnan(place) ? 0 : (place - x_mean[k]) / x_step;
    double rest = step.way[k];
    for (size_t j = 0; j < k && !x_is_diagonal; ++j) rest -= x_factor.at(k, j) * step.normal[j];
    step.normal[k] = rest / x_factor.at(k, x_is_diagonal ? 0 : k);
  }
  const auto size = static_cast<double>(n);
  const double longest = std::sqrt(size) + 2 * size / (size + 2), found = length(step.normal);
  if (found > longest) {
    for (double& part : step.way) part *= longest / found;
    for (double& part : step.normal) part *= longest / found;
  }
  return step;
}

void CmaEs::update(const surrogate::Matrix& x, std::span<const uint32_t> best_first, double value) {
  std::vector<Step> steps;
  for (const uint32_t row : best_first) steps.push_back(step_to(x.row(row)));
  if (!x_ordered.empty()) move(steps);
  follow(x, best_first);
  ++x_generation;
  if (value < x_best) {
    x_best = value;
    x_last_gain = x_generation;
  }
  x_recent.push_back(value);
  const size_t remembered = 10 + 30 * std::max<size_t>(x_ordered.size(), 1) / offspring();
  if (x_recent.size() > remembered) x_recent.pop_front();
}

void CmaEs::move(std::span<const Step> steps) {
  const size_t n = x_ordered.size();
  std::vector<double> way(n), normal(n);
  for (size_t i = 0; i < steps.size() && x_weights[i] > 0; ++i) {
    for (size_t k = 0; k < n; ++k) way[k] += x_weights[i] * steps[i].way[k];
    for (size_t k = 0; k < n; ++k) normal[k] += x_weights[i] * steps[i].normal[k];
  }
  for (size_t k = 0; k < n; ++k) x_mean[k] = std::clamp(x_mean[k] + x_step * way[k], 0.0, 1.0);

  const double pace = std::sqrt(x_step_memory * (2 - x_step_memory) * x_effective);
  for (size_t k = 0; k < n; ++k)
    x_step_path[k] = (1 - x_step_memory) * x_step_path[k] + pace * normal[k];
  const double expected = mean_length(static_cast<double>(n)), found = length(x_step_path);
  const double begun = 1 - std::pow(1 - x_step_memory, 2 * static_cast<double>(x_generation + 1));
  const bool is_stalled =
      found / std::sqrt(begun) >= (1.4 + 2 / (static_cast<double>(n) + 1)) * expected;
  reshape(steps, way, is_stalled);
  const double change = x_step_memory / x_damping * (found / expected - 1);
  x_step *= std::exp(std::min(change, 1.0));
  double widest = 0;
  for (size_t k = 0; k < n; ++k) widest = std::max(widest, deviation(k));
  if (widest > 1) x_step /= widest;
}

void CmaEs::reshape(std::span<const Step> steps, std::span<const double> mean_step,
                    bool is_stalled) {
  const size_t n = x_ordered.size();
  const double pace = std::sqrt(x_shape_memory * (2 - x_shape_memory) * x_effective);
  for (size_t k = 0; k < n; ++k)
    x_shape_path[k] =
        (1 - x_shape_memory) * x_shape_path[k] + (is_stalled ? 0 : pace * mean_step[k]);
  std::vector<double> weights(x_weights.begin(), x_weights.end());
  for (size_t i = 0; i < steps.size(); ++i) {
    const double squares = std::pow(length(steps[i].normal), 2);
    if (weights[i] < 0) weights[i] *= static_cast<double>(n) / std::max(squares, 1e-12);
  }
  const double made_up = is_stalled ? x_rank_one * x_shape_memory * (2 - x_shape_memory) : 0;
  const double kept = 1 + made_up - x_rank_one -
                      x_rank_many * std::accumulate(x_weights.begin(), x_weights.end(), 0.0);
  for (size_t k = 0; k < n; ++k) {
    for (size_t j = x_is_diagonal ? k : 0; j <= k; ++j) {
      double sum = x_rank_one * x_shape_path[k] * x_shape_path[j];
      for (size_t i = 0; i < steps.size(); ++i)
        sum += x_rank_many * weights[i] * steps[i].way[k] * steps[i].way[j];
      double& entry = x_covariance.at(k, x_is_diagonal ? 0 : j);
      entry = kept * entry + sum;
    }
  }
  factorise();
}

// Where rounding or negative weights leave no positive matrix, what is missing is added.
void CmaEs::factorise() {
  constexpr double kLeast = 1e-14;
  const size_t n = x_ordered.size();
  for (size_t k = 0; k < n; ++k) {
    for (size_t j = x_is_diagonal ? k : 0; j <= k; ++j) {
      const size_t column = x_is_diagonal ? 0 : j;
      double rest = x_covariance.at(k, column);
      for (size_t i = 0; i < j && !x_is_diagonal; ++i)
        rest -= x_factor.at(k, i) * x_factor.at(j, i);
      if (j < k) {
        x_factor.at(k, j) = rest / x_factor.at(j, j);
        continue;
      }
      const double least = kLeast * std::max(1.0, x_covariance.at(k, column));
      if (rest < least) x_covariance.at(k, column) += least - rest;
      x_factor.at(k, column) = std::sqrt(std::max(rest, least));
    }
  }
}

void CmaEs::follow(const surrogate::Matrix& x, std::span<const uint32_t> best_first) {
  double choices = 0;
  for (const Category& category : x_categories)
    choices += static_cast<double>(category.chances.size() - 1);
  const double pace = x_effective / (x_effective + choices);
  for (Category& category : x_categories) {
    std::vector<double> wanted(category.chances.size());
    for (size_t i = 0; i < best_first.size() && x_weights[i] > 0; ++i) {
      const double level = x.at(best_first[i], category.coordinate);
      if (!std::isnan(level)) {
        wanted[static_cast<size_t>(level)] += x_weights[i];
        continue;
      }
      for (size_t k = 0; k < wanted.size(); ++k) wanted[k] += x_weights[i] * category.chances[k];
    }
    double sum = 0;
    for (size_t k = 0; k < wanted.size(); ++k) {
      double& chance = category.chances[k];
      chance = std::max((1 - pace) * chance + pace * wanted[k], category.chance_min);
      sum += chance;
    }
    for (double& chance : category.chances) chance /= sum;
  }
}

bool CmaEs::is_spent() const {
  const size_t n = x_ordered.size();
  const size_t remembered = 10 + 30 * std::max<size_t>(n, 1) / offspring();
  const auto [low, high] = std::minmax_element(x_recent.begin(), x_recent.end());
  if (x_recent.size() >= remembered && *high - *low <= kTooAlike * std::max(1.0, std::abs(*low)))
    return true;
  const double patience =
      100 + 100 * std::pow(static_cast<double>(n), 1.5) / static_cast<double>(offspring());
  if (static_cast<double>(x_generation - x_last_gain) > patience) return true;
  bool is_settled = n > 0;
  double longest = 0, shortest = std::numeric_limits<double>::infinity();
  for (size_t k = 0; k < n; ++k) {
    is_settled = is_settled && deviation(k) < std::max(kTooNear, 0.1 * x_spacing[k]);
    const double axis = x_factor.at(k, x_is_diagonal ? 0 : k);
    longest = std::max(longest, axis);
    shortest = std::min(shortest, axis);
  }
  return is_settled || (n > 0 && longest > kSteepest * shortest);
}

}  // namespace cairn::sweep
