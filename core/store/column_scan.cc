// scan_values: extents of ranges of a chunk, reduced as integers where its latents are all there
// is.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "store/column_chunk.h"
#include "store/column_codec.h"
#include "store/column_kernels.h"

namespace cairn::store {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr Extent kEmpty = {kNan, kNan, 0, kNan, kNan, 0, 0};

Extent extent_of(std::span<const double> values) {
  Extent extent = kEmpty;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    if (extent.count++ == 0) extent.min = extent.max = value;
    extent.min = value < extent.min ? value : extent.min;
    extent.max = value > extent.max ? value : extent.max;
    extent.sum += value;
  }
  extent.nan_count = values.size() - extent.count;
  if (!values.empty()) {
    extent.first = values.front();
    extent.last = values.back();
  }
  return extent;
}

// Latents have the order of their values, so extremes are taken among integers. A fraction's sum is
// that of its latents, which cannot overflow (an encoder bounds them by 2^51); ordered bits must be
// added up as doubles.
void scan_latents(const Latent& latent, std::span<const int64_t> latents,
                  std::span<const uint32_t> ends, std::span<Extent> out) {
  enum Column { kMin, kMax, kSum, kFirst, kLast, kColumns };
  constexpr size_t kSlice = 128;  // ranges reduced at a time
  std::array<std::array<int64_t, kSlice>, kColumns> reduced{};
  std::array<std::array<double, kSlice>, kColumns> found;
  std::array<double, kChunkPointsMax> values;
  if (latent.is_ordered_bits()) to_values(latent, latents, values.data());
  size_t begin = 0;
  for (size_t done = 0; done < ends.size(); done += kSlice) {
    const auto slice = ends.subspan(done, std::min(ends.size() - done, kSlice));
    reduce_integers(latents.data(), begin, slice,
                    {reduced[kMin].data(), reduced[kMax].data(), reduced[kSum].data(),
                     reduced[kFirst].data(), reduced[kLast].data()});
    for (size_t c = 0; c < kColumns; ++c) {
      to_values(latent, {reduced[c].data(), slice.size()}, found[c].data());
    }
    if (latent.is_ordered_bits()) sum_doubles(values.data(), begin, slice, found[kSum].data());
    for (size_t r = 0; r < slice.size(); begin = slice[r++]) {
      const size_t count = slice[r] - begin;
      out[done + r] = count == 0 ? kEmpty : Extent{found[kMin][r],
                                                   found[kMax][r],
                                                   found[kSum][r],
                                                   found[kFirst][r],
                                                   found[kLast][r],
                                                   count,
                                                   0};
    }
  }
}

bool are_ends(std::span<const uint32_t> ends, size_t n) {
  return ends.empty() ? n == 0 : std::is_sorted(ends.begin(), ends.end()) && ends.back() == n;
}

}  // namespace

Result<void> scan_values(std::string_view bytes, size_t n, std::span<const uint32_t> ends,
                         std::span<Extent> out) {
  CHECK(n <= kChunkPointsMax && are_ends(ends, n) && out.size() == ends.size());
  ByteReader in(bytes);
  TRY(const ChunkHead head, read_head(in, n));
  if (head.kind != ValueKind::kZstd && !head.has_exceptions) {
    std::array<int64_t, kChunkPointsMax> buffer;
    const std::span<int64_t> latents(buffer.data(), n);
    TRY(const Latent latent, read_latents(in, head, latents));
    if (!in.at_end()) return fail(Code::kCorrupt, "found {} bytes after a chunk's end", in.left());
    scan_latents(latent, latents, ends, out);
    return {};
  }
  std::array<double, kChunkPointsMax> values;
  TRY_VOID(decode_values(bytes, {values.data(), n}));
  size_t begin = 0;
  for (size_t r = 0; r < ends.size(); begin = ends[r++]) {
    out[r] = extent_of({values.data() + begin, ends[r] - begin});
  }
  return {};
}

}  // namespace cairn::store
