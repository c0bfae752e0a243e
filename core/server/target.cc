// Percent-encoding and the grammar of request targets (RFC 3986).
#include "server/target.h"

#include <algorithm>

namespace cairn::server {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// Calls visit(piece) for every piece of `text` between `separator`s.
template <typename Visit>
Result<void> for_each_piece(std::string_view text, char separator, const Visit& visit) {
  while (true) {
    const size_t end = std::min(text.find(separator), text.size());
    TRY_VOID(visit(text.substr(0, end)));
    if (end == text.size()) return {};
    text.remove_prefix(end + 1);
  }
}

Result<std::string> decode_form(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return fail(Code::kInvalid, "expected two hexadecimal digits after '%', found '{}'",
                  text.substr(i, 3));
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<void> parse_target(std::string_view target, Request& request) {
  // "*", "http://host/path" and "host:port" are for proxies.
  if (!target.starts_with('/'))
    return fail(Code::kInvalid, "expected a target that starts with '/', found '{}'",
                target.substr(0, 200));
  const size_t mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  request.params.clear();
  if (mark == std::string_view::npos || mark + 1 == target.size()) return {};
  return for_each_piece(target.substr(mark + 1), '&', [&](std::string_view piece) -> Result<void> {
    const size_t equals = std::min(piece.find('='), piece.size());
    TRY(std::string name, decode_form(piece.substr(0, equals)));
    TRY(std::string value, decode_form(piece.substr(std::min(equals + 1, piece.size()))));
    request.params.emplace_back(std::move(name), std::move(value));
    return {};
  });
}

std::string print_target(const Request& request) {
  std::string out = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.params) {
    out += separator + percent_encode(name) + '=' + percent_encode(value);
    separator = '&';
  }
  return out;
}

Result<std::vector<std::string>> split_path(std::string_view path) {
  if (!path.starts_with('/'))
    return fail(Code::kInvalid, "expected a path that starts with '/', found '{}'", path);
  std::vector<std::string> parts;
  TRY_VOID(for_each_piece(path.substr(1), '/', [&](std::string_view piece) -> Result<void> {
    TRY(std::string part, percent_decode(piece));
    parts.push_back(std::move(part));
    return {};
  }));
  if (parts.back().empty()) parts.pop_back();  // "/runs/" is "/runs"
  return parts;
}

}  // namespace cairn::server
