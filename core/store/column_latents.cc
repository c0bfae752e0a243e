// See column_latents.h.
#include "store/column_latents.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "store/column_kernels.h"

namespace cairn::store {

namespace {

// Latents of fractions stay below 2^51, so that the sum of a whole chunk fits in 64 bits and
// rounding by addition is exact.
constexpr int kFractionBitsMax = 51;
constexpr uint64_t kOddMax = uint64_t{1} << 53;
constexpr int kExponentMax = 960;  // divisors and their products stay normal numbers
constexpr int kDecimalsMax = 17;
constexpr uint64_t kFiveTo[kDecimalsMax + 1] = {
    1,         5,          25,         125,         625,          3125,
    15625,     78125,      390625,     1953125,     9765625,      48828125,
    244140625, 1220703125, 6103515625, 30517578125, 152587890625, 762939453125};

constexpr double kTenTo[kDecimalsMax + 1] = {1,   1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                                             1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};
constexpr double kRound = 0x1.8p52;  // added and taken away, it rounds to an integer

constexpr int kLowestExponent = -1074;  // of the last bit of the smallest denormal
constexpr size_t kExponents = 2100;

struct Magnitude {
  int low, high;  // exponents of the lowest and highest set bit; the value is finite and not 0
};
Magnitude magnitude_of(double value) {
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const int field = static_cast<int>(bits >> 52 & 0x7FF);
  const uint64_t fraction = bits & 0xF'FFFF'FFFF'FFFF;
  const uint64_t mantissa = field == 0 ? fraction : fraction | (uint64_t{1} << 52);
  const int unit = std::max(field, 1) - 1075;
  return {unit + std::countr_zero(mantissa), unit + static_cast<int>(std::bit_width(mantissa)) - 1};
}
bool is_plain(double value) { return std::isfinite(value) && value != 0; }

// The lowest index with a count, unless it lies 10 or more below all but a 64th of the counts: then
// those few are strangers, better kept as exceptions.
int robust_lowest(std::span<const uint16_t> counts, size_t total) {
  size_t lowest = 0;
  while (lowest < counts.size() && counts[lowest] == 0) ++lowest;
  size_t below = 0, at = lowest;
  while (at < counts.size() && below + counts[at] <= total / 64) below += counts[at++];
  return static_cast<int>(at < counts.size() && at >= lowest + 10 ? at : lowest);
}

// How finely the values of a chunk are grained.
struct Grain {
  size_t plain = 0;  // finite values that are not 0
  int low = 0;       // exponent of the lowest bit in use
  int high = 0;      // exponent of the highest
  int shift = 52;    // zero bits at the end of every double
};
Grain find_grain(std::span<const double> values) {
  std::array<uint16_t, kExponents> lows{}, highs{};  // highs runs downwards
  std::array<uint16_t, 53> shifts{};
  Grain grain;
  for (const double value : values) {
    if (!is_plain(value)) continue;
    const auto [low, high] = magnitude_of(value);
    ++lows[static_cast<size_t>(low - kLowestExponent)];
    ++highs[static_cast<size_t>(1024 - high)];
    ++shifts[static_cast<size_t>(
        std::countr_zero(std::bit_cast<uint64_t>(value) | (uint64_t{1} << 52)))];
    ++grain.plain;
  }
  if (grain.plain == 0) return grain;
  grain.low = kLowestExponent + robust_lowest(lows, grain.plain);
  grain.high = 1024 - robust_lowest(highs, grain.plain);
  grain.shift = robust_lowest(shifts, grain.plain);
  return grain;
}

std::vector<double> take_sample(std::span<const double> values, size_t size) {
  std::vector<double> sample;
  const size_t step = std::max<size_t>(1, values.size() / size);
  for (size_t i = step / 2; i < values.size() && sample.size() < size; i += step) {
    if (is_plain(values[i])) sample.push_back(values[i]);
  }
  return sample;
}

Latent fraction(uint64_t odd, int exponent, uint64_t numerator = 1) {
  const bool integer = odd == 1 && exponent == 0 && numerator == 1;
  Latent latent;
  latent.kind = integer ? ValueKind::kInteger : ValueKind::kFraction;
  latent.numerator = numerator;
  latent.odd = odd;
  latent.exponent = exponent;
  return latent;
}

FractionScale fraction_scale(const Latent& latent) {
  return {static_cast<double>(latent.numerator),
          std::ldexp(static_cast<double>(latent.odd), latent.exponent)};
}

// With both signs or zeros among the values, magnitudes count from the smallest that is not 0.
Latent ordered_bits(std::span<const double> values, unsigned shift) {
  constexpr uint64_t kMagnitude = ~uint64_t{0} >> 1;
  uint64_t lowest = kMagnitude;
  bool positive = false, negative = false, zero = false;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    positive |= value > 0;
    negative |= value < 0;
    zero |= value == 0;
    if (value != 0) lowest = std::min(lowest, std::bit_cast<uint64_t>(value) & kMagnitude);
  }
  Latent latent;
  latent.kind = ValueKind::kOrderedBits;
  latent.shift = shift;
  if (zero || (positive && negative)) latent.floor = lowest >> shift;
  return latent;
}

// The fewest decimals that write seven eighths of the values exactly.
std::optional<int> find_decimals(std::span<const double> values) {
  const std::vector<double> sample = take_sample(values, 48);
  int decimals = 1;
  size_t strangers = 0;
  for (const double value : sample) {
    int fits = decimals;
    for (; fits <= kDecimalsMax; ++fits) {
      const double scaled = value * kTenTo[fits];
      if (std::fabs(scaled) >= 0x1p51) {
        fits = kDecimalsMax + 1;
        break;
      }
      if ((scaled + kRound - kRound) / kTenTo[fits] == value) break;
    }
    if (fits <= kDecimalsMax) {
      decimals = fits;
    } else if (++strangers > sample.size() / 8) {
      return std::nullopt;
    }
  }
  return sample.empty() ? std::nullopt : std::optional(decimals);
}

// The denominator of the simplest fraction that rounds to `value`, by continued fractions.
std::optional<uint64_t> find_denominator(double value) {
  constexpr double kDenominatorMax = 0x1p24;
  double rest = std::fabs(value), before = 0, denominator = 1;
  for (int term = 0; term < 40; ++term) {
    const double whole = std::floor(rest);
    if (term > 0) {
      const double next = whole * denominator + before;
      before = denominator;
      denominator = next;
    }
    if (!(denominator <= kDenominatorMax)) return std::nullopt;
    const double numerator = std::nearbyint(std::fabs(value) * denominator);
    if (numerator / denominator == std::fabs(value)) return static_cast<uint64_t>(denominator);
    if (rest == whole) return std::nullopt;
    rest = 1 / (rest - whole);
  }
  return std::nullopt;
}

// `value` with its last bits rounded away: what a short number was before one rounding division.
double shorten(double value) {
  constexpr uint64_t kCut = 12;
  const uint64_t bits = std::bit_cast<uint64_t>(value) + (uint64_t{1} << (kCut - 1));
  return std::bit_cast<double>(bits >> kCut << kCut);
}
bool is_nearly_short(double value) {
  constexpr int64_t kUlps = 2;
  const int64_t away = std::bit_cast<int64_t>(value) - std::bit_cast<int64_t>(shorten(value));
  return -kUlps <= away && away <= kUlps;
}

// The odd N for which every sampled value times N is a short number: a mean over N of them.
std::optional<uint64_t> find_count(std::span<const double> sample) {
  constexpr uint64_t kCountMax = 4095;
  for (uint64_t count = 3; count <= kCountMax; count += 2) {
    const auto fits = [&](double v) { return is_nearly_short(v * static_cast<double>(count)); };
    if (std::all_of(sample.begin(), sample.end(), fits)) return count;
  }
  return std::nullopt;
}

}  // namespace

