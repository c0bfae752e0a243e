// Rules of maximising: the best untried point of any space, under its conditions and constraints.
#include "sweep/maximise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;

// A hill whose slopes are measured.
class Hill final : public Landscape {
 public:
  explicit Hill(std::function<double(std::span<const double>)> height)
      : x_height(std::move(height)) {}
  std::vector<double> at(const surrogate::Matrix& points) const override {
    std::vector<double> heights;
    for (size_t i = 0; i < points.rows(); ++i) heights.push_back(x_height(points.row(i)));
    return heights;
  }
  double slope(std::span<const double> point, std::span<double> gradient) const override {
    Point moved(point.begin(), point.end());
    for (size_t k = 0; k < moved.size(); ++k) {
      moved[k] = point[k] + 1e-6;
      const double up = x_height(moved);
      moved[k] = point[k] - 1e-6;
      gradient[k] = (up - x_height(moved)) / 2e-6;
      moved[k] = point[k];
    }
    return x_height(point);
  }

 private:
  std::function<double(std::span<const double>)> x_height;
};

std::optional<Point> top(const Space& space, const Landscape& landscape,
                         const Evidence& evidence = {}) {
  return maximise(space, landscape, Tried(space, evidence), {}, surrogate::Random(1),
                  {.spread = 128, .local = 0, .starts = 4});
}

Evidence tried_at(const std::vector<Point>& points) {
  Evidence evidence;
  for (const Point& point : points) {
    evidence.x.append(point);
    evidence.outcome.push_back(Outcome::kPending);
    evidence.number.push_back(static_cast<int64_t>(evidence.rows()));
  }
  return evidence;
}

TEST(MaximiseTest, FindsTheTopBetweenTheCandidates) {
  const Hill hill([](auto p) {
    return -std::pow(p[0] - 0.123, 2) - std::pow(p[1] - 0.777, 2) - 0.1 * p[0] * p[1];
  });
  const auto found = top(cube(2), hill);
  ASSERT_TRUE(found);
  EXPECT_NEAR(0.1 * (*found)[1], -2 * ((*found)[0] - 0.123), 1e-2);
  EXPECT_NEAR(0.1 * (*found)[0], -2 * ((*found)[1] - 0.777), 1e-2);
}

TEST(MaximiseTest, ScansWhatHasNoSlope) {
  const Space space = made({choice("a", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), integer("n", 1, 50),
                            real("x"), choice("b", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})});
  const double level = space.level_place(1, 17);
  const Hill hill([&](auto p) {
    return (p[0] == 7 ? 1 : 0) + (p[3] == 2 ? 1 : 0) - std::abs(p[1] - level) -
           std::pow(p[2] - 0.6, 2);
  });
  const auto found = top(space, hill);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)[0], 7);
  EXPECT_EQ((*found)[3], 2);
  EXPECT_EQ((*found)[1], level);
  EXPECT_NEAR((*found)[2], 0.6, 1e-2);
}

TEST(MaximiseTest, EntersTheBranchThatIsBest) {
  const Space space = made({choice("k", {"a", "b"}), when(real("x"), "k", {"a"}),
                            when(real("y"), "k", {"b"}), when(real("z"), "k", {"b"})});
  const Hill hill([](auto p) {
    if (p[0] == 0) return 1 - std::pow(p[1] - 0.5, 2);
    return 1.05 - std::pow(p[2] - 0.9, 2) - std::pow(p[3] - 0.1, 2);
  });
  const auto found = top(space, hill);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)[0], 1);
  EXPECT_TRUE(std::isnan((*found)[1]));
  EXPECT_NEAR((*found)[2], 0.9, 2e-2);
}

TEST(MaximiseTest, KeepsToTheConstraints) {
  Constraint sum;
  sum.kind = Constraint::Kind::kLinear;
  sum.names = {"x", "y"};
  sum.factors = {1, 1};
  sum.bound = 1;
  const Space space = made({real("x"), real("y")}, {sum});
  const auto found = top(space, Hill([](auto p) { return p[0] + 2 * p[1]; }));
  ASSERT_TRUE(found);
  EXPECT_TRUE(space.is_allowed(*found));
  EXPECT_GT((*found)[0] + 2 * (*found)[1], 1.8);
}

TEST(MaximiseTest, SmallSpacesAreLookedThroughUntilNothingIsLeft) {
  const Space space = made({integer("n", 0, 9), choice("c", {"a", "b"})});
  const Hill hill([](auto p) { return p[0] + (p[1] == 1 ? 0.05 : 0); });
  std::vector<Point> tried;
  double last = 100;
  for (int i = 0; i < 20; ++i) {
    const auto found = top(space, hill, tried_at(tried));
    ASSERT_TRUE(found);
    const double height = (*found)[0] + ((*found)[1] == 1 ? 0.05 : 0);
    EXPECT_LT(height, last);
    last = height;
    tried.push_back(*found);
  }
  EXPECT_FALSE(top(space, hill, tried_at(tried)));
}

TEST(MaximiseTest, WhatWasTriedIsNotTriedAgain) {
  const Space space = made({integer("n", 0, 99), integer("m", 0, 99)});
  const Hill hill([](auto p) { return -std::pow(p[0] - 0.5, 2) - std::pow(p[1] - 0.5, 2); });
  const Point best = *top(space, hill);
  const auto next = top(space, hill, tried_at({best}));
  ASSERT_TRUE(next);
  EXPECT_NE(space.key(*next), space.key(best));
}

}  // namespace
}  // namespace cairn::sweep
