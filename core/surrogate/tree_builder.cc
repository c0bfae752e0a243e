// See tree_builder.h.
#include "surrogate/tree_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cairn::surrogate {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// A cut that explains less of the targets' squares than this finds rounding errors.
constexpr double kGainMin = 1e-12;

}  // namespace

TreeBuilder::TreeBuilder(Forest& forest, const Sample& sample, const ForestOptions& options)
    : x_forest(forest),
      x_options(options),
      x_rows(sample.x.rows()),
      x_columns(sample.x.columns()),
      x_places(x_rows * x_columns),
      x_weights(x_rows, 1),
      x_targets(x_rows),
      x_sorted(x_rows * x_columns),
      x_has_missing(x_columns),
      x_sums(x_rows),
      x_goes_left(x_rows),
      x_column_order(x_columns) {
  std::ranges::copy(sample.weights, x_weights.begin());
  for (size_t i = 0; i < x_rows; ++i) x_targets[i] = sample.y[i] - forest.x_centre;
  for (size_t c = 0; c < x_columns; ++c) {
    double* places = x_places.data() + c * x_rows;
    for (size_t i = 0; i < x_rows; ++i) {
      const double place = sample.x.at(i, c);
      const bool is_missing =
          std::isnan(place) || (forest.x_columns[c].is_categorical() && place < 0);
      places[i] = is_missing ? kNaN : place;
      if (is_missing) x_has_missing[c] = true;
    }
    const auto sorted = std::span(x_sorted).subspan(c * x_rows, x_rows);
    std::iota(sorted.begin(), sorted.end(), 0U);
    const auto key = [&](uint32_t row) {
      return std::isnan(places[row]) ? kInfinity : places[row];
    };
    std::ranges::stable_sort(sorted, {}, key);
  }
}

void TreeBuilder::fill_orders(std::span<const uint8_t> bag) {
  x_in_bag = x_rows - static_cast<size_t>(std::ranges::count(bag, 0));
  x_squares = 0;
  for (size_t i = 0; i < x_rows; ++i) {
    const double weight = x_weights[i] * bag[i];
    x_sums[i] = {weight, weight * x_targets[i], 1};
    x_squares += weight * x_targets[i] * x_targets[i];
  }
  // Without branches: which rows are in a bag cannot be guessed.
  x_orders.resize(x_in_bag * x_columns + 1);
  size_t at = 0;
  for (const uint32_t row : x_sorted) {
    x_orders[at] = row;
    at += bag[row] > 0;
  }
  // Without a column there is no order, and no need of one.
  x_parted.resize(x_in_bag);
  std::iota(x_column_order.begin(), x_column_order.end(), 0U);
}

void TreeBuilder::build(std::span<const uint8_t> bag, Random random) {
  fill_orders(bag);
  const auto add_node = [&](const Sums& sums) {
    const auto node = static_cast<uint32_t>(x_forest.x_nodes.size());
    x_forest.x_nodes.push_back({kInfinity, node, 0, true, false});
    x_forest.x_values.push_back(sums.mean());
    return node;
  };
  Sums all;
  for (size_t i = 0; i < x_rows; ++i)
    if (bag[i] > 0) all += x_sums[i];
  x_forest.x_roots.push_back(add_node(all));
  std::vector<Open> stack = {{x_forest.x_roots.back(), 0, static_cast<uint32_t>(x_in_bag), 0, all}};
  while (!stack.empty()) {
    const Open open = stack.back();
    stack.pop_back();
    Cut cut;
    if (open.depth >= x_options.depth_max || open.sums.rows < 2 * x_options.leaf_rows_min ||
        !find_cut(open, random, cut))
      continue;
    const uint32_t middle = split(open, cut, random);
    Sums left;
    for (const uint32_t row : rows_of({open.node, open.begin, middle, 0, {}}, cut.column))
      left += x_sums[row];
    const Sums right = open.sums - left;
    const uint32_t left_node = add_node(left);
    const uint32_t right_node = add_node(right);
    x_forest.x_nodes[open.node].left = left_node;
    stack.push_back({right_node, middle, open.end, open.depth + 1, right});
    stack.push_back({left_node, open.begin, middle, open.depth + 1, left});
  }
}

