// See column_integers.h.
#include "store/column_integers.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "store/column_kernels.h"

namespace cairn::store {

namespace {

constexpr unsigned kWidthBits = 0x7F;  // of a block's first byte; the top bit says "has patches"
constexpr uint8_t kHasPatches = 0x80;
constexpr size_t kSamplesPerBlock = 128;

uint64_t minus(int64_t a, int64_t b) { return static_cast<uint64_t>(a) - static_cast<uint64_t>(b); }
int64_t wrap(uint64_t x) { return static_cast<int64_t>(x); }
unsigned width_of(uint64_t x) { return static_cast<unsigned>(std::bit_width(x)); }
size_t varint_bytes(uint64_t x) { return (std::max(width_of(x), 1U) + 6) / 7; }

// ---- bit packing of a block that is not full: one little-endian stream of bits ----

size_t tail_bytes(size_t n, unsigned width) { return (n * width + 7) / 8; }

void pack_tail(ByteWriter& out, std::span<const uint64_t> residuals, unsigned width) {
  std::array<uint64_t, kBlockPoints + 1> words{};
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  for (size_t i = 0; i < residuals.size(); ++i) {
    const size_t word = i * width / 64;
    const unsigned shift = i * width % 64;
    words[word] |= (residuals[i] & mask) << shift;
    if (shift + width > 64) words[word + 1] |= (residuals[i] & mask) >> (64 - shift);
  }
  out.raw({reinterpret_cast<const char*>(words.data()), tail_bytes(residuals.size(), width)});
}

void unpack_tail(std::string_view packed, unsigned width, uint64_t base, std::span<int64_t> x) {
  if (width == 0) return std::fill(x.begin(), x.end(), wrap(base));
  std::array<uint64_t, kBlockPoints + 1> words;
  std::memcpy(words.data(), packed.data(), packed.size());
  std::memset(reinterpret_cast<char*>(words.data()) + packed.size(), 0, 8);
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t word = i * width / 64;
    const unsigned shift = i * width % 64;
    uint64_t bits = words[word] >> shift;
    if (shift + width > 64) bits |= words[word + 1] << (64 - shift);
    x[i] = wrap((bits & mask) + base);
  }
}

// ---- blocks ----

struct BlockPlan {
  int64_t base = 0;
  unsigned width = 64;
  size_t bits = 0;  // about what the block will cost
};

// The cheapest of: the exact range, no base at all, and windows that leave up to an eighth of the
// values to patches. A window is judged by a sorted sample first and by the whole block if
// promising.
BlockPlan plan_block(std::span<const int64_t> d) {
  const size_t n = d.size();
  const IntegerRange range = find_range(d.data(), n);
  BlockPlan best{range.min, width_of(minus(range.max, range.min)), 0};
  const unsigned full_width = best.width;
  best.bits = 8 * (tail_bytes(n, full_width) + varint_bytes(zigzag(range.min)));
  if (range.min >= 0) {
    const unsigned width = width_of(minus(range.max, 0));
    const size_t bits = 8 * (tail_bytes(n, width) + 1);
    if (bits < best.bits) best = {0, width, bits};
  }

  std::array<int64_t, kSamplesPerBlock> sample;
  const size_t samples = std::min(n, kSamplesPerBlock);
  for (size_t i = 0; i < samples; ++i) sample[i] = d[i * n / samples];
  std::sort(sample.begin(), sample.begin() + samples);
  unsigned tried = full_width;
  for (size_t left_out = 0; left_out <= samples / 8 && tried > 0; ++left_out) {
    const size_t kept = samples - left_out;
    size_t from = 0;
    for (size_t i = 1; i <= left_out; ++i) {
      const auto span_at = [&](size_t k) { return minus(sample[k + kept - 1], sample[k]); };
      if (span_at(i) < span_at(from)) from = i;
    }
    const uint64_t span = minus(sample[from + kept - 1], sample[from]);
    const unsigned width = width_of(span);
    if (width >= tried) continue;
    tried = width;
    const uint64_t slack = width == 0 ? 0 : (uint64_t{1} << width) - 1 - span;
    const uint64_t room = minus(sample[from], range.min);
    const int64_t base = wrap(static_cast<uint64_t>(sample[from]) - std::min(slack / 2, room));
    const size_t patch_bits = 8 + 8 * ((full_width - width + 1 + 6) / 7);
    const size_t bits = 8 * tail_bytes(n, width) +
                        count_outside(d.data(), n, base, width) * patch_bits + 8 +
                        8 * varint_bytes(zigzag(base));
    if (bits < best.bits) best = {base, width, bits};
  }
  return best;
}

void write_block(ByteWriter& out, std::span<const int64_t> d, int64_t previous_base,
                 const BlockPlan& plan) {
  std::array<uint64_t, kBlockPoints> residuals;
  std::array<uint16_t, kBlockPoints> patched;
  size_t patches = 0;
  for (size_t i = 0; i < d.size(); ++i) {
    residuals[i] = minus(d[i], plan.base);
    patched[patches] = static_cast<uint16_t>(i);
    patches += plan.width < 64 && residuals[i] >> plan.width != 0;
  }
  out.u8(static_cast<uint8_t>(plan.width | (patches > 0 ? kHasPatches : 0)));
  out.svarint(wrap(minus(plan.base, previous_base)));
  if (d.size() == kBlockPoints) {
    std::array<char, block_bytes(64)> packed;
    pack_block(residuals.data(), plan.width, packed.data());
    out.raw({packed.data(), block_bytes(plan.width)});
  } else {
    pack_tail(out, {residuals.data(), d.size()}, plan.width);
  }
  if (patches == 0) return;
  out.varint(patches - 1);
  size_t next = 0;
  for (size_t p = 0; p < patches; ++p) {
    out.varint(patched[p] - next);
    out.svarint(wrap(residuals[patched[p]]) >> plan.width);
    next = patched[p] + size_t{1};
  }
}

bool read_block(ByteReader& in, int64_t& base, std::span<int64_t> d) {
  const uint8_t head = in.u8();
  const unsigned width = head & kWidthBits;
  if (width > 64) return false;
  base = wrap(static_cast<uint64_t>(base) + static_cast<uint64_t>(in.svarint()));
  const bool full = d.size() == kBlockPoints;
  const std::string_view packed = in.raw(full ? block_bytes(width) : tail_bytes(d.size(), width));
  if (!in.ok()) return false;
  if (full) {
    unpack_block(packed.data(), width, static_cast<uint64_t>(base), d.data());
  } else {
    unpack_tail(packed, width, static_cast<uint64_t>(base), d);
  }
  if ((head & kHasPatches) == 0) return true;
  if (width == 64) return false;
  const uint64_t patches = in.varint();
  if (patches >= d.size()) return false;
  size_t next = 0;
  for (uint64_t p = 0; p <= patches; ++p) {
    const uint64_t gap = in.varint();
    const uint64_t high = static_cast<uint64_t>(in.svarint());
    if (gap >= d.size() - next) return false;
    d[next + gap] = wrap(static_cast<uint64_t>(d[next + gap]) + (high << width));
    next += gap + 1;
  }
  return in.ok();
}

// ---- differences ----

template <unsigned kOrder>
void integrate(std::span<int64_t> x, uint64_t* state) {
  std::array<uint64_t, kOrder> a;
  std::copy_n(state, kOrder, a.begin());
  for (int64_t& value : x) {
    a[kOrder - 1] += static_cast<uint64_t>(value);
    for (unsigned j = kOrder - 1; j-- > 0;) a[j] += a[j + 1];
    value = wrap(a[0]);
  }
  std::copy_n(a.begin(), kOrder, state);
}

void integrate(std::span<int64_t> x, unsigned order, uint64_t* state) {
  switch (order) {
    case 1:
      return integrate<1>(x, state);
    case 2:
      return integrate<2>(x, state);
    case 3:
      return integrate<3>(x, state);
    case 4:
      return integrate<4>(x, state);
    default:
      return;
  }
}

// Replaces x by its differences of `order` and writes the seeds: the integrators' state one step
// before the column. The column is taken to begin as if its first real difference had held for
// `order` steps before, so that every slot of the block is an ordinary difference.
void differentiate(ByteWriter& out, std::span<int64_t> x, std::span<int64_t> scratch,
                   unsigned order) {
  if (order == 0) return;
  std::array<uint64_t, kOrderMax> seeds{};
  for (unsigned k = 0; k < order; ++k) {
    seeds[k] = static_cast<uint64_t>(x[order - 1]);
    subtract_previous(x.data() + k, x.size() - k, scratch.data() + k);
    std::copy(scratch.begin() + k + 1, scratch.begin() + static_cast<ptrdiff_t>(x.size()),
              x.begin() + k + 1);
  }
  std::fill_n(x.begin(), order, x[order]);
  for (unsigned step = 0; step < order; ++step) {
    for (unsigned j = 0; j + 1 < order; ++j) seeds[j] -= seeds[j + 1];
    seeds[order - 1] -= static_cast<uint64_t>(x[order]);
  }
  for (unsigned k = 0; k < order; ++k) out.svarint(wrap(seeds[k]));
}

// About how many bits a sample scatters over: the mean log2 of the distances between pairs of it,
// which no single spike can move and no branch has to be guessed for.
double scatter_bits(std::span<const int64_t> sample) {
  constexpr unsigned kBeyond = 1;  // a block's range is about twice its typical distance
  const size_t n = sample.size();
  if (n < 2) return 0;
  size_t bits = 0, pairs = 0;
  for (const size_t away : {n / 2, std::max<size_t>(n / 3, 1)}) {
    for (size_t i = 0; i < n; ++i) {
      const size_t other = i + away < n ? i + away : i + away - n;
      const unsigned width = width_of(zigzag(wrap(minus(sample[i], sample[other]))));
      bits += width + (width > 0 ? kBeyond : 0);
    }
    pairs += n;
  }
  return static_cast<double>(bits) / static_cast<double>(pairs);
}

}  // namespace

