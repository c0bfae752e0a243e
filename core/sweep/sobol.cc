// See sobol.h.
#include "sweep/sobol.h"

#include <bit>

#include <boost/random/sobol.hpp>

#include "base/check.h"
#include "surrogate/random.h"

namespace cairn::sweep {

namespace {

using Table = boost::random::default_sobol_table;

// Bratley and Fox (1988), section 2: after its first `degree` numbers, which the table has, the
// sequence is a recurrence over the bits of the axis's primitive polynomial.
std::array<uint32_t, 32> directions_of(size_t axis) {
  std::array<uint32_t, 32> numbers;
  numbers.fill(1);
  if (axis > 0) {
    const uint32_t polynomial = Table::polynomial(axis - 1);
    const auto degree = static_cast<size_t>(std::bit_width(polynomial) - 1);
    for (size_t i = 0; i < degree; ++i) numbers[i] = Table::minit(axis - 1, i);
    for (size_t i = degree; i < numbers.size(); ++i) {
      numbers[i] = numbers[i - degree];
      for (size_t back = 1; back <= degree; ++back)
        if (polynomial >> (degree - back) & 1) numbers[i] ^= numbers[i - back] << back;
    }
  }
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] <<= numbers.size() - 1 - i;
  return numbers;
}

uint32_t reversed(uint32_t x) {
  x = (x & 0x55555555) << 1 | (x >> 1 & 0x55555555);
  x = (x & 0x33333333) << 2 | (x >> 2 & 0x33333333);
  x = (x & 0x0F0F0F0F) << 4 | (x >> 4 & 0x0F0F0F0F);
  return __builtin_bswap32(x);
}

// Every bit is flipped or not by a hash of those above it. On reversed bits "above" is "below",
// and sums and products with even numbers carry upwards only. Constants: Burley (2020).
uint32_t scrambled(uint32_t x, uint32_t seed) {
  x = reversed(x) + seed;
  for (const uint32_t even : {0x6C50B47CU, 0xB82F1E52U, 0xC7AFE638U, 0x8D22F6E6U}) x ^= x * even;
  return reversed(x);
}

}  // namespace

Sobol::Sobol(size_t dimensions, uint64_t seed) : x_axes(dimensions) {
  surrogate::Random random(seed);
  uint32_t order_seed = 0;
  for (size_t i = 0; i < dimensions; ++i) {
    const size_t axis = i % Table::max_dimension;
    // Beyond the table its axes come again, with the points in another order.
    if (i > 0 && axis == 0) order_seed = static_cast<uint32_t>(random.next()) | 1;
    x_axes[i] = {directions_of(axis), order_seed, static_cast<uint32_t>(random.next())};
  }
}

void Sobol::point(uint64_t index, std::span<double> cube) const {
  CHECK(cube.size() == x_axes.size());
  for (size_t i = 0; i < cube.size(); ++i) {
    const Axis& axis = x_axes[i];
    auto bits = static_cast<uint32_t>(index);
    if (axis.order_seed != 0) bits = scrambled(bits, axis.order_seed);
    uint32_t place = 0;
    for (; bits != 0; bits &= bits - 1)
      place ^= axis.directions[static_cast<size_t>(std::countr_zero(bits))];
    cube[i] = (static_cast<double>(scrambled(place, axis.place_seed)) + 0.5) * 0x1p-32;
  }
}

}  // namespace cairn::sweep
