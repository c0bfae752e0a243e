// RunTable: what is known of every run, as typed columns in memory that filter, sort and group.
//
// Derived: filled from the store's rows by its owner, and gone with the process. Used by one thread
// at a time. It does not know what its columns mean: the owner sets "id", "state", "created" and so
// on under the names of built_in_fields(), and "config.lr", "summary.val_acc", "git.commit",
// "meta.host.cpu" for the members of trees. What a run does not have is left unset, never "" or 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "query/bitmap.h"
#include "query/column_cells.h"
#include "query/dictionary.h"
#include "query/filter.h"
#include "query/row_order.h"

namespace cairn::query {

class RunTable {
 public:
  using Row = uint32_t;  // in order of arrival, never used twice
  using Column = uint32_t;

  // --- filling
  Row row(std::string_view run_id);  // finds or adds
  std::optional<Row> find(std::string_view run_id) const;
  void erase(Row row);
  void clear_row(Row row);               // forgets its cells, as before a refresh; the run stays
  Column column(std::string_view name);  // finds or adds
  std::optional<Column> find_column(std::string_view name) const;

  void set(Row row, Column column, bool value);
  void set(Row row, Column column, int64_t value);
  void set(Row row, Column column, int value) { set(row, column, int64_t{value}); }
  void set(Row row, Column column, double value);
  void set(Row row, Column column, std::string_view value);
  void set(Row row, Column column, const std::string& value) {
    set(row, column, std::string_view(value));
  }
  void set(Row row, Column column, const char* value) { set(row, column, std::string_view(value)); }
  void set(Row row, Column column, const model::Value& value);  // null: takes the value away
  void set_time(Row row, Column column, int64_t time_ns);
  void set_duration(Row row, Column column, int64_t duration_ns);
  void set_list(Row row, Column column, const std::vector<std::string>& members);

  // --- looking
  size_t size() const { return x_size; }  // runs
  std::vector<Row> rows() const;          // all of them, in order of arrival
  // Null where the run has no value; times and durations are int64 nanoseconds.
  model::Value value(Row row, Column column) const { return x_columns[column].value(row); }
  std::string_view name(Column column) const { return x_names.text(column); }  // until column()
  size_t count(Column column) const { return x_columns[column].present(); }    // runs that have it

  struct ColumnInfo {
    std::string name;
    size_t bools = 0, ints = 0, floats = 0, texts = 0, times = 0, durations = 0, lists = 0;
    size_t runs() const { return bools + ints + floats + texts + times + durations + lists; }
  };
  std::vector<ColumnInfo> columns() const;  // those that some run has, in order of arrival
  size_t memory_bytes() const;

  // --- asking
  struct Notes {
    std::vector<std::string> unknown_fields;  // no run has them
    size_t type_mismatches = 0;  // comparisons of a value with a literal of another type: no match
    std::vector<std::string> warnings;  // both, as sentences for the user
  };
  struct Select {
    std::string filter;         // empty: every run
    std::vector<SortKey> sort;  // empty: in order of row
    size_t offset = 0;
    size_t limit = 50;       // at most kPageRunsMax
    int64_t now_ns = 0;      // what "now" means in the filter
    std::vector<Term> also;  // met by every run, besides the filter
  };
  struct Page : Notes {
    std::vector<Row> rows;
    size_t total = 0;  // runs that match, on this page or not
  };
  Result<Page> select(const Select& select) const;

  struct GroupBy {
    std::string filter;
    std::vector<std::string> by;        // one to kGroupColumnsMax columns
    std::vector<std::string> measures;  // columns of numbers
    int64_t now_ns = 0;
    std::vector<Term> also;
  };
  static constexpr size_t kGroupColumnsMax = 3;
  // Of the runs that have a number there. NaN while count is 0.
  struct Measure {
    size_t count = 0;
    double mean = 0, min = 0, max = 0;
    double squares = 0;  // of the distances from the mean, added up
    double std() const;  // n - 1; NaN of fewer than two
  };
  struct Group {
    std::vector<model::Value> key;  // by column; null: the runs without a value
    size_t runs = 0;
    Row first = 0;  // the first of them
    std::vector<Measure> measures;
  };
  struct Groups : Notes {
    std::vector<Group> groups;  // in order of key, absent values last
    size_t total = 0;           // runs
  };
  Result<Groups> group(const GroupBy& by) const;

 private:
  static constexpr Row kNoRow = ~Row{0};

  ColumnCells& filling(Row row, Column column);
  const ColumnCells& cells_of(std::string_view name) const;  // empty ones for an unknown name
  Result<Bitmap> match(std::string_view filter, const std::vector<Term>& also, int64_t now_ns,
                       Notes& notes) const;
  Bitmap match(const Filter& filter, int64_t now_ns, Notes& notes) const;
  void note_unknown(std::string_view field, Notes& notes) const;
  std::string suggest(std::string_view field) const;

  Dictionary x_ids;              // of runs
  std::vector<Row> x_row_of_id;  // by code; kNoRow once erased
  std::vector<Dictionary::Code> x_id_of_row;
  Dictionary x_names;  // of columns; the code is the Column
  std::vector<ColumnCells> x_columns;
  size_t x_size = 0;
  Bitmap x_live;    // rows that are not erased
  Bitmap x_filled;  // rows that have had a cell since they were new or cleared
};

}  // namespace cairn::query
