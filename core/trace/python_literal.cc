// Numbers and escapes of Python.
#include "trace/python_literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "trace/number_form.h"
#include "trace/text_form.h"

namespace cairn::trace {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads the text between two quotes and writes its value.
class StringReader {
 public:
  StringReader(std::string_view content, Flavour flavour, std::string& out)
      : x_rest(content), x_flavour(flavour), x_out(out) {}

  bool read(bool is_raw) {
    while (!x_rest.empty()) {
      if (x_rest[0] == '\\' && !is_raw) {
        if (!read_escape()) return false;
      } else {
        put_source_byte(x_rest[0]);
        x_rest.remove_prefix(1);
      }
    }
    return true;
  }

 private:
  // A byte of the source: of ASCII, or a part of a character that stays as it is.
  void put_source_byte(char c) {
    if (static_cast<unsigned char>(c) < 0x80)
      put(static_cast<unsigned char>(c));
    else
      x_out.push_back(c);
  }

  void put(uint32_t point) {
    const bool is_bytes = x_flavour == Flavour::kBytes;
    if (point == '\n') {
      x_out += "\\n";
    } else if (point == '\\' || point == '"') {
      x_out.push_back('\\');
      x_out.push_back(static_cast<char>(point));
    } else if (point < 0x20 || point == 0x7F || (is_bytes && point >= 0x80)) {
      fmt::format_to(std::back_inserter(x_out), "\\x{:02x}", point);
    } else if (point < 0x80) {
      x_out.push_back(static_cast<char>(point));
      if (x_flavour == Flavour::kFormat && (point == '{' || point == '}'))
        x_out.push_back(static_cast<char>(point));
    } else if (point >= 0xD800 && point <= 0xDFFF) {
      fmt::format_to(std::back_inserter(x_out), "\\u{:04x}", point);  // half a pair is no UTF-8
    } else {
      append_point(point, x_out);
    }
  }

  bool read_hex(size_t digits) {
    if (x_rest.size() < digits) return false;
    uint32_t point = 0;
    for (size_t i = 0; i < digits; ++i) {
      const int value = hex_value(x_rest[i]);
      if (value < 0) return false;
      point = point * 16 + static_cast<uint32_t>(value);
    }
    if (point > 0x10FFFF) return false;
    put(point);
    x_rest.remove_prefix(digits);
    return true;
  }

  bool read_octal() {
    constexpr size_t kDigitsMax = 3;
    uint32_t point = 0;
    for (size_t i = 0; i < kDigitsMax && !x_rest.empty() && is_octal(x_rest[0]); ++i) {
      point = point * 8 + static_cast<uint32_t>(x_rest[0] - '0');
      x_rest.remove_prefix(1);
    }
    if (point > 0xFF && x_flavour == Flavour::kBytes) return false;
    put(point);
    return true;
  }

  // The names of characters are a table of Unicode's version: they stay names.
  bool read_name() {
    const size_t end = x_rest.find('}');
    if (!x_rest.starts_with('{') || end == std::string_view::npos) return false;
    x_out += "\\N";
    x_out += x_rest.substr(0, end + 1);
    x_rest.remove_prefix(end + 1);
    return true;
  }

  bool read_escape() {
    x_rest.remove_prefix(1);
    if (x_rest.empty()) return put('\\'), true;  // before a field: f"\{x}"
    const char c = x_rest[0];
    if (is_octal(c)) return read_octal();
    const bool is_text = x_flavour != Flavour::kBytes;
    if (c == 'x' || (is_text && (c == 'u' || c == 'U' || c == 'N'))) {
      x_rest.remove_prefix(1);
      return c == 'N' ? read_name() : read_hex(c == 'x' ? 2 : c == 'u' ? 4 : 8);
    }
    constexpr std::string_view kLetters = "\\'\"abfnrtv";
    constexpr std::string_view kValues = "\\'\"\a\b\f\n\r\t\v";
    if (c == '\n') {
      x_rest.remove_prefix(1);
    } else if (const size_t at = kLetters.find(c); at != std::string_view::npos) {
      put(static_cast<unsigned char>(kValues[at]));
      x_rest.remove_prefix(1);
    } else {
      put('\\');  // no escape: the backslash stands for itself
    }
    return true;
  }

  std::string_view x_rest;
  Flavour x_flavour;
  std::string& x_out;
};

// "1_000" -> "1000"; nothing for an underscore that is not between two digits.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain.push_back(text[i]);
    } else if (i == 0 || i + 1 == text.size() || hex_value(text[i - 1]) < 0 ||
               hex_value(text[i + 1]) < 0) {
      return std::nullopt;
    }
  }
  return plain;
}

unsigned base_of(std::string_view literal) {
  if (literal.size() < 2 || literal[0] != '0') return 10;
  switch (literal[1] | 0x20) {
    case 'x':
      return 16;
    case 'o':
      return 8;
    case 'b':
      return 2;
    default:
      return 10;
  }
}

}  // namespace

std::optional<std::string> number_literal_form(std::string_view literal) {
  if (const unsigned base = base_of(literal); base != 10) {
    literal.remove_prefix(2);
    if (literal.starts_with('_')) literal.remove_prefix(1);
    const auto digits = without_underscores(literal);
    return digits ? integer_form(*digits, base) : std::nullopt;
  }
  const bool is_imaginary = literal.ends_with('j') || literal.ends_with('J');
  if (is_imaginary) literal.remove_suffix(1);
  const auto plain = without_underscores(literal);
  if (!plain) return std::nullopt;
  // "010" was eight in Python 2 and is an error since.
  const bool is_integer = plain->find_first_not_of("0123456789") == std::string::npos;
  if (is_integer && !is_imaginary && plain->starts_with('0') &&
      plain->find_first_not_of('0') != std::string::npos)
    return std::nullopt;
  auto form = decimal_form(is_integer && is_imaginary ? *plain + "." : *plain);
  if (form && is_imaginary) form->push_back('j');
  return form;
}

bool append_string_form(std::string_view content, bool is_raw, Flavour flavour, std::string& out) {
  return StringReader(content, flavour, out).read(is_raw);
}

bool is_string_form(std::string_view content) {
  return std::none_of(content.begin(), content.end(), [](char c) {
    return (c >= 0 && c < 0x20) || c == 0x7F || c == '"' || c == '\\';
  });
}

std::string as_format_form(std::string_view form) {
  std::string out;
  for (size_t i = 0; i < form.size(); ++i) {
    const char c = form[i];
    if (form.substr(i).starts_with("\\N{")) {
      const size_t end = form.find('}', i);
      out += form.substr(i, end + 1 - i);
      i = end;
    } else if (c == '\\') {
      out += form.substr(i++, 2);
    } else {
      out.append(c == '{' || c == '}' ? 2 : 1, c);
    }
  }
  return out;
}

}  // namespace cairn::trace
