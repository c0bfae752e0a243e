// Rules of NSGA-II and III: generations that come nearer to the front and spread along it.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sweep/nsga_niches.h"
#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;

double square(double x) { return x * x; }

// ZDT1 (Zitzler, Deb and Thiele 2000): the front is 1 - sqrt(x0), where all others are 0.
const Function kTwoEnds = [](std::span<const double> p) {
  const double rest = std::accumulate(p.begin() + 1, p.end(), 0.0);
  const double g = 1 + 9 * rest / static_cast<double>(p.size() - 1);
  return std::vector{p[0], g * (1 - std::sqrt(p[0] / g))};
};

// The area below (1.1, 1.1) that results cover, for two objectives.
double covered(const Evidence& evidence) {
  Rows front = fronts_of(evidence.y, rows_with_result(evidence), 1).front();
  std::sort(front.begin(), front.end(),
            [&](uint32_t a, uint32_t b) { return evidence.y.at(a, 0) < evidence.y.at(b, 0); });
  double area = 0, above = 1.1;
  for (const uint32_t row : front) {
    const double left = evidence.y.at(row, 0), low = evidence.y.at(row, 1);
    if (left >= 1.1 || low >= above) continue;
    area += (1.1 - left) * (above - low);
    above = low;
  }
  return area;
}

TEST(NsgaSampler, CoversAFrontThatChanceHardlyReaches) {
  for (const bool is_nsga3 : {false, true}) {
    Play play(cube(6), make_nsga_sampler(is_nsga3), 1, 2);
    play.run(1500, kTwoEnds);
    Play chance(cube(6), make_random_sampler(), 1, 2);
    chance.run(1500, kTwoEnds);
    EXPECT_GT(covered(play.evidence()), 0.8);  // 0.877 is all
    EXPECT_GT(covered(play.evidence()), covered(chance.evidence()) + 0.3);
  }
}

TEST(NsgaSampler, AGenerationDependsOnWhatWasToldBeforeItAlone) {
  Play play(cube(3), make_nsga_sampler(false), 2, 2);
  play.run(120, kTwoEnds);
  EXPECT_EQ(play.last().reason, "a child of two of the best 50, generation 3");
  const Point point = (*play.suggest())->point;
  Play other(cube(3), make_nsga_sampler(false), 2, 2);
  other.run(100, kTwoEnds);
  for (int worker = 0; worker < 20; ++worker) other.ask();
  EXPECT_EQ((*other.suggest())->point, point);
}

TEST(NsgaSampler, BranchesAndCategoriesAreBredToo) {
  const Space space = made({choice("k", {"a", "b", "c"}), when(real("ax"), "k", {"a"}),
                            when(real("bx"), "k", {"b"}), integer("n", 1, 40)});
  Play play(space, make_nsga_sampler(false), 3);
  play.run(300, single([](auto p) {
             return (p[0] == 1 ? square(p[2] - 0.7) : 0.3) + square(p[3] - 0.8);
           }));
  EXPECT_LT(play.best(), 1e-2);
}

TEST(NsgaSampler, NothingIsTriedTwiceInAFiniteSpaceAndItEnds) {
  Play play(made({integer("n", 1, 12), choice("c", {1, 2, 3, 4, 5, 6})}), make_nsga_sampler(false));
  play.run(100, single([](auto p) { return p[0] + p[1]; }));
  EXPECT_EQ(play.evidence().rows(), 72U);
  EXPECT_EQ(play.configurations(), 72U);
}

TEST(NsgaSampler, LimitsAreKeptTo) {
  for (const bool is_nsga3 : {false, true}) {
    Play play(cube(4), make_nsga_sampler(is_nsga3), 4, 2, 1);
    play.run(300, [](auto p) {
      std::vector<double> results = kTwoEnds(p);
      results.push_back(0.4 - p[0]);
      return results;
    });
    size_t feasible = 0;
    for (size_t i = 200; i < 300; ++i) feasible += play.evidence().constraints.at(i, 0) <= 0;
    EXPECT_GT(feasible, 80U);
  }
}

TEST(NsgaNiches, DirectionsAreAllMixturesInEqualSteps) {
  const surrogate::Matrix directions = reference_directions(3, 50);
  EXPECT_EQ(directions.rows(), 45U);
  for (size_t i = 0; i < directions.rows(); ++i)
    EXPECT_NEAR(directions.at(i, 0) + directions.at(i, 1) + directions.at(i, 2), 1, 1e-12);
  EXPECT_EQ(reference_directions(1, 50).rows(), 1U);
  EXPECT_EQ(reference_directions(80, 50).rows(), 80U);
}

TEST(NsgaNiches, TheChosenOfACrowdedFrontAreSpread) {
  surrogate::Matrix y;  // most of them at one end
  Rows rows;
  for (uint32_t i = 0; i < 100; ++i) {
    const double share = i < 90 ? i * 1e-4 : (i - 89) * 0.1;
    y.append(std::vector{share, 1 - share});
    rows.push_back(i);
  }
  size_t sparse = 0;
  for (const uint32_t row : choose_by_niches(y, rows, 11)) sparse += row >= 90;
  EXPECT_EQ(sparse, 10U);
}

}  // namespace
}  // namespace cairn::sweep
