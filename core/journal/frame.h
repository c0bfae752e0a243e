// The bytes of a frame and of the file header; private to this room (docs/formats/journal.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/limits.h"
#include "base/result.h"
#include "journal/journal.h"

namespace cairn::journal {

struct FrameHeader {
  uint32_t payload_bytes;
  uint16_t kind;
  uint16_t zero;
  uint64_t hash;
};
static_assert(sizeof(FrameHeader) == kFrameHeaderBytes);

// The first eight bytes of a frame header as one number: what a writer publishes last, in one
// store.
constexpr uint64_t first_word(uint16_t kind, uint64_t payload_bytes) {
  return uint64_t{kind} << 32 | payload_bytes;
}

// Whether a frame may begin with these eight bytes; cheap enough to ask at every offset of a file.
constexpr bool is_plausible(uint64_t word) {
  const auto payload_bytes = static_cast<uint32_t>(word);
  return payload_bytes - 1 < kFrameBytesMax && word >> 32 != 0 && word >> 48 == 0;
}

// The offset in the seed ties a frame to its place: bytes copied elsewhere do not verify there.
inline uint64_t frame_hash(uint64_t offset, uint16_t kind, std::string_view payload) {
  return xxh3_64(payload, offset ^ uint64_t{kind} << 48);
}

// Whether the `available` bytes at `at`, which lie at file offset `offset`, begin with a valid
// frame.
bool verify_frame(const char* at, uint64_t available, uint64_t offset, Frame& frame);

}  // namespace cairn::journal
