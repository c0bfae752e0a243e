// See functions.h.
#include "surrogate/testing/functions.h"

#include <array>
#include <cmath>
#include <numbers>

#include "surrogate/random.h"

namespace cairn::surrogate::testing {

using std::numbers::pi;

Function ishigami() {
  const auto at = [](std::span<const double> u) {
    const auto x = [&](size_t k) { return pi * (2 * u[k] - 1); };
    return std::sin(x(0)) + 7 * std::pow(std::sin(x(1)), 2) +
           0.1 * std::pow(x(2), 4) * std::sin(x(0));
  };
  return {"ishigami", 3, at, 13.8446, {.3139, .4424, 0}, {.5576, .4424, .2437}};
}

Function sobol_g() {
  const auto at = [](std::span<const double> u) {
    const std::array a = {0., 1., 4.5, 9., 99., 99., 99., 99.};
    double product = 1;
    for (size_t k = 0; k < a.size(); ++k) product *= (std::abs(4 * u[k] - 2) + a[k]) / (1 + a[k]);
    return product;
  };
  return {"sobol_g",
          8,
          at,
          .46542,
          {.71619, .17905, .02368, .00716, .00007, .00007, .00007, .00007},
          {.78714, .24220, .03432, .01046, .0001, .0001, .0001, .0001}};
}

Function friedman() {
  const auto at = [](std::span<const double> u) {
    return 10 * std::sin(pi * u[0] * u[1]) + 20 * (u[2] - .5) * (u[2] - .5) + 10 * u[3] + 5 * u[4];
  };
  return {"friedman",
          5,
          at,
          23.826,
          {.1973, .1973, .0933, .3498, .0874},
          {.2722, .2722, .0933, .3498, .0874}};
}

std::vector<Column> numeric_columns(size_t count) {
  std::vector<Column> columns(count);
  for (size_t k = 0; k < count; ++k) columns[k].name = "x" + std::to_string(k);
  return columns;
}

Matrix uniform_points(size_t rows, size_t columns, uint64_t seed) {
  Random random(seed);
  Matrix points(rows, columns);
  for (size_t i = 0; i < rows; ++i)
    for (double& place : points.row(i)) place = random.unit();
  return points;
}

std::vector<double> values_at(const Function& function, const Matrix& points, double noise_sd,
                              uint64_t seed) {
  Random random(seed, 1);
  std::vector<double> values(points.rows());
  for (size_t i = 0; i < points.rows(); ++i)
    values[i] = function.at(points.row(i).first(function.columns)) + noise_sd * random.normal();
  return values;
}

}  // namespace cairn::surrogate::testing
