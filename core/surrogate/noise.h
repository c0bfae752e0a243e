// Noise: how much the same configuration differs from run to run, learned from replicates.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace cairn::surrogate {

// A standard deviation, and by how many independent differences it is known.
struct Sigma {
  double sd;
  double degrees;
};

// Run-to-run noise of one metric, in the units it was learned in. Good configurations are often
// quieter than bad ones, so the noise depends on the level of performance: squared deviations are
// pooled over the replicated configurations of similar rank, then shrunk towards the pool of all
// (the mean of an inverse-gamma posterior whose prior is worth kPriorDegrees).
// Immutable once learned; any thread.
class Noise {
 public:
  static constexpr double kPriorDegrees = 4;
  static constexpr double kRankWidth =
      0.25;  // replicates further away in rank than this say nothing

  // One span per configuration: the results of its runs. What is not finite is left out.
  static Noise learn(std::span<const std::vector<double>> replicates);

  // Nothing where no configuration was run twice: noise is then unknown, which is not 0.
  std::optional<Sigma> overall() const;
  std::optional<Sigma> at(double level) const;
  // Of a configuration with runs of its own, which count as they are.
  std::optional<Sigma> of(std::span<const double> runs) const;

 private:
  struct Pool {
    double mean, squares, degrees;  // of one replicated configuration
  };
  double rank(double level) const;

  std::vector<Pool> x_pools;     // by mean
  std::vector<double> x_levels;  // of all configurations, ascending
  double x_squares = 0, x_degrees = 0;
};

// Half the width of the confidence interval of a mean of `runs` runs (Student's t with
// sigma.degrees); infinite without a degree of freedom.
double mean_half_width(const Sigma& sigma, size_t runs, double confidence = 0.95);

}  // namespace cairn::surrogate
