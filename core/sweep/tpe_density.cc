// See tpe_density.h.
#include "sweep/tpe_density.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

namespace cairn::sweep {

namespace {

using Four = float __attribute__((vector_size(16)));
using FourWords = int32_t __attribute__((vector_size(16)));

constexpr size_t kGroup = 8;  // points that are looked at together, so that kernels load once
// Over more levels than this a kernel that is at least a fiftieth wide has no need to be discrete.
constexpr uint64_t kLevelsMax = 32;
constexpr float kNothing = -1e30F;
constexpr double kInwardEnough = 6;  // standard deviations from the edge: nothing is cut off

Four load(const float* values) {
  Four four;
  std::memcpy(&four, values, sizeof(four));
  return four;
}

Four larger(Four a, Four b) { return a > b ? a : b; }

// e^x for x <= 0 within 2e-6 of itself, and 0 far below: 2^x = 2^round(x) 2^rest, the latter by
// its Taylor series.
Four exp_of(Four x) {
  constexpr float kRounding = 0x1.8p23F;  // floats this large are integers
  x *= std::numbers::log2e_v<float>;
  x = larger(x, Four{} - 126);
  const Four whole = (x + kRounding) - kRounding;
  const Four rest = (x - whole) * std::numbers::ln2_v<float>;
  Four series = rest * (1.0F / 120) + 1.0F / 24;
  series = series * rest + 1.0F / 6;
  series = series * rest + 0.5F;
  series = series * rest + 1;
  series = series * rest + 1;
  const FourWords power = (__builtin_convertvector(whole, FourWords) + 127) << 23;
  return series * std::bit_cast<Four>(power);
}

// The log of what normalises a normal distribution cut to [0, 1].
double log_norm(double center, double width) {
  const auto above = [](double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); };
  const double left = center / width, right = (1 - center) / width;
  const bool is_whole = left > kInwardEnough && right > kInwardEnough;
  const double inside = is_whole ? 1 : 1 - above(left) - above(right);
  return std::log(width * std::sqrt(2 * std::numbers::pi) * inside);
}

// The same over levels.
double log_norm(double center, double width, std::span<const double> levels) {
  double sum = 0;
  for (const double level : levels) {
    const double z = (level - center) / width;
    sum += std::exp(-z * z / 2);
  }
  return std::log(sum);
}

// How wide kernels are along one coordinate: as the larger gap to the next place on either side,
// within bounds that narrow as points come ("magic clipping"). Gaps below the lower bound need not
// be known, so that places are looked up in cells narrower than that instead of sorted.
class Gaps {
 public:
  static constexpr size_t kWidthsMax = 50;  // kernels are at least this share of [0, 1] wide
  static constexpr size_t kCells = 128;
  static_assert(kCells > kWidthsMax);

  Gaps(std::span<const float> places, size_t kernels)
      : x_width_min(1.0F / static_cast<float>(std::min<size_t>(kernels + 1, kWidthsMax))) {
    const auto add = [&](float place) {
      Cell& cell = x_cells[cell_of(place)];
      cell.low = std::min(cell.low, place);
      cell.high = std::max(cell.high, place);
    };
    add(0.5F);  // the middle of the prior
    for (const float place : places)
      if (!std::isnan(place)) add(place);
    float before = std::numeric_limits<float>::infinity();
    for (size_t i = 0; i < kCells; ++i) {
      x_cells[i].before = before;
      if (x_cells[i].high >= 0) before = x_cells[i].high;
    }
    float after = before = std::numeric_limits<float>::infinity();
    for (size_t i = kCells; i-- > 0;) {
      x_cells[i].after = after;
      if (x_cells[i].high >= 0) after = x_cells[i].low;
    }
  }

  static size_t cell_of(float place) {
    return std::min(static_cast<size_t>(place * kCells), kCells - 1);
  }

  float width(float place) const {
    const Cell& cell = x_cells[cell_of(place)];
    float widest = 0;
    if (place == cell.low && std::isfinite(cell.before)) widest = place - cell.before;
    if (place == cell.high && std::isfinite(cell.after))
      widest = std::max(widest, cell.after - place);
    return std::clamp(widest, x_width_min, 1.0F);
  }

 private:
  struct Cell {
    float low = 2, high = -1;  // of the places in it
    float before, after;       // the next places outside; infinite: none
  };
  std::array<Cell, kCells> x_cells;
  float x_width_min;
};

}  // namespace

