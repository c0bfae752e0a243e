// Colours, widths of Unicode text, and table layout.
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>

#include "base/check.h"

namespace cairn::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kShrunkColumnMin = 10;

struct Glyph {
  size_t bytes;
  char32_t code;  // 0xFFFD for a byte that is no UTF-8
};

Glyph decode_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || length > text.size() || lead >= 0xF5) return {1, 0xFFFD};
  char32_t code = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {1, 0xFFFD};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  return {length, code};
}

size_t glyph_width(char32_t code) {
  static const bool is_ready = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  if (!is_ready || code < 0x7F) return 1;
  const int width = ::wcwidth(static_cast<wchar_t>(code));
  return width < 0 ? 1 : static_cast<size_t>(width);
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

const char* code_of(Paint paint) {
  switch (paint) {
    case Paint::kPlain:
      return "";
    case Paint::kBold:
      return "1";
    case Paint::kDim:
      return "2";
    case Paint::kRed:
      return "31";
    case Paint::kGreen:
      return "32";
    case Paint::kYellow:
      return "33";
    case Paint::kBlue:
      return "34";
    case Paint::kMagenta:
      return "35";
    case Paint::kCyan:
      return "36";
  }
  return "";
}

// Columns of a number from its decimal point or exponent on.
size_t fraction_of(std::string_view number) {
  const size_t point = number.find_first_of(".e");
  return point == std::string_view::npos ? 0 : number.size() - point;
}

size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Terminal Terminal::of_stdout(ColorMode mode) {
  const bool is_tty = ::isatty(STDOUT_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool wants_color =
      is_tty && !(no_color && *no_color) && !(term && std::string_view(term) == "dumb");
  const char* columns = std::getenv("COLUMNS");
  size_t width = columns ? std::strtoul(columns, nullptr, 10) : 0;
  if (width == 0 && is_tty) width = terminal_width();
  return {is_tty, mode == ColorMode::kAlways || (mode == ColorMode::kAuto && wants_color), width};
}

std::string Terminal::paint(std::string_view text, Paint paint) const {
  if (!x_has_color || paint == Paint::kPlain || text.empty()) return std::string(text);
  return std::string("\x1b[") + code_of(paint) + "m" + std::string(text) + "\x1b[0m";
}

void Terminal::print(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

Result<void> Terminal::write(const std::string& path, std::string_view bytes) const {
  if (path.empty() || path == "-") {
    print(bytes);
    return {};
  }
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return fail_errno(errno, "write", path);
  const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const int write_error = errno;
  if (std::fclose(file) != 0 || !is_written)
    return fail_errno(is_written ? errno : write_error, "write", path);
  return {};
}

bool Terminal::confirm(std::string_view question) const {
  print(question);
  print(" [y/N] ");
  std::fflush(stdout);
  char answer[16] = {};
  return std::fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

void Terminal::warn(std::string_view line) {
  std::fflush(stdout);
  std::fprintf(stderr, "cairn: %.*s\n", static_cast<int>(line.size()), line.data());
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = decode_utf8(text);
    width += glyph_width(glyph.code);
    text.remove_prefix(glyph.bytes);
  }
  return width;
}

std::string shorten(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::string out;
  size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = decode_utf8(text);
    width += glyph_width(glyph.code);
    if (width > columns - 1) break;
    out += text.substr(0, glyph.bytes);
    text.remove_prefix(glyph.bytes);
  }
  return out + "…";
}

std::string make_printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Glyph glyph = decode_utf8(text);
    if (glyph.code == '\n' || glyph.code == '\t')
      out += ' ';
    else if (is_control(glyph.code) || glyph.code == 0xFFFD)
      out += "\xEF\xBF\xBD";
    else
      out += text.substr(0, glyph.bytes);
    text.remove_prefix(glyph.bytes);
  }
  return out;
}

