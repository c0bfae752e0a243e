// Functions whose variance decomposition is known, and designs of points to learn them from.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "surrogate/features.h"
#include "surrogate/matrix.h"

namespace cairn::surrogate::testing {

// Over the unit cube, however the function itself is defined.
struct Function {
  std::string name;
  size_t columns;
  std::function<double(std::span<const double>)> at;
  double variance;
  std::vector<double> first_order, total;
};

Function ishigami();  // a = 7, b = 0.1
Function sobol_g();   // a = 0, 1, 4.5, 9, 99, 99, 99, 99
Function friedman();  // number 1, without its noise and idle columns

std::vector<Column> numeric_columns(size_t count);
// Independent and uniform in [0, 1].
Matrix uniform_points(size_t rows, size_t columns, uint64_t seed);
std::vector<double> values_at(const Function& function, const Matrix& points, double noise_sd = 0,
                              uint64_t seed = 0);

}  // namespace cairn::surrogate::testing