TpeDensity::TpeDensity(const Space& space, const surrogate::Matrix& x,
                       std::span<const uint32_t> rows)
    : x_space(space),
      x_count(rows.size() + 1),
      x_axes(space.coordinates().size()),
      x_kernels((x_count + kLanes - 1) / kLanes * x_axes.size()),
      x_peaks((x_count + kLanes - 1) / kLanes * kLanes, kNothing) {
  std::fill_n(x_peaks.begin(), x_count, -std::log(static_cast<float>(x_count)));
  std::vector<float> places(rows.size());
  for (size_t axis = 0; axis < x_axes.size(); ++axis) {
    for (size_t i = 0; i < rows.size(); ++i) places[i] = static_cast<float>(x.at(rows[i], axis));
    x_axes[axis].is_category = space.coordinates()[axis].kind == Coordinate::Kind::kCategory;
    x_axes[axis].is_category ? lay_category(axis, places) : lay_order(axis, places);
  }
}

void TpeDensity::lay_category(size_t axis, std::span<const float> places) {
  constexpr double kWeightMin = 1e-9;  // of what the prior never draws, but a user may have run
  const Coordinate& coordinate = x_space.coordinates()[axis];
  const Parameter& parameter = x_space.parameters()[coordinate.parameter];
  Axis& own = x_axes[axis];
  own.weights = parameter.weights;
  const auto levels = static_cast<double>(coordinate.levels);
  if (own.weights.empty()) own.weights.assign(coordinate.levels, 1 / levels);
  const double rest = levels / (levels + static_cast<double>(x_count));
  own.rest = static_cast<float>(rest);
  for (const double weight : own.weights) {
    const double left = rest * std::max(weight, kWeightMin);
    own.own.push_back(static_cast<float>(std::log(1 - rest + left)));
    own.other.push_back(static_cast<float>(std::log(left)));
  }
  const auto log_rest = static_cast<float>(std::log(rest));
  for (size_t i = 0; i < x_count; ++i) {
    const bool is_prior = i == places.size() || std::isnan(places[i]);
    Kernels& four = kernels(axis, i);
    four.offset[i % kLanes] = is_prior ? -1 : places[i];
    four.norm[i % kLanes] = is_prior ? log_rest : 0;
    x_peaks[i] -= four.norm[i % kLanes];
  }
}

void TpeDensity::lay_order(size_t axis, std::span<const float> places) {
  const Coordinate& coordinate = x_space.coordinates()[axis];
  std::vector<double> levels;
  if (coordinate.kind == Coordinate::Kind::kLevels && coordinate.levels <= kLevelsMax)
    for (uint64_t i = 0; i < coordinate.levels; ++i) levels.push_back(x_space.level_place(axis, i));
  const float prior_norm = levels.empty() ? 0 : std::log(static_cast<float>(levels.size()));

  const Gaps gaps(places, x_count);
  struct Known {  // norms are dear, and most kernels are like one before them
    float center = -1, width = -1, norm = 0;
  };
  std::array<Known, Gaps::kCells> memory;
  const auto norm_of = [&](float center, float width) {
    // Far from the edges the width alone makes the norm.
    const bool is_inward = center > kInwardEnough * width && 1 - center > kInwardEnough * width;
    Known& known = memory[levels.empty() && is_inward ? 0 : Gaps::cell_of(center)];
    if ((known.center == center || (levels.empty() && is_inward)) && known.width == width)
      return known.norm;
    const double norm = levels.empty() ? log_norm(center, width) : log_norm(center, width, levels);
    known = {center, width, static_cast<float>(norm)};
    return known.norm;
  };
  for (size_t i = 0; i < x_count; ++i) {
    const bool is_prior = i == places.size() || std::isnan(places[i]);
    const float width = is_prior ? 0 : gaps.width(places[i]);
    const float slope = is_prior ? 0 : std::numbers::sqrt2_v<float> / 2 / width;
    Kernels& four = kernels(axis, i);
    four.slope[i % kLanes] = slope;
    four.offset[i % kLanes] = is_prior ? 0 : places[i] * slope;
    four.norm[i % kLanes] = is_prior ? prior_norm : norm_of(places[i], width);
    x_peaks[i] -= four.norm[i % kLanes];
  }
}

double TpeDensity::draw_place(size_t axis, size_t kernel, surrogate::Random& random) const {
  constexpr int kTries = 100;
  const Axis& own = x_axes[axis];
  const Kernels& four = kernels(axis, kernel);
  const double offset = four.offset[kernel % kLanes], slope = four.slope[kernel % kLanes];
  if (own.is_category) {
    if (offset >= 0 && random.unit() >= own.rest) return offset;
    const double share = random.unit();
    double below = 0;
    for (size_t i = 0; i < own.weights.size(); ++i)
      if (share < (below += own.weights[i])) return static_cast<double>(i);
    return static_cast<double>(own.weights.size() - 1);
  }
  if (slope == 0) return random.unit();
  double place = 0;
  for (int i = 0; i < kTries; ++i) {
    place = (offset + random.normal() * std::numbers::sqrt2 / 2) / slope;
    if (place >= 0 && place <= 1) return place;
  }
  return std::clamp(place, 0.0, 1.0);
}

