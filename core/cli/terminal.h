// Terminal: where the command line writes to, its width and colours, and tables that fit it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cairn::cli {

enum class Paint : uint8_t { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan };
enum class ColorMode { kAuto, kAlways, kNever };

// Standard output as it is: a terminal of some width, or a file or pipe that is never cut or
// coloured unless asked. Used by the main thread.
class Terminal {
 public:
  static Terminal of_stdout(ColorMode mode);  // honours NO_COLOR, TERM=dumb and COLUMNS
  Terminal(bool is_tty, bool has_color, size_t width)
      : x_is_tty(is_tty), x_has_color(has_color), x_width(width) {}

  bool is_tty() const { return x_is_tty; }
  bool has_color() const { return x_has_color; }
  size_t width() const { return x_width; }  // 0: no limit
  std::string paint(std::string_view text, Paint paint) const;

  void print(std::string_view text) const;  // to stdout
  // To a file, or to stdout where `path` is empty or "-".
  Result<void> write(const std::string& path, std::string_view bytes) const;
  bool confirm(std::string_view question) const;  // no, unless the answer begins with y
  static void warn(std::string_view line);        // "cairn: LINE" to stderr

 private:
  bool x_is_tty, x_has_color;
  size_t x_width;
};

// Columns that `text` takes on a terminal. Invalid UTF-8 counts a column per byte.
size_t display_width(std::string_view text);
// The text in at most `columns`, its end replaced by "…" when it is cut.
std::string shorten(std::string_view text, size_t columns);
// Without control characters, so that a recorded name or line cannot steer the reader's terminal.
std::string make_printable(std::string_view text);
// Without the escape sequences of colours and cursor movements.
std::string strip_escapes(std::string_view text);

enum class Align { kLeft, kRight, kPoint };  // kPoint: numbers with their decimal points in line

struct Cell {
  std::string text;
  Paint paint = Paint::kPlain;
};

// Rows under titles, two spaces between columns. Left-aligned columns give way when the terminal is
// narrow; numbers are never cut.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns) : x_columns(std::move(columns)) {}

  void add(std::vector<Cell> row);  // as many cells as columns
  size_t row_count() const { return x_rows.size(); }
  size_t natural_width(size_t first_columns) const;  // of the table cut to its first columns
  void keep_columns(size_t first_columns);

  std::string print(const Terminal& terminal, bool with_titles = true, size_t indent = 0) const;

 private:
  struct Shape {
    size_t width = 0;     // of the widest cell
    size_t fraction = 0;  // kPoint: columns right of where the integers end
  };
  std::vector<Shape> measure() const;
  std::vector<size_t> fit(const std::vector<Shape>& shapes, size_t limit) const;

  std::vector<Column> x_columns;
  std::vector<std::vector<Cell>> x_rows;
};

}  // namespace cairn::cli
