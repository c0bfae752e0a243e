// See around_best.h.
#include "report/around_best.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cairn::report {

namespace {

using surrogate::Column;
using surrogate::ColumnKind;
using surrogate::Forest;
using surrogate::Matrix;

std::vector<double> predict(std::span<const Forest> stages, const Matrix& rows) {
  std::vector<double> sums(rows.rows());
  for (const Forest& forest : stages) {
    const std::vector<surrogate::Belief> said = forest.predict(rows);
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += said[i].mean;
  }
  return sums;
}

// A place of the lattice stands for an interval, unless it is one of the column's own values.
bool is_interval(const Column& column, const surrogate::Lattice& lattice) {
  if (column.kind != ColumnKind::kNumeric) return false;
  const double integers = column.high - column.low + 1;
  return !column.is_integer || integers > static_cast<double>(lattice.places.size());
}

bool is_same_place(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

Slice slice_through(std::span<const Forest> stages, const surrogate::Lattice& lattice,
                    std::span<const double> row, size_t column) {
  Slice slice{.lattice = lattice};
  if (std::isnan(slice.lattice.places.back())) {
    slice.lattice.places.pop_back();
    slice.lattice.shares.pop_back();
  }
  Matrix rows(slice.lattice.places.size(), row.size());
  for (size_t i = 0; i < rows.rows(); ++i) {
    std::ranges::copy(row, rows.row(i).begin());
    rows.at(i, column) = slice.lattice.places[i];
  }
  slice.said = predict(stages, rows);
  return slice;
}

std::vector<double> local_shares(std::span<const Slice> slices) {
  std::vector<double> shares;
  for (const Slice& slice : slices) {
    const double n = static_cast<double>(slice.said.size());
    const double mean = std::reduce(slice.said.begin(), slice.said.end()) / n;
    double squares = 0;
    for (const double said : slice.said) squares += (said - mean) * (said - mean) / n;
    shares.push_back(squares);
  }
  const double sum = std::reduce(shares.begin(), shares.end());
  for (double& share : shares) share = sum > 0 ? share / sum : 0;
  return shares;
}

model::List within_noise(const surrogate::Features& features, size_t column, const Slice& slice,
                         double noise, bool is_maximized) {
  const double sign = is_maximized ? 1 : -1;
  const auto goodness = [&](size_t i) { return sign * slice.said[i]; };
  size_t best = 0;
  for (size_t i = 1; i < slice.said.size(); ++i)
    if (goodness(i) > goodness(best)) best = i;
  const auto is_near = [&](size_t i) { return goodness(i) >= goodness(best) - noise; };
  const std::vector<double>& places = slice.lattice.places;
  const Column& c = features.columns()[column];
  model::List values;
  if (c.is_categorical()) {
    for (size_t i = 0; i < places.size(); ++i)
      if (is_near(i)) values.push_back(features.decode(column, places[i]));
    return values;
  }
  size_t first = best, last = best;
  while (first > 0 && is_near(first - 1)) --first;
  while (last + 1 < places.size() && is_near(last + 1)) ++last;
  const double half = is_interval(c, slice.lattice) ? 0.5 / static_cast<double>(places.size()) : 0;
  values.push_back(features.decode(column, places[first] - half));
  values.push_back(features.decode(column, places[last] + half));
  return values;
}

std::vector<AblationStep> ablation_path(std::span<const Forest> stages,
                                        const surrogate::Features& features,
                                        std::span<const double> from, std::span<const double> to,
                                        bool is_maximized) {
  const double sign = is_maximized ? 1 : -1;
  std::vector<size_t> left;
  for (size_t c = 0; c < from.size(); ++c)
    if (!is_same_place(from[c], to[c])) left.push_back(c);
  std::vector<AblationStep> path;
  Matrix here(1, from.size());
  std::ranges::copy(from, here.row(0).begin());
  double goodness = sign * predict(stages, here)[0];
  while (!left.empty()) {
    Matrix next(left.size(), from.size());
    for (size_t i = 0; i < left.size(); ++i) {
      std::ranges::copy(here.row(0), next.row(i).begin());
      next.at(i, left[i]) = to[left[i]];
    }
    const std::vector<double> said = predict(stages, next);
    size_t best = 0;
    for (size_t i = 1; i < said.size(); ++i)
      if (sign * said[i] > sign * said[best]) best = i;
    const size_t column = left[best];
    path.push_back({.name = features.columns()[column].name,
                    .from = features.decode(column, here.at(0, column)),
                    .to = features.decode(column, to[column]),
                    .gain = sign * said[best] - goodness});
    goodness = sign * said[best];
    here.at(0, column) = to[column];
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return path;
}

}  // namespace cairn::report
