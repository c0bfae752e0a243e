// Decimal numbers by value: digits without zeros at either end, and a power of ten.
#include "trace/number_form.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace cairn::trace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t count_digits(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

std::string_view without_leading_zeros(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? digits.substr(0, 0) : digits.substr(first);
}

// "e-5" and the like; nothing for other text and for powers that no program computes with.
std::optional<int64_t> parse_exponent(std::string_view text) {
  constexpr size_t kExponentDigitsMax = 9;
  text.remove_prefix(1);
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > kExponentDigitsMax || count_digits(text) != text.size())
    return std::nullopt;
  int64_t exponent = 0;
  std::from_chars(text.data(), text.data() + text.size(), exponent);
  return is_negative ? -exponent : exponent;
}

}  // namespace

std::optional<std::string> decimal_form(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view whole = text.substr(0, count_digits(text));
  text.remove_prefix(whole.size());
  const bool has_point = text.starts_with('.');
  if (has_point) text.remove_prefix(1);
  const std::string_view part = has_point ? text.substr(0, count_digits(text)) : "";
  text.remove_prefix(part.size());
  if (whole.empty() && part.empty()) return std::nullopt;
  const std::string_view sign = is_negative ? "-" : "";

  if (!has_point && text.empty()) {
    const std::string_view digits = without_leading_zeros(whole);
    return digits.empty() ? "0" : fmt::format("{}{}", sign, digits);
  }
  int64_t exponent = 0;
  if (!text.empty()) {
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    const auto parsed = parse_exponent(text);
    if (!parsed) return std::nullopt;
    exponent = *parsed;
  }
  exponent -= static_cast<int64_t>(part.size());
  std::string digits(whole);
  digits += part;
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++exponent;
  }
  const std::string_view significant = without_leading_zeros(digits);
  if (significant.empty()) return fmt::format("{}0e0", sign);
  return fmt::format("{}{}e{}", sign, significant, exponent);
}

std::optional<std::string> integer_form(std::string_view digits, unsigned base) {
  if (digits.empty()) return std::nullopt;
  const char* end = digits.data() + digits.size();
  uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), end, number, static_cast<int>(base));
  if (read.ptr != end) return std::nullopt;
  if (read.ec == std::errc{}) return fmt::format("{}", number);
  std::string lower(without_leading_zeros(digits));
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const std::string_view prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
  return fmt::format("{}{}", prefix, lower);
}

}  // namespace cairn::trace
