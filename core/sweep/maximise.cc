// See maximise.h.
#include "sweep/maximise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "surrogate/minimise.h"
#include "sweep/sobol.h"

namespace cairn::sweep {

namespace {

using surrogate::Matrix;
using surrogate::Random;

// An order of more levels is followed along the slope and put on its grid at the end.
constexpr uint64_t kScanMax = 64;
constexpr int kFillings = 4;  // of the parameters that another branch makes active

Matrix matrix_of(std::span<const Point> points) {
  Matrix matrix;
  for (const Point& point : points) matrix.append(point);
  return matrix;
}

struct Candidate {
  Point point;
  double worth;
};

class Maximiser {
 public:
  Maximiser(const Space& space, const Landscape& landscape, const Tried& tried,
            std::span<const Point> known, Random random, const Effort& effort)
      : x_space(space),
        x_landscape(landscape),
        x_tried(tried),
        x_known(known),
        x_random(random),
        x_effort(effort) {}

  std::optional<Point> run() {
    std::vector<Point> points = spread();
    add_local(points);
    std::vector<Candidate> candidates = rank(promising(std::move(points)));
    std::vector<Point> improved;
    for (const Candidate& start : starts_of(candidates)) improved.push_back(improve(start));
    const std::vector<Candidate> best = rank(std::move(improved));
    candidates.insert(candidates.begin(), best.begin(), best.end());
    const auto found = std::ranges::find_if(
        candidates, [&](const Candidate& c) { return !x_tried.holds(c.point); });
    if (found != candidates.end()) return std::move(found->point);
    return x_tried.draw_new(x_random);
  }

 private:
  // Allowed points all over the space. Where constraints leave little of it, draws help out.
  std::vector<Point> spread() {
    std::vector<Point> points;
    const size_t dimensions = x_space.coordinates().size();
    const Sobol sobol(dimensions, x_random.next());
    std::vector<double> cube(dimensions);
    for (size_t i = 0; i < x_effort.spread; ++i) {
      sobol.point(i, cube);
      Point point = x_space.at(cube);
      if (x_space.is_allowed(point)) points.push_back(std::move(point));
    }
    while (points.size() < x_effort.spread / 16) {
      auto point = x_space.draw(x_random);
      if (!point) break;
      points.push_back(std::move(*point));
    }
    return points;
  }

  // Steps of all sizes from the best known points.
  void add_local(std::vector<Point>& points) {
    if (x_known.empty()) return;
    const auto dimensions = static_cast<double>(x_space.coordinates().size());
    const double chance = std::clamp(5 / dimensions, 0.3, 1.0);
    for (size_t i = 0; i < x_effort.local; ++i) {
      const auto rank = static_cast<size_t>(std::abs(x_random.normal()) * 3);
      Point point = x_known[std::min(rank, x_known.size() - 1)];
      step_away(point, 0.1 * std::pow(10, -2 * x_random.unit()), chance);
      point = x_space.snapped(std::move(point));
      if (x_space.is_allowed(point)) points.push_back(std::move(point));
    }
  }

  void step_away(Point& point, double size, double chance) {
    const auto& coordinates = x_space.coordinates();
    const size_t always = x_random.below(coordinates.size());
    for (size_t k = 0; k < coordinates.size(); ++k) {
      if (std::isnan(point[k])) {
        point[k] = random_place(k);  // should another branch become active
        continue;
      }
      if (k != always && x_random.unit() >= chance) continue;
      const Coordinate& c = coordinates[k];
      if (c.kind == Coordinate::Kind::kCategory) {
        if (k == always || x_random.unit() < 0.5) point[k] = random_place(k);
        continue;
      }
      const double level = c.kind == Coordinate::Kind::kLevels && c.levels > 0
                               ? 1 / static_cast<double>(c.levels)
                               : 0;
      point[k] = std::clamp(point[k] + std::max(size, level) * x_random.normal(), 0.0, 1.0);
    }
  }

  double random_place(size_t coordinate) {
    const Coordinate& c = x_space.coordinates()[coordinate];
    if (c.kind == Coordinate::Kind::kCategory)
      return static_cast<double>(x_random.below(static_cast<size_t>(c.levels)));
    return x_random.unit();
  }

  std::vector<double> worth_of(const std::vector<Point>& points) const {
    return points.empty() ? std::vector<double>() : x_landscape.at(matrix_of(points));
  }

  // Those worth a close look, in no order that matters.
  std::vector<Point> promising(std::vector<Point> points) const {
    if (points.size() <= x_effort.close) return points;
    const std::vector<double> roughly = x_landscape.roughly_at(matrix_of(points));
    std::vector<size_t> order(points.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return roughly[i]; });
    std::vector<Point> close;
    for (size_t i = 0; i < x_effort.close; ++i) close.push_back(std::move(points[order[i]]));
    return close;
  }

  std::vector<Candidate> rank(std::vector<Point> points) const {
    const std::vector<double> worth = worth_of(points);
    std::vector<Candidate> candidates;
    for (size_t i = 0; i < points.size(); ++i)
      candidates.push_back({std::move(points[i]), worth[i]});
    std::ranges::stable_sort(candidates, std::greater(), &Candidate::worth);
    return candidates;
  }

