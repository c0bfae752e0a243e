// Forest: regression trees grown on resampled rows; the workhorse for tables of mixed columns.
//
// Random forest (Breiman 2001) with best cuts, or extra-trees (Geurts, Ernst and Wehenkel 2006)
// with random ones. Missing values have a side at every node, learned where some were seen;
// categories are split as sets, in the order of their means, which holds the best set of all
// (Fisher 1958). A numeric threshold lies anywhere between its two neighbours with equal chance
// (Hutter, Hoos and Leyton-Brown 2014), so that the volume of a box is no artefact of the rows.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "base/result.h"
#include "surrogate/features.h"
#include "surrogate/matrix.h"

namespace cairn::surrogate {

struct ForestOptions {
  enum class Cut { kBest, kRandom };

  size_t trees = 64;
  Cut cut = Cut::kBest;
  double columns_share = 5.0 / 6;  // of the columns, looked at in a node
  size_t leaf_rows_min = 3;
  size_t depth_max = 64;
  bool is_bootstrapped = true;  // without, nothing is out of bag
  // A tree's bag is of at most so many draws: trees of many rows cost less then and differ more.
  size_t bag_groups_max = std::numeric_limits<size_t>::max();
  uint64_t seed = 0;
};
ForestOptions random_forest(uint64_t seed);
ForestOptions extra_trees(uint64_t seed);

// What a forest is fitted to; only borrowed. `x` is encoded by Features: places in [0, 1] or
// category codes, NaN or kUnseenCategory where missing. `y` is finite.
struct Sample {
  const Matrix& x;
  std::span<const double> y;
  std::span<const double> weights = {};  // > 0; empty: all equal
  // Rows of one group (replicates of one configuration) are in the bag or out of it together.
  std::span<const uint32_t> groups = {};  // any numbers; empty: each row is a group
};

struct Belief {
  double mean;
  double sd;  // between trees: how much the forest disagrees, not how noisy a result is
};

// What the trees that did not see a row say of it. `trees` is 0, and the others NaN, when all did.
struct OutOfBag {
  double mean, sd;
  uint32_t trees;
};

// Where a leaf's value holds, as a product of one set per column.
struct Box {
  std::vector<double> low, high;              // of numeric columns: (low, high] within [0, 1]
  std::vector<std::vector<bool>> categories;  // of categorical columns, else empty
  std::vector<bool> holds_missing;
};

// Fitted once, then immutable; any thread. Pure: the same sample, options and seed make the same
// forest. Cost: 2,000 rows x 20 columns x 64 trees about 0.1 s, a prediction about 2 us.
class Forest {
 public:
  // Invalid when there is no row, sizes disagree, or a number is not what Sample says.
  static Result<Forest> fit(std::span<const Column> columns, const Sample& sample,
                            const ForestOptions& options);

  Belief predict(std::span<const double> row) const;
  std::vector<Belief> predict(const Matrix& rows) const;
  // What each tree says.
  std::vector<double> predict_by_tree(std::span<const double> row) const;

  // In the order of the sample's rows; empty without bootstrap.
  const std::vector<OutOfBag>& out_of_bag() const { return x_out_of_bag; }
  // How often a tree's bag holds each row of the sample.
  std::span<const uint8_t> bag(size_t tree) const {
    return std::span(x_bags).subspan(tree * x_rows, x_rows);
  }

  size_t trees() const { return x_roots.size(); }
  const std::vector<Column>& columns() const { return x_columns; }
  // The leaves of one tree; their boxes are disjoint and fill the whole space. The box is reused:
  // copy what should stay.
  void visit_leaves(size_t tree,
                    const std::function<void(const Box& box, double value)>& visit) const;

 private:
  friend class TreeBuilder;
  // The right child follows the left one. A leaf leads to itself whatever the row.
  struct Node {
    double cut;  // goes left if <= cut; categorical: where its set begins in x_sets
    uint32_t left;
    uint16_t column;
    bool missing_goes_left;
    bool is_categorical;
  };

  uint32_t next(const Node& node, const double* row) const;
  template <bool kWithCategories>
  void add_tree(size_t tree, std::span<const double* const> rows, double* sums,
                double* squares) const;
  void add_tree(size_t tree, std::span<const double* const> rows, double* sums,
                double* squares) const;
  bool is_leaf(uint32_t node) const { return x_nodes[node].left == node; }
  bool in_set(const Node& node, size_t category) const;
  void visit_below(uint32_t node, Box& box,
                   const std::function<void(const Box& box, double value)>& visit) const;

  std::vector<Column> x_columns;
  size_t x_rows = 0;
  double x_centre = 0;  // of the targets; leaves hold the difference, whose squares sum well
  bool x_has_categories = false;
  std::vector<Node> x_nodes;      // of all trees
  std::vector<double> x_values;   // of each node's rows, less the centre
  std::vector<uint32_t> x_roots;  // by tree
  std::vector<uint64_t> x_sets;   // bits of the categories that go left
  std::vector<uint8_t> x_bags;
  std::vector<OutOfBag> x_out_of_bag;
};

// Forests that are added up: each but the first is fitted to what those before it leave, out of bag
// (Ghosal and Hooker 2018). One forest flattens what it learns, most of all what takes several cuts
// to see; a second and third give that back. Ends before a forest that would explain less than
// kStageGainMin of what is left, or after `stages_max`.
constexpr double kStageGainMin = 0.05;
Result<std::vector<Forest>> fit_stages(std::span<const Column> columns, const Sample& sample,
                                       const ForestOptions& options, size_t stages_max = 4);

// The share of the targets' variance that out-of-bag predictions explain; NaN when there is none.
double out_of_bag_r2(const Forest& forest, std::span<const double> y);

}  // namespace cairn::surrogate
