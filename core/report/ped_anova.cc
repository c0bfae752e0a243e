// See ped_anova.h.
#include "report/ped_anova.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <boost/math/special_functions/erf.hpp>

namespace cairn::report {

namespace {

constexpr size_t kCellsMax = 50;
constexpr double kPriorWeight = 1;
constexpr double kWidthMin = 0.5 / 1.64;  // of a kernel, in cells: nine tenths of it in its own

// The cells of one column, and in which of them each row lies; missing rows in none.
struct Cells {
  size_t count = 0;
  bool has_order = true;
  std::vector<size_t> of_row;
  static constexpr size_t kMissing = std::numeric_limits<size_t>::max();
};

Cells cells_of(const surrogate::Column& column, const surrogate::Matrix& x, size_t c) {
  Cells cells{.count = kCellsMax};
  const double integers = column.high - column.low + 1;
  if (column.is_categorical()) {
    cells.count = column.levels.size();
    cells.has_order = false;
  } else if (column.kind == surrogate::ColumnKind::kOrdinal) {
    cells.count = std::min(kCellsMax, column.levels.size());
  } else if (column.is_integer && integers < static_cast<double>(kCellsMax)) {
    cells.count = static_cast<size_t>(integers);
  }
  for (size_t i = 0; i < x.rows(); ++i) {
    const double place = x.at(i, c);
    if (!(place >= 0)) {
      cells.of_row.push_back(Cells::kMissing);
      continue;
    }
    const double at = cells.has_order ? place * static_cast<double>(cells.count) : place;
    cells.of_row.push_back(std::min(static_cast<size_t>(at), cells.count - 1));
  }
  return cells;
}

double normal_cdf(double z) { return boost::math::erfc(-z / std::sqrt(2.0)) / 2; }

// The cell in which the given share of all counts is reached.
double cell_at(std::span<const double> counts, double total, double share) {
  double sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i];
    if (sum >= share * total) return static_cast<double>(i);
  }
  return static_cast<double>(counts.size() - 1);
}

// A kernel's width by Scott's rule, robust against heavy tails.
double width_of(std::span<const double> counts, double total) {
  double mean = 0, squares = 0;
  for (size_t i = 0; i < counts.size(); ++i) mean += static_cast<double>(i) * counts[i] / total;
  for (size_t i = 0; i < counts.size(); ++i)
    squares += counts[i] * std::pow(static_cast<double>(i) - mean, 2);
  const double sd = std::sqrt(squares / std::max(total - 1, 1.0));
  const double middle_half = cell_at(counts, total, 0.75) - cell_at(counts, total, 0.25);
  return std::max(1.059 * std::min(middle_half / 1.34, sd) * std::pow(total, -0.2), kWidthMin);
}

// The distribution over the cells: kernels at the counts, and a prior that is even.
std::vector<double> smoothed(std::span<const double> counts, bool has_order) {
  const size_t n = counts.size();
  const double total = std::reduce(counts.begin(), counts.end());
  const double whole = total + kPriorWeight;
  std::vector<double> density(n, kPriorWeight / whole / static_cast<double>(n));
  const double width = has_order && total > 0 ? width_of(counts, total) : 1;
  for (size_t i = 0; i < n; ++i) {
    if (counts[i] == 0) continue;
    if (!has_order) {
      density[i] += counts[i] / whole;
      continue;
    }
    const auto below = [&](size_t cell) {
      return normal_cdf((static_cast<double>(cell) - 0.5 - static_cast<double>(i)) / width);
    };
    const double inside = below(n) - below(0);
    for (size_t cell = 0; cell < n; ++cell)
      density[cell] += counts[i] / whole * (below(cell + 1) - below(cell)) / inside;
  }
  return density;
}

// Pearson's divergence of the best runs from all; `is_best` by row.
double divergence(const Cells& cells, const std::vector<bool>& is_best) {
  std::vector<double> best(cells.count), all(cells.count);
  double best_missing = 0, all_missing = 0, best_rows = 0;
  for (size_t i = 0; i < is_best.size(); ++i) {
    best_rows += is_best[i];
    if (cells.of_row[i] == Cells::kMissing) {
      ++all_missing;
      best_missing += is_best[i];
      continue;
    }
    ++all[cells.of_row[i]];
    best[cells.of_row[i]] += is_best[i];
  }
  const double rows = static_cast<double>(is_best.size());
  const double best_present = 1 - best_missing / best_rows, all_present = 1 - all_missing / rows;
  double ratio = 0;  // the mean of (share among the best / share among all) squared
  if (all_present > 0) {
    const std::vector<double> of_best = smoothed(best, cells.has_order);
    const std::vector<double> of_all = smoothed(all, cells.has_order);
    for (size_t i = 0; i < cells.count; ++i)
      ratio += of_best[i] * of_best[i] / of_all[i] * best_present * best_present / all_present;
  }
  if (all_missing > 0) ratio += std::pow(1 - best_present, 2) / (1 - all_present);
  return std::max(ratio - 1, 0.0);
}

}  // namespace

std::vector<double> ped_anova(std::span<const surrogate::Column> columns,
                              const surrogate::Matrix& x, std::span<const double> y,
                              bool is_maximized) {
  const auto best_runs = static_cast<size_t>(std::ceil(kBestShare * static_cast<double>(y.size())));
  if (best_runs < kBestRunsMin)
    return std::vector<double>(columns.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<size_t> order(y.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return is_maximized ? -y[i] : y[i]; });
  std::vector<bool> is_best(y.size());
  for (size_t i = 0; i < best_runs; ++i) is_best[order[i]] = true;
  std::vector<double> shares;
  for (size_t c = 0; c < columns.size(); ++c)
    shares.push_back(divergence(cells_of(columns[c], x, c), is_best));
  const double sum = std::reduce(shares.begin(), shares.end());
  for (double& share : shares) share = sum > 0 ? share / sum : 0;
  return shares;
}

}  // namespace cairn::report