  // The best candidates, and the best known point.
  std::vector<Candidate> starts_of(const std::vector<Candidate>& candidates) const {
    std::vector<Candidate> starts;
    if (!x_known.empty()) {
      const Point point = x_space.snapped(x_known.front());
      if (x_space.is_allowed(point)) starts = rank({point});
    }
    for (const Candidate& candidate : candidates) {
      if (starts.size() >= x_effort.starts) break;
      starts.push_back(candidate);
    }
    return starts;
  }

  Point improve(Candidate best) {
    for (size_t round = 0; round < x_effort.rounds; ++round) {
      const bool has_climbed = climb(best);
      if (!scan(best) || (!has_climbed && round > 0)) break;
    }
    return std::move(best.point);
  }

  // Along the slope, in all coordinates that are places; true: there was something to gain.
  bool climb(Candidate& best) {
    std::vector<size_t> free;
    for (size_t k = 0; k < best.point.size(); ++k) {
      const Coordinate& c = x_space.coordinates()[k];
      const bool is_place = c.kind == Coordinate::Kind::kContinuous ||
                            (c.kind == Coordinate::Kind::kLevels && c.levels > kScanMax);
      if (is_place && x_space.is_active(k, best.point)) free.push_back(k);
    }
    if (free.empty()) return false;
    Point at = best.point;
    std::vector<double> all(at.size()), start;
    for (const size_t k : free) start.push_back(at[k]);
    const auto put = [&](std::span<const double> places) {
      for (size_t i = 0; i < free.size(); ++i) at[free[i]] = places[i];
    };
    const surrogate::Slope down = [&](std::span<const double> places, std::span<double> gradient) {
      put(places);
      const double worth = x_landscape.slope(at, all);
      for (size_t i = 0; i < free.size(); ++i) gradient[i] = -all[free[i]];
      return -worth;
    };
    const std::vector<surrogate::Bounds> bounds(free.size(), {0, 1});
    put(surrogate::minimise(
            down, bounds, std::move(start),
            {.iterations_max = x_effort.steps, .gradient_max = 1e-3, .progress_min = 1e-5})
            .x);
    return take_if_better({x_space.snapped(std::move(at))}, best);
  }

  // Every other value of each coordinate that has few, one coordinate after the other.
  bool scan(Candidate& best) {
    bool is_better = false;
    for (size_t k = 0; k < best.point.size(); ++k) {
      const Coordinate& c = x_space.coordinates()[k];
      if (c.kind == Coordinate::Kind::kContinuous || !x_space.is_active(k, best.point)) continue;
      if (c.kind == Coordinate::Kind::kLevels && c.levels > kScanMax) continue;
      std::vector<Point> others;
      for (uint64_t level = 0; level < c.levels; ++level) {
        const double place = x_space.level_place(k, level);
        if (place == best.point[k]) continue;
        for (int i = 0; i < (x_space.is_conditional() ? kFillings : 1); ++i)
          others.push_back(moved(best.point, k, place));
      }
      is_better = take_if_better(std::move(others), best) || is_better;
    }
    return is_better;
  }

  Point moved(Point point, size_t coordinate, double place) {
    point[coordinate] = place;
    for (size_t k = 0; k < point.size(); ++k)
      if (std::isnan(point[k])) point[k] = random_place(k);
    return x_space.snapped(std::move(point));
  }

  bool take_if_better(std::vector<Point> points, Candidate& best) const {
    std::erase_if(points, [&](const Point& point) { return !x_space.is_allowed(point); });
    const std::vector<double> worth = worth_of(points);
    const auto top = std::ranges::max_element(worth);
    if (top == worth.end() || !(*top > best.worth)) return false;
    best = {std::move(points[static_cast<size_t>(top - worth.begin())]), *top};
    return true;
  }

  const Space& x_space;
  const Landscape& x_landscape;
  const Tried& x_tried;
  const std::span<const Point> x_known;
  Random x_random;
  const Effort x_effort;
};

}  // namespace

std::vector<Point> list_untried(const Space& space, const Tried& tried) {
  std::vector<Point> points;
  for (uint64_t n = 0; n < space.size().value_or(0); ++n) {
    auto point = space.nth(n);
    if (point && !tried.holds(*point)) points.push_back(std::move(*point));
  }
  return points;
}

std::optional<Point> maximise(const Space& space, const Landscape& landscape, const Tried& tried,
                              std::span<const Point> known, Random random, const Effort& effort) {
  if (!space.size() || *space.size() > kEnumerateMax)
    return Maximiser(space, landscape, tried, known, random, effort).run();
  std::vector<Point> points = list_untried(space, tried);
  if (points.empty()) return std::nullopt;
  const std::vector<double> worth = landscape.at(matrix_of(points));
  return points[static_cast<size_t>(std::ranges::max_element(worth) - worth.begin())];
}

}  // namespace cairn::sweep
