// See search_table.h.
#include "report/search_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "report/results.h"
#include "surrogate/groups.h"
#include "surrogate/target.h"

namespace cairn::report {

namespace {

using surrogate::Column;
using surrogate::ColumnKind;

// A grid: at most so many values, each tried at least so often in the mean.
constexpr size_t kLevelsMax = 12, kTimesTriedMin = 3;
constexpr double kGridShareMin = 0.5;  // of all combinations
constexpr double kParts = 20;
constexpr double kSameOrder = 0.999;      // of Spearman's coefficient
constexpr size_t kRowsComparedMax = 500;  // as many show whether two columns go together

// Ascending.
std::vector<double> distinct_places(const surrogate::Matrix& x, size_t column) {
  std::vector<double> places;
  for (size_t i = 0; i < x.rows(); ++i)
    if (const double place = x.at(i, column); !std::isnan(place)) places.push_back(place);
  std::ranges::sort(places);
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

// How far values are from being spread evenly on a scale: the largest difference between the share
// of values up to a place and the place (Kolmogorov's distance).
double unevenness(const std::vector<double>& ascending, surrogate::Scale scale) {
  const auto on = [&](double value) {
    return scale == surrogate::Scale::kLog ? std::log(value) : value;
  };
  const double low = on(ascending.front()), width = on(ascending.back()) - low;
  const double n = static_cast<double>(ascending.size());
  double distance = 0;
  for (size_t i = 0; i < ascending.size(); ++i) {
    const double place = (on(ascending[i]) - low) / width;
    distance = std::max({distance, std::abs(place - static_cast<double>(i) / n),
                         std::abs(place - static_cast<double>(i + 1) / n)});
  }
  return distance;
}

// Shares are taken over an even spread of values: the scale on which they were spread more evenly
// is the one that was meant. A learned column only guesses it from the ends of its range.
void choose_scales(std::vector<Column>& columns, std::span<const surrogate::Row> configs,
                   size_t declared) {
  for (size_t c = declared; c < columns.size(); ++c) {
    if (columns[c].kind != ColumnKind::kNumeric || columns[c].low <= 0) continue;
    std::vector<double> values;
    for (const surrogate::Row& row : configs)
      for (const auto& [name, value] : row)
        if (name == columns[c].name && value.is_number()) values.push_back(value.number_or(0));
    std::ranges::sort(values);
    const bool is_log =
        unevenness(values, surrogate::Scale::kLog) < unevenness(values, surrogate::Scale::kLinear);
    columns[c].scale = is_log ? surrogate::Scale::kLog : surrogate::Scale::kLinear;
  }
}

// Numbers that lie on a few levels are these levels: what lies between was never asked about.
std::vector<Column> with_levels(const surrogate::Features& features, const surrogate::Matrix& x,
                                size_t declared) {
  std::vector<Column> columns = features.columns();
  for (size_t c = declared; c < columns.size(); ++c) {
    if (columns[c].kind != ColumnKind::kNumeric) continue;
    const std::vector<double> places = distinct_places(x, c);
    if (places.size() > kLevelsMax || places.size() * kTimesTriedMin > x.rows()) continue;
    std::vector<double> numbers;
    for (const double place : places) {
      columns[c].levels.push_back(features.decode(c, place));
      numbers.push_back(columns[c].levels.back().number_or(0));
    }
    columns[c].kind = ColumnKind::kOrdinal;
    columns[c].scale = surrogate::regular_scale(numbers);
  }
  return columns;
}

void share_missing(std::vector<Column>& columns, const surrogate::Matrix& x) {
  for (size_t c = 0; c < columns.size(); ++c) {
    double missing = 0;
    for (size_t i = 0; i < x.rows(); ++i)
      missing += std::isnan(x.at(i, c)) || (columns[c].is_categorical() && x.at(i, c) < 0);
    columns[c].missing_share = missing / static_cast<double>(x.rows());
  }
}

// What a declared range does not vary over says nothing.
std::vector<Column> varying(const std::vector<Column>& columns, const surrogate::Matrix& x) {
  std::vector<Column> left;
  for (size_t c = 0; c < columns.size(); ++c)
    if (distinct_places(x, c).size() + (columns[c].missing_share > 0) > 1)
      left.push_back(columns[c]);
  return left;
}

std::vector<double> scaled(std::span<const double> results, ResultScale scale) {
  if (scale == ResultScale::kRank) {
    std::vector<double> ranks = ranks_of(results);
    for (double& rank : ranks) rank /= static_cast<double>(results.size());
    return ranks;
  }
  std::vector<double> values(results.begin(), results.end());
  if (scale == ResultScale::kAsIs) return values;
  const auto target = surrogate::Target::learn(surrogate::TargetScale::kLog, results);
  for (double& value : values) value = target.to_model(value);
  return values;
}

// Whether most combinations of few values were tried.
bool is_grid(const SearchTable& table) {
  double combinations = 1;
  for (const Column& column : table.columns()) {
    if (column.kind == ColumnKind::kNumeric) return false;
    combinations *= static_cast<double>(column.levels.size()) + (column.missing_share > 0);
  }
  return static_cast<double>(table.configurations) >= kGridShareMin * combinations;
}

void cap(std::vector<double>& y, double top_share, bool is_maximized) {
  std::vector<double> ascending = y;
  std::ranges::sort(ascending);
  const double edge = quantile(ascending, is_maximized ? 1 - top_share : top_share);
  for (double& value : y) value = is_maximized ? std::max(value, edge) : std::min(value, edge);
}

}  // namespace

SearchTable make_table(const SearchRuns& runs, const SensitivityOptions& options) {
  std::vector<surrogate::Row> configs;
  std::vector<double> found;
  for (size_t i = 0; i < runs.configs.size(); ++i) {
    if (!runs.results[i]) continue;
    configs.push_back(runs.configs[i]);
    found.push_back(*runs.results[i]);
  }
  Winsorised known = winsorise(found, options.is_maximized);
  SearchTable table{.features = surrogate::Features(std::vector<Column>()),
                    .without_result = runs.configs.size() - found.size(),
                    .diverged = found.size() - known.finite};
  if (known.finite == 0) return table;
  std::vector<Column> columns = surrogate::Features::learn(configs, runs.declared).columns();
  choose_scales(columns, configs, runs.declared.size());
  const surrogate::Features numbers(columns);
  table.x = numbers.encode(configs);
  columns = with_levels(numbers, table.x, runs.declared.size());
  share_missing(columns, table.x);
  table.features = surrogate::Features(varying(columns, table.x));
  table.x = table.features.encode(configs);
  table.groups = surrogate::groups_of(table.x);
  table.configurations = std::ranges::max(table.groups) + size_t{1};
  table.units = table.groups;
  if (is_grid(table)) std::iota(table.units.begin(), table.units.end(), 0U);
  table.unit_count = std::ranges::max(table.units) + size_t{1};
  table.results = std::move(known.values);
  table.y = scaled(table.results, options.scale);
  if (options.top_share < 1) cap(table.y, options.top_share, options.is_maximized);
  return table;
}

std::vector<std::vector<double>> replicates_of(const SearchTable& table) {
  std::vector<std::vector<double>> replicates(table.configurations);
  for (size_t i = 0; i < table.rows(); ++i) replicates[table.groups[i]].push_back(table.y[i]);
  return replicates;
}

size_t best_row(const SearchTable& table, bool is_maximized) {
  std::vector<double> sums(table.configurations), counts(table.configurations);
  for (size_t i = 0; i < table.rows(); ++i) {
    sums[table.groups[i]] += table.results[i];
    ++counts[table.groups[i]];
  }
  const double sign = is_maximized ? 1 : -1;
  const auto goodness = [&](size_t row) {
    return sign * sums[table.groups[row]] / counts[table.groups[row]];
  };
  size_t best = 0;
  for (size_t i = 1; i < table.rows(); ++i)
    if (goodness(i) > goodness(best)) best = i;
  return best;
}

size_t distinct_values(const SearchTable& table, size_t column) {
  return distinct_places(table.x, column).size();
}

Tried how_tried(const SearchTable& table, size_t column) {
  const Column& c = table.columns()[column];
  const std::vector<double> places = distinct_places(table.x, column);
  if (c.kind != ColumnKind::kNumeric)
    return {.occupied = static_cast<double>(places.size()) / static_cast<double>(c.levels.size())};
  const double values = c.is_integer ? c.high - c.low + 1 : kParts;
  const double parts = std::min(values, kParts);
  std::set<double> occupied;
  double gap = 0, last = 0;
  for (const double place : places) {
    occupied.insert(std::min(std::floor(place * parts), parts - 1));
    gap = std::max(gap, place - last);
    last = place;
  }
  return {static_cast<double>(occupied.size()) / parts, std::max(gap, 1 - last)};
}

std::vector<std::string> confounded(const SearchTable& table) {
  const size_t rows = std::min(table.rows(), kRowsComparedMax);
  std::vector<std::vector<double>> places(table.columns().size());
  for (size_t c = 0; c < places.size(); ++c)
    for (size_t i = 0; i < rows; ++i) places[c].push_back(table.x.at(i, c));
  std::vector<std::string> notes;
  for (size_t a = 0; a < places.size(); ++a)
    for (size_t b = a + 1; b < places.size(); ++b) {
      if (table.columns()[a].is_categorical() || table.columns()[b].is_categorical()) continue;
      if (!(std::abs(spearman(places[a], places[b])) > kSameOrder)) continue;
      notes.push_back(
          fmt::format("'{}' and '{}' always change together: what one does cannot be told from "
                      "what the other does",
                      table.columns()[a].name, table.columns()[b].name));
    }
  return notes;
}

}  // namespace cairn::report
