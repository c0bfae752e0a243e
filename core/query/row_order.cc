// RowOrder: exact comparison of cells, and selection by a 64-bit key.
#include "query/row_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cairn::query {
namespace {

constexpr uint8_t kRankLast = 0xFF;
constexpr size_t kRankedTextsMax = 1024;  // more are compared by their first bytes
constexpr size_t kCandidatesMin = 1024;   // room beyond the wanted ones, to select rarely

constexpr uint64_t kSignBit = uint64_t{1} << 63;

uint64_t order_bits(int64_t whole) { return static_cast<uint64_t>(whole) ^ kSignBit; }
uint64_t order_bits(double real) {
  const uint64_t bits = std::bit_cast<uint64_t>(real == 0 ? 0.0 : real);  // -0 equals 0
  return bits & kSignBit ? ~bits : bits | kSignBit;
}

uint8_t rank_of(Cell cell) {
  if (cell.kind == Kind::kAbsent) return kRankLast;
  if (cell.kind == Kind::kFloat)
    return std::isnan(cell.real()) ? kRankLast : rank_of({Kind::kInt, 0});
  return static_cast<uint8_t>(cell.kind);
}

template <typename T>
int compare(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_mixed(int64_t whole, double real) {
  if (real >= 0x1p63) return -1;
  if (real < -0x1p63) return 1;
  const double floor = std::floor(real);
  const int order = compare(whole, static_cast<int64_t>(floor));
  return order != 0 ? order : (real > floor ? -1 : 0);
}

// Two cells of one column and equal rank, neither absent nor NaN.
int compare_cells(const ColumnCells& column, Cell a, Cell b) {
  if (a.kind != b.kind)
    return a.kind == Kind::kInt ? compare_mixed(a.whole(), b.real())
                                : -compare_mixed(b.whole(), a.real());
  if (a.kind == Kind::kFloat) return compare(a.real(), b.real());
  if (a.kind != Kind::kText && a.kind != Kind::kTree) return compare(a.whole(), b.whole());
  if (a.bits == b.bits) return 0;
  const Dictionary& texts = a.kind == Kind::kText ? column.texts() : column.trees();
  const auto text = [&](Cell cell) { return texts.text(static_cast<Dictionary::Code>(cell.bits)); };
  return compare(text(a), text(b));
}

}  // namespace

RowOrder::RowOrder(std::vector<Key> keys) : x_keys(std::move(keys)) {
  if (x_keys.empty()) return;
  const ColumnCells& column = *x_keys.front().column;
  x_mixed_numbers = column.count(Kind::kInt) > 0 && column.count(Kind::kFloat) > 0;
  if (column.count(Kind::kText) > 0 && column.texts().size() <= kRankedTextsMax) rank_texts();
  const bool texts_decide = column.count(Kind::kText) == 0 || !x_text_ranks.empty();
  x_decisive = !x_mixed_numbers && texts_decide && column.count(Kind::kTree) == 0;
}

void RowOrder::rank_texts() {
  const Dictionary& texts = x_keys.front().column->texts();
  std::vector<Dictionary::Code> codes(texts.size());
  std::iota(codes.begin(), codes.end(), Dictionary::Code{0});
  std::sort(codes.begin(), codes.end(),
            [&](Dictionary::Code a, Dictionary::Code b) { return texts.text(a) < texts.text(b); });
  x_text_ranks.resize(codes.size());
  for (uint32_t rank = 0; rank < codes.size(); ++rank) x_text_ranks[codes[rank]] = rank;
}

RowOrder::Candidate RowOrder::candidate(Row row, Cell cell) const {
  Candidate out{0, row, rank_of(cell)};
  if (out.rank == kRankLast) return out;
  switch (cell.kind) {
    case Kind::kFloat:
      out.key = order_bits(cell.real());
      break;
    case Kind::kInt:
      out.key = x_mixed_numbers ? order_bits(static_cast<double>(cell.whole()))
                                : order_bits(cell.whole());
      break;
    case Kind::kText: {
      const auto code = static_cast<Dictionary::Code>(cell.bits);
      out.key =
          x_text_ranks.empty() ? x_keys.front().column->texts().prefix(code) : x_text_ranks[code];
      break;
    }
    case Kind::kTree:
      out.key = x_keys.front().column->trees().prefix(static_cast<Dictionary::Code>(cell.bits));
      break;
    default:
      out.key = order_bits(cell.whole());
  }
  if (x_keys.front().descending) {
    out.key = ~out.key;
    out.rank = static_cast<uint8_t>(kRankLast - 1 - out.rank);
  }
  return out;
}

bool RowOrder::before(const Candidate& a, const Candidate& b) const {
  if (a.rank != b.rank) return a.rank < b.rank;
  if (a.key != b.key) return a.key < b.key;
  const bool decided = x_keys.size() == 1 && (x_decisive || a.rank == kRankLast);
  return decided ? a.row < b.row : row_before(a.row, b.row);
}

bool RowOrder::row_before(Row a, Row b) const {
  for (const Key& key : x_keys) {
    const Cell cell_a = key.column->cell(a), cell_b = key.column->cell(b);
    const uint8_t rank_a = rank_of(cell_a), rank_b = rank_of(cell_b);
    if (rank_a == kRankLast || rank_b == kRankLast) {
      if (rank_a != rank_b) return rank_a < rank_b;
      continue;
    }
    const int order =
        rank_a != rank_b ? compare(rank_a, rank_b) : compare_cells(*key.column, cell_a, cell_b);
    if (order != 0) return (order < 0) != key.descending;
  }
  return a < b;
}

std::vector<RowOrder::Row> RowOrder::first(const Bitmap& rows, size_t count) const {
  std::vector<Row> out;
  if (count == 0) return out;
  if (x_keys.empty()) {
    rows.for_each([&](Row row) {
      if (out.size() < count) out.push_back(row);
    });
    return out;
  }
  // Keeps the best `count` seen so far and whatever came since; a row that is behind the worst of
  // the best is dropped after one comparison.
  const auto order = [this](const Candidate& a, const Candidate& b) { return before(a, b); };
  std::vector<Candidate> best;
  const size_t room = std::min(rows.bits(), count) * 2 + kCandidatesMin;
  best.reserve(std::min(room, rows.bits()));
  bool full = false;
  ColumnCells::Cursor cursor(*x_keys.front().column);
  const auto worst = [&]() -> Candidate& { return best[count - 1]; };
  rows.for_each_scattered([&](Row row) {
    const Candidate next = candidate(row, cursor.at(row));
    if (full && !before(next, worst())) return;
    best.push_back(next);
    if (best.size() < room) return;
    std::nth_element(best.begin(), best.begin() + static_cast<ptrdiff_t>(count - 1), best.end(),
                     order);
    best.resize(count);
    full = true;
  });
  std::sort(best.begin(), best.end(), order);
  best.resize(std::min(best.size(), count));
  for (const Candidate& candidate : best) out.push_back(candidate.row);
  return out;
}

}  // namespace cairn::query
