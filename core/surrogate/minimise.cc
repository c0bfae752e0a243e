// See minimise.h.
#include "surrogate/minimise.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

namespace cairn::surrogate {

namespace {

constexpr double kArmijo = 1e-4;
constexpr int kBacktracksMax = 20;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// A step taken and what it did to the gradient.
struct Curvature {
  std::vector<double> step, change;
  double rho;  // 1 / (step . change)
};

class Search {
 public:
  Search(const Slope& slope, std::span<const Bounds> bounds, std::vector<double> start,
         const MinimiseOptions& options)
      : x_slope(slope), x_bounds(bounds), x_options(options), x_at(std::move(start)) {
    project(x_at);
    x_gradient.resize(x_at.size());
    x_value = evaluate(x_at, x_gradient);
  }

  Minimum run() {
    for (size_t i = 0; i < x_options.iterations_max && std::isfinite(x_value); ++i)
      if (is_flat() || !advance()) break;
    return {std::move(x_at), x_value, x_evaluations};
  }

 private:
  double evaluate(const std::vector<double>& x, std::vector<double>& gradient) {
    ++x_evaluations;
    return x_slope(x, gradient);
  }

  void project(std::vector<double>& x) const {
    for (size_t k = 0; k < x.size(); ++k)
      x[k] = std::clamp(x[k], x_bounds[k].low, x_bounds[k].high);
  }

  // At a bound, with the descent leading out.
  bool is_held(size_t k) const {
    return (x_at[k] <= x_bounds[k].low && x_gradient[k] > 0) ||
           (x_at[k] >= x_bounds[k].high && x_gradient[k] < 0);
  }

  bool is_flat() const {
    for (size_t k = 0; k < x_at.size(); ++k)
      if (!is_held(k) && std::abs(x_gradient[k]) > x_options.gradient_max) return false;
    return true;
  }

  std::vector<double> direction() const {
    std::vector<double> d(x_at.size());
    for (size_t k = 0; k < d.size(); ++k) d[k] = is_held(k) ? 0 : -x_gradient[k];
    if (x_memory.empty()) {
      // Nothing is known of the curvature yet: at most a step of length 1.
      const double length = std::sqrt(dot(d, d));
      for (double& component : d) component /= std::max(1.0, length);
      return d;
    }
    std::vector<double> shares(x_memory.size());
    for (size_t i = x_memory.size(); i-- > 0;) {
      shares[i] = x_memory[i].rho * dot(x_memory[i].step, d);
      for (size_t k = 0; k < d.size(); ++k) d[k] -= shares[i] * x_memory[i].change[k];
    }
    const Curvature& last = x_memory.back();
    const double scale = 1 / (last.rho * dot(last.change, last.change));
    for (double& component : d) component *= scale;
    for (size_t i = 0; i < x_memory.size(); ++i) {
      const double share = shares[i] - x_memory[i].rho * dot(x_memory[i].change, d);
      for (size_t k = 0; k < d.size(); ++k) d[k] += share * x_memory[i].step[k];
    }
    for (size_t k = 0; k < d.size(); ++k)
      if (is_held(k)) d[k] = 0;
    return d;
  }

  // One iteration; false when there is no way down any more.
  bool advance() {
    std::vector<double> d = direction();
    if (!(dot(d, x_gradient) < 0)) {
      if (x_memory.empty()) return false;
      x_memory.clear();
      d = direction();
      if (!(dot(d, x_gradient) < 0)) return false;
    }
    std::vector<double> next(x_at.size()), gradient(x_at.size());
    double length = 1;
    for (int tries = 0; tries < kBacktracksMax; ++tries, length /= 2) {
      for (size_t k = 0; k < next.size(); ++k) next[k] = x_at[k] + length * d[k];
      project(next);
      double expected = 0;
      for (size_t k = 0; k < next.size(); ++k) expected += x_gradient[k] * (next[k] - x_at[k]);
      if (!(expected < 0)) continue;
      const double value = evaluate(next, gradient);
      if (!std::isfinite(value) || value > x_value + kArmijo * expected) continue;
      return accept(std::move(next), std::move(gradient), value);
    }
    return false;
  }

  bool accept(std::vector<double> next, std::vector<double> gradient, double value) {
    Curvature seen{std::vector<double>(next.size()), std::vector<double>(next.size()), 0};
    for (size_t k = 0; k < next.size(); ++k) {
      seen.step[k] = next[k] - x_at[k];
      seen.change[k] = gradient[k] - x_gradient[k];
    }
    const double bend = dot(seen.step, seen.change);
    if (bend > 1e-10 * dot(seen.change, seen.change)) {
      seen.rho = 1 / bend;
      x_memory.push_back(std::move(seen));
      if (x_memory.size() > x_options.memory) x_memory.pop_front();
    }
    const double gain = x_value - value;
    x_at = std::move(next);
    x_gradient = std::move(gradient);
    x_value = value;
    return gain > x_options.progress_min * (1 + std::abs(value));
  }

  const Slope& x_slope;
  std::span<const Bounds> x_bounds;
  const MinimiseOptions x_options;
  std::vector<double> x_at, x_gradient;
  double x_value = 0;
  size_t x_evaluations = 0;
  std::deque<Curvature> x_memory;
};

}  // namespace

Minimum minimise(const Slope& slope, std::span<const Bounds> bounds, std::vector<double> start,
                 const MinimiseOptions& options) {
  return Search(slope, bounds, std::move(start), options).run();
}

}  // namespace cairn::surrogate