bool TreeBuilder::find_cut(const Open& open, Random& random, Cut& best) {
  const auto wanted =
      static_cast<size_t>(std::ceil(x_options.columns_share * static_cast<double>(x_columns)));
  const double unsplit = open.sums.score();
  best.score = unsplit + kGainMin * x_squares;
  const double nothing_found = best.score;
  size_t looked_at = 0;
  for (size_t i = 0; i < x_columns && looked_at < wanted; ++i) {
    random.choose(std::span(x_column_order).subspan(i), 1);
    const uint32_t column = x_column_order[i];
    const double before = best.score;
    // A column that cannot part the rows costs no turn.
    if (is_plain(column)) {
      if (!try_all_cuts(open, column, best)) continue;
      ++looked_at;
    } else {
      Sums missing;
      gather_atoms(open, column, missing);
      if (x_atoms.size() + (missing.rows > 0) < 2) continue;
      ++looked_at;
      arrange_atoms(column, random);
      try_cuts(column, missing, open.sums, random, best);
    }
    if (best.score == before) continue;
    best.column = static_cast<uint16_t>(column);
    if (x_forest.x_columns[column].is_categorical())
      x_best_atoms = x_atoms;
    else
      place_threshold(best, random);
  }
  return best.score > nothing_found;
}

// The same as gather_atoms() and try_cuts() do, in one pass and without a list: numbers that no row
// lacks are most of what there is. False where the rows cannot be parted.
bool TreeBuilder::try_all_cuts(const Open& open, size_t column, Cut& best) {
  const double* places = x_places.data() + column * x_rows;
  const std::span<const uint32_t> rows = rows_of(open, column);
  if (places[rows.front()] == places[rows.back()]) return false;
  Sums left, atom;
  double place = places[rows.front()];
  for (const uint32_t row : rows) {
    if (places[row] != place) {
      left += atom;
      atom = {};
      const Sums right = open.sums - left;
      const double score = left.score() + right.score();
      if (score > best.score && std::min(left.rows, right.rows) >= x_options.leaf_rows_min)
        best = {.score = score,
                .column = best.column,
                .missing_goes_left = 2 * left.weight > open.sums.weight,
                .below = place,
                .above = places[row]};
      place = places[row];
    }
    atom += x_sums[row];
  }
  return true;
}

void TreeBuilder::gather_atoms(const Open& open, size_t column, Sums& missing) {
  const double* places = x_places.data() + column * x_rows;
  std::span<const uint32_t> rows = rows_of(open, column);
  if (x_has_missing[column]) {
    const auto first =
        std::ranges::partition_point(rows, [&](uint32_t row) { return !std::isnan(places[row]); });
    for (auto at = first; at != rows.end(); ++at) missing += x_sums[*at];
    rows = {rows.begin(), first};
  }
  x_atoms.clear();
  for (const uint32_t row : rows) {
    if (x_atoms.empty() || x_atoms.back().value != places[row])
      x_atoms.push_back({places[row], x_sums[row]});
    else
      x_atoms.back().sums += x_sums[row];
  }
}

// Categories have no order of their own: the best set is a prefix of their order by mean.
void TreeBuilder::arrange_atoms(size_t column, Random& random) {
  if (!x_forest.x_columns[column].is_categorical()) return;
  if (x_options.cut == ForestOptions::Cut::kRandom) {
    random.choose(std::span(x_atoms), x_atoms.size());
  } else {
    std::ranges::stable_sort(x_atoms, {}, [](const Atom& atom) { return atom.sums.mean(); });
  }
}

void TreeBuilder::try_cut(size_t atoms_left, const Sums& left, const Sums& missing, const Sums& all,
                          Cut& best) {
  const auto try_side = [&](const Sums& part, bool missing_goes_left) {
    const Sums rest = all - part;
    if (std::min(part.rows, rest.rows) < x_options.leaf_rows_min) return;
    const double score = part.score() + rest.score();
    if (score > best.score)
      best = {.score = score,
              .column = best.column,
              .missing_goes_left = missing_goes_left,
              .atoms_left = atoms_left,
              .below = x_atoms[std::max<size_t>(atoms_left, 1) - 1].value,
              .above = atoms_left < x_atoms.size() ? x_atoms[atoms_left].value : kInfinity};
  };
  if (missing.rows == 0) {
    // Nothing was learned about missing values: they follow the many.
    try_side(left, 2 * left.weight > all.weight);
    return;
  }
  Sums with_missing = left;
  with_missing += missing;
  if (left.rows > 0) try_side(left, false);
  if (with_missing.rows < all.rows) try_side(with_missing, true);
}

