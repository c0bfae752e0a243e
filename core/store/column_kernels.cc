// See column_kernels.h. This file is compiled with -O3.
#include "store/column_kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>

// Sanitizers start before the loader's resolvers can run; they get the portable version only.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAIRN_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CAIRN_VECTORISED
#endif

namespace cairn::store {

namespace {

constexpr uint64_t low_mask(unsigned width) {
  return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
}

// AVX2 has no int64 -> double; two 32-bit halves joined by one rounding addition are the same.
inline double to_double(int64_t x) {
  constexpr double kBiases = 0x1.00000801p84;  // 2^84 + 2^63 + 2^52, of both halves
  const uint64_t high = (static_cast<uint64_t>(x) ^ (uint64_t{1} << 63)) >> 32;
  const uint64_t low = static_cast<uint64_t>(x) & 0xFFFF'FFFF;
  return (std::bit_cast<double>(high | 0x4530'0000'0000'0000) - kBiases) +
         std::bit_cast<double>(low | 0x4330'0000'0000'0000);
}

}  // namespace

CAIRN_VECTORISED
void pack_block(const uint64_t* residuals, unsigned width, char* packed) {
  uint64_t words[64 * kBlockLanes] = {};
  const uint64_t mask = low_mask(width);
  for (unsigned row = 0; row < 64 && width > 0; ++row) {
    const unsigned shift = row * width % 64;
    uint64_t* word = words + row * width / 64 * kBlockLanes;
    const uint64_t* from = residuals + row * kBlockLanes;
    for (size_t lane = 0; lane < kBlockLanes; ++lane) word[lane] |= (from[lane] & mask) << shift;
    if (shift + width <= 64) continue;
    for (size_t lane = 0; lane < kBlockLanes; ++lane) {
      word[kBlockLanes + lane] = (from[lane] & mask) >> (64 - shift);
    }
  }
  std::memcpy(packed, words, block_bytes(width));
}

CAIRN_VECTORISED
void unpack_block(const char* packed, unsigned width, uint64_t base, int64_t* out) {
  if (width == 0) {
    std::fill_n(out, kBlockPoints, static_cast<int64_t>(base));
    return;
  }
  const uint64_t mask = low_mask(width);
  for (unsigned row = 0; row < 64; ++row) {
    const unsigned shift = row * width % 64;
    const char* from = packed + row * width / 64 * (kBlockLanes * 8);
    int64_t* to = out + row * kBlockLanes;
    uint64_t word[kBlockLanes];
    std::memcpy(word, from, sizeof word);
    if (shift + width <= 64) {
      for (size_t lane = 0; lane < kBlockLanes; ++lane) {
        to[lane] = static_cast<int64_t>(((word[lane] >> shift) & mask) + base);
      }
    } else {
      uint64_t next[kBlockLanes];
      std::memcpy(next, from + sizeof word, sizeof next);
      for (size_t lane = 0; lane < kBlockLanes; ++lane) {
        const uint64_t joined = (word[lane] >> shift) | (next[lane] << (64 - shift));
        to[lane] = static_cast<int64_t>((joined & mask) + base);
      }
    }
  }
}

CAIRN_VECTORISED
void latents_of_fraction(const double* values, size_t n, FractionScale scale, int64_t* latents) {
  constexpr double kRound = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  const double factor = scale.divisor / scale.numerator;
  for (size_t i = 0; i < n; ++i) {
    latents[i] = static_cast<int64_t>(std::bit_cast<uint64_t>(values[i] * factor + kRound) -
                                      std::bit_cast<uint64_t>(kRound));
  }
}

CAIRN_VECTORISED
void values_of_fraction(const int64_t* latents, size_t n, FractionScale scale, double* values) {
  for (size_t i = 0; i < n; ++i) {
    values[i] = to_double(latents[i]) * scale.numerator / scale.divisor;
  }
}

CAIRN_VECTORISED
void latents_of_bits(const double* values, size_t n, BitsScale scale, int64_t* latents) {
  for (size_t i = 0; i < n; ++i) {
    const int64_t bits = std::bit_cast<int64_t>(values[i]);
    const uint64_t sign = static_cast<uint64_t>(bits >> 63);
    const uint64_t magnitude = (static_cast<uint64_t>(bits) & (~uint64_t{0} >> 1)) >> scale.shift;
    latents[i] = static_cast<int64_t>((magnitude - scale.floor) ^ sign);
  }
}

CAIRN_VECTORISED
void values_of_bits(const int64_t* latents, size_t n, BitsScale scale, double* values) {
  for (size_t i = 0; i < n; ++i) {
    const uint64_t sign = static_cast<uint64_t>(latents[i] >> 63);
    const uint64_t magnitude = (static_cast<uint64_t>(latents[i]) ^ sign) + scale.floor;
    values[i] = std::bit_cast<double>(magnitude << scale.shift | (sign & (uint64_t{1} << 63)));
  }
}

CAIRN_VECTORISED
void subtract_previous(const int64_t* x, size_t n, int64_t* out) {
  for (size_t i = 1; i < n; ++i) {
    out[i] = static_cast<int64_t>(static_cast<uint64_t>(x[i]) - static_cast<uint64_t>(x[i - 1]));
  }
}

CAIRN_VECTORISED
IntegerRange find_range(const int64_t* x, size_t n) {
  int64_t low = x[0], high = x[0];
  for (size_t i = 1; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  return {low, high};
}

CAIRN_VECTORISED
size_t count_outside(const int64_t* x, size_t n, int64_t base, unsigned width) {
  const uint64_t high_bits = ~low_mask(width);
  size_t count = 0;
  for (size_t i = 0; i < n; ++i) {
    count += ((static_cast<uint64_t>(x[i]) - static_cast<uint64_t>(base)) & high_bits) != 0;
  }
  return count;
}

CAIRN_VECTORISED
bool all_kept(const double* a, const double* b, size_t n) {
  constexpr uint64_t kExponent = 0x7FF0'0000'0000'0000;
  uint64_t lost = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t bits = std::bit_cast<uint64_t>(a[i]);
    const uint64_t infinite = (bits & kExponent) == kExponent ? 1 : 0;
    lost |= (bits ^ std::bit_cast<uint64_t>(b[i])) | infinite;
  }
  return lost == 0;
}

CAIRN_VECTORISED
void reduce_integers(const int64_t* x, size_t begin, std::span<const uint32_t> ends,
                     const IntegerExtents& out) {
  for (size_t r = 0; r < ends.size(); ++r) {
    const size_t end = ends[r];
    if (begin == end) continue;
    int64_t low = x[begin], high = x[begin];
    uint64_t sum = 0;
    for (size_t i = begin; i < end; ++i) {
      low = x[i] < low ? x[i] : low;
      high = x[i] > high ? x[i] : high;
      sum += static_cast<uint64_t>(x[i]);
    }
    out.min[r] = low;
    out.max[r] = high;
    out.sum[r] = static_cast<int64_t>(sum);
    out.first[r] = x[begin];
    out.last[r] = x[end - 1];
    begin = end;
  }
}

CAIRN_VECTORISED
void sum_doubles(const double* x, size_t begin, std::span<const uint32_t> ends, double* out) {
  constexpr size_t kSums = 8;  // partial sums, so that additions need not wait for each other
  for (size_t r = 0; r < ends.size(); ++r) {
    const size_t end = ends[r];
    double part[kSums] = {};
    size_t i = begin;
    for (; i + kSums <= end; i += kSums) {
      for (size_t k = 0; k < kSums; ++k) part[k] += x[i + k];
    }
    double sum = 0;
    for (; i < end; ++i) sum += x[i];
    for (const double p : part) sum += p;
    out[r] = sum;
    begin = end;
  }
}

}  // namespace cairn::store
