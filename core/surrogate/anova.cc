// See anova.h.
#include "surrogate/anova.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "surrogate/random.h"

namespace cairn::surrogate {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr uint64_t kPointsSeed = 0xA70A;  // any, but always the same

Lattice lattice_of(const Column& column, size_t places) {
  Lattice lattice;
  const double count = column.high - column.low + 1;
  if (column.is_categorical()) {
    lattice.places.resize(column.levels.size());
    std::iota(lattice.places.begin(), lattice.places.end(), 0.0);
  } else if (column.kind == ColumnKind::kOrdinal) {
    for (const model::Value& level : column.levels)
      lattice.places.push_back(place_of(column, level));
  } else if (column.is_integer && count <= static_cast<double>(places)) {
    for (double value = column.low; value <= column.high; ++value)
      lattice.places.push_back(place_of(column, value));
  } else {
    for (size_t i = 0; i < places; ++i)
      lattice.places.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(places));
  }
  const double present = 1 - column.missing_share;
  lattice.shares.assign(lattice.places.size(),
                        present / static_cast<double>(lattice.places.size()));
  if (column.missing_share > 0) {
    lattice.places.push_back(kNaN);
    lattice.shares.push_back(column.missing_share);
  }
  return lattice;
}

// A run of neighbouring places of one column: [begin, end).
struct Run {
  uint32_t begin, end;
};

// The boxes of one tree as runs over the lattice.
class Boxes {
 public:
  explicit Boxes(const std::vector<Lattice>& lattices, const std::vector<Column>& columns)
      : x_lattices(lattices), x_columns(columns) {
    for (const Lattice& lattice : lattices) {
      x_until.emplace_back(lattice.shares.size() + 1);
      std::partial_sum(lattice.shares.begin(), lattice.shares.end(), x_until.back().begin() + 1);
    }
  }

  // Values are taken times `factor`.
  void take(const Forest& forest, size_t tree, double factor) {
    x_leaves.clear();
    x_inverse_shares.clear();
    x_runs.clear();
    x_first_run.assign(1, 0);
    forest.visit_leaves(tree, [&](const Box& box, double value) { add(box, factor * value); });
  }

  double mean() const {
    double mean = 0;
    for (const Leaf& leaf : x_leaves) mean += leaf.value * leaf.volume;
    return mean;
  }

  // Adds the boxes to the differences of a column's effect (one place longer than its lattice).
  void add_to(std::vector<double>& differences, size_t column) const {
    for (size_t i = 0; i < x_leaves.size(); ++i) {
      const double density = x_leaves[i].value * x_leaves[i].volume * inverse_share(i, column);
      for (const Run& run : runs(i, column)) {
        differences[run.begin] += density;
        differences[run.end] -= density;
      }
    }
  }

  // The same of two columns, in both directions.
  void add_to(Matrix& differences, size_t a, size_t b) const {
    for (size_t i = 0; i < x_leaves.size(); ++i) {
      const double density =
          x_leaves[i].value * x_leaves[i].volume * inverse_share(i, a) * inverse_share(i, b);
      for (const Run& down : runs(i, a)) {
        double* top = differences.row(down.begin).data();
        double* bottom = differences.row(down.end).data();
        for (const Run& across : runs(i, b)) {
          top[across.begin] += density;
          top[across.end] -= density;
          bottom[across.begin] -= density;
          bottom[across.end] += density;
        }
      }
    }
  }

 private:
  struct Leaf {
    double value, volume;  // volume: share of the lattice
  };

  double inverse_share(size_t leaf, size_t column) const {
    return x_inverse_shares[leaf * x_columns.size() + column];
  }
  std::span<const Run> runs(size_t leaf, size_t column) const {
    const size_t at = leaf * x_columns.size() + column;
    return std::span(x_runs).subspan(x_first_run[at], x_first_run[at + 1] - x_first_run[at]);
  }

