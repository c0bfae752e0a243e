// The only file but the column codec that includes zstd.
#include "store/compress.h"

#include <zstd.h>

#include "base/bytes.h"
#include "base/check.h"

namespace cairn::store {
namespace {
constexpr int kLevel = 3;
}

std::string compress(std::string_view plain) {
  ByteWriter head;
  head.varint(plain.size());
  std::string out = head.take();
  const size_t at = out.size();
  out.resize(at + ZSTD_compressBound(plain.size()));
  const size_t written =
      ZSTD_compress(out.data() + at, out.size() - at, plain.data(), plain.size(), kLevel);
  CHECK(!ZSTD_isError(written));
  out.resize(at + written);
  return out;
}

Result<std::string> decompress(std::string_view bytes, size_t bytes_max) {
  ByteReader in(bytes);
  const uint64_t size = in.varint();
  if (!in.ok()) return fail(Code::kCorrupt, "expected compressed bytes, found none");
  if (size > bytes_max)
    return fail(Code::kLimit, "expected at most {} bytes, found {}", bytes_max, size);
  const std::string_view body = in.rest();
  // A frame states its own size: checked before any memory is taken on the word of a number.
  if (ZSTD_getFrameContentSize(body.data(), body.size()) != size)
    return fail(Code::kCorrupt, "expected a zstd frame of {} bytes", size);
  std::string out(static_cast<size_t>(size), '\0');
  const size_t got = ZSTD_decompress(out.data(), out.size(), body.data(), body.size());
  if (ZSTD_isError(got) || got != out.size())
    return fail(Code::kCorrupt, "expected a zstd frame of {} bytes", size);
  return out;
}

}  // namespace cairn::store
