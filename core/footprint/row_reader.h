// RowReader: the cells of one row of a table, read by the names of their columns. Internal.
//
// The first cell that is not as expected turns it bad; later reads answer nothing, and the reader
// of rows asks for the error once at the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "footprint/csv.h"

namespace cairn::footprint {

class RowReader {
 public:
  // `source` and `release`: the table's, for rows that name none.
  RowReader(const CsvTable& table, std::string_view file, std::string source, std::string release)
      : x_table(table), x_file(file), x_source(std::move(source)), x_release(std::move(release)) {}

  void begin(const CsvRow& row) { x_row = &row; }

  std::string_view text(std::string_view column) const;  // empty when there is none
  std::string needed_text(std::string_view column);
  // Above `low` (or at it) and up to `high`; nothing when the cell is empty.
  std::optional<double> number(std::string_view column, double low, double high);
  double needed_number(std::string_view column, double low, double high);
  double positive(std::string_view column, double high);  // needed, above 0
  int year(std::string_view column = "year");             // 0 when the cell is empty
  int needed_year(std::string_view column = "year");
  std::string currency(std::string_view column = "currency");
  std::string source() const;
  std::string release() const;

  void expected(std::string_view what, std::string_view column);
  // A fault of the row, in words: "FILE:LINE: expected ...".
  const std::optional<Error>& error() const { return x_error; }

 private:
  const CsvTable& x_table;
  std::string_view x_file;
  std::string x_source, x_release;
  const CsvRow* x_row = nullptr;
  std::optional<Error> x_error;
};

bool is_date(std::string_view text);  // "2026-02-26"

}  // namespace cairn::footprint
