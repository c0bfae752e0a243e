// The sampler that looks near the best so far, in a region that grows with success and shrinks
// without: for many dimensions, and for more results than a model takes.
//
// TuRBO with one region (Eriksson et al. 2019), on the same models as the Gaussian process sampler,
// learned from the results that matter here. A region that has shrunk to nothing is over: the next
// one begins with an even spread over the whole space.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sweep/gp_belief.h"
#include "sweep/ranking.h"
#include "sweep/sobol.h"
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

constexpr double kSide = 0.8, kSideMin = 1.0 / 128, kSideMax = 1.6;
constexpr size_t kSuccesses = 3;    // in a row, to double the side
constexpr size_t kFailuresMin = 4;  // in a row, to halve it; otherwise as many as coordinates
constexpr size_t kNearest = 300, kBest = 200, kElsewhere = 12;  // of the results that are learned
constexpr size_t kCandidates = 1024, kClose = 128;  // of these the best are looked at closely
constexpr double kChanged = 20;                     // coordinates of a candidate, on average
constexpr size_t kFitEvery = 20, kFitShare = 20;

double distance(const Space& space, std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k) {
    const bool is_category = space.coordinates()[k].kind == Coordinate::Kind::kCategory;
    const bool is_known = !std::isnan(a[k]) && !std::isnan(b[k]);
    const double away = is_known && !is_category ? a[k] - b[k] : a[k] == b[k] ? 0 : 1;
    if (is_known || std::isnan(a[k]) != std::isnan(b[k])) sum += away * away;
  }
  return sum;
}

// Where the region is, replayed from all results in the trials' order.
class Region {
 public:
  explicit Region(const Question& question)
      : x_space(question.space), x_evidence(question.evidence) {
    const size_t failures = std::max(kFailuresMin, x_space.coordinates().size());
    for (size_t row = 0; row < x_evidence.rows(); ++row) {
      if (x_evidence.outcome[row] == Outcome::kPending) continue;
      const bool is_inside = !is_beginning() && holds(x_evidence.x.row(row));
      const bool is_better = enter(row);
      if (is_better) x_best.push_back(static_cast<uint32_t>(row));
      ++x_told;
      if (!is_inside) continue;
      x_successes = is_better ? x_successes + 1 : 0;
      x_failures = is_better ? 0 : x_failures + 1;
      if (x_successes == kSuccesses) x_side = std::min(2 * x_side, kSideMax), x_successes = 0;
      if (x_failures == failures) x_side /= 2, x_failures = 0;
      if (x_side < kSideMin) begin_again();
    }
  }

  bool is_beginning() const { return x_told < startup_trials(x_space) || x_best.empty(); }
  size_t begun() const { return x_begun; }
  double side() const { return x_side; }
  std::span<const double> center() const { return x_evidence.x.row(x_best.back()); }

  bool holds(std::span<const double> point) const {
    for (size_t k = 0; k < point.size(); ++k) {
      const bool is_category = x_space.coordinates()[k].kind == Coordinate::Kind::kCategory;
      if (!is_category && std::abs(point[k] - center()[k]) > x_side / 2) return false;
    }
    return true;
  }

 private:
  // Whether a result is better than all of this region's; what it is better than leaves the best.
  bool enter(size_t row) {
    if (x_evidence.outcome[row] == Outcome::kFailed) return false;
    const auto newcomer = static_cast<uint32_t>(row);
    for (size_t i = 0; i < x_best.size();) {
      const Rows first = best_of(x_evidence, {x_best[i], newcomer}, 2);
      const bool is_alike = x_evidence.y.columns() > 1 &&
                            violation(x_evidence, x_best[i]) == violation(x_evidence, row) &&
                            fronts_of(x_evidence.y, {x_best[i], newcomer}, 2).size() == 1;
      if (!is_alike && first.front() == x_best[i]) return false;
      is_alike ? void(++i) : void(x_best.erase(x_best.begin() + static_cast<std::ptrdiff_t>(i)));
    }
    return true;
  }

  void begin_again() {
    x_side = kSide;
    x_successes = x_failures = x_told = 0;
    x_best.clear();
    ++x_begun;
  }

  const Space& x_space;
  const Evidence& x_evidence;
  Rows x_best;  // one, or with several objectives the front; the newest last
  double x_side = kSide;
  size_t x_successes = 0, x_failures = 0, x_told = 0, x_begun = 1;
};

// What models learn from: the nearest results, the best, a few of the others, and all that runs.
Evidence choose(const Question& question, std::span<const double> center) {
  const Evidence& all = question.evidence;
  Rows rows = rows_with_result(all);
  std::vector<bool> is_chosen(all.rows());
  if (rows.size() > kNearest + kBest + kElsewhere) {
    for (const uint32_t row : best_of(all, rows, kBest)) is_chosen[row] = true;
    for (size_t i = 0; i < kElsewhere; ++i) is_chosen[rows[i * rows.size() / kElsewhere]] = true;
    std::vector<double> away(all.rows());
    for (const uint32_t row : rows) away[row] = distance(question.space, center, all.x.row(row));
    const auto nearer = [&](uint32_t a, uint32_t b) {
      return away[a] != away[b] ? away[a] < away[b] : a < b;
    };
    std::nth_element(rows.begin(), rows.begin() + kNearest, rows.end(), nearer);
    rows.resize(kNearest);
  }
  for (const uint32_t row : rows) is_chosen[row] = true;
  Evidence chosen;
  for (size_t row = 0; row < all.rows(); ++row) {
    const bool is_open =
        all.outcome[row] == Outcome::kPending || all.outcome[row] == Outcome::kFailed;
    if (!is_chosen[row] && !is_open) continue;
    chosen.x.append(all.x.row(row));
    chosen.y.append(all.y.row(row));
    chosen.constraints.append(all.constraints.row(row));
    chosen.outcome.push_back(all.outcome[row]);
    chosen.extra_noise.push_back(all.extra_noise[row]);
    chosen.cost.push_back(all.cost[row]);
    chosen.number.push_back(all.number[row]);
  }
  return chosen;
}

