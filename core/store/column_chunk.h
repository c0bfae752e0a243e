// The head of a value chunk and its latents, for the decoder and the scanner.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "store/column_latents.h"

namespace cairn::store {

// First byte of a value chunk: kind (3 bits), order (3 bits), is scaled, has exceptions.
constexpr uint8_t kKindMask = 0x07;
constexpr unsigned kOrderBit = 3;
constexpr uint8_t kOrderMask = 0x07;
constexpr uint8_t kScaled = 0x40;
constexpr uint8_t kHasExceptions = 0x80;

struct ChunkHead {
  ValueKind kind = ValueKind::kInteger;
  unsigned order = 0;
  bool scaled = false;
  bool has_exceptions = false;
};
Result<ChunkHead> read_head(ByteReader& in, size_t n);
// All latents of a chunk that has them, before exceptions.
Result<Latent> read_latents(ByteReader& in, const ChunkHead& head, std::span<int64_t> latents);

}  // namespace cairn::store