OrderPlan plan_order(std::span<const int64_t> x) {
  constexpr size_t kSamples = 64;
  const size_t n = x.size();
  std::array<double, kOrderMax + 1> bits{};
  for (size_t begin = 0; begin < n; begin += kBlockPoints) {
    const size_t m = std::min(kBlockPoints, n - begin);
    std::array<std::array<int64_t, kSamples>, kOrderMax + 1> sample;
    std::array<size_t, kOrderMax + 1> count{};
    const size_t samples = std::min(m, kSamples);
    for (size_t s = 0; s < samples; ++s) {
      const size_t at = begin + s * m / samples;
      const unsigned orders = static_cast<unsigned>(std::min<size_t>(at, kOrderMax));
      std::array<int64_t, kOrderMax + 1> d;  // d[j]: the present difference at `at` - j
      for (unsigned j = 0; j <= orders; ++j) d[j] = x[at - j];
      for (unsigned k = 0;; ++k) {
        sample[k][count[k]++] = d[0];
        if (k == orders) break;
        for (unsigned j = 0; j + k < orders; ++j) d[j] = wrap(minus(d[j], d[j + 1]));
      }
    }
    for (unsigned k = 0; k <= kOrderMax; ++k) {
      bits[k] += scatter_bits({sample[k].data(), count[k]}) * static_cast<double>(m);
    }
  }
  const double start_bits = n == 0 ? 0 : 8.0 * static_cast<double>(varint_bytes(zigzag(x[0])));
  OrderPlan best{0, start_bits + bits[0]};
  for (unsigned k = 1; k <= kOrderMax && k < n; ++k) {
    const double cost = start_bits + bits[k] + k * (16 + 0.1 * static_cast<double>(n));
    if (cost < best.bits) best = {k, cost};
  }
  return best;
}

