// The sampler that compares where good points lie densely with where the others do.
//
// Tree-structured Parzen estimators (Bergstra et al. 2011) over all coordinates at once: candidates
// are drawn from the density of the best points, and the one is taken that is likest them and least
// like all others. What is running counts among the others, so that workers keep apart.
#include <algorithm>
#include <cmath>

#include "sweep/ranking.h"
#include "sweep/tpe_density.h"
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

constexpr size_t kBestMax = 25;
constexpr double kBestShare = 0.1;
constexpr size_t kCandidates = 64;
constexpr size_t kRounds = 3;  // of candidates, before a space is taken for nearly exhausted
// Of the others as many are looked at as an ask has time for; they are many, and alike.
constexpr size_t kOthersMin = 64, kOthersMax = 512, kOthersCoordinatesMax = 100'000;
constexpr double kHunchTrials = 10;  // pi-BO's beta (Hvarfner et al. 2022)

struct Split {
  Rows best, others;
  size_t results;
};

// Evenly over what there is, the newest among them; of those that are running all.
void thin_out(const Evidence& evidence, size_t count, Rows& rows) {
  if (rows.size() <= count) return;
  const auto is_pending = [&](uint32_t row) { return evidence.outcome[row] == Outcome::kPending; };
  Rows kept;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept), is_pending);
  std::erase_if(rows, is_pending);
  const size_t left = count > kept.size() ? std::min(count - kept.size(), rows.size()) : 0;
  for (size_t i = 0; i < left; ++i) kept.push_back(rows[(i + 1) * rows.size() / left - 1]);
  std::sort(kept.begin(), kept.end());
  rows = std::move(kept);
}

Split split(const Question& question) {
  const Evidence& evidence = question.evidence;
  Rows rows = rows_with_result(evidence);
  Split split{.best = {}, .others = {}, .results = rows.size()};
  const auto share = std::ceil(kBestShare * static_cast<double>(rows.size()));
  split.best = best_of(evidence, std::move(rows), std::min(static_cast<size_t>(share), kBestMax));
  std::vector<bool> is_best(evidence.rows());
  for (const uint32_t row : split.best) is_best[row] = true;
  for (uint32_t row = 0; row < evidence.rows(); ++row)
    if (!is_best[row]) split.others.push_back(row);
  const size_t coordinates = std::max<size_t>(question.space.coordinates().size(), 1);
  thin_out(evidence, std::clamp(kOthersCoordinatesMax / coordinates, kOthersMin, kOthersMax),
           split.others);
  return split;
}

// Has no state; any thread.
class TpeSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    surrogate::Random random(question.seed, question.number);
    const Split split = sweep::split(question);
    if (split.results < startup_trials(question.space)) return suggest_spread(question, random);

    const TpeDensity best(question.space, question.evidence.x, split.best);
    const TpeDensity others(question.space, question.evidence.x, split.others);
    for (size_t round = 0; round < kRounds; ++round) {
      if (auto point = choose(question, split, best, others, random))
        return Suggestion{.point = std::move(*point),
                          .sampler = "tpe",
                          .reason = fmt::format("like the best {} of {} results more than like "
                                                "the others",
                                                split.best.size(), split.results),
                          .memory = {}};
    }
    return suggest_any(question, random);
  }

 private:
  static std::optional<Point> choose(const Question& question, const Split& split,
                                     const TpeDensity& best, const TpeDensity& others,
                                     surrogate::Random& random) {
    const Space& space = question.space;
    surrogate::Matrix candidates;
    for (size_t i = 0; i < kCandidates; ++i) {
      const Point point = best.draw(random);
      if (space.is_allowed(point)) candidates.append(point);
    }
    if (candidates.rows() == 0) return std::nullopt;
    std::vector<double> scores = best.log_densities(candidates);
    const std::vector<double> against = others.log_densities(candidates);
    const double trust = std::min(1.0, kHunchTrials / static_cast<double>(split.results));
    for (size_t i = 0; i < scores.size(); ++i) {
      scores[i] -= against[i];
      if (space.has_hunches()) scores[i] += trust * space.log_hunch(candidates.row(i));
    }
    Rows order(scores.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
    for (const uint32_t i : order) {
      const std::span<const double> point = candidates.row(i);
      if (!is_tried(question, point)) return Point(point.begin(), point.end());
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<Sampler> make_tpe_sampler() { return std::make_unique<TpeSampler>(); }

}  // namespace cairn::sweep
