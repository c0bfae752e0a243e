// ColumnCells: dense and sparse storage, and the way between them.
#include "query/column_cells.h"

#include <numeric>

#include "base/bytes.h"
#include "base/check.h"

namespace cairn::query {
namespace {

// Dense from one row in eight on, sparse again below one in sixteen: a dense cell costs 9 bytes for
// every row, a sparse one 16 for every value.
constexpr size_t kDenseCellsMin = 64;
constexpr size_t kDenseRowsPerCell = 8;
constexpr size_t kSparseRowsPerCell = 16;
constexpr size_t kUnusedTextsMax = 1024;  // before a dictionary is considered for renewal

enum class TreeTag : uint8_t { kNull, kBool, kInt, kFloat, kText, kList, kObject };

void encode_tree(ByteWriter& out, const model::Value& value) {
  const auto tag = [&](TreeTag t) { out.u8(static_cast<uint8_t>(t)); };
  if (const bool* flag = value.as_bool()) {
    tag(TreeTag::kBool);
    out.u8(*flag ? 1 : 0);
  } else if (const int64_t* whole = value.as_int()) {
    tag(TreeTag::kInt);
    out.svarint(*whole);
  } else if (const double* real = value.as_double()) {
    tag(TreeTag::kFloat);
    out.f64(*real);
  } else if (const std::string* text = value.as_string()) {
    tag(TreeTag::kText);
    out.text(*text);
  } else if (const model::List* list = value.as_list()) {
    tag(TreeTag::kList);
    out.varint(list->size());
    for (const model::Value& member : *list) encode_tree(out, member);
  } else if (const model::Object* object = value.as_object()) {
    tag(TreeTag::kObject);
    out.varint(object->size());
    for (const auto& [key, member] : *object) {
      out.text(key);
      encode_tree(out, member);
    }
  } else {
    tag(TreeTag::kNull);
  }
}

// Reads what encode_tree() wrote in this process, so it need not doubt it.
model::Value decode_tree(ByteReader& in) {
  switch (static_cast<TreeTag>(in.u8())) {
    case TreeTag::kNull:
      return {};
    case TreeTag::kBool:
      return in.u8() != 0;
    case TreeTag::kInt:
      return in.svarint();
    case TreeTag::kFloat:
      return in.f64();
    case TreeTag::kText:
      return in.text();
    case TreeTag::kList: {
      model::List list(in.varint());
      for (model::Value& member : list) member = decode_tree(in);
      return list;
    }
    case TreeTag::kObject: {
      model::Object object(in.varint());
      for (auto& [key, member] : object) {
        key = in.text();
        member = decode_tree(in);
      }
      return object;
    }
  }
  return {};
}

}  // namespace

void ColumnCells::set(Row row, Cell cell) {
  if (x_dense && row == x_kinds.size() && cell.kind != Kind::kAbsent) {  // a load, row after row
    ++x_counts[static_cast<size_t>(cell.kind)];
    x_kinds.push_back(cell.kind);
    x_bits.push_back(cell.bits);
    return;
  }
  if (x_dense && row > x_kinds.size() && cell.kind != Kind::kAbsent) extend_over_gap(row);
  if (!x_dense) return set_sparse(row, cell);
  if (row >= x_kinds.size()) return;
  --x_counts[static_cast<size_t>(x_kinds[row])];
  ++x_counts[static_cast<size_t>(cell.kind)];
  x_kinds[row] = cell.kind;
  x_bits[row] = cell.bits;
}

// Dense only. May find that the column has become too thin for it.
void ColumnCells::extend_over_gap(Row row) {
  const size_t rows = size_t{row} + 1;
  if (rows > (present() + 1) * kSparseRowsPerCell) return make_sparse();
  x_counts[static_cast<size_t>(Kind::kAbsent)] += static_cast<uint32_t>(rows - x_kinds.size());
  x_kinds.resize(rows, Kind::kAbsent);
  x_bits.resize(rows, 0);
}

std::vector<ColumnCells::Entry>::const_iterator ColumnCells::find_entry(Row row) const {
  if (x_entries.empty() || x_entries.back().row < row) return x_entries.end();
  return std::lower_bound(x_entries.begin(), x_entries.end(), row,
                          [](const Entry& entry, Row wanted) { return entry.row < wanted; });
}

void ColumnCells::set_sparse(Row row, Cell cell) {
  const auto at = x_entries.begin() + (find_entry(row) - x_entries.cbegin());
  const bool found = at != x_entries.end() && at->row == row;
  if (found) --x_counts[static_cast<size_t>(at->kind)];
  if (cell.kind == Kind::kAbsent) {
    if (found) x_entries.erase(at);
    return;
  }
  ++x_counts[static_cast<size_t>(cell.kind)];
  if (found) {
    *at = {row, cell.kind, cell.bits};
    return;
  }
  x_entries.insert(at, {row, cell.kind, cell.bits});
  if (x_entries.size() >= kDenseCellsMin &&
      x_entries.size() * kDenseRowsPerCell > x_entries.back().row)
    make_dense();
}

void ColumnCells::make_dense() {
  const size_t rows = size_t{x_entries.back().row} + 1;
  x_kinds.assign(rows, Kind::kAbsent);
  x_bits.assign(rows, 0);
  for (const Entry& entry : x_entries) {
    x_kinds[entry.row] = entry.kind;
    x_bits[entry.row] = entry.bits;
  }
  x_counts[static_cast<size_t>(Kind::kAbsent)] = static_cast<uint32_t>(rows - x_entries.size());
  x_entries = {};
  x_dense = true;
}

void ColumnCells::make_sparse() {
  for (size_t row = 0; row < x_kinds.size(); ++row)
    if (x_kinds[row] != Kind::kAbsent)
      x_entries.push_back({static_cast<Row>(row), x_kinds[row], x_bits[row]});
  x_counts[static_cast<size_t>(Kind::kAbsent)] = 0;
  x_kinds = {};
  x_bits = {};
  x_dense = false;
}

size_t ColumnCells::present() const {
  return std::accumulate(x_counts.begin() + 1, x_counts.end(), size_t{0});
}

const Dictionary& ColumnCells::dictionary(const std::unique_ptr<Dictionary>& owned) {
  static const Dictionary empty;
  return owned ? *owned : empty;
}

template <typename Change>
void ColumnCells::change_cells(const Change& change) {
  for (Entry& entry : x_entries) change(entry.kind, entry.bits);
  for (size_t row = 0; row < x_kinds.size(); ++row) change(x_kinds[row], x_bits[row]);
}

Dictionary::Code ColumnCells::intern(std::unique_ptr<Dictionary>& owned, Kind kind,
                                     std::string_view bytes) {
  if (!owned) owned = std::make_unique<Dictionary>();
  // Runs that are refreshed leave texts behind that no cell refers to any more.
  if (owned->size() > 2 * count(kind) + kUnusedTextsMax) {
    auto renewed = std::make_unique<Dictionary>();
    change_cells([&](Kind of, uint64_t& bits) {
      if (of == kind) bits = renewed->add(owned->text(static_cast<Dictionary::Code>(bits)));
    });
    owned = std::move(renewed);
  }
  return owned->add(bytes);
}

void ColumnCells::set_text(Row row, std::string_view text) {
  set(row, {Kind::kText, intern(x_texts, Kind::kText, text)});
}

void ColumnCells::set_tree(Row row, const model::Value& tree) {
  ByteWriter bytes;
  encode_tree(bytes, tree);
  set(row, {Kind::kTree, intern(x_trees, Kind::kTree, bytes.view())});
}

Cell ColumnCells::cell(Row row) const {
  if (x_dense) return row < x_kinds.size() ? Cell{x_kinds[row], x_bits[row]} : Cell{};
  const auto at = find_entry(row);
  return at != x_entries.end() && at->row == row ? Cell{at->kind, at->bits} : Cell{};
}

model::Value ColumnCells::tree(Dictionary::Code code) const {
  ByteReader in(trees().text(code));
  model::Value value = decode_tree(in);
  CHECK(in.ok() && in.at_end());
  return value;
}

model::Value ColumnCells::value(Row row) const {
  const Cell cell = this->cell(row);
  switch (cell.kind) {
    case Kind::kAbsent:
      return {};
    case Kind::kBool:
      return cell.bits != 0;
    case Kind::kInt:
    case Kind::kTime:
    case Kind::kDuration:
      return cell.whole();
    case Kind::kFloat:
      return cell.real();
    case Kind::kText:
      return texts().text(static_cast<Dictionary::Code>(cell.bits));
    case Kind::kTree:
      return tree(static_cast<Dictionary::Code>(cell.bits));
  }
  return {};
}

size_t ColumnCells::memory_bytes() const {
  return sizeof *this + x_kinds.capacity() * sizeof(Kind) + x_bits.capacity() * sizeof(uint64_t) +
         x_entries.capacity() * sizeof(Entry) + (x_texts ? x_texts->memory_bytes() : 0) +
         (x_trees ? x_trees->memory_bytes() : 0);
}

}  // namespace cairn::query
