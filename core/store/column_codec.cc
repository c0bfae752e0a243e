// The value codec: finds the latents of a chunk, keeps what they miss as exceptions. See chunk.md.
#include "store/column_codec.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>

#include "base/bytes.h"
#include "base/check.h"
#include "store/column_chunk.h"
#include "store/column_integers.h"
#include "store/column_kernels.h"
#include "store/column_latents.h"

namespace cairn::store {

namespace {

// ---- Exceptions: runs of equal bits that the latents do not give ----

enum class Special : uint8_t {
  kNan,
  kMinusNan,
  kInfinity,
  kMinusInfinity,
  kZero,
  kMinusZero,
  kRaw
};
constexpr uint64_t kSpecialBits[] = {
    0x7FF8'0000'0000'0000, 0xFFF8'0000'0000'0000, 0x7FF0'0000'0000'0000, 0xFFF0'0000'0000'0000, 0,
    0x8000'0000'0000'0000};
constexpr unsigned kSpecialKindBits = 3;

void write_run(ByteWriter& out, size_t gap, size_t length, uint64_t bits) {
  const auto found = std::find(std::begin(kSpecialBits), std::end(kSpecialBits), bits);
  const auto kind = static_cast<uint64_t>(found - std::begin(kSpecialBits));
  out.varint(gap);
  out.varint((length - 1) << kSpecialKindBits | kind);
  if (kind == static_cast<uint64_t>(Special::kRaw)) out.u64(bits);
}

bool read_exceptions(ByteReader& in, std::span<double> values) {
  const uint64_t runs = in.varint();
  size_t at = 0;
  for (uint64_t run = 0; run < runs; ++run) {
    const uint64_t gap = in.varint();
    const uint64_t head = in.varint();
    const uint64_t kind = head & ((1U << kSpecialKindBits) - 1);
    const uint64_t length_less_one = head >> kSpecialKindBits;
    if (kind > static_cast<uint64_t>(Special::kRaw)) return false;
    const bool raw = kind == static_cast<uint64_t>(Special::kRaw);
    const uint64_t bits = raw ? in.u64() : kSpecialBits[kind];
    if (!in.ok() || gap >= values.size() - at) return false;
    at += gap;
    if (length_less_one >= values.size() - at) return false;
    std::fill_n(values.begin() + static_cast<ptrdiff_t>(at), length_less_one + 1,
                std::bit_cast<double>(bits));
    at += length_less_one + 1;
  }
  return in.ok();
}

// ---- One latent tried on a whole chunk ----

struct Trial {
  Latent latent;
  OrderPlan plan;
  size_t parameter_bytes = 0;
  std::string exceptions;  // empty: none
  std::array<int64_t, kChunkPointsMax> latents;

  double bits() const {
    return plan.bits + 8 * static_cast<double>(parameter_bytes + exceptions.size());
  }
};

// Keeps as exceptions the values that `decoded` lacks; their latents repeat the one before.
void except_lost(Trial& trial, std::span<const double> values, std::span<const double> decoded) {
  const auto bits_at = [&](size_t i) { return std::bit_cast<uint64_t>(values[i]); };
  const auto lost = [&](size_t i) {
    return !std::isfinite(values[i]) || bits_at(i) != std::bit_cast<uint64_t>(decoded[i]);
  };
  const size_t n = values.size();
  ByteWriter runs;
  size_t count = 0, next = 0;
  for (size_t i = 0; i < n;) {
    if (!lost(i)) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < n && bits_at(end) == bits_at(i) && lost(end)) ++end;
    write_run(runs, i - next, end - i, bits_at(i));
    const auto begin = trial.latents.begin();
    const int64_t stand_in = i == 0 ? 0 : trial.latents[i - 1];
    std::fill(begin + static_cast<ptrdiff_t>(i), begin + static_cast<ptrdiff_t>(end), stand_in);
    ++count;
    next = i = end;
  }
  ByteWriter out;
  out.varint(count);
  out.raw(runs.view());
  trial.exceptions = out.take();
}

void try_latent(const Latent& latent, std::span<const double> values, Trial& trial) {
  std::array<double, kChunkPointsMax> decoded;
  trial.latent = latent;
  trial.exceptions.clear();
  to_latents(latent, values, trial.latents.data());
  const std::span<const int64_t> latents(trial.latents.data(), values.size());
  to_values(latent, latents, decoded.data());
  if (!all_kept(values.data(), decoded.data(), values.size())) {
    except_lost(trial, values, decoded);
  }
  trial.plan = plan_order(latents);
  ByteWriter parameters;
  write_latent(parameters, latent);
  trial.parameter_bytes = parameters.size();
}

void write_head(ByteWriter& out, const ChunkHead& head, size_t n) {
  out.u8(static_cast<uint8_t>(static_cast<unsigned>(head.kind) | head.order << kOrderBit |
                              (head.scaled ? kScaled : 0U) |
                              (head.has_exceptions ? kHasExceptions : 0U)));
  out.varint(n);
}

std::string write_trial(const Trial& trial, size_t n) {
  ByteWriter out;
  write_head(
      out,
      {trial.latent.kind, trial.plan.order, trial.latent.is_scaled(), !trial.exceptions.empty()},
      n);
  write_latent(out, trial.latent);
  write_integers(out, {trial.latents.data(), n}, trial.plan.order);
  out.raw(trial.exceptions);
  return out.take();
}

// ---- zstd, for repetition that no latent sees ----

constexpr int kZstdLevel = 3;
constexpr size_t kZstdSample = 256;  // values

std::string compress(std::span<const double> values) {
  thread_local const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                                ZSTD_freeCCtx);
  CHECK(context);
  std::string out(ZSTD_compressBound(values.size_bytes()), '\0');
  const size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), values.data(),
                                        values.size_bytes(), kZstdLevel);
  if (ZSTD_isError(size)) return std::string(values.size_bytes(), '\0');  // never pays
  out.resize(size);
  return out;
}

