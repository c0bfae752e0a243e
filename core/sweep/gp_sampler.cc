// The Gaussian process sampler: an even start, then the point that models expect to gain most.
#include <algorithm>

#include "sweep/gp_belief.h"
#include "sweep/maximise.h"
#include "sweep/sampler.h"
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

constexpr size_t kStartMin =
    2;  // trials before the models are asked, with earlier runs to learn from
constexpr uint64_t kLookSeed = 0x8EBC6AF09C88C6E3;

// The more results there are, the more each look costs, and the less is to be found anew.
Effort effort_for(size_t rows) {
  if (rows <= 60) return {};
  if (rows <= 150)
    return {.spread = 640, .local = 320, .close = 128, .starts = 4, .steps = 24, .rounds = 3};
  if (rows <= 300)
    return {.spread = 512, .local = 256, .close = 128, .starts = 3, .steps = 20, .rounds = 3};
  return {.spread = 512, .local = 256, .close = 96, .starts = 3, .steps = 20, .rounds = 2};
}

// Of the trials before the models some are waited for; the rest may still be running.
bool is_starting(const Question& question) {
  size_t trials = 0, known = 0, earlier = 0;
  for (size_t i = 0; i < question.evidence.rows(); ++i) {
    const Outcome outcome = question.evidence.outcome[i];
    const bool is_known = outcome == Outcome::kComplete || outcome == Outcome::kStopped;
    const bool is_earlier = question.evidence.number[i] < 0;
    known += is_known ? 1 : 0;
    trials += is_earlier ? 0 : 1;
    earlier += is_earlier && is_known ? 1 : 0;
  }
  const size_t all = startup_trials(question.space);
  const size_t count = all - std::min(earlier, all - kStartMin);
  return trials < count || known < (count + 1) / 2;
}

class GpSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    surrogate::Random random(question.seed, question.number);
    if (is_starting(question)) return suggest_spread(question, random);
    auto belief = GpBelief::learn(question);
    if (belief) return look(question, *belief);
    TRY(std::optional<Point> point, draw_untried(question, random));
    if (!point) return std::nullopt;
    return Suggestion{.point = std::move(*point),
                      .sampler = "random",
                      .reason = "no model can be learned: " + belief.error().message(),
                      .memory = {}};
  }

 private:
  static std::optional<Suggestion> look(const Question& question, const GpBelief& belief) {
    const Tried tried(question.space, question.evidence);
    const surrogate::Random random(question.seed ^ kLookSeed, question.number);
    auto point = maximise(question.space, belief, tried, belief.good_points(), random,
                          effort_for(belief.rows()));
    if (!point) return std::nullopt;
    Suggestion suggestion{.point = std::move(*point), .sampler = "gp"};
    const GpBelief::Expectation expected = belief.expect(suggestion.point);
    suggestion.mean = expected.mean;
    suggestion.sd = expected.sd;
    suggestion.improvement = expected.improvement;
    suggestion.reason = belief.has_feasible()
                            ? "the expected improvement is highest here"
                            : "most likely to keep to the constraints, which no trial does yet";
    suggestion.memory = belief.memory().value();
    return suggestion;
  }
};

}  // namespace

std::unique_ptr<Sampler> make_gp_sampler() { return std::make_unique<GpSampler>(); }

}  // namespace cairn::sweep
