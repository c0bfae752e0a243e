// Matrix: a table of numbers, one row per observation.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/check.h"

namespace cairn::surrogate {

// Larger targets are no results: their squares are not finite.
constexpr double kTargetMax = 1e150;

// Stored row by row: a row is one point of the feature space and is handed around as a span.
class Matrix {
 public:
  Matrix() = default;
  Matrix(size_t rows, size_t columns)
      : x_rows(rows), x_columns(columns), x_values(rows * columns) {}

  size_t rows() const { return x_rows; }
  size_t columns() const { return x_columns; }

  double& at(size_t row, size_t column) { return x_values[row * x_columns + column]; }
  double at(size_t row, size_t column) const { return x_values[row * x_columns + column]; }
  std::span<double> row(size_t i) { return {x_values.data() + i * x_columns, x_columns}; }
  std::span<const double> row(size_t i) const {
    return {x_values.data() + i * x_columns, x_columns};
  }
  double* data() { return x_values.data(); }
  const double* data() const { return x_values.data(); }

  // An empty matrix takes the row's width.
  void append(std::span<const double> row) {
    if (x_rows == 0) x_columns = row.size();
    CHECK(row.size() == x_columns);
    x_values.insert(x_values.end(), row.begin(), row.end());
    ++x_rows;
  }

 private:
  size_t x_rows = 0, x_columns = 0;
  std::vector<double> x_values;
};

}  // namespace cairn::surrogate
