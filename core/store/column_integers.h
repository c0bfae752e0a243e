// A column of int64 as k-th differences, bit-packed in blocks around a base, with the few that do
// not fit patched. The common ground of value latents, steps, times and counts.
//
// Bytes (docs/formats/chunk.md): `order` seeds, then blocks of kBlockPoints. The order itself is
// kept by whoever owns the column. Pure functions, safe from any thread. All arithmetic is modulo
// 2^64, so any int64 values round-trip and no bytes are undefined behaviour to decode.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/limits.h"

namespace cairn::store {

constexpr unsigned kOrderMax = 4;

struct OrderPlan {
  unsigned order = 0;
  double bits = 0;  // about what the column will cost
};
OrderPlan plan_order(std::span<const int64_t> x);

// `order` <= kOrderMax and, when not 0, < x.size() <= kChunkPointsMax.
void write_integers(ByteWriter& out, std::span<const int64_t> x, unsigned order);
// plan_order, one byte of order, then the column.
void write_planned_integers(ByteWriter& out, std::span<const int64_t> x);

// False on malformed bytes; `x` is then unspecified.
[[nodiscard]] bool read_integers(ByteReader& in, unsigned order, std::span<int64_t> x);
[[nodiscard]] bool read_planned_integers(ByteReader& in, std::span<int64_t> x);

}  // namespace cairn::store
