// One pass over the text, cell by cell.
#include "footprint/csv.h"

#include <algorithm>

namespace cairn::footprint {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : x_rest(text), x_file(file) {
    if (x_rest.starts_with("\xEF\xBB\xBF")) x_rest.remove_prefix(3);  // as spreadsheets begin files
  }

  Result<CsvTable> parse() && {
    read_head();
    if (x_rest.empty())
      return fail(Code::kCorrupt, "{}:{}: expected the names of columns, found the end", x_file,
                  x_line);
    TRY(CsvRow names, read_row());
    x_table.columns = std::move(names.cells);
    for (auto name = x_table.columns.begin(); name != x_table.columns.end(); ++name)
      if (std::find(x_table.columns.begin(), name, *name) != name)
        return fail(Code::kCorrupt, "{}:{}: expected each column once, found '{}' twice", x_file,
                    names.line, *name);
    while (!x_rest.empty()) {
      if (skip_empty_line()) continue;
      TRY(CsvRow row, read_row());
      if (row.cells.size() != x_table.columns.size())
        return fail(Code::kCorrupt, "{}:{}: expected {} cells, found {}", x_file, row.line,
                    x_table.columns.size(), row.cells.size());
      x_table.rows.push_back(std::move(row));
    }
    return std::move(x_table);
  }

 private:
  void read_head() {
    while (x_rest.starts_with('#') || x_rest.starts_with('\n') || x_rest.starts_with('\r')) {
      std::string_view line = take_line();
      if (line.starts_with('#')) line.remove_prefix(1);
      const size_t colon = line.find(": ");
      if (colon == std::string_view::npos) continue;
      x_table.head.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
  }

  std::string_view take_line() {
    const size_t end = std::min(x_rest.find('\n'), x_rest.size());
    const std::string_view line = x_rest.substr(0, end);
    x_rest.remove_prefix(std::min(end + 1, x_rest.size()));
    ++x_line;
    return line;
  }

  bool skip_empty_line() {
    if (!x_rest.starts_with('\n') && !x_rest.starts_with("\r\n")) return false;
    take_line();
    return true;
  }

  Result<CsvRow> read_row() {
    CsvRow row{x_line, {}};
    row.cells.reserve(x_table.columns.size());
    while (true) {
      TRY(const std::string_view cell, x_rest.starts_with('"') ? read_quoted() : read_plain());
      row.cells.push_back(cell);
      if (x_rest.starts_with(',')) {
        x_rest.remove_prefix(1);
        continue;
      }
      take_line();  // what is left of it: its end
      return row;
    }
  }

  Result<std::string_view> read_plain() {
    const size_t end = std::min(x_rest.find_first_of(",\n"), x_rest.size());
    const std::string_view cell = trim(x_rest.substr(0, end));
    x_rest.remove_prefix(end);
    return cell;
  }

  Result<std::string_view> read_quoted() {
    const size_t line = x_line;
    std::string copy;
    x_rest.remove_prefix(1);
    for (size_t end = 0;;) {
      end = x_rest.find('"', end);
      if (end == std::string_view::npos)
        return fail(Code::kCorrupt, "{}:{}: expected a quote at the end of the cell, found none",
                    x_file, line);
      if (x_rest.substr(end + 1).starts_with('"')) {
        copy.append(x_rest.substr(0, end + 1));
        x_rest.remove_prefix(end + 2);
        end = 0;
        continue;
      }
      std::string_view cell = x_rest.substr(0, end);
      x_rest.remove_prefix(end + 1);
      if (!copy.empty()) cell = x_table.copies.emplace_back(copy.append(cell));
      x_line += static_cast<size_t>(std::count(cell.begin(), cell.end(), '\n'));
      if (x_rest.starts_with('\r')) x_rest.remove_prefix(1);
      if (!x_rest.empty() && x_rest.front() != ',' && x_rest.front() != '\n')
        return fail(Code::kCorrupt, "{}:{}: expected a comma after a quoted cell, found '{}'",
                    x_file, x_line, x_rest.front());
      return cell;
    }
  }

  std::string_view x_rest, x_file;
  size_t x_line = 1;
  CsvTable x_table;
};

}  // namespace

std::string CsvTable::head_value(std::string_view key) const {
  std::string joined;
  for (const auto& [name, value] : head)
    if (name == key) joined.append(joined.empty() ? "" : "; ").append(value);
  return joined;
}

std::optional<size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

Result<CsvTable> parse_csv(std::string_view text, std::string_view file) {
  return Parser(text, file).parse();
}

std::string print_cell(std::string_view text) {
  const bool is_plain =
      text.find_first_of(",\"\r\n") == std::string_view::npos && trim(text).size() == text.size();
  if (is_plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace cairn::footprint
