// See nsga_niches.h.
#include "sweep/nsga_niches.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cairn::sweep {

namespace {

// All ways to give `left` parts to the objectives from `k` on.
void share_out(size_t k, size_t left, double part, std::vector<double>& direction,
               surrogate::Matrix& out) {
  if (k + 1 == direction.size()) {
    direction[k] = static_cast<double>(left) * part;
    out.append(direction);
    return;
  }
  for (size_t given = 0; given <= left; ++given) {
    direction[k] = static_cast<double>(given) * part;
    share_out(k + 1, left - given, part, direction, out);
  }
}

// Binomial, as far as it matters here.
double ways(size_t parts, size_t objectives) {
  double product = 1;
  for (size_t i = 1; i < objectives; ++i)
    product *= static_cast<double>(parts + i) / static_cast<double>(i);
  return product;
}

struct Niche {
  size_t direction;
  double distance;
};

// Places along each objective from the best value on, in units of the first front's width.
class Niches {
 public:
  Niches(const surrogate::Matrix& y, const Rows& first_front, const surrogate::Matrix& directions)
      : x_y(y), x_directions(directions) {
    for (size_t k = 0; k < y.columns(); ++k) {
      double low = std::numeric_limits<double>::infinity(), high = -low;
      for (const uint32_t row : first_front) {
        low = std::min(low, y.at(row, k));
        high = std::max(high, y.at(row, k));
      }
      x_best.push_back(low);
      x_width.push_back(high > low ? high - low : 1);
    }
  }

  Niche of(uint32_t row) const {
    Niche nearest{0, std::numeric_limits<double>::infinity()};
    for (size_t i = 0; i < x_directions.rows(); ++i) {
      const double distance = distance_to(row, x_directions.row(i));
      if (distance < nearest.distance) nearest = {i, distance};
    }
    return nearest;
  }

 private:
  double distance_to(uint32_t row, std::span<const double> direction) const {
    double along = 0, squares = 0, length = 0;
    for (size_t k = 0; k < direction.size(); ++k) {
      const double place = (x_y.at(row, k) - x_best[k]) / x_width[k];
      along += place * direction[k];
      squares += place * place;
      length += direction[k] * direction[k];
    }
    return std::sqrt(std::max(squares - along * along / length, 0.0));
  }

  const surrogate::Matrix& x_y;
  const surrogate::Matrix& x_directions;
  std::vector<double> x_best, x_width;
};

}  // namespace

surrogate::Matrix reference_directions(size_t objectives, size_t count) {
  size_t parts = 1;
  while (objectives > 1 && ways(parts + 1, objectives) <= static_cast<double>(count)) ++parts;
  surrogate::Matrix directions;
  std::vector<double> direction(objectives);
  share_out(0, parts, 1 / static_cast<double>(parts), direction, directions);
  return directions;
}

Rows choose_by_niches(const surrogate::Matrix& y, Rows rows, size_t count) {
  std::vector<Rows> fronts = fronts_of(y, std::move(rows), count);
  if (fronts.empty()) return {};
  const surrogate::Matrix directions = reference_directions(y.columns(), count);
  const Niches niches(y, fronts.front(), directions);
  std::vector<size_t> members(directions.rows());
  Rows chosen;
  for (Rows& front : fronts) {
    std::vector<Niche> of;
    for (const uint32_t row : front) of.push_back(niches.of(row));
    // One after the other: the nearest of the emptiest niche, so that the order is a ranking too.
    for (size_t left = front.size(); left > 0 && chosen.size() < count; --left) {
      size_t best = 0;
      for (size_t i = 1; i < left; ++i) {
        const size_t a = members[of[i].direction], b = members[of[best].direction];
        if (a < b || (a == b && of[i].distance < of[best].distance)) best = i;
      }
      ++members[of[best].direction];
      chosen.push_back(front[best]);
      std::swap(front[best], front[left - 1]);
      std::swap(of[best], of[left - 1]);
    }
  }
  return chosen;
}

}  // namespace cairn::sweep
