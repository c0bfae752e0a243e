// See declared.h.
#include "report/declared.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace cairn::report {

namespace {

using model::Value;
using surrogate::Column;
using surrogate::ColumnKind;
using surrogate::Scale;
using sweep::Law;
using sweep::Parameter;

// So few values of a grid are levels: what lies between was never to be tried.
constexpr double kLevelsMax = 12;

bool is_log(Law law) { return law == Law::kLog || law == Law::kLogNormal; }

std::optional<Column> column_of_number(const Parameter& parameter) {
  const sweep::Spread& spread = parameter.spread;
  const bool is_bounded = std::isfinite(spread.low) && std::isfinite(spread.high);
  const bool is_normal = spread.law == Law::kNormal || spread.law == Law::kLogNormal;
  if (!is_bounded || is_normal || !(spread.low < spread.high)) return std::nullopt;
  Column column{.name = parameter.name,
                .scale = is_log(spread.law) ? Scale::kLog : Scale::kLinear,
                .is_integer = parameter.kind == Parameter::Kind::kInteger && spread.step <= 1,
                .low = spread.low,
                .high = spread.high};
  const double last = spread.step > 0 ? std::floor((spread.high - spread.low) / spread.step) : 0;
  if (last < 1 || last >= kLevelsMax || column.is_integer) return column;
  column.kind = ColumnKind::kOrdinal;
  for (double i = 0; i <= last; ++i) {
    const double level = spread.low + i * spread.step;
    if (parameter.kind == Parameter::Kind::kInteger)
      column.levels.emplace_back(static_cast<int64_t>(std::llround(level)));
    else
      column.levels.emplace_back(level);
  }
  return column;
}

std::optional<Column> column_of(const Parameter& parameter) {
  switch (parameter.kind) {
    case Parameter::Kind::kFloat:
    case Parameter::Kind::kInteger:
      return column_of_number(parameter);
    case Parameter::Kind::kOrdinal:
      return Column{
          .name = parameter.name, .kind = ColumnKind::kOrdinal, .levels = parameter.choices};
    case Parameter::Kind::kCategorical:
      return Column{
          .name = parameter.name, .kind = ColumnKind::kCategorical, .levels = parameter.choices};
    case Parameter::Kind::kSubset:
    case Parameter::Kind::kPermutation:
    case Parameter::Kind::kSimplex:
      return std::nullopt;
  }
  return std::nullopt;
}

bool is_level(const Column& column, const Value& value) {
  return std::ranges::any_of(column.levels, [&](const Value& level) {
    return level == value ||
           (level.is_number() && value.is_number() && level.number_or(0) == value.number_or(0));
  });
}

// False where it cannot be one column with the other.
bool unite(Column& column, const Column& other) {
  if (column.kind != other.kind || column.is_integer != other.is_integer) return false;
  if (column.kind == ColumnKind::kNumeric) {
    column.low = std::min(column.low, other.low);
    column.high = std::max(column.high, other.high);
    if (column.scale != other.scale) column.scale = Scale::kLinear;
    return true;
  }
  if (column.kind == ColumnKind::kOrdinal) return column.levels == other.levels;
  for (const Value& level : other.levels)
    if (!is_level(column, level)) column.levels.push_back(level);
  return true;
}

// To a value that was tried; false where it is none of this column.
bool widen(Column& column, const Value& value) {
  if (column.kind != ColumnKind::kNumeric) return is_level(column, value);
  const double number = value.number_or(0);
  if (!value.is_number() || !std::isfinite(number)) return false;
  if (column.scale == Scale::kLog && number <= 0) return false;
  if (column.is_integer && number != std::floor(number)) return false;
  column.low = std::min(column.low, number);
  column.high = std::max(column.high, number);
  return true;
}

}  // namespace

std::vector<Column> declared_columns(std::span<const sweep::Space* const> spaces,
                                     std::span<const surrogate::Row> configs) {
  std::vector<Column> columns;  // in the order of the spaces
  std::map<std::string, size_t> places;
  std::set<std::string> unfit;
  for (const sweep::Space* space : spaces)
    for (const Parameter& parameter : space->parameters()) {
      const auto column = column_of(parameter);
      if (!column) {
        unfit.insert(parameter.name);
        continue;
      }
      const auto [known, is_new] = places.try_emplace(parameter.name, columns.size());
      if (is_new)
        columns.push_back(*column);
      else if (!unite(columns[known->second], *column))
        unfit.insert(parameter.name);
    }
  for (const surrogate::Row& row : configs)
    for (const auto& [name, value] : row)
      if (const auto known = places.find(name); known != places.end() && !value.is_null())
        if (!widen(columns[known->second], value)) unfit.insert(name);
  std::erase_if(columns, [&](const Column& column) { return unfit.contains(column.name); });
  return columns;
}

}  // namespace cairn::report
