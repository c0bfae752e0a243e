// TpeDensity: how densely points lie in a space, as a mixture of one product of kernels per point.
//
// Along an ordered coordinate a kernel is a normal distribution cut to [0, 1], as wide as the gap
// to the neighbouring points (Bergstra et al. 2011; Watanabe 2023), over few levels a discrete
// one; along a category it keeps the point's own but for what it leaves to the prior. What a point
// does not have (an inactive branch) it knows nothing of: there its kernel is the prior. The prior
// itself is one more member of the mixture.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "surrogate/matrix.h"
#include "surrogate/random.h"
#include "sweep/space.h"

namespace cairn::sweep {

// Borrows the space. Immutable once made; any thread. Cost: candidates x points x coordinates,
// 0.2 ns each.
class TpeDensity {
 public:
  // Of these rows of `x`, each of which weighs as much as the prior.
  TpeDensity(const Space& space, const surrogate::Matrix& x, std::span<const uint32_t> rows);

  // Snapped, but it may break the space's constraints.
  Point draw(surrogate::Random& random) const;
  // Of snapped points, one per row.
  std::vector<double> log_densities(const surrogate::Matrix& points) const;

 private:
  // Four at a time, one register each. Along an ordered coordinate a kernel adds
  // -(place * slope - offset)^2 to the log density; of a category `offset` is the index.
  static constexpr size_t kLanes = 4;
  struct alignas(16) Kernels {
    std::array<float, kLanes> slope, offset;
    std::array<float, kLanes> norm;  // what the coordinate takes off at the kernel's peak
  };
  struct Axis {
    bool is_category = false;
    float rest = 0;                 // of a category: the share that kernels leave to the prior
    std::vector<double> weights;    // of a category, by index: the prior
    std::vector<float> own, other;  // log density at the kernel's own category, and elsewhere
  };
  struct Places;  // of a few points that are looked at together

  Kernels& kernels(size_t axis, size_t kernel) {
    return x_kernels[kernel / kLanes * x_axes.size() + axis];
  }
  const Kernels& kernels(size_t axis, size_t kernel) const {
    return x_kernels[kernel / kLanes * x_axes.size() + axis];
  }
  void lay_category(size_t axis, std::span<const float> places);
  void lay_order(size_t axis, std::span<const float> places);
  double draw_place(size_t axis, size_t kernel, surrogate::Random& random) const;

  const Space& x_space;
  size_t x_count;                  // of kernels, the prior's the last one
  std::vector<Axis> x_axes;        // by coordinate
  std::vector<Kernels> x_kernels;  // by four, and within by coordinate
  std::vector<float> x_peaks;      // by kernel: log of its share, less all norms
};

}  // namespace cairn::sweep
