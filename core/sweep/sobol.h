// Sobol: points that fill a cube evenly, the first ones as well as any number of them.
//
// Sobol's sequence with the direction numbers of Joe and Kuo (2008), scrambled as Owen (1995) does
// by a hash of the bits above each bit (Laine and Karras 2011): every seed gives another set of
// points with the same evenness, and any point is had without those before it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cairn::sweep {

// Immutable once made; any thread.
class Sobol {
 public:
  Sobol(size_t dimensions, uint64_t seed);

  size_t dimensions() const { return x_axes.size(); }
  // The point with this index (modulo 2^32), within (0, 1) in each of `cube`'s dimensions.
  void point(uint64_t index, std::span<double> cube) const;

 private:
  static constexpr size_t kBits = 32;
  struct Axis {
    std::array<uint32_t, kBits> directions;  // by bit of the index
    uint32_t order_seed;                     // of the order of points; 0: as they come
    uint32_t place_seed;
  };

  std::vector<Axis> x_axes;
};

}  // namespace cairn::sweep
