// Shape: in which direction a parameter moves the results.
#pragma once

#include <span>
#include <string_view>

namespace cairn::report {

enum class Shape {
  kNone,    // no order, or an effect that chance alone would make
  kRising,  // the metric rises with the parameter
  kFalling,
  kPeak,    // rises, then falls
  kValley,  // falls, then rises
  kWavy,    // none of these
};
std::string_view print_shape(Shape shape);  // "none", "rising", ...

// The simplest shape that explains at least kShapeShare of the effect's variance, by weighted
// isotonic regression. Effects and their weights are in the order of the parameter's values.
constexpr double kShapeShare = 0.9;
Shape shape_of(std::span<const double> effect, std::span<const double> weights);

}  // namespace cairn::report
