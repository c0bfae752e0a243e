// See untried.h.
#include "sweep/untried.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sweep/sobol.h"

namespace cairn::sweep {

bool is_tried(const Question& question, std::span<const double> point) {
  constexpr double kFarther = 0x1p-39;  // than what rounds to the same key
  const Evidence& evidence = question.evidence;
  std::optional<std::string> key;
  for (size_t i = 0; i < evidence.rows(); ++i) {
    if (evidence.number[i] < 0) continue;  // see Tried
    const std::span<const double> row = evidence.x.row(i);
    size_t k = 0;
    while (k < row.size() &&
           (std::abs(row[k] - point[k]) < kFarther || (std::isnan(row[k]) && std::isnan(point[k]))))
      ++k;
    if (k < row.size()) continue;
    if (!key) key = question.space.key(point);
    if (question.space.key(row) == *key) return true;
  }
  return false;
}

Result<std::optional<Point>> draw_untried(const Question& question, surrogate::Random& random) {
  if (question.space.size()) return Tried(question.space, question.evidence).draw_new(random);
  std::optional<Point> point = question.space.draw(random);
  if (!point)
    return fail(Code::kLimit, "expected a configuration that fulfils the constraints, found none");
  return point;
}

size_t startup_trials(const Space& space) {
  return std::clamp<size_t>(space.parameters().size() + 1, 5, 10);
}

Result<std::optional<Suggestion>> suggest_spread(const Question& question,
                                                 surrogate::Random& random) {
  constexpr uint64_t kStride = uint64_t{1} << 16;  // to points that no other trial begins with
  const Sobol sobol(question.space.coordinates().size(), question.seed);
  uint64_t index = question.number;
  std::vector<double> cube(sobol.dimensions());
  bool is_start = question.evidence.rows() == 0;
  const auto next = [&] {
    if (std::exchange(is_start, false)) return question.space.start();
    sobol.point(index, cube);
    index += kStride;
    return question.space.at(cube);
  };
  TRY(std::optional<Point> point, first_untried(question, random, next));
  if (!point) return std::nullopt;
  return Suggestion{.point = std::move(*point),
                    .sampler = "sobol",
                    .reason = "one of the first: an even spread over the space",
                    .memory = question.memory};
}

Result<std::optional<Suggestion>> suggest_any(const Question& question, surrogate::Random& random) {
  TRY(std::optional<Point> point, draw_untried(question, random));
  if (!point) return std::nullopt;
  return Suggestion{.point = std::move(*point),
                    .sampler = "random",
                    .reason = "what seems promising was tried: a random draw from the rest",
                    .memory = question.memory};
}

}  // namespace cairn::sweep