void write_latent(ByteWriter& out, const Latent& latent) {
  if (latent.kind == ValueKind::kFraction) {
    out.varint(latent.odd);
    out.svarint(latent.exponent);
    if (latent.is_scaled()) out.varint(latent.numerator);
  } else if (latent.is_ordered_bits()) {
    out.u8(static_cast<uint8_t>(latent.shift));
    if (latent.is_scaled()) out.varint(latent.floor);
  }
}

std::optional<Latent> read_latent(ByteReader& in, ValueKind kind, bool scaled) {
  Latent latent;
  latent.kind = kind;
  if (kind == ValueKind::kFraction) {
    latent.odd = in.varint();
    const int64_t exponent = in.svarint();
    latent.numerator = scaled ? in.varint() : 1;
    if (latent.numerator == 0 || latent.numerator > kOddMax) return std::nullopt;
    if (latent.odd == 0 || latent.odd > kOddMax) return std::nullopt;
    if (exponent < -kExponentMax || exponent > kExponentMax) return std::nullopt;
    latent.exponent = static_cast<int>(exponent);
  } else if (kind == ValueKind::kOrderedBits) {
    latent.shift = in.u8();
    latent.floor = scaled ? in.varint() : 0;
    if (latent.shift > 52) return std::nullopt;
  }
  if (latent.is_scaled() != scaled) return std::nullopt;
  return in.ok() ? std::optional(latent) : std::nullopt;
}

