// What all samplers fall back on: points that were not tried, drawn or spread evenly.
#pragma once

#include <optional>
#include <span>

#include "base/result.h"
#include "sweep/sampler.h"

namespace cairn::sweep {

// How many results a model needs before it is asked.
size_t startup_trials(const Space& space);
// For a trial before that: the user's own start, and an even spread after it.
Result<std::optional<Suggestion>> suggest_spread(const Question& question,
                                                 surrogate::Random& random);

// Whether a snapped point is a row of the evidence. For the few points that a model proposes: Tried
// takes longer to make than this to ask.
bool is_tried(const Question& question, std::span<const double> point);

// A draw that, in a finite space, was not tried; nothing where all were. Limit where the
// constraints leave so little that many draws found none of it.
Result<std::optional<Point>> draw_untried(const Question& question, surrogate::Random& random);

// The same as a suggestion, for a model that knows of nothing better.
Result<std::optional<Suggestion>> suggest_any(const Question& question, surrogate::Random& random);

// The first point of a sequence that is allowed and was not tried; next() makes another one each
// time. A draw where the first hundred are none.
template <typename Next>
Result<std::optional<Point>> first_untried(const Question& question, surrogate::Random& random,
                                           const Next& next) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    Point point = next();
    if (question.space.is_allowed(point) && !is_tried(question, point)) return point;
  }
  return draw_untried(question, random);
}

}  // namespace cairn::sweep
