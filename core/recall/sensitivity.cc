// See sensitivity.h.
#include "recall/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cairn::recall {
namespace {

using surrogate::Column;
using surrogate::Matrix;

// Over less of a column's range a forest is a staircase with few steps.
constexpr double kStride = 0.1;

std::optional<size_t> column_called(const std::vector<Column>& columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, &Column::name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

// What the forest says of the rows when one column is at each of the places; by place, then row.
std::vector<std::vector<double>> told_at(const surrogate::Forest& forest, const Matrix& rows,
                                         size_t column, const std::vector<double>& places) {
  std::vector<std::vector<double>> told;
  Matrix moved = rows;
  for (const double place : places) {
    for (size_t i = 0; i < moved.rows(); ++i) moved.at(i, column) = place;
    std::vector<double>& means = told.emplace_back();
    for (const surrogate::Belief& belief : forest.predict(moved)) means.push_back(belief.mean);
  }
  return told;
}

// The places to pass on the way; within what was seen, where alone a forest has something to say.
std::vector<double> way_between(double from, double to) {
  double low = std::clamp(std::min(from, to), 0.0, 1.0);
  double high = std::clamp(std::max(from, to), 0.0, 1.0);
  if (high - low < kStride) {
    low = std::clamp((low + high - kStride) / 2, 0.0, 1 - kStride);
    high = low + kStride;
  }
  const auto strides = std::max(std::lround((high - low) / kStride), 1L);
  std::vector<double> places;
  for (long k = 0; k <= strides; ++k)
    places.push_back(std::lerp(low, high, static_cast<double>(k) / static_cast<double>(strides)));
  return places;
}

}  // namespace

std::optional<double> change_along(const surrogate::ResultModel& model, const Matrix& rows,
                                   std::string_view setting, const model::Value& before,
                                   const model::Value& after) {
  const std::vector<Column>& columns = model.features().columns();
  const auto at = column_called(columns, setting);
  if (!at || rows.rows() == 0) return std::nullopt;
  const Column& column = columns[*at];
  const double from = place_of(column, before), to = place_of(column, after);
  std::vector<double> places = {from, to};
  double share = 1;  // of the way that the places pass
  if (column.is_categorical()) {
    if (from == surrogate::kUnseenCategory || to == surrogate::kUnseenCategory) return std::nullopt;
  } else if (!std::isnan(from) && !std::isnan(to)) {
    places = way_between(from, to);
    share = std::abs(to - from) / (places.back() - places.front());
  } else if ((std::isnan(from) && !before.is_null()) || (std::isnan(to) && !after.is_null())) {
    return std::nullopt;  // what is no number has no place among numbers
  }
  const auto told = told_at(model.forest(), rows, *at, places);
  double squares = 0;
  for (size_t i = 0; i < rows.rows(); ++i) {
    double way = 0;
    for (size_t k = 1; k < told.size(); ++k) way += std::abs(told[k][i] - told[k - 1][i]);
    squares += way * way;
  }
  return share * std::sqrt(squares / static_cast<double>(rows.rows()));
}

}  // namespace cairn::recall