std::string strip_escapes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '[') {  // CSI: up to its final byte
      i += 2;
      while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
    } else if (i + 1 < text.size() && text[i + 1] == ']') {  // OSC: up to BEL or ESC
      while (i + 1 < text.size() && text[i] != '\a' && !(text[i] == '\\' && text[i - 1] == '\x1b'))
        ++i;
    } else {
      ++i;
    }
  }
  return out;
}

void Table::add(std::vector<Cell> row) {
  CHECK(row.size() == x_columns.size());
  x_rows.push_back(std::move(row));
}

std::vector<Table::Shape> Table::measure() const {
  std::vector<Shape> shapes(x_columns.size());
  for (size_t c = 0; c < x_columns.size(); ++c) {
    size_t before = 0;
    for (const auto& row : x_rows) {
      const size_t width = display_width(row[c].text);
      const size_t fraction = x_columns[c].align == Align::kPoint ? fraction_of(row[c].text) : 0;
      before = std::max(before, width - std::min(width, fraction));
      shapes[c].fraction = std::max(shapes[c].fraction, fraction);
    }
    shapes[c].width = std::max(display_width(x_columns[c].title), before + shapes[c].fraction);
  }
  return shapes;
}

size_t Table::natural_width(size_t first_columns) const {
  const std::vector<Shape> shapes = measure();
  size_t width = 0;
  for (size_t c = 0; c < std::min(first_columns, shapes.size()); ++c)
    width += shapes[c].width + (c > 0 ? kGap : 0);
  return width;
}

void Table::keep_columns(size_t first_columns) {
  if (first_columns >= x_columns.size()) return;
  x_columns.resize(first_columns);
  for (auto& row : x_rows) row.resize(first_columns);
}

std::vector<size_t> Table::fit(const std::vector<Shape>& shapes, size_t limit) const {
  std::vector<size_t> widths;
  size_t total = kGap * (shapes.size() - 1);
  for (const Shape& shape : shapes) {
    widths.push_back(shape.width);
    total += shape.width;
  }
  while (limit > 0 && total > limit) {
    size_t widest = widths.size();
    for (size_t c = 0; c < widths.size(); ++c)
      if (x_columns[c].align == Align::kLeft && widths[c] > kShrunkColumnMin &&
          (widest == widths.size() || widths[c] > widths[widest]))
        widest = c;
    if (widest == widths.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string Table::print(const Terminal& terminal, bool with_titles, size_t indent) const {
  if (x_columns.empty()) return "";
  const std::vector<Shape> shapes = measure();
  const size_t limit = terminal.width() > indent ? terminal.width() - indent : 0;
  const std::vector<size_t> widths = fit(shapes, limit);
  std::string out;
  const auto print_line = [&](const auto& cell_at, bool is_title) {
    std::string line(indent, ' ');
    size_t pending = 0;  // spaces owed before the next visible text, so that no line ends with them
    for (size_t c = 0; c < x_columns.size(); ++c) {
      const Cell cell = cell_at(c);
      const std::string text =
          x_columns[c].align == Align::kLeft ? shorten(cell.text, widths[c]) : cell.text;
      const size_t width = display_width(text);
      size_t left = 0;
      size_t right = widths[c] - std::min(widths[c], width);
      if (x_columns[c].align != Align::kLeft) std::swap(left, right);
      if (x_columns[c].align == Align::kPoint && !is_title && left > 0) {
        right = std::min(left, shapes[c].fraction - fraction_of(text));
        left -= right;
      }
      pending += left;
      if (!text.empty()) {
        line.append(pending, ' ');
        line += terminal.paint(text, cell.paint);
        pending = 0;
      }
      pending += right + kGap;
    }
    out += line + '\n';
  };
  if (with_titles)
    print_line([&](size_t c) { return Cell{x_columns[c].title, Paint::kDim}; }, true);
  for (const auto& row : x_rows) print_line([&](size_t c) { return row[c]; }, false);
  return out;
}

}  // namespace cairn::cli
