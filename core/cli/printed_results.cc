// Looks for "KEY: NUMBER", "KEY=NUMBER", "KEY NUMBER" in lines.
#include "cli/printed_results.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace cairn::cli {
namespace {

constexpr size_t kLineBytesMax = 64 << 10;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The number that follows `key` where that ends at `rest`.
std::optional<double> read_number(std::string_view rest) {
  const size_t gap = std::min(rest.find_first_not_of("\"' \t:="), rest.size());
  if (gap == 0) return std::nullopt;
  rest.remove_prefix(gap);
  if (rest.starts_with('+')) rest.remove_prefix(1);
  double number = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const bool is_whole = read.ptr == rest.data() + rest.size() || !is_word(*read.ptr);
  return read.ec == std::errc() && is_whole ? std::optional(number) : std::nullopt;
}

// The last one of the line.
std::optional<double> find_number(std::string_view line, std::string_view key) {
  std::optional<double> last;
  for (size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1))
    if (at == 0 || !is_word(line[at - 1]))
      if (const auto number = read_number(line.substr(at + key.size()))) last = number;
  return last;
}

}  // namespace

void PrintedResults::see(std::string_view text) {
  if (x_keys.empty()) return;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (x_line.size() < kLineBytesMax) x_line += text.substr(0, end);
    if (end == text.size()) break;
    see_line(x_line);
    x_line.clear();
    text.remove_prefix(end + 1);
  }
}

void PrintedResults::see_line(std::string_view line) {
  for (const std::string& key : x_keys)
    if (const auto number = find_number(line, key)) x_found.set(key, *number);
}

model::Value PrintedResults::found(const model::Value& summary) const {
  PrintedResults whole = *this;
  whole.see_line(x_line);
  for (const std::string& key : x_keys)
    if (summary.find(key) || model::find_path(summary, key)) whole.x_found.erase(key);
  return whole.x_found;
}

}  // namespace cairn::cli