  void add(const Box& box, double value) {
    Leaf leaf{value, 1};
    const size_t runs_before = x_runs.size();
    for (size_t c = 0; c < x_columns.size() && leaf.volume > 0; ++c) {
      const double share = add_runs(box, c);
      x_inverse_shares.push_back(1 / share);
      x_first_run.push_back(static_cast<uint32_t>(x_runs.size()));
      leaf.volume *= share;
    }
    if (leaf.volume > 0) {
      x_leaves.push_back(leaf);
      return;
    }
    // No place of the lattice is in this box.
    x_runs.resize(runs_before);
    x_inverse_shares.resize(x_leaves.size() * x_columns.size());
    x_first_run.resize(x_inverse_shares.size() + 1);
  }

  // The box's share of the column.
  double add_runs(const Box& box, size_t c) {
    const Lattice& lattice = x_lattices[c];
    const size_t first = x_runs.size();
    const bool has_missing = std::isnan(lattice.places.back());
    const auto present = std::span(lattice.places).first(lattice.places.size() - has_missing);
    const auto size = static_cast<uint32_t>(present.size());
    if (x_columns[c].is_categorical()) {
      for (uint32_t i = 0; i < size; ++i) {
        if (!box.categories[c][i]) continue;
        if (x_runs.size() > first && x_runs.back().end == i)
          ++x_runs.back().end;
        else
          x_runs.push_back({i, i + 1});
      }
    } else {
      const auto beyond = [&](double cut) {
        return static_cast<uint32_t>(std::ranges::upper_bound(present, cut) - present.begin());
      };
      const uint32_t begin = box.low[c] > 0 ? beyond(box.low[c]) : 0;
      const uint32_t end = box.high[c] < 1 ? beyond(box.high[c]) : size;
      if (begin < end) x_runs.push_back({begin, end});
    }
    if (has_missing && box.holds_missing[c]) x_runs.push_back({size, size + 1});
    double share = 0;
    for (size_t r = first; r < x_runs.size(); ++r)
      share += x_until[c][x_runs[r].end] - x_until[c][x_runs[r].begin];
    return share;
  }

  const std::vector<Lattice>& x_lattices;
  const std::vector<Column>& x_columns;
  std::vector<std::vector<double>> x_until;  // by column: the shares of all places before
  std::vector<Leaf> x_leaves;
  std::vector<double> x_inverse_shares;  // by leaf and column
  std::vector<uint32_t> x_first_run;     // by leaf and column, and the end
  std::vector<Run> x_runs;
};

// Visits every tree's boxes, each tree weighing as it does in its forest's prediction.
template <typename Visit>
void for_each_tree(std::span<const Forest> stages, const std::vector<Lattice>& lattices,
                   const Visit& visit) {
  Boxes boxes(lattices, stages[0].columns());
  for (const Forest& forest : stages) {
    for (size_t tree = 0; tree < forest.trees(); ++tree) {
      boxes.take(forest, tree, 1 / static_cast<double>(forest.trees()));
      visit(boxes);
    }
  }
}

// Differences become values less the mean; the extra place is dropped.
void sum_up(std::vector<double>& differences, double mean) {
  std::partial_sum(differences.begin(), differences.end(), differences.begin());
  differences.pop_back();
  for (double& value : differences) value -= mean;
}

Matrix summed_up(const Matrix& differences, double mean) {
  Matrix values(differences.rows() - 1, differences.columns() - 1);
  for (size_t i = 0; i < values.rows(); ++i) {
    double across = 0;
    for (size_t j = 0; j < values.columns(); ++j) {
      across += differences.at(i, j);
      values.at(i, j) = across + (i > 0 ? values.at(i - 1, j) : -mean);
    }
  }
  return values;
}

double variance_of(std::span<const double> effect, std::span<const double> shares) {
  double variance = 0;
  for (size_t i = 0; i < effect.size(); ++i) variance += shares[i] * effect[i] * effect[i];
  return variance;
}

