// TreeBuilder: grows the trees of one forest from columns that are sorted once.
//
// Every column keeps the rows of the bag in the order of its values, and a split parts all those
// orders stably (CART's presorting): finding the best cut of a node costs its rows times columns,
// without any sorting below the root.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "surrogate/forest.h"
#include "surrogate/random.h"

namespace cairn::surrogate {

// Lives during Forest::fit only, which owns it.
class TreeBuilder {
 public:
  TreeBuilder(Forest& forest, const Sample& sample, const ForestOptions& options);

  // Appends a tree to the forest. `bag`: how often each row is in it.
  void build(std::span<const uint8_t> bag, Random random);

 private:
  struct Sums {
    double weight = 0, target = 0;  // target: weighted sum
    uint32_t rows = 0;

    void operator+=(const Sums& other) {
      weight += other.weight;
      target += other.target;
      rows += other.rows;
    }
    Sums operator-(const Sums& other) const {
      return {weight - other.weight, target - other.target, rows - other.rows};
    }
    double mean() const { return target / weight; }
    // What the rows contribute to the explained variance when they get their mean.
    double score() const { return target * target / weight; }
  };
  // The rows of a node that share a value; no cut can part them.
  struct Atom {
    double value;
    Sums sums;
  };
  struct Cut {
    double score = 0;
    uint16_t column = 0;
    bool missing_goes_left = false;
    size_t atoms_left = 0;        // of a column with atoms: all of them where the cut parts what is
                                  // present from what is missing
    double below = 0, above = 0;  // the neighbours that a numeric cut parts
    double threshold = 0;
  };
  struct Open {  // a node still to be split, and its rows in every order
    uint32_t node;
    uint32_t begin, end, depth;
    Sums sums;
  };

  void fill_orders(std::span<const uint8_t> bag);
  bool find_cut(const Open& open, Random& random, Cut& best);
  void gather_atoms(const Open& open, size_t column, Sums& missing);
  void arrange_atoms(size_t column, Random& random);
  void try_cut(size_t atoms_left, const Sums& left, const Sums& missing, const Sums& all,
               Cut& best);
  void try_cuts(size_t column, const Sums& missing, const Sums& all, Random& random, Cut& best);
  // A column of numbers that no row lacks, cut where it is best.
  bool is_plain(size_t column) const {
    return x_options.cut == ForestOptions::Cut::kBest && !x_has_missing[column] &&
           !x_forest.x_columns[column].is_categorical();
  }
  bool try_all_cuts(const Open& open, size_t column, Cut& best);
  static void place_threshold(Cut& best, Random& random);
  uint32_t split(const Open& open, const Cut& cut, Random& random);
  uint32_t add_set(const Cut& cut, size_t categories, Random& random);
  uint32_t part(const Open& open);
  std::span<const uint32_t> rows_of(const Open& open, size_t column) const {
    return std::span(x_orders).subspan(column * x_in_bag + open.begin, open.end - open.begin);
  }

  Forest& x_forest;
  const ForestOptions x_options;
  const size_t x_rows, x_columns;
  std::vector<double> x_places;  // column by column; what is missing is NaN
  std::vector<double> x_weights, x_targets;
  std::vector<uint32_t> x_sorted;   // column by column: all rows by place, missing ones last
  std::vector<bool> x_has_missing;  // by column

  // Of the tree being built.
  size_t x_in_bag = 0;       // distinct rows
  double x_squares = 0;      // of all targets, weighted
  std::vector<Sums> x_sums;  // by row
  std::vector<uint32_t> x_orders, x_parted;
  std::vector<uint8_t> x_goes_left;  // by row
  std::vector<uint32_t> x_column_order;
  std::vector<Atom> x_atoms;       // of one node and column, in the order of the cuts
  std::vector<Atom> x_best_atoms;  // of the best cut, where it is one of categories
};

}  // namespace cairn::surrogate
