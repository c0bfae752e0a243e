// GaussianProcess: a smooth function with its uncertainty, for the few hundred points of a sweep.
//
// Exact regression (Rasmussen and Williams 2006, algorithm 2.1) with covariance
// s^2 M(r), r^2 = sum_k d_k^2 / l_k^2, where M is Matern's function, d_k the difference of two
// places, and 1 between two categories. A missing number stands at 1/2: what made it missing (an
// inactive branch) is a category of its own and tells branches apart; a missing category is one
// more category. Lengths l, scale s^2 and noise are the most probable ones under their priors.
// Targets are standardised inside; everything outside is in their own units.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "surrogate/features.h"
#include "surrogate/matrix.h"
#include "surrogate/minimise.h"

namespace cairn::surrogate {

enum class Smoothness { kMatern32, kMatern52 };

// A density over a positive parameter t (over t itself, not over its logarithm).
struct Prior {
  enum class Family {
    kGamma,      // of shape a and rate b
    kLogNormal,  // of mean a and standard deviation b of log t
    kBarrier,    // exp(-a (t^b + t^-b))
  };
  Family family;
  double a, b;
};

// In units of the standardised targets (variance 1), and of places for lengths.
struct Hyperparameters {
  std::vector<double> lengths;  // by column
  double scale = 1;             // s^2
  double noise = 1e-2;          // variance of one result
};

struct GaussianProcessOptions {
  Smoothness smoothness = Smoothness::kMatern52;
  Prior length, scale, noise;
  // Lengths are measured in max(1, sqrt(columns / length_columns)): with more columns points are
  // further apart.
  double length_columns = std::numeric_limits<double>::infinity();
  Bounds length_bounds = {0.02, 100}, scale_bounds = {0.01, 20}, noise_bounds = {1e-6, 1};
  // Known standard deviation of one result, in the targets' units; otherwise it is inferred.
  std::optional<double> noise_sd = std::nullopt;
  // Hyperparameters are found on this many rows at most: a third of them the lowest targets, the
  // others as far from each other as can be. The posterior takes all rows.
  size_t fit_rows_max = 300;
  size_t iterations_max = 60;
  size_t starts = 1;  // up to 3: also from lengths three times as long, and as short
  // Where to begin instead: the last fit's, which is nearly right after one more point.
  std::optional<Hyperparameters> start = std::nullopt;
};
// The pair that the search's policy averages over, and BoTorch's recommendation beside them.
GaussianProcessOptions short_lengths();             // Gamma(3, 6) lengths, Matern 5/2
GaussianProcessOptions long_lengths();              // Optuna's barrier at 1, Matern 3/2
GaussianProcessOptions dimension_scaled_lengths();  // log-normal (Hvarfner et al. 2024), no scale

// What a process is conditioned on; only borrowed. `x` is encoded by Features.
struct Observations {
  const Matrix& x;
  std::span<const double> y;
  // Of each row beyond the common noise, as variances in units of y^2; empty: none.
  std::span<const double> extra_noise = {};
};

// Of the function itself: a further result has the noise on top.
struct Posterior {
  double mean, variance;
};
struct PosteriorSlope {
  Posterior at;
  std::vector<double> mean_gradient, variance_gradient;  // by column; 0 for categories
};

// A value: copies are independent, and copying costs its matrix of n^2 numbers. Const calls from
// any thread. Cost, n rows: fit O(min(n, fit_rows_max)^3) per iteration, add and predict O(n^2).
class GaussianProcess {
 public:
  static constexpr size_t kRowsMax = 4096, kCategoriesPerColumnMax = 64;

  // Invalid when there is no row, sizes disagree, a number is not finite, or there are too many
  // rows or categories.
  static Result<GaussianProcess> fit(std::span<const Column> columns,
                                     const Observations& observations,
                                     const GaussianProcessOptions& options);
  // The same with hyperparameters that are known.
  static Result<GaussianProcess> with(std::span<const Column> columns,
                                      const Observations& observations, Smoothness smoothness,
                                      const Hyperparameters& hyperparameters);

  // One more row, under the same hyperparameters and units. A pending point is added with a draw
  // from its posterior or with its mean, to a copy.
  Result<void> add(std::span<const double> row, double y, double extra_noise = 0);

  Posterior predict(std::span<const double> row) const;
  // With `depth`, only the first so many rows narrow the variances: they are at least the true
  // ones, and had for less work.
  std::vector<Posterior> predict(const Matrix& rows,
                                 size_t depth = std::numeric_limits<size_t>::max()) const;
  PosteriorSlope slope(std::span<const double> row) const;
  // Joint covariance of the function at several rows.
  Matrix covariance(const Matrix& rows) const;
  // The means at its own rows, in their order and without any noise: O(n).
  std::vector<double> fitted() const;
  // Each result as predicted from all others, its own noise included in the variance.
  std::vector<Posterior> leave_one_out() const;

  size_t rows() const { return x_targets.size(); }
  const Hyperparameters& hyperparameters() const { return x_parameters; }
  double noise_sd() const;                    // of one result, in the targets' units
  double log_evidence() const;                // log density of the standardised targets
  double jitter() const { return x_jitter; }  // added to the noise for numerical safety, mostly 0

 private:
  GaussianProcess() = default;
  Result<void> condition();
  void solve();
  std::vector<double> expand(std::span<const double> row) const;

  std::vector<Column> x_columns;
  Smoothness x_smoothness = Smoothness::kMatern52;
  Hyperparameters x_parameters;
  std::vector<size_t> x_column_of;    // by coordinate: a category has one per level
  std::vector<double> x_inverse;      // by coordinate: 1 / length
  double x_mean = 0, x_unit = 1;      // of the targets: what standardises them
  std::vector<double> x_points;       // row by row, coordinates divided by their lengths
  std::vector<double> x_targets;      // standardised
  std::vector<double> x_extra_noise;  // standardised
  std::vector<double> x_factor;       // column by column: Cholesky's, of covariance and noise
  std::vector<double> x_weights;      // the factor's solution for the targets
  double x_jitter = 0;
};

}  // namespace cairn::surrogate
