// Maximise: the configuration of a space that is worth most, by whatever says what it is worth.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "surrogate/matrix.h"
#include "surrogate/random.h"
#include "sweep/sampler.h"
#include "sweep/space.h"

namespace cairn::sweep {

// Worth by place, to be as high as can be. -inf is allowed, NaN is not.
class Landscape {
 public:
  virtual ~Landscape() = default;
  virtual std::vector<double> at(const surrogate::Matrix& points) const = 0;
  // Roughly, for less work: to tell which of many points are worth a closer look.
  virtual std::vector<double> roughly_at(const surrogate::Matrix& points) const {
    return at(points);
  }
  // The worth of one point and its slopes by coordinate, which need be right for continuous ones.
  virtual double slope(std::span<const double> point, std::span<double> gradient) const = 0;
};

// How hard to look.
struct Effort {
  size_t spread = 2048;  // candidates all over the space,
  size_t local = 1024;   // and near the best known points
  size_t close = 256;    // of them that are looked at closely,
  size_t starts = 10;    // and that are improved step by step
  size_t steps = 40;     // at most along the slope, per start and round
  size_t rounds = 5;     // of slopes and scans in turn
};

// A space of at most this many configurations is looked through as a whole.
constexpr uint64_t kEnumerateMax = 2048;

// Pure: the same random stream gives the same point. `known`: good points, best first.
// Nothing where all allowed configurations were tried, or none could be found.
std::optional<Point> maximise(const Space& space, const Landscape& landscape, const Tried& tried,
                              std::span<const Point> known, surrogate::Random random,
                              const Effort& effort);

// All allowed configurations that were not tried; only where their number is at most kEnumerateMax.
std::vector<Point> list_untried(const Space& space, const Tried& tried);

}  // namespace cairn::sweep
