// CmaEs: one descent of the evolution strategy that learns the shape of the valley it is in.
//
// CMA-ES with active update (Hansen 2016), its covariance kept as a Cholesky factor (Krause et al.
// 2016) or, in many dimensions, as its diagonal (Ros and Hansen 2008). Any points may be told, not
// only its own: those further off than a draw would be count as if they lay nearer (Hansen 2011).
// Ordered coordinates of few levels never draw all alike (a margin, Hamano et al. 2022), categories
// have chances that follow the best (as in CatCMA, Hamano et al. 2024).
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "surrogate/matrix.h"
#include "surrogate/random.h"
#include "sweep/space.h"

namespace cairn::sweep {

// A value, of one thread. Points are of the space it was made for, which it does not keep.
class CmaEs {
 public:
  // From a snapped point; `step` is the standard deviation in places.
  CmaEs(const Space& space, const Point& mean, double step, size_t offspring);

  // How many points an update takes.
  size_t offspring() const { return x_weights.size(); }
  // To be snapped.
  Point draw(surrogate::Random& random) const;
  // One generation, `best_first` rows of `x`; `value` is what the best one gave.
  void update(const surrogate::Matrix& x, std::span<const uint32_t> best_first, double value);
  // Nothing is left to be learned here: begin elsewhere.
  bool is_spent() const;

 private:
  struct Category {
    size_t coordinate;
    std::vector<double> chances;
    double chance_min;
  };
  struct Step;  // a told point, as seen from the mean

  void set_weights(size_t offspring);
  Step step_to(std::span<const double> point) const;
  void move(std::span<const Step> steps);
  void reshape(std::span<const Step> steps, std::span<const double> mean_step, bool is_stalled);
  void factorise();
  void follow(const surrogate::Matrix& x, std::span<const uint32_t> best_first);
  double& factor(size_t row, size_t column) { return x_factor.at(row, x_is_diagonal ? 0 : column); }
  double deviation(size_t k) const;  // of an ordered coordinate's draws

  std::vector<size_t> x_ordered;  // coordinates
  std::vector<double> x_spacing;  // of their levels; 0: continuous
  std::vector<Category> x_categories;
  bool x_is_diagonal;

  std::vector<double> x_weights;  // by rank; negative ones for the worse half
  double x_effective = 1;         // how many of the best really count
  double x_rank_one = 0, x_rank_many = 0, x_shape_memory = 1, x_step_memory = 1, x_damping = 1;

  std::vector<double> x_mean;
  double x_step;
  surrogate::Matrix x_covariance, x_factor;  // or one column, the diagonals
  std::vector<double> x_shape_path, x_step_path;
  size_t x_generation = 0, x_last_gain = 0;
  double x_best;
  std::deque<double> x_recent;  // the best values of the last generations
};

}  // namespace cairn::sweep
