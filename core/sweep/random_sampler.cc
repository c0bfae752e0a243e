// The sampler that draws from the prior.
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

// Has no state; any thread.
class RandomSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    surrogate::Random random(question.seed, question.number);
    TRY(std::optional<Point> point, draw_untried(question, random));
    if (!point) return std::nullopt;
    return Suggestion{.point = std::move(*point),
                      .sampler = "random",
                      .reason = "a random draw from the space",
                      .memory = {}};
  }
};

}  // namespace

std::unique_ptr<Sampler> make_random_sampler() { return std::make_unique<RandomSampler>(); }

}  // namespace cairn::sweep