// Of the whole prediction, at points of which every column sees its lattice evenly.
double variance_of_sum(std::span<const Forest> stages, const std::vector<Lattice>& lattices,
                       size_t count) {
  Matrix points(count, lattices.size());
  std::vector<uint32_t> order(count);
  for (size_t c = 0; c < lattices.size(); ++c) {
    std::iota(order.begin(), order.end(), 0U);
    Random random(kPointsSeed, c);
    random.choose(std::span(order), count);
    std::vector<double> until(lattices[c].shares.size());
    std::partial_sum(lattices[c].shares.begin(), lattices[c].shares.end(), until.begin());
    for (size_t i = 0; i < count; ++i) {
      const double at = (order[i] + 0.5) / static_cast<double>(count);
      const auto found = static_cast<size_t>(std::ranges::upper_bound(until, at) - until.begin());
      points.at(i, c) = lattices[c].places[std::min(found, until.size() - 1)];
    }
  }
  std::vector<double> sums(count);
  for (const Forest& forest : stages) {
    const std::vector<Belief> said = forest.predict(points);
    for (size_t i = 0; i < count; ++i) sums[i] += said[i].mean;
  }
  const double mean = std::reduce(sums.begin(), sums.end()) / static_cast<double>(count);
  double squares = 0;
  for (const double sum : sums) squares += (sum - mean) * (sum - mean);
  return squares / static_cast<double>(count);
}

}  // namespace

std::vector<Lattice> lattices_of(std::span<const Forest> stages, size_t places) {
  std::vector<Lattice> lattices;
  for (const Column& column : stages[0].columns()) lattices.push_back(lattice_of(column, places));
  return lattices;
}

Anova analyse(std::span<const Forest> stages, const AnovaOptions& options) {
  CHECK(!stages.empty() && options.places > 0 && options.points > 0);
  const size_t columns = stages[0].columns().size();
  Anova found;
  found.lattices = lattices_of(stages, options.places);
  found.first_order.resize(columns);
  found.total.resize(columns);
  if (options.with_pairs) found.pairs = Matrix(columns, columns);
  std::vector<Matrix> joint;
  for (size_t a = 0; a < columns; ++a) {
    const size_t places = found.lattices[a].places.size();
    found.effects.emplace_back(places + 1);
    for (size_t b = a + 1; options.with_pairs && b < columns; ++b)
      joint.emplace_back(places + 1, found.lattices[b].places.size() + 1);
  }
  for_each_tree(stages, found.lattices, [&](const Boxes& boxes) {
    found.mean += boxes.mean();
    size_t pair = 0;
    for (size_t a = 0; a < columns; ++a) {
      boxes.add_to(found.effects[a], a);
      for (size_t b = a + 1; options.with_pairs && b < columns; ++b)
        boxes.add_to(joint[pair++], a, b);
    }
  });
  for (std::vector<double>& effect : found.effects) sum_up(effect, found.mean);
  const double variance = variance_of_sum(stages, found.lattices, options.points);
  // Differences of rounding are no effect.
  if (variance <= 1e-24 * found.mean * found.mean) return found;
  found.variance = variance;

  for (size_t a = 0; a < columns; ++a)
    found.first_order[a] = variance_of(found.effects[a], found.lattices[a].shares) / variance;
  found.total = found.first_order;
  double explained = std::reduce(found.first_order.begin(), found.first_order.end());
  size_t pair = 0;
  for (size_t a = 0; a < columns; ++a) {
    for (size_t b = a + 1; options.with_pairs && b < columns; ++b) {
      const Matrix values = summed_up(joint[pair++], found.mean);
      double both = 0;
      for (size_t i = 0; i < values.rows(); ++i)
        both += found.lattices[a].shares[i] * variance_of(values.row(i), found.lattices[b].shares) /
                variance;
      const double share = std::max(both - found.first_order[a] - found.first_order[b], 0.0);
      found.pairs.at(a, b) = found.pairs.at(b, a) = share;
      found.total[a] += share;
      found.total[b] += share;
      explained += share;
    }
  }
  found.higher = options.with_pairs ? std::max(1 - explained, 0.0) : kNaN;
  return found;
}

Matrix joint_effect(std::span<const Forest> stages, size_t a, size_t b,
                    const AnovaOptions& options) {
  CHECK(!stages.empty() && a != b && std::max(a, b) < stages[0].columns().size());
  const std::vector<Lattice> lattices = lattices_of(stages, options.places);
  Matrix differences(lattices[a].places.size() + 1, lattices[b].places.size() + 1);
  double mean = 0;
  for_each_tree(stages, lattices, [&](const Boxes& boxes) {
    mean += boxes.mean();
    boxes.add_to(differences, a, b);
  });
  return summed_up(differences, mean);
}

}  // namespace cairn::surrogate
