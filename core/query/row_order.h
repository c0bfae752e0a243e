// RowOrder: in which order a sort shows runs, and the first K of many without sorting all.
//
// Numbers are compared exactly whether whole or float. Absent values and NaN come last whichever
// way the column is sorted; equal runs stay in order of row. Lives for one select().
#pragma once

#include <cstdint>
#include <vector>

#include "query/bitmap.h"
#include "query/column_cells.h"

namespace cairn::query {

class RowOrder {
 public:
  using Row = ColumnCells::Row;
  struct Key {
    const ColumnCells* column;
    bool descending;
  };

  explicit RowOrder(std::vector<Key> keys);

  // The first `count` of the set rows, in order.
  std::vector<Row> first(const Bitmap& rows, size_t count) const;
  bool row_before(Row a, Row b) const;

 private:
  // The first key's cell of a row, as numbers that order as the cells do.
  struct Candidate {
    uint64_t key;
    Row row;
    uint8_t rank;  // the class of the kind; the last for absent values and NaN
  };

  Candidate candidate(Row row, Cell cell) const;
  bool before(const Candidate& a, const Candidate& b) const;
  void rank_texts();

  std::vector<Key> x_keys;
  bool x_mixed_numbers = false;        // the first column holds whole numbers and floats
  bool x_decisive = false;             // equal candidate keys mean equal cells
  std::vector<uint32_t> x_text_ranks;  // of the first column, by code, when there are few
};

}  // namespace cairn::query