void TreeBuilder::try_cuts(size_t column, const Sums& missing, const Sums& all, Random& random,
                           Cut& best) {
  const size_t atoms = x_atoms.size();
  if (x_options.cut == ForestOptions::Cut::kBest) {
    Sums left;
    for (size_t i = 0; i + 1 < atoms; ++i) {
      left += x_atoms[i].sums;
      try_cut(i + 1, left, missing, all, best);
    }
    left += x_atoms[atoms - 1].sums;
    if (missing.rows > 0 && atoms > 0) try_cut(atoms, left, missing, all, best);
    return;
  }
  // One cut at random; missing against present only where nothing else can be parted.
  size_t at = atoms;
  if (atoms > 1 && x_forest.x_columns[column].is_categorical()) at = 1 + random.below(atoms - 1);
  if (atoms > 1 && !x_forest.x_columns[column].is_categorical()) {
    const double threshold = std::lerp(x_atoms.front().value, x_atoms.back().value, random.unit());
    const auto above = std::ranges::upper_bound(x_atoms, threshold, {}, &Atom::value);
    at = std::min(static_cast<size_t>(above - x_atoms.begin()), atoms - 1);
  }
  Sums left;
  for (size_t i = 0; i < at; ++i) left += x_atoms[i].sums;
  try_cut(at, left, missing, all, best);
}

void TreeBuilder::place_threshold(Cut& best, Random& random) {
  if (best.above == kInfinity) {
    best.threshold = kInfinity;  // all that is present goes left
    return;
  }
  const double between = std::lerp(best.below, best.above, random.unit());
  best.threshold = between < best.above ? between : best.below;
}

// The set of categories that go left. Those that the node has not seen fall to either side.
uint32_t TreeBuilder::add_set(const Cut& cut, size_t categories, Random& random) {
  std::vector<uint64_t>& sets = x_forest.x_sets;
  const auto begin = static_cast<uint32_t>(sets.size());
  for (size_t word = 0; word < (categories + 63) / 64; ++word) sets.push_back(random.next());
  for (size_t i = 0; i < x_best_atoms.size(); ++i) {
    const auto category = static_cast<size_t>(x_best_atoms[i].value);
    const uint64_t bit = uint64_t{1} << category % 64;
    uint64_t& word = sets[begin + category / 64];
    word = i < cut.atoms_left ? word | bit : word & ~bit;
  }
  return begin;
}

uint32_t TreeBuilder::split(const Open& open, const Cut& cut, Random& random) {
  const Column& column = x_forest.x_columns[cut.column];
  Forest::Node& node = x_forest.x_nodes[open.node];
  node.column = cut.column;
  node.missing_goes_left = cut.missing_goes_left;
  node.is_categorical = column.is_categorical();
  node.cut = node.is_categorical ? add_set(cut, column.levels.size(), random) : cut.threshold;
  const double* places = x_places.data() + cut.column * x_rows;
  for (const uint32_t row : rows_of(open, cut.column)) {
    const double place = places[row];
    bool left = cut.missing_goes_left;
    if (!std::isnan(place))
      left = node.is_categorical ? x_forest.in_set(node, static_cast<size_t>(place))
                                 : place <= node.cut;
    x_goes_left[row] = left;
  }
  return part(open);
}

// Parts the node's rows in every order, keeping the order on both sides; where the right part
// begins.
uint32_t TreeBuilder::part(const Open& open) {
  size_t left = 0;
  for (size_t c = 0; c < x_columns; ++c) {
    uint32_t* rows = x_orders.data() + c * x_in_bag + open.begin;
    const size_t count = open.end - open.begin;
    size_t right = 0;
    left = 0;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t row = rows[i];
      const size_t goes_left = x_goes_left[row];
      rows[left] = row;
      x_parted[right] = row;
      left += goes_left;
      right += 1 - goes_left;
    }
    std::copy_n(x_parted.begin(), right, rows + left);
  }
  return open.begin + static_cast<uint32_t>(left);
}

}  // namespace cairn::surrogate
