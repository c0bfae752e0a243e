// The sampler that fills the space evenly: Sobol points in their order, one per trial.
#include <algorithm>

#include "sweep/sobol.h"
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

// Its memory is the index of the next point: those that the constraints leave out, or that are
// known, cost no later trial its own point. Has no other state; any thread.
class SobolSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    const Sobol sobol(question.space.coordinates().size(), question.seed);
    surrogate::Random random(question.seed, question.number);
    auto index = static_cast<uint64_t>(std::max<int64_t>(question.memory.int_or(0), 0));
    index = std::max(index, question.number);
    std::vector<double> cube(sobol.dimensions());
    const auto next = [&] {
      sobol.point(index++, cube);
      return question.space.at(cube);
    };
    TRY(std::optional<Point> point, first_untried(question, random, next));
    if (!point) return std::nullopt;
    return Suggestion{.point = std::move(*point),
                      .sampler = "sobol",
                      .reason = "the next of an even spread over the space",
                      .memory = static_cast<int64_t>(index)};
  }
};

}  // namespace

std::unique_ptr<Sampler> make_sobol_sampler() { return std::make_unique<SobolSampler>(); }

}  // namespace cairn::sweep