// The models' memory counts the results they are shown to know when to fit anew. Here these are a
// choice whose size stays the same, so that the count is of all results instead.
class Memory {
 public:
  Memory(const Question& question, size_t shown) : x_results(question.evidence.rows()) {
    const model::Value* models = question.memory.find("models");
    const model::Value* fitted = question.memory.find("fitted");
    if (models) x_models = *models;
    x_fitted = fitted ? static_cast<size_t>(std::max<int64_t>(fitted->int_or(0), 0)) : 0;
    x_is_due = x_results >= x_fitted + std::max(kFitEvery, x_fitted / kFitShare);
    model::Object* object = x_models.as_object();
    if (!object) return;
    for (auto& [name, model] : *object)
      if (model.as_object()) model.set("rows", x_is_due ? 0 : static_cast<int64_t>(shown));
  }

  const model::Value& models() const { return x_models; }
  model::Value with(model::Value models) const {
    const size_t fitted = x_is_due ? x_results : x_fitted;
    return model::Object{{"models", std::move(models)}, {"fitted", static_cast<int64_t>(fitted)}};
  }

 private:
  model::Value x_models;
  size_t x_results, x_fitted = 0;
  bool x_is_due = false;
};

// Has no state; any thread.
class TrustRegionSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    surrogate::Random random(question.seed, question.number);
    const Region region(question);
    if (region.is_beginning()) return suggest_spread(question, random);
    const Evidence evidence = choose(question, region.center());
    const Memory memory(question, evidence.rows());
    const Question local{.space = question.space,
                         .evidence = evidence,
                         .seed = question.seed,
                         .number = question.number,
                         .memory = memory.models(),
                         .trials_left = question.trials_left,
                         .budget_left = question.budget_left,
                         .is_cost_aware = question.is_cost_aware};
    const auto belief = GpBelief::learn(local);
    const auto point = belief ? look(question, region, *belief, random) : std::nullopt;
    if (!point) return suggest_any(question, random);
    const GpBelief::Expectation expected = belief->expect(*point);
    return Suggestion{
        .point = *point,
        .sampler = "trust_region",
        .reason = fmt::format("the expected improvement is highest here, of a region {:.2g} wide "
                              "around the best of descent {}",
                              region.side(), region.begun()),
        .mean = expected.mean,
        .sd = expected.sd,
        .improvement = expected.improvement,
        .memory = memory.with(belief->memory().value())};
  }

 private:
  // The best of many that differ from the center in some coordinates, evenly within the region.
  static std::optional<Point> look(const Question& question, const Region& region,
                                   const GpBelief& belief, surrogate::Random& random) {
    const Space& space = question.space;
    const size_t coordinates = space.coordinates().size();
    const Sobol sobol(coordinates, random.next());
    const double chance = std::min(1.0, kChanged / static_cast<double>(coordinates));
    surrogate::Matrix candidates;
    std::vector<double> cube(coordinates);
    for (size_t i = 0; i < kCandidates; ++i) {
      sobol.point(i, cube);
      const Point anywhere = space.at(cube);
      Point point(region.center().begin(), region.center().end());
      const size_t certain = random.below(coordinates);
      for (size_t k = 0; k < coordinates; ++k) {
        if (k != certain && random.unit() >= chance) continue;
        const bool is_category = space.coordinates()[k].kind == Coordinate::Kind::kCategory;
        if (is_category || std::isnan(point[k])) {
          point[k] = anywhere[k];
          continue;
        }
        const double low = std::max(point[k] - region.side() / 2, 0.0);
        const double high = std::min(point[k] + region.side() / 2, 1.0);
        point[k] = low + (high - low) * cube[k];
      }
      point = space.snapped(std::move(point));
      if (space.is_allowed(point) && !is_tried(question, point)) candidates.append(point);
    }
    if (candidates.rows() == 0) return std::nullopt;
    const surrogate::Matrix close = best_rows(candidates, belief.roughly_at(candidates), kClose);
    const surrogate::Matrix best = best_rows(close, belief.at(close), 1);
    return Point(best.row(0).begin(), best.row(0).end());
  }

  static surrogate::Matrix best_rows(const surrogate::Matrix& points,
                                     const std::vector<double>& worths, size_t count) {
    std::vector<size_t> order(points.rows());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return worths[a] > worths[b]; });
    order.resize(std::min(count, order.size()));
    surrogate::Matrix best;
    for (const size_t i : order) best.append(points.row(i));
    return best;
  }
};

}  // namespace

std::unique_ptr<Sampler> make_trust_region_sampler() {
  return std::make_unique<TrustRegionSampler>();
}

}  // namespace cairn::sweep
