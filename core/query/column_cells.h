// ColumnCells: the cells of one column of a RunTable, one per run that has a value there.
//
// A cell is a kind and 64 bits, so a column may mix kinds without a virtual call or an allocation.
// Columns that most runs have are two dense arrays; columns that few runs have are a sorted list,
// so that a hundred thousand keys used by one run each cost a hundred thousand cells and no more.
// Owned by its RunTable, used on its thread, lives in memory only.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "model/value.h"
#include "query/bitmap.h"
#include "query/dictionary.h"

namespace cairn::query {

// In the order in which a sort puts values of different kinds; ints and floats are one class there.
enum class Kind : uint8_t { kAbsent, kBool, kInt, kFloat, kTime, kDuration, kText, kTree };
constexpr size_t kKindCount = 8;

struct Cell {
  Kind kind = Kind::kAbsent;
  uint64_t bits = 0;  // kText, kTree: a code of the column's dictionary

  int64_t whole() const { return static_cast<int64_t>(bits); }
  double real() const { return std::bit_cast<double>(bits); }
};

class ColumnCells {
 public:
  using Row = uint32_t;

  void set(Row row, Cell cell);  // kAbsent takes the value away
  void set_text(Row row, std::string_view text);
  void set_tree(Row row, const model::Value& tree);  // a list or an object

  Cell cell(Row row) const;
  model::Value value(Row row) const;  // times and durations as int64 nanoseconds

  size_t count(Kind kind) const { return x_counts[static_cast<size_t>(kind)]; }
  size_t present() const;
  const Dictionary& texts() const { return dictionary(x_texts); }
  const Dictionary& trees() const { return dictionary(x_trees); }
  model::Value tree(Dictionary::Code code) const;
  size_t memory_bytes() const;

  // Sets every bit `row` of `out` to test(cell of row); absent cells are tested too.
  template <typename Test>
  void scan(Bitmap& out, const Test& test) const;

  // Reads cells of rows that mostly ascend; cheaper than cell() where the column is sparse.
  class Cursor;

 private:
  struct Entry {
    Row row;
    Kind kind;
    uint64_t bits;
  };

  static const Dictionary& dictionary(const std::unique_ptr<Dictionary>& owned);
  std::vector<Entry>::const_iterator find_entry(Row row) const;
  void set_sparse(Row row, Cell cell);
  void extend_over_gap(Row row);
  void make_dense();
  void make_sparse();
  Dictionary::Code intern(std::unique_ptr<Dictionary>& owned, Kind kind, std::string_view bytes);
  template <typename Change>
  void change_cells(const Change& change);

  bool x_dense = false;
  std::vector<Kind> x_kinds;     // dense; rows beyond the end are absent
  std::vector<uint64_t> x_bits;  // dense
  std::vector<Entry> x_entries;  // sparse, ascending
  std::array<uint32_t, kKindCount> x_counts{};
  std::unique_ptr<Dictionary> x_texts, x_trees;
};

class ColumnCells::Cursor {
 public:
  explicit Cursor(const ColumnCells& cells) : x_cells(cells) {}
  Cell at(Row row) {
    if (x_cells.x_dense)
      return row < x_cells.x_kinds.size() ? Cell{x_cells.x_kinds[row], x_cells.x_bits[row]}
                                          : Cell{};
    const std::vector<Entry>& entries = x_cells.x_entries;
    if (row < x_last || row - x_last > kNearRows)
      x_next = static_cast<size_t>(x_cells.find_entry(row) - entries.begin());
    while (x_next < entries.size() && entries[x_next].row < row) ++x_next;
    x_last = row;
    const bool found = x_next < entries.size() && entries[x_next].row == row;
    return found ? Cell{entries[x_next].kind, entries[x_next].bits} : Cell{};
  }

 private:
  static constexpr Row kNearRows = Bitmap::kWordBits;
  const ColumnCells& x_cells;
  Row x_last = 0;
  size_t x_next = 0;  // the first entry at or after x_last
};

template <typename Test>
void ColumnCells::scan(Bitmap& out, const Test& test) const {
  out = Bitmap(out.bits(), test(Cell{}));
  for (const Entry& entry : x_entries) out.assign(entry.row, test(Cell{entry.kind, entry.bits}));
  for (size_t begin = 0; begin < x_kinds.size(); begin += Bitmap::kWordBits) {
    const size_t count = std::min(Bitmap::kWordBits, x_kinds.size() - begin);
    uint64_t bits = 0;
    for (size_t i = 0; i < count; ++i)
      bits |= static_cast<uint64_t>(test(Cell{x_kinds[begin + i], x_bits[begin + i]})) << i;
    out.assign_word(begin, bits, count);
  }
}

}  // namespace cairn::query
