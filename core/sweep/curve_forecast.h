// Forecast: what a learning curve would come to. Inner header of stopping.
#pragma once

#include <optional>
#include <span>

#include "sweep/stopping.h"

namespace cairn::sweep {

// Student's t about `mean`, of the value or of its logarithm.
struct Forecast {
  double mean, sd, degrees;
  bool is_log = false;

  double chance_below(double value) const;
  Extrapolation in_own_units() const;
};

// The value at step `target` of a curve of which `reports` are the beginning.
//
// An ensemble of shapes, each scaled and shifted to the curve by Bayesian least squares and
// weighed by how well it explains it: power laws, logarithmic power laws and exponentials
// (Domhan et al. 2015), and what every curve that was run to the target did itself, which knows
// of drops in the learning rate, of warm-up and of crossing curves what no formula can. Losses that
// fall by orders of magnitude are seen as logarithms. How wrong the same forecasts were about those
// curves, each left out in turn, scales the uncertainty. Nothing where there is no number to begin
// with, or neither a second one nor another curve.
std::optional<Forecast> forecast(std::span<const Report> reports, double target,
                                 std::span<const Curve> others);

}  // namespace cairn::sweep