void to_latents(const Latent& latent, std::span<const double> values, int64_t* out) {
  if (latent.is_ordered_bits()) {
    latents_of_bits(values.data(), values.size(), {latent.shift, latent.floor}, out);
  } else {
    latents_of_fraction(values.data(), values.size(), fraction_scale(latent), out);
  }
}

void to_values(const Latent& latent, std::span<const int64_t> latents, double* out) {
  if (latent.is_ordered_bits()) {
    values_of_bits(latents.data(), latents.size(), {latent.shift, latent.floor}, out);
  } else {
    values_of_fraction(latents.data(), latents.size(), fraction_scale(latent), out);
  }
}

std::vector<Latent> propose_latents(std::span<const double> values) {
  const Grain grain = find_grain(values);
  if (grain.plain == 0) return {Latent{}};  // zeros and specials only
  std::vector<Latent> latents;
  const bool binary =
      grain.high - grain.low < kFractionBitsMax && std::abs(grain.low) < kExponentMax;
  if (binary) {
    // Small counts need no finer unit than 1, and that unit costs no bytes.
    const bool integers = grain.low >= 0 && grain.high < 20;
    latents.push_back(fraction(1, integers ? 0 : -grain.low));
  }
  const bool coarse = binary && grain.high - grain.low < 12;
  if (!coarse) {
    if (const auto decimals = find_decimals(values)) {
      latents.push_back(fraction(kFiveTo[*decimals], *decimals));
    }
    latents.push_back(ordered_bits(values, static_cast<unsigned>(grain.shift)));
  }
  return latents;
}

std::vector<Latent> propose_ratios(std::span<const double> values) {
  const std::vector<double> sample = take_sample(values, 8);
  if (sample.size() < 4) return {};
  std::vector<Latent> latents;
  uint64_t common = 1;
  for (const double value : sample) {
    const auto denominator = find_denominator(value);
    common = denominator ? std::lcm(common, *denominator) : 0;
    if (common == 0 || common > kOddMax >> 20) break;
  }
  if (common > 1 && common <= kOddMax >> 20) {
    const int twos = std::countr_zero(common);
    latents.push_back(fraction(common >> twos, twos));
    return latents;
  }
  if (const auto count = find_count(sample)) {
    std::vector<double> sums(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      sums[i] = is_plain(values[i]) ? shorten(values[i] * static_cast<double>(*count)) : 0;
    }
    const Grain grain = find_grain(sums);
    if (grain.plain > 0 && grain.high - grain.low < kFractionBitsMax &&
        std::abs(grain.low) < kExponentMax) {
      latents.push_back(fraction(*count, -grain.low));
    }
  }
  return latents;
}

std::optional<Latent> find_lower_terms(const Latent& latent, std::span<const int64_t> latents) {
  if (latent.is_ordered_bits()) return std::nullopt;
  uint64_t common = 0;
  for (const int64_t x : latents) {
    const uint64_t magnitude = x < 0 ? -static_cast<uint64_t>(x) : static_cast<uint64_t>(x);
    if (common == 0 || magnitude % common != 0) common = std::gcd(common, magnitude);
    if (common == 1) return std::nullopt;
  }
  if (common == 0) return std::nullopt;  // nothing but zeros
  const int twos = std::countr_zero(common);
  if (latent.exponent - twos < -kExponentMax) return std::nullopt;
  common >>= twos;
  const uint64_t shared = std::gcd(common, latent.odd);
  return fraction(latent.odd / shared, latent.exponent - twos,
                  latent.numerator * (common / shared));
}

}  // namespace cairn::store
