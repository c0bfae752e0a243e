// The inner loops of the column codec: straight-line array code, compiled for the widest vectors.
//
// Pure functions over caller-owned arrays, safe from any thread. Every one works modulo 2^64, so no
// input, however damaged, is undefined behaviour. On x86-64 the build holds two versions of each
// and the loader picks one; both give the same bits, because nothing here depends on the order in
// which a compiler would like to add floating-point numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cairn::store {

// A full block is packed in 16 interleaved lanes of 64 values: value i is row i / 16 of lane i
// % 16. All lanes shift by the same amount, so one loop serves every width and the compiler
// vectorises it.
constexpr size_t kBlockPoints = 1024;
constexpr size_t kBlockLanes = 16;
constexpr size_t block_bytes(unsigned width) { return width * kBlockPoints / 8; }

void pack_block(const uint64_t* residuals, unsigned width, char* packed);
// out[i] = base + residual i, for kBlockPoints values; reads exactly block_bytes(width).
void unpack_block(const char* packed, unsigned width, uint64_t base, int64_t* out);

// Fraction latents: value = latent * numerator / divisor, one correctly rounded division.
struct FractionScale {
  double numerator, divisor;
};
void latents_of_fraction(const double* values, size_t n, FractionScale scale, int64_t* latents);
void values_of_fraction(const int64_t* latents, size_t n, FractionScale scale, double* values);

// Ordered-bits latents: the double's bits as an integer of the same order, `shift` low zeros cut
// off, and `floor` taken from its magnitude so that values of both signs meet without a gap.
struct BitsScale {
  unsigned shift;
  uint64_t floor;
};
void latents_of_bits(const double* values, size_t n, BitsScale scale, int64_t* latents);
void values_of_bits(const int64_t* latents, size_t n, BitsScale scale, double* values);

void subtract_previous(const int64_t* x, size_t n, int64_t* out);  // out[i] = x[i] - x[i-1], i >= 1
struct IntegerRange {
  int64_t min, max;
};
IntegerRange find_range(const int64_t* x, size_t n);  // n >= 1
// How many x lie outside [base, base + 2^width).
size_t count_outside(const int64_t* x, size_t n, int64_t base, unsigned width);
// Whether every a[i] is finite and b[i] has its very bits.
bool all_kept(const double* a, const double* b, size_t n);

// Columns of what each range holds, one entry for a range.
struct IntegerExtents {
  int64_t *min, *max, *sum, *first, *last;
};
// The extent of each range [ends[i-1], ends[i]) of x, the first from `begin`; an empty range leaves
// its entries as they are.
void reduce_integers(const int64_t* x, size_t begin, std::span<const uint32_t> ends,
                     const IntegerExtents& out);
// The sum of each range of doubles, in a fixed order of additions.
void sum_doubles(const double* x, size_t begin, std::span<const uint32_t> ends, double* out);

}  // namespace cairn::store