Point TpeDensity::draw(surrogate::Random& random) const {
  const size_t kernel = random.below(x_count);
  Point point(x_axes.size());
  for (size_t axis = 0; axis < x_axes.size(); ++axis)
    point[axis] = draw_place(axis, kernel, random);
  return x_space.snapped(std::move(point));
}

// By coordinate, and within by point; each in all four lanes.
struct TpeDensity::Places {
  struct Axis {
    std::array<Four, kGroup> place, own, other;
    std::array<bool, kGroup> is_active;
    bool are_all_active;
  };
  std::vector<Axis> axes;

  Places(const TpeDensity& density, const surrogate::Matrix& points, size_t begin)
      : axes(density.x_axes.size()) {
    for (size_t k = 0; k < axes.size(); ++k) {
      axes[k].are_all_active = true;
      for (size_t i = 0; i < kGroup; ++i) {
        const double place = points.at(std::min(begin + i, points.rows() - 1), k);
        axes[k].is_active[i] = !std::isnan(place);
        axes[k].are_all_active = axes[k].are_all_active && axes[k].is_active[i];
        axes[k].place[i] = Four{} + static_cast<float>(place);
        if (!density.x_axes[k].is_category || std::isnan(place)) continue;
        axes[k].own[i] = Four{} + density.x_axes[k].own[static_cast<size_t>(place)];
        axes[k].other[i] = Four{} + density.x_axes[k].other[static_cast<size_t>(place)];
      }
    }
  }

  // Adds what one coordinate of four kernels says of each point.
  void add(size_t axis, bool is_category, const Kernels& four,
           std::array<Four, kGroup>& sums) const {
    const Axis& own = axes[axis];
    const Four slope = load(four.slope.data()), offset = load(four.offset.data());
    if (!own.are_all_active) {
      const Four norm = load(four.norm.data());
      for (size_t i = 0; i < kGroup; ++i) {
        const Four z = own.place[i] * slope - offset;
        const Four said =
            is_category ? (offset == own.place[i] ? own.own[i] : own.other[i]) : -z * z;
        sums[i] += own.is_active[i] ? said : norm;
      }
    } else if (is_category) {
#pragma GCC unroll 8
      for (size_t i = 0; i < kGroup; ++i)
        sums[i] += offset == own.place[i] ? own.own[i] : own.other[i];
    } else {
#pragma GCC unroll 8
      for (size_t i = 0; i < kGroup; ++i) {
        const Four z = own.place[i] * slope - offset;
        sums[i] -= z * z;
      }
    }
  }
};

std::vector<double> TpeDensity::log_densities(const surrogate::Matrix& points) const {
  std::vector<double> result(points.rows());
  const size_t fours = x_peaks.size() / kLanes;
  std::vector<std::array<Four, kGroup>> sums(fours);
  for (size_t begin = 0; begin < points.rows(); begin += kGroup) {
    const Places places(*this, points, begin);
    std::array<Four, kGroup> highest;
    highest.fill(Four{} + kNothing);
    for (size_t four = 0; four < fours; ++four) {
      std::array<Four, kGroup> sum;
      sum.fill(load(&x_peaks[four * kLanes]));
      for (size_t axis = 0; axis < x_axes.size(); ++axis)
        places.add(axis, x_axes[axis].is_category, x_kernels[four * x_axes.size() + axis], sum);
      for (size_t i = 0; i < kGroup; ++i) highest[i] = larger(highest[i], sum[i]);
      sums[four] = sum;
    }
    for (size_t i = 0; i < std::min(kGroup, points.rows() - begin); ++i) {
      const float peak = std::max({highest[i][0], highest[i][1], highest[i][2], highest[i][3]});
      Four total{};
      for (size_t four = 0; four < fours; ++four) total += exp_of(sums[four][i] - peak);
      const double sum = static_cast<double>(total[0]) + static_cast<double>(total[1]) +
                         static_cast<double>(total[2]) + static_cast<double>(total[3]);
      result[begin + i] = static_cast<double>(peak) + std::log(sum);
    }
  }
  return result;
}

}  // namespace cairn::sweep
