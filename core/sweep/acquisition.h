// Acquisition: what a point is worth trying, from what a model believes of it.
//
// All of it in logarithms, whose slopes are right also where the chance of any gain is smaller
// than the smallest number (Ament et al. 2023).
#pragma once

namespace cairn::sweep {

// A logarithm, and how it changes with the mean and standard deviation believed.
struct LogWorth {
  double value, by_mean, by_sd;
};

// ln E[max(incumbent - f, 0)] of a normal f: the expected improvement below `incumbent`.
LogWorth log_improvement(double mean, double sd, double incumbent);

// ln P(f <= bound).
LogWorth log_chance_below(double mean, double sd, double bound);

}  // namespace cairn::sweep
