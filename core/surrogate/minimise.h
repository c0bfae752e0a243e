// Minimise: L-BFGS within bounds, for a few dozen smooth variables.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace cairn::surrogate {

struct Bounds {
  double low, high;
};

// The value at `x`; writes its gradient. A value that is not finite means: do not go there.
using Slope = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct Minimum {
  std::vector<double> x;
  double value;
  size_t evaluations;
};

struct MinimiseOptions {
  size_t iterations_max = 60;
  size_t memory = 8;
  double gradient_max = 1e-2;  // done when no free component is larger
  double progress_min = 1e-9;  // done when a step gains less, relative to the value
};

// Projected L-BFGS (Nocedal and Wright 2006, algorithm 7.4, on the variables that are not held by
// a bound) with backtracking (Armijo) along the projected step. `start` is moved into the bounds.
// A start whose value is not finite is returned as it is.
Minimum minimise(const Slope& slope, std::span<const Bounds> bounds, std::vector<double> start,
                 const MinimiseOptions& options = {});

}  // namespace cairn::surrogate
