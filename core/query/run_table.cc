// RunTable: columns by name, filters as bitmaps, pages and groups.
#include "query/run_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/hash.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "query/predicate.h"

namespace cairn::query {
namespace {

// The cells by which runs fall into one group. 1 and 1.0 are the same number here, NaN is one
// value.
struct GroupKey {
  std::array<uint64_t, RunTable::kGroupColumnsMax> bits{};
  std::array<Kind, RunTable::kGroupColumnsMax> kinds{};

  void set(size_t at, Cell cell) {
    if (cell.kind == Kind::kFloat) {
      const double real = cell.real();
      if (std::isnan(real)) {
        cell.bits = std::bit_cast<uint64_t>(std::numeric_limits<double>::quiet_NaN());
      } else if (real >= -0x1p63 && real < 0x1p63 && real == std::floor(real)) {
        cell = {Kind::kInt, static_cast<uint64_t>(static_cast<int64_t>(real))};
      }
    }
    bits[at] = cell.bits;
    kinds[at] = cell.kind;
  }
  friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

struct GroupKeyHash {
  size_t operator()(const GroupKey& key) const {
    uint64_t seed = 0;
    for (const Kind kind : key.kinds) seed = seed << 8 | static_cast<uint64_t>(kind);
    return xxh3_64({reinterpret_cast<const char*>(key.bits.data()), sizeof key.bits}, seed);
  }
};

// The cell as a number; NaN for anything that is none.
double number_of(Cell cell) {
  if (cell.kind == Kind::kFloat) return cell.real();
  if (cell.kind == Kind::kInt || cell.kind == Kind::kDuration)
    return static_cast<double>(cell.whole());
  return std::numeric_limits<double>::quiet_NaN();
}

void add(RunTable::Measure& measure, double value) {
  if (std::isnan(value)) return;
  if (++measure.count == 1) {
    measure.mean = measure.min = measure.max = value;
    return;
  }
  const double away = value - measure.mean;
  measure.mean += away / static_cast<double>(measure.count);
  measure.squares += away * (value - measure.mean);
  measure.min = std::min(measure.min, value);
  measure.max = std::max(measure.max, value);
}

}  // namespace

double RunTable::Measure::std() const {
  return count > 1 ? std::sqrt(squares / static_cast<double>(count - 1))
                   : std::numeric_limits<double>::quiet_NaN();
}

// --- filling

RunTable::Row RunTable::row(std::string_view run_id) {
  const Dictionary::Code id = x_ids.add(run_id);
  if (id == x_row_of_id.size()) x_row_of_id.push_back(kNoRow);
  if (x_row_of_id[id] != kNoRow) return x_row_of_id[id];
  x_row_of_id[id] = static_cast<Row>(x_id_of_row.size());
  x_id_of_row.push_back(id);
  x_live.push(true);
  x_filled.push(false);
  ++x_size;
  return x_row_of_id[id];
}

std::optional<RunTable::Row> RunTable::find(std::string_view run_id) const {
  const auto id = x_ids.find(run_id);
  if (!id || x_row_of_id[*id] == kNoRow) return std::nullopt;
  return x_row_of_id[*id];
}

void RunTable::erase(Row row) {
  if (!x_live.test(row)) return;
  clear_row(row);
  x_live.assign(row, false);
  x_row_of_id[x_id_of_row[row]] = kNoRow;
  --x_size;
}

void RunTable::clear_row(Row row) {
  if (!x_filled.test(row)) return;  // a first load clears every row, and there may be many columns
  x_filled.assign(row, false);
  for (ColumnCells& cells : x_columns) cells.set(row, {});
}

RunTable::Column RunTable::column(std::string_view name) {
  const Column column = x_names.add(name);
  if (column == x_columns.size()) x_columns.emplace_back();
  return column;
}

std::optional<RunTable::Column> RunTable::find_column(std::string_view name) const {
  return x_names.find(name);
}

ColumnCells& RunTable::filling(Row row, Column column) {
  x_filled.assign(row, true);
  return x_columns[column];
}

void RunTable::set(Row row, Column column, bool value) {
  filling(row, column).set(row, {Kind::kBool, value});
}
void RunTable::set(Row row, Column column, int64_t value) {
  filling(row, column).set(row, {Kind::kInt, static_cast<uint64_t>(value)});
}
void RunTable::set(Row row, Column column, double value) {
  filling(row, column).set(row, {Kind::kFloat, std::bit_cast<uint64_t>(value)});
}
void RunTable::set(Row row, Column column, std::string_view value) {
  filling(row, column).set_text(row, value);
}
void RunTable::set_time(Row row, Column column, int64_t time_ns) {
  filling(row, column).set(row, {Kind::kTime, static_cast<uint64_t>(time_ns)});
}
void RunTable::set_duration(Row row, Column column, int64_t duration_ns) {
  filling(row, column).set(row, {Kind::kDuration, static_cast<uint64_t>(duration_ns)});
}
void RunTable::set_list(Row row, Column column, const std::vector<std::string>& members) {
  set(row, column, model::Value(model::List(members.begin(), members.end())));
}

void RunTable::set(Row row, Column column, const model::Value& value) {
  if (const bool* flag = value.as_bool()) return set(row, column, *flag);
  if (const int64_t* whole = value.as_int()) return set(row, column, *whole);
  if (const double* real = value.as_double()) return set(row, column, *real);
  if (const std::string* text = value.as_string()) return set(row, column, std::string_view(*text));
  if (value.is_null()) return x_columns[column].set(row, {});
  filling(row, column).set_tree(row, value);
}

// --- looking

std::vector<RunTable::Row> RunTable::rows() const {
  std::vector<Row> out;
  out.reserve(x_size);
  x_live.for_each([&](Row row) { out.push_back(row); });
  return out;
}

const ColumnCells& RunTable::cells_of(std::string_view name) const {
  static const ColumnCells empty;
  const auto column = find_column(name);
  return column ? x_columns[*column] : empty;
}

std::vector<RunTable::ColumnInfo> RunTable::columns() const {
  std::vector<ColumnInfo> out;
  for (Column column = 0; column < x_columns.size(); ++column) {
    const ColumnCells& cells = x_columns[column];
    if (cells.present() == 0) continue;
    ColumnInfo info;
    info.name = name(column);
    info.bools = cells.count(Kind::kBool);
    info.ints = cells.count(Kind::kInt);
    info.floats = cells.count(Kind::kFloat);
    info.texts = cells.count(Kind::kText);
    info.times = cells.count(Kind::kTime);
    info.durations = cells.count(Kind::kDuration);
    info.lists = cells.count(Kind::kTree);
    out.push_back(std::move(info));
  }
  return out;
}

size_t RunTable::memory_bytes() const {
  size_t sum = x_ids.memory_bytes() + x_names.memory_bytes() +
               (x_row_of_id.capacity() + x_id_of_row.capacity()) * sizeof(Row) +
               (x_columns.capacity() - x_columns.size()) * sizeof(ColumnCells);
  for (const ColumnCells& cells : x_columns) sum += cells.memory_bytes();
  return sum;
}

// --- asking

Result<Bitmap> RunTable::match(std::string_view filter, const std::vector<Term>& also,
                               int64_t now_ns, Notes& notes) const {
  TRY(const Filter parsed, parse_filter(filter));
  Bitmap rows = match(parsed, now_ns, notes);
  for (const Term& term : also) rows &= match({Filter::Kind::kTerm, {}, term}, now_ns, notes);
  rows &= x_live;
  return rows;
}

Bitmap RunTable::match(const Filter& filter, int64_t now_ns, Notes& notes) const {
  switch (filter.kind) {
    case Filter::Kind::kTerm: {
      const Term& term = filter.term;
      note_unknown(term.field.name, notes);
      const Predicate predicate(term, cells_of(term.field.name), now_ns);
      if (const size_t mismatches = predicate.type_mismatches()) {
        notes.type_mismatches += mismatches;
        notes.warnings.push_back(
            fmt::format("{} {} no match for \"{}\": the value is of another type", mismatches,
                        mismatches == 1 ? "run is" : "runs are",
                        print_filter({Filter::Kind::kTerm, {}, term})));
      }
      Bitmap rows(x_live.bits());
      predicate.mark(rows);
      return rows;
    }
    case Filter::Kind::kNot: {
      Bitmap rows = match(filter.parts.front(), now_ns, notes);
      rows.flip();
      return rows;
    }
    case Filter::Kind::kAnd:
    case Filter::Kind::kOr:
      break;
  }
  const bool all = filter.kind == Filter::Kind::kAnd;
  Bitmap rows(x_live.bits(), all);
  for (const Filter& part : filter.parts) {
    if (all)
      rows &= match(part, now_ns, notes);
    else
      rows |= match(part, now_ns, notes);
  }
  return rows;
}

void RunTable::note_unknown(std::string_view field, Notes& notes) const {
  const bool built_in = field.find('.') == field.npos && !parse_series_field(field);
  if (built_in || size() == 0 || cells_of(field).present() > 0) return;
  auto& unknown = notes.unknown_fields;
  if (std::find(unknown.begin(), unknown.end(), field) != unknown.end()) return;
  unknown.emplace_back(field);
  notes.warnings.push_back(fmt::format("no run has {}{}", print_field(field), suggest(field)));
}

// The same key on the other side of a run, else the nearest spelling on this side.
std::string RunTable::suggest(std::string_view field) const {
  const size_t dot = field.find('.') + 1;
  const std::string_view root = field.substr(0, dot), key = field.substr(dot);
  for (const char* other : {"config.", "summary."})
    if (const std::string twin = other + std::string(key); cells_of(twin).present() > 0)
      return fmt::format("; did you mean {}?", print_field(twin));
  std::vector<std::string_view> keys;
  for (Column column = 0; column < x_columns.size(); ++column)
    if (name(column).starts_with(root) && x_columns[column].present() > 0)
      keys.push_back(name(column).substr(dot));
  const auto nearest = nearest_name(key, keys);
  return nearest ? fmt::format("; did you mean {}?", print_field(std::string(root) + *nearest))
                 : "";
}

Result<RunTable::Page> RunTable::select(const Select& select) const {
  if (select.limit > kPageRunsMax)
    return fail(Code::kLimit, "expected a page of at most {} runs, found {}", kPageRunsMax,
                select.limit);
  Page page;
  TRY(const Bitmap matched, match(select.filter, select.also, select.now_ns, page));
  page.total = matched.count();
  std::vector<RowOrder::Key> keys;
  for (const SortKey& key : select.sort) {
    note_unknown(key.field, page);
    keys.push_back({&cells_of(key.field), key.descending});
  }
  if (select.offset >= page.total) return page;
  const size_t end = select.offset + std::min(select.limit, page.total - select.offset);
  page.rows = RowOrder(std::move(keys)).first(matched, end);
  page.rows.erase(page.rows.begin(), page.rows.begin() + static_cast<ptrdiff_t>(select.offset));
  return page;
}

Result<RunTable::Groups> RunTable::group(const GroupBy& by) const {
  if (by.by.empty() || by.by.size() > kGroupColumnsMax)
    return fail(Code::kInvalid, "expected 1 to {} columns to group by, found {}", kGroupColumnsMax,
                by.by.size());
  Groups out;
  TRY(const Bitmap matched, match(by.filter, by.also, by.now_ns, out));
  std::vector<ColumnCells::Cursor> key_cursors, measure_cursors;
  std::vector<RowOrder::Key> order;
  for (const std::string& name : by.by) {
    note_unknown(name, out);
    key_cursors.emplace_back(cells_of(name));
    order.push_back({&cells_of(name), false});
  }
  for (const std::string& name : by.measures) {
    note_unknown(name, out);
    measure_cursors.emplace_back(cells_of(name));
  }

  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Group empty{{}, 0, 0, std::vector<Measure>(by.measures.size(), {0, kNan, kNan, kNan, 0})};
  std::unordered_map<GroupKey, size_t, GroupKeyHash> places;
  matched.for_each([&](Row row) {
    GroupKey key;
    for (size_t i = 0; i < key_cursors.size(); ++i) key.set(i, key_cursors[i].at(row));
    const auto [place, added] = places.try_emplace(key, out.groups.size());
    if (added) out.groups.push_back(empty);
    Group& group = out.groups[place->second];
    if (added) group.first = row;
    ++group.runs;
    for (size_t i = 0; i < measure_cursors.size(); ++i)
      add(group.measures[i], number_of(measure_cursors[i].at(row)));
  });

  const RowOrder by_key(std::move(order));
  std::sort(out.groups.begin(), out.groups.end(),
            [&](const Group& a, const Group& b) { return by_key.row_before(a.first, b.first); });
  for (Group& group : out.groups)
    for (const std::string& name : by.by) group.key.push_back(cells_of(name).value(group.first));
  out.total = matched.count();
  return out;
}

}  // namespace cairn::query
