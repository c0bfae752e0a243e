// See forest.h.
#include "surrogate/forest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "surrogate/random.h"
#include "surrogate/tree_builder.h"

namespace cairn::surrogate {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kTreesMax = 10'000, kRowsMax = 10'000'000;
// Rows that walk down a tree side by side: each waits for its own loads only.
constexpr size_t kAbreast = 8;
constexpr size_t kRowsAtOnce = 512;

Result<void> check_sample(std::span<const Column> columns, const Sample& sample,
                          const ForestOptions& options) {
  const size_t rows = sample.x.rows();
  if (rows == 0 || rows > kRowsMax)
    return fail(Code::kInvalid, "expected 1 to {} rows for a forest, found {}", kRowsMax, rows);
  if (sample.x.columns() != columns.size() || columns.size() > 65'535)
    return fail(Code::kInvalid, "expected {} columns, found {}", columns.size(),
                sample.x.columns());
  if (sample.y.size() != rows || (!sample.weights.empty() && sample.weights.size() != rows) ||
      (!sample.groups.empty() && sample.groups.size() != rows))
    return fail(Code::kInvalid, "expected {} targets, weights and groups", rows);
  if (options.trees == 0 || options.trees > kTreesMax || options.leaf_rows_min == 0 ||
      options.bag_groups_max == 0)
    return fail(Code::kInvalid, "expected 1 to {} trees, at least one row per leaf and one per bag",
                kTreesMax);
  for (const double y : sample.y)
    if (!(std::abs(y) <= kTargetMax))
      return fail(Code::kInvalid, "expected finite targets, found {}", y);
  for (const double weight : sample.weights)
    if (!(weight > 0) || !std::isfinite(weight))
      return fail(Code::kInvalid, "expected weights above 0, found {}", weight);
  for (size_t c = 0; c < columns.size(); ++c) {
    const double last = static_cast<double>(columns[c].levels.size()) - 1;
    for (size_t i = 0; i < rows; ++i) {
      const double place = sample.x.at(i, c);
      if (std::isinf(place) || (columns[c].is_categorical() && place > last))
        return fail(Code::kInvalid, "expected a place in column {}, found {}", columns[c].name,
                    place);
    }
  }
  return {};
}

// Rows -> groups 0, 1, ... in the order of their numbers.
std::vector<uint32_t> dense_groups(const Sample& sample, size_t& count) {
  std::vector<uint32_t> groups(sample.x.rows());
  if (sample.groups.empty()) {
    std::iota(groups.begin(), groups.end(), 0U);
    count = groups.size();
    return groups;
  }
  std::vector<uint32_t> distinct(sample.groups.begin(), sample.groups.end());
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  count = distinct.size();
  for (size_t i = 0; i < groups.size(); ++i)
    groups[i] = static_cast<uint32_t>(std::ranges::lower_bound(distinct, sample.groups[i]) -
                                      distinct.begin());
  return groups;
}

void fill_bag(std::span<uint8_t> bag, std::span<const uint32_t> groups, size_t group_count,
              size_t draws, Random& random) {
  std::vector<uint8_t> drawn(group_count);
  for (size_t i = 0; i < draws; ++i) {
    uint8_t& times = drawn[random.below(group_count)];
    if (times < 255) ++times;
  }
  for (size_t i = 0; i < bag.size(); ++i) bag[i] = drawn[groups[i]];
}

std::vector<const double*> rows_of(const Matrix& matrix) {
  std::vector<const double*> rows(matrix.rows());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = matrix.row(i).data();
  return rows;
}

double spread(double sum, double squares, double n) {
  return std::sqrt(std::max(squares / n - sum / n * (sum / n), 0.0));
}

}  // namespace

ForestOptions random_forest(uint64_t seed) { return {.seed = seed}; }

ForestOptions extra_trees(uint64_t seed) {
  return {.cut = ForestOptions::Cut::kRandom, .columns_share = 1, .leaf_rows_min = 2, .seed = seed};
}

Result<Forest> Forest::fit(std::span<const Column> columns, const Sample& sample,
                           const ForestOptions& options) {
  TRY_VOID(check_sample(columns, sample, options));
  const size_t rows = sample.x.rows();
  Forest forest;
  forest.x_columns.assign(columns.begin(), columns.end());
  forest.x_rows = rows;
  for (const double y : sample.y) forest.x_centre += y / static_cast<double>(rows);
  for (const Column& column : columns) forest.x_has_categories |= column.is_categorical();
  forest.x_bags.assign(options.trees * rows, 1);

  size_t group_count = 0;
  const std::vector<uint32_t> groups = dense_groups(sample, group_count);
  const std::vector<const double*> all_rows = rows_of(sample.x);
  std::vector<const double*> outside;
  std::vector<uint32_t> outside_rows, times(rows);
  std::vector<double> sums(rows), squares(rows), said, said_squares;
  TreeBuilder builder(forest, sample, options);
  for (size_t tree = 0; tree < options.trees; ++tree) {
    Random random(options.seed, tree);
    const auto bag = std::span(forest.x_bags).subspan(tree * rows, rows);
    if (options.is_bootstrapped)
      fill_bag(bag, groups, group_count, std::min(group_count, options.bag_groups_max), random);
    builder.build(bag, random);

    outside.clear();
    outside_rows.clear();
    for (uint32_t i = 0; i < rows; ++i) {
      if (bag[i] > 0) continue;
      outside.push_back(all_rows[i]);
      outside_rows.push_back(i);
    }
    said.assign(outside.size(), 0);
    said_squares.assign(outside.size(), 0);
    forest.add_tree(tree, outside, said.data(), said_squares.data());
    for (size_t k = 0; k < outside.size(); ++k) {
      sums[outside_rows[k]] += said[k];
      squares[outside_rows[k]] += said_squares[k];
      ++times[outside_rows[k]];
    }
  }
  if (!options.is_bootstrapped) return forest;
  forest.x_out_of_bag.assign(rows, {kNaN, kNaN, 0});
  for (size_t i = 0; i < rows; ++i) {
    if (times[i] == 0) continue;
    const double n = times[i];
    forest.x_out_of_bag[i] = {forest.x_centre + sums[i] / n, spread(sums[i], squares[i], n),
                              times[i]};
  }
  return forest;
}

bool Forest::in_set(const Node& node, size_t category) const {
  return x_sets[static_cast<size_t>(node.cut) + category / 64] >> category % 64 & 1;
}

inline uint32_t Forest::next(const Node& node, const double* row) const {
  const double place = row[node.column];
  bool left = place <= node.cut || (node.missing_goes_left && std::isnan(place));
  if (node.is_categorical)
    left = place >= 0 ? in_set(node, static_cast<size_t>(place)) : node.missing_goes_left;
  return node.left + !left;
}

template <bool kWithCategories>
void Forest::add_tree(size_t tree, std::span<const double* const> rows, double* sums,
                      double* squares) const {
  const Node* nodes = x_nodes.data();
  const auto step = [&](uint32_t at, const double* row) -> uint32_t {
    if constexpr (kWithCategories) return next(nodes[at], row);
    // Without branches: which way a row goes cannot be guessed.
    const Node& node = nodes[at];
    const double place = row[node.column];
    const unsigned left = static_cast<unsigned>(place <= node.cut) |
                          (static_cast<unsigned>(place != place) & node.missing_goes_left);
    return node.left + 1 - left;
  };
  const auto add = [&](size_t i, uint32_t leaf) {
    const double value = x_values[leaf];
    sums[i] += value;
    squares[i] += value * value;
  };
  size_t i = 0;
  for (; i + kAbreast <= rows.size(); i += kAbreast) {
    std::array<uint32_t, kAbreast> at;
    at.fill(x_roots[tree]);
    for (uint32_t moved = 1; moved != 0;) {
      moved = 0;
      for (size_t k = 0; k < kAbreast; ++k) {
        const uint32_t to = step(at[k], rows[i + k]);
        moved |= to ^ at[k];
        at[k] = to;
      }
    }
    for (size_t k = 0; k < kAbreast; ++k) add(i + k, at[k]);
  }
  for (; i < rows.size(); ++i) {
    uint32_t at = x_roots[tree];
    while (!is_leaf(at)) at = step(at, rows[i]);
    add(i, at);
  }
}

void Forest::add_tree(size_t tree, std::span<const double* const> rows, double* sums,
                      double* squares) const {
  if (x_has_categories)
    add_tree<true>(tree, rows, sums, squares);
  else
    add_tree<false>(tree, rows, sums, squares);
}

std::vector<Belief> Forest::predict(const Matrix& matrix) const {
  CHECK(matrix.columns() == x_columns.size());
  const std::vector<const double*> rows = rows_of(matrix);
  std::vector<double> sums(rows.size()), squares(rows.size());
  for (size_t begin = 0; begin < rows.size(); begin += kRowsAtOnce) {
    const auto some = std::span(rows).subspan(begin, std::min(kRowsAtOnce, rows.size() - begin));
    for (size_t tree = 0; tree < trees(); ++tree)
      add_tree(tree, some, sums.data() + begin, squares.data() + begin);
  }
  std::vector<Belief> beliefs(rows.size());
  const double n = static_cast<double>(trees());
  for (size_t i = 0; i < rows.size(); ++i)
    beliefs[i] = {x_centre + sums[i] / n, spread(sums[i], squares[i], n)};
  return beliefs;
}

Belief Forest::predict(std::span<const double> row) const {
  CHECK(row.size() == x_columns.size());
  double sum = 0, squares = 0;
  const double* const one = row.data();
  for (size_t tree = 0; tree < trees(); ++tree) add_tree(tree, {&one, 1}, &sum, &squares);
  const double n = static_cast<double>(trees());
  return {x_centre + sum / n, spread(sum, squares, n)};
}

std::vector<double> Forest::predict_by_tree(std::span<const double> row) const {
  CHECK(row.size() == x_columns.size());
  std::vector<double> values(trees(), x_centre);
  double ignored = 0;
  const double* const one = row.data();
  for (size_t tree = 0; tree < trees(); ++tree) add_tree(tree, {&one, 1}, &values[tree], &ignored);
  return values;
}

void Forest::visit_leaves(size_t tree,
                          const std::function<void(const Box& box, double value)>& visit) const {
  Box box{std::vector<double>(x_columns.size(), 0), std::vector<double>(x_columns.size(), 1),
          std::vector<std::vector<bool>>(x_columns.size()),
          std::vector<bool>(x_columns.size(), true)};
  for (size_t c = 0; c < x_columns.size(); ++c)
    if (x_columns[c].is_categorical()) box.categories[c].assign(x_columns[c].levels.size(), true);
  visit_below(x_roots[tree], box, visit);
}

void Forest::visit_below(uint32_t at, Box& box,
                         const std::function<void(const Box& box, double value)>& visit) const {
  if (is_leaf(at)) return visit(box, x_centre + x_values[at]);
  const Node& node = x_nodes[at];
  const size_t c = node.column;
  const double low = box.low[c], high = box.high[c];
  const bool holds_missing = box.holds_missing[c];
  const std::vector<bool> categories = box.categories[c];
  for (const bool is_left : {true, false}) {
    if (node.is_categorical) {
      for (size_t k = 0; k < categories.size(); ++k)
        box.categories[c][k] = categories[k] && in_set(node, k) == is_left;
    } else {
      const double cut = std::clamp(node.cut, low, high);
      (is_left ? box.high : box.low)[c] = cut;
    }
    box.holds_missing[c] = holds_missing && node.missing_goes_left == is_left;
    visit_below(node.left + !is_left, box, visit);
    box.low[c] = low;
    box.high[c] = high;
  }
  box.categories[c] = categories;
  box.holds_missing[c] = holds_missing;
}

Result<std::vector<Forest>> fit_stages(std::span<const Column> columns, const Sample& sample,
                                       const ForestOptions& options, size_t stages_max) {
  std::vector<Forest> stages;
  std::vector<double> left(sample.y.begin(), sample.y.end());
  ForestOptions next = options;
  for (size_t stage = 0; stage < std::max<size_t>(stages_max, 1); ++stage, ++next.seed) {
    TRY(Forest forest, Forest::fit(columns, {sample.x, left, sample.weights, sample.groups}, next));
    if (stage > 0 && !(out_of_bag_r2(forest, left) > kStageGainMin)) break;
    for (size_t i = 0; i < forest.out_of_bag().size(); ++i) {
      const OutOfBag& said = forest.out_of_bag()[i];
      if (said.trees > 0) left[i] -= said.mean;
    }
    stages.push_back(std::move(forest));
    if (!options.is_bootstrapped) break;  // nothing says what is left
  }
  return stages;
}

double out_of_bag_r2(const Forest& forest, std::span<const double> y) {
  double mean = 0, n = 0;
  const std::vector<OutOfBag>& said = forest.out_of_bag();
  for (size_t i = 0; i < said.size(); ++i) {
    if (said[i].trees == 0) continue;
    mean += y[i];
    ++n;
  }
  mean /= n;
  double errors = 0, variance = 0;
  for (size_t i = 0; i < said.size(); ++i) {
    if (said[i].trees == 0) continue;
    errors += (y[i] - said[i].mean) * (y[i] - said[i].mean);
    variance += (y[i] - mean) * (y[i] - mean);
  }
  return variance > 0 ? 1 - errors / variance : kNaN;
}

}  // namespace cairn::surrogate
