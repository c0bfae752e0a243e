// Content codings by zlib; the only file that includes it.
#include "server/compress.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>

namespace cairn::server {
namespace {

// Ours are the answers of one request each: speed counts (docs/server.md has figures).
constexpr int kLevel = 1;
constexpr int kWindowBits = 15, kMemoryLevel = 8;
constexpr int kGzipFormat = 16;  // added to the window's bits

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

// Whether a coding's parameters, such as ";q=0.5", leave it allowed.
bool is_allowed(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return true;
  return parameters.find_first_of("123456789", q) != std::string_view::npos;
}

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

Coding choose_coding(std::string_view accept_encoding) {
  bool gzip = false, deflate = false;
  std::string_view rest = accept_encoding;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view name = trim(item.substr(0, semicolon));
    const bool allowed = is_allowed(item.substr(semicolon));
    if (equals_ignoring_case(name, "gzip")) gzip = allowed;
    if (equals_ignoring_case(name, "deflate")) deflate = allowed;
  }
  return gzip ? Coding::kGzip : deflate ? Coding::kDeflate : Coding::kIdentity;
}

std::string_view print_coding(Coding coding) {
  return coding == Coding::kGzip ? "gzip" : coding == Coding::kDeflate ? "deflate" : "identity";
}

std::optional<std::string> compress(std::string_view bytes, Coding coding) {
  if (coding == Coding::kIdentity || bytes.size() > std::numeric_limits<uInt>::max())
    return std::nullopt;
  z_stream stream{};
  const int format = coding == Coding::kGzip ? kGzipFormat : 0;
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kWindowBits + format, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(bytes.size() - bytes.size() / 10, '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) return std::nullopt;
  return out;
}

Result<std::string> gunzip(std::string_view bytes, size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, kWindowBits + kGzipFormat) != Z_OK)
    return fail(Code::kUnavailable, "cannot unpack: out of memory");
  std::string out(bytes_max, '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (end != Z_STREAM_END)
    return fail(Code::kCorrupt, "expected gzip of at most {} bytes", bytes_max);
  return out;
}

}  // namespace cairn::server
