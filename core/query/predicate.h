// Predicate: one term of a filter made ready for one column, then one column scanned in one go.
//
// Every comparison of numbers becomes membership in closed ranges, one set for whole numbers and
// one for floats, so that 2^53 + 1 is told from 2^53 and no conversion happens per run. Every
// comparison of text becomes one bit per distinct text. Lives for one select(), refers to the
// column.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "query/bitmap.h"
#include "query/column_cells.h"
#include "query/filter.h"

namespace cairn::query {

template <typename T>
struct Range {
  T first, last;  // both included

  bool contains(T value) const { return (first <= value) & (value <= last); }
};

// A union of ranges.
template <typename T>
class Ranges {
 public:
  void add(T first, T last) {
    if (first <= last) x_ranges.push_back({first, last});
  }
  void seal();  // after the last add(): sorts and merges
  const Range<T>* only() const { return x_ranges.size() == 1 ? &x_ranges[0] : nullptr; }
  bool contains(T value) const {
    const auto after =
        std::upper_bound(x_ranges.begin(), x_ranges.end(), value,
                         [](T wanted, const Range<T>& range) { return wanted < range.first; });
    return after != x_ranges.begin() && value <= std::prev(after)->last;
  }

 private:
  std::vector<Range<T>> x_ranges;
};

class Predicate {
 public:
  Predicate(const Term& term, const ColumnCells& column, int64_t now_ns);

  // Sets every bit of `out` to whether the run at that row meets the term.
  void mark(Bitmap& out) const;
  // Runs whose value is of a kind that this term cannot judge: no match, and worth a word.
  size_t type_mismatches() const;

 private:
  static constexpr uint32_t bit(Kind kind) { return 1u << static_cast<uint32_t>(kind); }
  static constexpr uint32_t kPresent = (1u << kKindCount) - 2;  // every kind but kAbsent
  bool test(Cell cell) const;
  template <typename Holds>
  void mark_kind(Kind kind, Bitmap& out, const Holds& holds) const;

  void add_literal(Op op, const Literal& literal, int64_t now_ns);
  void add_whole(Kind kind, Op op, Range<int64_t> literal);
  void add_number(Op op, int64_t literal);
  void add_number(Op op, double literal);
  void judge_texts(Op op, const std::vector<Literal>& values);
  void judge_trees(Op op, const std::vector<Literal>& values);

  const ColumnCells& x_column;
  bool x_negated = false;
  uint32_t x_always = 0;  // kinds that match whatever the value
  uint32_t x_judged = 0;  // kinds whose value decides
  std::array<Ranges<int64_t>, kKindCount> x_wholes;
  Ranges<double> x_reals;
  std::vector<uint8_t> x_texts, x_trees;  // by code
};

}  // namespace cairn::query
