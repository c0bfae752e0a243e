// See features.h.
#include "surrogate/features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

namespace cairn::surrogate {

namespace {

constexpr double kDecade = 10;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double on(Scale scale, double value) { return scale == Scale::kLog ? std::log(value) : value; }

// A number, or nothing for what has no place on an axis. Booleans are no numbers here.
std::optional<double> number_of(const model::Value& value) {
  if (const int64_t* i = value.as_int()) return static_cast<double>(*i);
  if (const double* d = value.as_double(); d && std::isfinite(*d)) return *d;
  return std::nullopt;
}

// 1 and 1.0 are one value, as they are in a configuration.
bool same(const model::Value& a, const model::Value& b) {
  const auto x = number_of(a), y = number_of(b);
  return x && y ? *x == *y : a == b;
}

std::optional<size_t> level_of(const Column& column, const model::Value& value) {
  const auto found = std::find_if(column.levels.begin(), column.levels.end(),
                                  [&](const model::Value& level) { return same(level, value); });
  if (found == column.levels.end()) return std::nullopt;
  return static_cast<size_t>(found - column.levels.begin());
}

struct Axis {
  double low, high;  // on the column's scale; for integers the outer edges of the outer bins
};

Axis axis_of(const Column& column) {
  const double margin = column.is_integer ? 0.5 : 0;
  return {on(column.scale, column.low - margin), on(column.scale, column.high + margin)};
}

double place_of_number(const Column& column, double value) {
  const Axis axis = axis_of(column);
  if (column.scale == Scale::kLog && value <= 0) return kNaN;
  const double width = axis.high - axis.low;
  return width > 0 ? (on(column.scale, value) - axis.low) / width : 0.5;
}

double place_of_level(const Column& column, size_t level) {
  const size_t last = column.levels.size() - 1;
  const auto first = number_of(column.levels.front()), end = number_of(column.levels.back());
  const auto value = number_of(column.levels[level]);
  if (first && end && value && *first < *end) {
    const double low = on(column.scale, *first), high = on(column.scale, *end);
    return (on(column.scale, *value) - low) / (high - low);
  }
  return last == 0 ? 0.5 : static_cast<double>(level) / static_cast<double>(last);
}

// All that a name was given, while columns are being learned.
struct Seen {
  std::string name;
  std::vector<model::Value> distinct;  // of categories, at most
  std::vector<double> numbers;
  size_t present = 0;
  bool is_number = true, is_integer = true;
};

void see(Seen& seen, const model::Value& value) {
  ++seen.present;
  if (const auto number = number_of(value)) {
    seen.numbers.push_back(*number);
    seen.is_integer = seen.is_integer && *number == std::floor(*number);
    if (seen.is_number && seen.distinct.size() > 1) return;  // a list of levels is not needed
  } else {
    seen.is_number = false;
  }
  if (seen.distinct.size() > kCategoriesMax) return;
  const auto equal = [&](const model::Value& other) { return same(other, value); };
  if (std::none_of(seen.distinct.begin(), seen.distinct.end(), equal))
    seen.distinct.push_back(value);
}

Column column_of(Seen seen, size_t rows) {
  Column column;
  column.name = std::move(seen.name);
  column.missing_share = 1 - static_cast<double>(seen.present) / static_cast<double>(rows);
  if (!seen.is_number) {
    column.kind = ColumnKind::kCategorical;
    column.levels = std::move(seen.distinct);
    // Numbers whose levels were not kept because no text had come yet.
    for (const double number : seen.numbers)
      if (column.levels.size() <= kCategoriesMax && !level_of(column, number))
        column.levels.emplace_back(number);
    return column;
  }
  const auto [low, high] = std::minmax_element(seen.numbers.begin(), seen.numbers.end());
  column.low = *low;
  column.high = *high;
  column.is_integer = seen.is_integer;
  if (*low > 0 && *high > kDecade * *low) column.scale = Scale::kLog;
  return column;
}

}  // namespace

double place_of(const Column& column, const model::Value& value) {
  if (value.is_null()) return kNaN;
  if (column.kind == ColumnKind::kNumeric) {
    const auto number = number_of(value);
    return number ? place_of_number(column, *number) : kNaN;
  }
  const auto level = level_of(column, value);
  if (column.kind == ColumnKind::kCategorical)
    return level ? static_cast<double>(*level) : kUnseenCategory;
  return level ? place_of_level(column, *level) : kNaN;
}

Row flatten(const model::Value& config) {
  Row row;
  model::for_each_leaf(config, [&](const std::string& path, const model::Value& leaf) {
    row.emplace_back(path, leaf);
  });
  return row;
}

Features::Features(std::vector<Column> columns) : x_columns(std::move(columns)) {}

Features Features::learn(std::span<const Row> rows, std::vector<Column> declared) {
  Features features(std::move(declared));
  std::vector<Seen> all;
  std::unordered_map<std::string_view, size_t> place;
  for (const Row& row : rows) {
    for (const auto& [name, value] : row) {
      const auto [at, is_new] = place.emplace(name, all.size());
      if (is_new) all.push_back(Seen{.name = name});
      if (!value.is_null()) see(all[at->second], value);
    }
  }
  for (Seen& seen : all) {
    const auto is_declared = [&](const Column& column) { return column.name == seen.name; };
    if (std::any_of(features.x_columns.begin(), features.x_columns.end(), is_declared)) continue;
    const bool varies =
        seen.distinct.size() > 1 || (seen.distinct.size() == 1 && seen.present < rows.size());
    if (!seen.is_number && seen.distinct.size() > kCategoriesMax) {
      features.x_identifiers.push_back(seen.name);
    } else if (varies) {
      features.x_columns.push_back(column_of(std::move(seen), rows.size()));
    } else {
      features.x_constants.emplace_back(
          seen.name, seen.distinct.empty() ? model::Value() : seen.distinct.front());
    }
  }
  return features;
}

std::vector<double> Features::encode(const Row& row) const {
  std::vector<double> places(x_columns.size(), kNaN);
  // Rows mostly share their order, so the search starts where the last one ended.
  size_t at = 0;
  for (size_t c = 0; c < x_columns.size(); ++c) {
    for (size_t tried = 0; tried < row.size(); ++tried, ++at) {
      if (at >= row.size()) at = 0;
      if (row[at].first != x_columns[c].name) continue;
      places[c] = place_of(x_columns[c], row[at].second);
      break;
    }
  }
  return places;
}

Matrix Features::encode(std::span<const Row> rows) const {
  Matrix matrix(rows.size(), x_columns.size());
  for (size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(encode(rows[i]), matrix.row(i).begin());
  return matrix;
}

model::Value Features::decode(size_t column, double place) const {
  const Column& c = x_columns[column];
  if (std::isnan(place)) return nullptr;
  if (c.is_categorical()) {
    if (place < 0 || place >= static_cast<double>(c.levels.size())) return nullptr;
    return c.levels[static_cast<size_t>(place)];
  }
  if (c.kind == ColumnKind::kOrdinal) {
    size_t nearest = 0;
    for (size_t level = 1; level < c.levels.size(); ++level)
      if (std::abs(place_of_level(c, level) - place) < std::abs(place_of_level(c, nearest) - place))
        nearest = level;
    return c.levels[nearest];
  }
  const Axis axis = axis_of(c);
  const double scaled = axis.low + place * (axis.high - axis.low);
  const double value = c.scale == Scale::kLog ? std::exp(scaled) : scaled;
  if (!c.is_integer) return value;
  const double whole = std::clamp(std::round(value), c.low, c.high);
  return std::abs(whole) < 0x1p63 ? model::Value(static_cast<int64_t>(whole)) : model::Value(whole);
}

std::vector<Novelty> Features::novelties(const Row& row) const {
  using Kind = Novelty::Kind;
  std::vector<Novelty> found;
  std::unordered_map<std::string_view, const model::Value*> values;
  for (const auto& [name, value] : row) values.emplace(name, &value);
  const auto take = [&](const std::string& name) {
    const auto node = values.extract(name);
    return node.empty() || node.mapped()->is_null() ? nullptr : node.mapped();
  };
  for (const Column& column : x_columns) {
    const model::Value* value = take(column.name);
    if (!value) {
      if (column.missing_share == 0) found.push_back({column.name, Kind::kMissing});
    } else if (const double place = place_of(column, *value);
               std::isnan(place) || (column.is_categorical() && place == kUnseenCategory)) {
      found.push_back({column.name, Kind::kCategory});
    }
  }
  for (const auto& [name, constant] : x_constants) {
    const model::Value* value = take(name);
    if (value ? !same(*value, constant) : !constant.is_null())
      found.push_back({name, value ? Kind::kChangedConstant : Kind::kMissing});
  }
  for (const std::string& name : x_identifiers) values.erase(name);
  for (const auto& [name, value] : row)
    if (values.contains(name) && !value.is_null()) found.push_back({name, Kind::kUnknownName});
  return found;
}

Scale regular_scale(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  if (sorted.size() < 3 || sorted.front() <= 0) return Scale::kLinear;
  // The coefficient of variation of the gaps: 0 when they are all equal.
  const auto unevenness = [&](Scale scale) {
    double sum = 0, squares = 0;
    for (size_t i = 1; i < sorted.size(); ++i) {
      const double gap = on(scale, sorted[i]) - on(scale, sorted[i - 1]);
      sum += gap;
      squares += gap * gap;
    }
    return squares / (sum * sum);
  };
  return unevenness(Scale::kLog) < unevenness(Scale::kLinear) ? Scale::kLog : Scale::kLinear;
}

}  // namespace cairn::surrogate