Result<void> decompress(std::string_view bytes, std::span<double> out) {
  thread_local const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                                ZSTD_freeDCtx);
  CHECK(context);
  const size_t size =
      ZSTD_decompressDCtx(context.get(), out.data(), out.size_bytes(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) || size != out.size_bytes()) {
    return fail(Code::kCorrupt, "expected {} compressed values, found something else", out.size());
  }
  return {};
}

// Replaces `coded` by a zstd chunk where that is smaller. Tried only on chunks that cost more than
// half of their doubles and whose middle says that it pays.
void try_zstd(std::span<const double> values, std::string& coded) {
  if (coded.size() < values.size() * 4 || values.size() < kZstdSample / 4) return;
  const size_t sample = std::min(values.size(), kZstdSample);
  const size_t sample_bytes = compress(values.subspan((values.size() - sample) / 2, sample)).size();
  if (sample_bytes * values.size() > coded.size() * sample) return;
  ByteWriter out;
  write_head(out, {.kind = ValueKind::kZstd}, values.size());
  out.raw(compress(values));
  if (out.size() < coded.size()) coded = out.take();
}

}  // namespace

std::string encode_values(std::span<const double> values) {
  CHECK(values.size() <= kChunkPointsMax);
  Trial trials[2];
  Trial *best = &trials[0], *next = &trials[1];
  bool first = true;
  const auto try_all = [&](const std::vector<Latent>& latents) {
    for (const Latent& latent : latents) {
      try_latent(latent, values, first ? *best : *next);
      if (!first && next->bits() < best->bits()) std::swap(best, next);
      first = false;
    }
  };
  try_all(propose_latents(values));
  const bool all_bits_in_use = best->latent.is_ordered_bits() && best->latent.shift < 16;
  if (all_bits_in_use) try_all(propose_ratios(values));
  if (const auto lower = find_lower_terms(best->latent, {best->latents.data(), values.size()})) {
    try_all({*lower});
  }
  std::string coded = write_trial(*best, values.size());
  try_zstd(values, coded);
  return coded;
}

Result<ChunkHead> read_head(ByteReader& in, size_t n) {
  const uint8_t byte = in.u8();
  ChunkHead head;
  head.kind = static_cast<ValueKind>(byte & kKindMask);
  head.order = byte >> kOrderBit & kOrderMask;
  head.scaled = (byte & kScaled) != 0;
  head.has_exceptions = (byte & kHasExceptions) != 0;
  const uint64_t found = in.varint();
  const bool plain = byte == static_cast<uint8_t>(head.kind);
  if (!in.ok() || head.kind > ValueKind::kZstd || (head.kind == ValueKind::kZstd && !plain)) {
    return fail(Code::kCorrupt, "expected a chunk of values, found head {:#04x}", byte);
  }
  if (found != n) {
    return fail(Code::kCorrupt, "expected a chunk of {} values, found one of {}", n, found);
  }
  return head;
}

Result<Latent> read_latents(ByteReader& in, const ChunkHead& head, std::span<int64_t> latents) {
  const auto latent = read_latent(in, head.kind, head.scaled);
  if (!latent || !read_integers(in, head.order, latents)) {
    return fail(Code::kCorrupt, "expected the latents of {} values, found malformed bytes",
                latents.size());
  }
  return *latent;
}

Result<void> decode_values(std::string_view bytes, std::span<double> out) {
  if (out.size() > kChunkPointsMax) {
    return fail(Code::kCorrupt, "expected at most {} values, found {}", kChunkPointsMax,
                out.size());
  }
  ByteReader in(bytes);
  TRY(const ChunkHead head, read_head(in, out.size()));
  if (head.kind == ValueKind::kZstd) return decompress(in.rest(), out);
  std::array<int64_t, kChunkPointsMax> buffer;
  const std::span<int64_t> latents(buffer.data(), out.size());
  TRY(const Latent latent, read_latents(in, head, latents));
  to_values(latent, latents, out.data());
  if (head.has_exceptions && !read_exceptions(in, out)) {
    return fail(Code::kCorrupt, "expected a list of exceptions, found malformed bytes");
  }
  if (!in.at_end()) return fail(Code::kCorrupt, "found {} bytes after a chunk's end", in.left());
  return {};
}

}  // namespace cairn::store
