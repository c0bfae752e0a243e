// Tests of directions: curves and the simplest word for them.
#include "report/shape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace cairn::report {
namespace {

Shape shape_of_curve(const std::function<double(double)>& curve) {
  std::vector<double> effect, weights(64, 1.0 / 64);
  for (size_t i = 0; i < weights.size(); ++i)
    effect.push_back(curve((static_cast<double>(i) + 0.5) / 64));
  return shape_of(effect, weights);
}

TEST(ShapeTest, CurvesHaveTheSimplestShapeThatExplainsThem) {
  EXPECT_EQ(shape_of_curve([](double x) { return 3 * x; }), Shape::kRising);
  EXPECT_EQ(shape_of_curve([](double x) { return std::exp(-4 * x); }), Shape::kFalling);
  EXPECT_EQ(shape_of_curve([](double x) { return -std::pow(x - 0.4, 2); }), Shape::kPeak);
  EXPECT_EQ(shape_of_curve([](double x) { return std::pow(x - 0.6, 2); }), Shape::kValley);
  EXPECT_EQ(shape_of_curve([](double x) { return std::sin(20 * x); }), Shape::kWavy);
  EXPECT_EQ(shape_of_curve([](double) { return 7; }), Shape::kNone);
}

TEST(ShapeTest, ARippleOnARiseIsStillARise) {
  EXPECT_EQ(shape_of_curve([](double x) { return x + 0.03 * std::sin(50 * x); }), Shape::kRising);
}

TEST(ShapeTest, RareValuesHaveLittleSay) {
  const std::vector<double> effect = {0, 1, 2, 0};
  EXPECT_EQ(shape_of(effect, std::vector<double>{0.33, 0.33, 0.33, 0.01}), Shape::kRising);
  EXPECT_EQ(shape_of(effect, std::vector<double>{0.25, 0.25, 0.25, 0.25}), Shape::kPeak);
}

}  // namespace
}  // namespace cairn::report
