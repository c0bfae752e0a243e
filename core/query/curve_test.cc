// Curve: known points, what lies between them, and where nothing is known.
#include "query/curve.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::query {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(CurveTest, HoldsTheLastKnownValue) {
  const Curve curve({10, 20, 30}, {1, kNan, 3}, Curve::Between::kHold, {});
  EXPECT_TRUE(std::isnan(curve.value(9)));
  EXPECT_EQ(curve.value(10), 1);
  EXPECT_EQ(curve.value(25), 1) << "what is not known changes nothing";
  EXPECT_EQ(curve.value(30), 3);
  EXPECT_EQ(curve.value(1'000'000), 3);
  EXPECT_EQ(curve.value(10), 1) << "in any order";
}

TEST(CurveTest, DrawsALineBetweenNeighbours) {
  const Curve curve({0, 10}, {0, 5}, Curve::Between::kLine, {2, 3});
  EXPECT_EQ(curve.value(4), 2);
  EXPECT_EQ(curve.value(-2), 0);
  EXPECT_EQ(curve.value(13), 5);
  EXPECT_TRUE(std::isnan(curve.value(-3)));
  EXPECT_TRUE(std::isnan(curve.value(14)));
}

TEST(CurveTest, JumpsAsWellAsItWalks) {
  std::vector<int64_t> at;
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) {
    at.push_back(i * 10);
    values.push_back(i);
  }
  const Curve curve(at, values, Curve::Between::kHold, {});
  for (const int64_t position : {5, 9'995, 40, 9'000, 7, 5'555, 5'565})
    EXPECT_EQ(curve.value(position), static_cast<double>(position / 10)) << position;
}

TEST(CurveTest, NothingKnownIsNothingSaid) {
  EXPECT_TRUE(std::isnan(Curve().value(0)));
  EXPECT_TRUE(Curve({1, 2}, {kNan, kNan}, Curve::Between::kHold, {}).is_empty());
}

TEST(CurveTest, SumsRunOverTheUnionOfPositions) {
  const Curve a({0, 10}, {0, 10}, Curve::Between::kLine, {});
  const Curve late({5, 10, 20}, {0, 5, 15}, Curve::Between::kLine, {});
  const Curve sum = add_growing({a, late}, {});
  EXPECT_EQ(sum.at(), (std::vector<int64_t>{0, 5, 10, 20}));
  EXPECT_EQ(sum.value(5), 5) << "one that has not begun has used nothing";
  EXPECT_EQ(sum.value(10), 15);
  EXPECT_EQ(sum.value(20), 25) << "one that has ended uses no more";
}

}  // namespace
}  // namespace cairn::query
