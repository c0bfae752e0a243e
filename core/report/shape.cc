// See shape.h.
#include "report/shape.h"

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace cairn::report {

namespace {

// What a rising curve leaves of the first 0, 1, 2, ... all values: the weighted squares about it
// (pool adjacent violators, of which each value adds one block and then melts those that fall).
std::vector<double> squares_left_by_rise(std::span<const double> values,
                                         std::span<const double> weights) {
  struct Block {
    double weight, mean, squares;
  };
  std::vector<Block> blocks;
  std::vector<double> left = {0};
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    blocks.push_back({weights[i], values[i], 0});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean >= blocks.back().mean) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& block = blocks.back();
      const double weight = block.weight + last.weight, apart = last.mean - block.mean;
      const double added = apart * apart * block.weight * last.weight / weight;
      block = {weight, block.mean + apart * last.weight / weight,
               block.squares + last.squares + added};
      sum += added;
    }
    left.push_back(sum);
  }
  return left;
}

std::vector<double> reversed(std::span<const double> values) {
  return {values.rbegin(), values.rend()};
}
std::vector<double> negated(std::span<const double> values) {
  std::vector<double> all(values.begin(), values.end());
  for (double& value : all) value = -value;
  return all;
}

// The least that a rise followed by a fall leaves.
double squares_left_by_peak(std::span<const double> values, std::span<const double> weights) {
  const std::vector<double> rise = squares_left_by_rise(values, weights);
  const std::vector<double> fall = squares_left_by_rise(reversed(values), reversed(weights));
  double least = rise.back();
  for (size_t i = 0; i < rise.size(); ++i)
    least = std::min(least, rise[i] + fall[fall.size() - 1 - i]);
  return least;
}

}  // namespace

std::string_view print_shape(Shape shape) {
  switch (shape) {
    case Shape::kNone:
      return "none";
    case Shape::kRising:
      return "rising";
    case Shape::kFalling:
      return "falling";
    case Shape::kPeak:
      return "peak";
    case Shape::kValley:
      return "valley";
    case Shape::kWavy:
      return "wavy";
  }
  return "";
}

Shape shape_of(std::span<const double> effect, std::span<const double> weights) {
  CHECK(effect.size() == weights.size());
  double weight = 0, mean = 0, squares = 0;
  for (size_t i = 0; i < effect.size(); ++i) weight += weights[i];
  for (size_t i = 0; i < effect.size(); ++i) mean += weights[i] * effect[i] / weight;
  for (size_t i = 0; i < effect.size(); ++i)
    squares += weights[i] * (effect[i] - mean) * (effect[i] - mean);
  if (squares <= 0) return Shape::kNone;
  const double bearable = (1 - kShapeShare) * squares;
  const std::vector<double> upside_down = negated(effect);
  if (squares_left_by_rise(effect, weights).back() <= bearable) return Shape::kRising;
  if (squares_left_by_rise(upside_down, weights).back() <= bearable) return Shape::kFalling;
  const double peak = squares_left_by_peak(effect, weights);
  const double valley = squares_left_by_peak(upside_down, weights);
  if (std::min(peak, valley) > bearable) return Shape::kWavy;
  return peak < valley ? Shape::kPeak : Shape::kValley;
}

}  // namespace cairn::report
