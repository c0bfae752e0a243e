// CSV with a head: lines "# key: value", then the names of the columns, then rows (RFC 4180).
//
// Cells are views of the text, which must outlive the table; only cells with doubled quotes are
// copies. Pure.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cairn::footprint {

struct CsvRow {
  size_t line = 0;  // in the file, from 1
  std::vector<std::string_view> cells;
};

struct CsvTable {
  std::vector<std::pair<std::string_view, std::string_view>> head;  // in order; a key may repeat
  std::vector<std::string_view> columns;
  std::vector<CsvRow> rows;
  std::deque<std::string> copies;  // of cells that are not in the text as they are meant

  // All values of a key of the head, joined by "; "; empty when there is none.
  std::string head_value(std::string_view key) const;
  // Where the column is; nothing when there is none of that name.
  std::optional<size_t> column(std::string_view name) const;
};

// Corrupt ("FILE:LINE: expected ..., found ...") when a quote does not end, something follows it,
// a row has more or fewer cells than there are columns, or a column comes twice.
Result<CsvTable> parse_csv(std::string_view text, std::string_view file);

// A cell as it is written: quoted where it must be.
std::string print_cell(std::string_view text);

}  // namespace cairn::footprint
