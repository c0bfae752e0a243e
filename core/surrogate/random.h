// Random: numbers that depend on a seed, a stream and a counter, and on nothing else.
//
// SplitMix64 (Steele, Lea and Flood 2014): the n-th number is a hash of (key + n * step), so that a
// stream needs no state but its counter and is the same on every machine. Not for secrets.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>

namespace cairn::surrogate {

// A value like any other: a copy goes on with the same numbers. Streams of one seed are unrelated:
// give every tree, fit or trial its own, and it does not matter in which order they are computed.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0)
      : x_key(mix(mix(seed + kStep) ^ mix(stream * kStep))) {}

  uint64_t next() { return mix(x_key + ++x_count * kStep); }

  // In [0, 1), a multiple of 2^-53.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // In 0 .. n-1, for 0 < n <= 2^32; the largest share of a number is off by n / 2^32.
  size_t below(size_t n) { return static_cast<size_t>(((next() >> 32) * n) >> 32); }

  // Of mean 0 and variance 1 (Box and Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log1p(-unit()));
    return radius * std::cos(2 * std::numbers::pi * unit());
  }

  // Puts a random choice of `count` items, in random order, to the front.
  template <typename T>
  void choose(std::span<T> items, size_t count) {
    for (size_t i = 0; i < count && i + 1 < items.size(); ++i)
      std::swap(items[i], items[i + below(items.size() - i)]);
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio, odd

  static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  }

  uint64_t x_key;
  uint64_t x_count = 0;
};

}  // namespace cairn::surrogate
