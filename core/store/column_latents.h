// Latents: the integers that stand behind float64 metrics, and how to find them.
//
// A metric is rarely a free double: it was cast from float32 or bfloat16, rounded to decimals,
// divided by a count, or read from a clock. Then value = latent / divisor for one divisor, or the
// low bits of the double are all zero. Pure functions, safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace cairn::store {

// The low three bits of a chunk's first byte. Other kinds are unknown: Corrupt.
enum class ValueKind : uint8_t {
  kInteger = 0,      // value = latent
  kFraction = 1,     // value = latent * numerator / (odd * 2^exponent)
  kOrderedBits = 2,  // value = the double of magnitude (|latent| + floor) << shift
  kZstd = 3,         // no latents: zstd of the raw doubles
};

struct Latent {
  ValueKind kind = ValueKind::kInteger;
  uint64_t numerator = 1, odd = 1;  // of a fraction; at most 2^53
  int exponent = 0;
  unsigned shift = 0;  // of ordered bits
  uint64_t floor = 0;

  // Whether numerator or floor must be said; a flag of the chunk's head.
  bool is_scaled() const { return numerator != 1 || floor != 0; }
  bool is_ordered_bits() const { return kind == ValueKind::kOrderedBits; }
};

void write_latent(ByteWriter& out, const Latent& latent);  // its parameters; the kind is elsewhere
std::optional<Latent> read_latent(ByteReader& in, ValueKind kind, bool scaled);

void to_latents(const Latent& latent, std::span<const double> values, int64_t* out);
void to_values(const Latent& latent, std::span<const int64_t> latents, double* out);

// Latents under which all but a few of `values` are exact, most promising first; never empty. Only
// the caller's own check proves exactness.
std::vector<Latent> propose_latents(std::span<const double> values);
// Divisors that are no power of two or ten: fractions i / N, and means over N short numbers. Costs
// more to find; for values whose every bit is in use.
std::vector<Latent> propose_ratios(std::span<const double> values);
// The same fraction in lower terms, where all its latents share a factor.
std::optional<Latent> find_lower_terms(const Latent& latent, std::span<const int64_t> latents);

}  // namespace cairn::store
