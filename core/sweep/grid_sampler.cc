// The sampler that goes through all configurations of a finite space, in their order.
#include <algorithm>

#include "sweep/sampler.h"

namespace cairn::sweep {

namespace {

Error explain_infinite(const Space& space) {
  for (const Coordinate& coordinate : space.coordinates()) {
    if (coordinate.kind != Coordinate::Kind::kContinuous) continue;
    return Error(Code::kInvalid,
                 fmt::format("method 'grid' goes through a finite number of values: expected "
                             "'values' or a step ('q') for '{}', found a range without one",
                             space.parameters()[coordinate.parameter].name));
  }
  return Error(Code::kInvalid,
               fmt::format("method 'grid' goes through at most {} configurations, found more",
                           Space::kSizeMax));
}

// Its memory is the first configuration that no trial has come to; what lies before it is looked
// at again at the end, for trials that came to nothing. Has no other state; any thread.
class GridSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    const std::optional<uint64_t> size = question.space.size();
    if (!size) return tl::unexpected(explain_infinite(question.space));
    const Tried tried(question.space, question.evidence);
    const auto memory = static_cast<uint64_t>(std::max<int64_t>(question.memory.int_or(0), 0));
    const uint64_t begin = std::min(memory, *size);
    for (uint64_t i = 0; i < *size; ++i) {
      const uint64_t n = (begin + i) % *size;
      std::optional<Point> point = question.space.nth(n);
      if (!point || tried.holds(*point)) continue;
      return Suggestion{.point = std::move(*point),
                        .sampler = "grid",
                        .reason = fmt::format("configuration {} of {}", n + 1, *size),
                        .memory = static_cast<int64_t>(std::max(begin, n + 1))};
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<Sampler> make_grid_sampler() { return std::make_unique<GridSampler>(); }

}  // namespace cairn::sweep
