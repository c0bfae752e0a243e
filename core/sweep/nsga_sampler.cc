// The samplers that breed the next generation from the best that were ever told: NSGA-II and III.
//
// A generation is fifty trials by their numbers. Its parents are the best of all that is told of
// the generations before it, ranked by fronts and crowding (Deb et al. 2002) or by niches (Deb and
// Jain 2014); two of them, better than others by chance, make a child by simulated binary crossover
// and polynomial mutation.
#include <algorithm>
#include <cmath>

#include "sweep/choice.h"
#include "sweep/nsga_niches.h"
#include "sweep/ranking.h"
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

constexpr size_t kPopulation = 50;
constexpr double kCrossover = 0.9;     // of children with two parents
constexpr double kCrossed = 0.5;       // of their coordinates that are mixed
constexpr double kCrossoverIndex = 2;  // the higher, the nearer to one of the parents
constexpr double kMutationIndex = 5;   // the higher, the nearer to what was
constexpr uint64_t kFewLevels = 10;    // small mutations would not leave a level of these

// Around two parents as a binary crossover of their digits would spread (Deb and Agrawal 1995).
double crossed(double a, double b, surrogate::Random& random) {
  const double share = random.unit();
  const double spread =
      std::pow(share < 0.5 ? 2 * share : 1 / (2 * (1 - share)), 1 / (kCrossoverIndex + 1));
  const double sign = random.unit() < 0.5 ? -1 : 1;
  return std::clamp((a + b + sign * spread * (b - a)) / 2, 0.0, 1.0);
}

double nudged(double place, surrogate::Random& random) {
  const double share = random.unit();
  const double power = 1 / (kMutationIndex + 1);
  const double change =
      share < 0.5 ? std::pow(2 * share, power) - 1 : 1 - std::pow(2 * (1 - share), power);
  return place + change * (change < 0 ? place : 1 - place);
}

double fresh(const Space& space, size_t k, surrogate::Random& random) {
  const Coordinate& coordinate = space.coordinates()[k];
  if (coordinate.kind != Coordinate::Kind::kCategory) return random.unit();
  const std::vector<double>& weights = space.parameters()[coordinate.parameter].weights;
  return static_cast<double>(weights.empty() ? random.below(coordinate.levels)
                                             : weighted_level(weights, random.unit()));
}

// Has no state; any thread.
class NsgaSampler final : public Sampler {
 public:
  explicit NsgaSampler(bool is_nsga3) : x_is_nsga3(is_nsga3) {}

  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    surrogate::Random random(question.seed, question.number);
    const auto generation = static_cast<int64_t>(question.number / kPopulation);
    const Rows parents =
        choose_parents(question.evidence, generation * static_cast<int64_t>(kPopulation));
    if (parents.size() < startup_trials(question.space)) return suggest_spread(question, random);
    const auto next = [&] { return breed(question, parents, random); };
    TRY(std::optional<Point> point, first_untried(question, random, next));
    if (!point) return std::nullopt;
    return Suggestion{.point = std::move(*point),
                      .sampler = x_is_nsga3 ? "nsga3" : "nsga2",
                      .reason = fmt::format("a child of two of the best {}, generation {}",
                                            parents.size(), generation + 1),
                      .memory = {}};
  }

 private:
  // Best first.
  Rows choose_parents(const Evidence& evidence, int64_t before) const {
    Rows rows = rows_with_result(evidence);
    std::erase_if(rows, [&](uint32_t row) { return evidence.number[row] >= before; });
    const auto keeps_to_limits = [&](uint32_t row) { return violation(evidence, row) == 0; };
    const auto feasible = std::count_if(rows.begin(), rows.end(), keeps_to_limits);
    const bool is_full = feasible >= static_cast<std::ptrdiff_t>(kPopulation);
    if (!x_is_nsga3 || !is_full) return best_of(evidence, std::move(rows), kPopulation);
    std::erase_if(rows, [&](uint32_t row) { return !keeps_to_limits(row); });
    return choose_by_niches(evidence.y, std::move(rows), kPopulation);
  }

  // The better one of two by chance.
  static std::span<const double> pick(const Question& question, const Rows& parents,
                                      surrogate::Random& random) {
    const size_t a = random.below(parents.size()), b = random.below(parents.size());
    return question.evidence.x.row(parents[std::min(a, b)]);
  }

  static Point breed(const Question& question, const Rows& parents, surrogate::Random& random) {
    const Space& space = question.space;
    const std::span<const double> a = pick(question, parents, random);
    const std::span<const double> b = pick(question, parents, random);
    const bool is_crossed = random.unit() < kCrossover;
    Point child(a.begin(), a.end());
    for (size_t k = 0; k < child.size(); ++k) {
      const Coordinate& coordinate = space.coordinates()[k];
      const bool is_category = coordinate.kind == Coordinate::Kind::kCategory;
      if (is_crossed && random.unit() < kCrossed)
        child[k] = is_category || std::isnan(a[k]) || std::isnan(b[k])
                       ? b[k]
                       : crossed(a[k], b[k], random);
      // What neither parent has is drawn, for the case that the child has it.
      const bool is_mutated = random.unit() * static_cast<double>(child.size()) < 1;
      if (std::isnan(child[k]) || (is_mutated && (is_category || has_few_levels(coordinate))))
        child[k] = fresh(space, k, random);
      else if (is_mutated)
        child[k] = nudged(child[k], random);
    }
    return space.snapped(std::move(child));
  }

  static bool has_few_levels(const Coordinate& coordinate) {
    return coordinate.kind == Coordinate::Kind::kLevels && coordinate.levels <= kFewLevels;
  }

  bool x_is_nsga3;
};

}  // namespace

std::unique_ptr<Sampler> make_nsga_sampler(bool is_nsga3) {
  return std::make_unique<NsgaSampler>(is_nsga3);
}

}  // namespace cairn::sweep
