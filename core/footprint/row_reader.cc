// Cells become numbers, years and names, or the row's error.
#include "footprint/row_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace cairn::footprint {
namespace {

constexpr int kYearMin = 1990, kYearMax = 2100;

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || after != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

bool is_date(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if (kForm[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  const std::string_view month = text.substr(5, 2), day = text.substr(8, 2);
  return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

std::string_view RowReader::text(std::string_view column) const {
  const auto at = x_table.column(column);
  return at ? x_row->cells[*at] : std::string_view();
}

std::string RowReader::needed_text(std::string_view column) {
  const std::string_view found = text(column);
  if (found.empty()) expected("something", column);
  return std::string(found);
}

std::optional<double> RowReader::number(std::string_view column, double low, double high) {
  const std::string_view found = text(column);
  if (found.empty()) return std::nullopt;
  const auto parsed = parse_number(found);
  if (parsed && *parsed >= low && *parsed <= high) return parsed;
  expected(fmt::format("a number from {} to {}", low, high), column);
  return std::nullopt;
}

double RowReader::needed_number(std::string_view column, double low, double high) {
  const auto found = number(column, low, high);
  if (!found) expected(fmt::format("a number from {} to {}", low, high), column);
  return found.value_or(low);
}

double RowReader::positive(std::string_view column, double high) {
  const auto found = number(column, 0, high);
  if (!found || *found <= 0) expected(fmt::format("a number above 0, up to {}", high), column);
  return found.value_or(0);
}

int RowReader::year(std::string_view column) {
  const auto found = number(column, kYearMin, kYearMax);
  if (found && *found != std::floor(*found)) expected("a year", column);
  return static_cast<int>(found.value_or(0));
}

int RowReader::needed_year(std::string_view column) {
  const int found = year(column);
  if (found == 0) expected("a year", column);
  return found;
}

std::string RowReader::currency(std::string_view column) {
  const std::string_view found = text(column);
  const bool is_code = found.size() == 3 && std::all_of(found.begin(), found.end(), [](char c) {
                         return c >= 'A' && c <= 'Z';
                       });
  if (!is_code) expected("a currency of three capital letters", column);
  return std::string(found);
}

std::string RowReader::source() const {
  const std::string_view own = text("source");
  return own.empty() ? x_source : std::string(own);
}

std::string RowReader::release() const {
  const std::string_view own = text("release");
  return own.empty() ? x_release : std::string(own);
}

void RowReader::expected(std::string_view what, std::string_view column) {
  if (x_error) return;
  x_error =
      Error(Code::kCorrupt, fmt::format("{}:{}: expected {} as {}, found '{}'", x_file, x_row->line,
                                        what, column, text(column).substr(0, 80)));
}

}  // namespace cairn::footprint