void write_integers(ByteWriter& out, std::span<const int64_t> x, unsigned order) {
  CHECK(x.size() <= kChunkPointsMax && order <= kOrderMax && (order == 0 || order < x.size()));
  std::array<int64_t, kChunkPointsMax> differences, scratch;
  std::copy(x.begin(), x.end(), differences.begin());
  differentiate(out, {differences.data(), x.size()}, scratch, order);
  int64_t base = 0;
  for (size_t begin = 0; begin < x.size(); begin += kBlockPoints) {
    const std::span<const int64_t> block(differences.data() + begin,
                                         std::min(kBlockPoints, x.size() - begin));
    const BlockPlan plan = plan_block(block);
    write_block(out, block, base, plan);
    base = plan.base;
  }
}

void write_planned_integers(ByteWriter& out, std::span<const int64_t> x) {
  const unsigned order = plan_order(x).order;
  out.u8(static_cast<uint8_t>(order));
  write_integers(out, x, order);
}

bool read_integers(ByteReader& in, unsigned order, std::span<int64_t> x) {
  if (order > kOrderMax || (order > 0 && order >= x.size())) return false;
  std::array<uint64_t, kOrderMax> state{};
  for (unsigned k = 0; k < order; ++k) state[k] = static_cast<uint64_t>(in.svarint());
  int64_t base = 0;
  for (size_t begin = 0; begin < x.size(); begin += kBlockPoints) {
    const std::span<int64_t> block = x.subspan(begin, std::min(kBlockPoints, x.size() - begin));
    if (!read_block(in, base, block)) return false;
    integrate(block, order, state.data());
  }
  return in.ok();
}

bool read_planned_integers(ByteReader& in, std::span<int64_t> x) {
  const unsigned order = in.u8();
  return read_integers(in, order, x);
}

}  // namespace cairn::store
