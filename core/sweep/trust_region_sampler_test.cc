// Rules of the trust region: it stays near the best, shrinks without success, and begins again.
#include <gtest/gtest.h>

#include <cmath>

#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;

double square(double x) { return x * x; }

const Function kBowl = single([](auto p) {
  double sum = 0;
  for (const double place : p) sum += square(place - 0.3);
  return sum;
});

double farthest(std::span<const double> a, std::span<const double> b) {
  double far = 0;
  for (size_t k = 0; k < a.size(); ++k) far = std::max(far, std::abs(a[k] - b[k]));
  return far;
}

TEST(TrustRegionSampler, DescendsInManyDimensionsWhereChanceDoesNot) {
  Play play(cube(20), make_trust_region_sampler(), 1), chance(cube(20), make_random_sampler(), 1);
  play.run(60, kBowl);
  chance.run(60, kBowl);
  EXPECT_LT(play.best(), 0.2);
  EXPECT_LT(play.best(), chance.best() / 4);
}

TEST(TrustRegionSampler, SuggestsWithinTheRegionAroundTheBest) {
  Play play(cube(2), make_trust_region_sampler(), 2);
  play.run(12, kBowl);
  size_t best = 0;
  for (size_t i = 0; i < 12; ++i)
    if (play.evidence().y.at(i, 0) < play.evidence().y.at(best, 0)) best = i;
  for (int worker = 0; worker < 4; ++worker)
    EXPECT_LE(farthest(play.evidence().x.row(*play.ask()), play.evidence().x.row(best)), 0.8);
  EXPECT_EQ(play.last().sampler, "trust_region");
  EXPECT_GT(play.last().sd, 0);
}

TEST(TrustRegionSampler, ARegionWithoutSuccessShrinksAndTheNextBeginsEvenly) {
  Play play(cube(2), make_trust_region_sampler(), 3);
  // The start is the best there is: whatever else is tried is a failure.
  const Function peak =
      single([](auto p) { return p[0] == 0.5 && p[1] == 0.5 ? 0.0 : 1.0 + p[0]; });
  const auto told_after = [&](size_t trials) {
    play.run(trials, peak);
    return play.last().sampler + ": " + play.last().reason;
  };
  const std::string region = "trust_region: the expected improvement is highest here, of a region ";
  EXPECT_EQ(told_after(5 + 1), region + "0.8 wide around the best of descent 1");
  EXPECT_EQ(told_after(4), region + "0.4 wide around the best of descent 1");
  EXPECT_EQ(told_after(4 * 5), region + "0.013 wide around the best of descent 1");
  EXPECT_EQ(told_after(4), "sobol: one of the first: an even spread over the space");
  EXPECT_EQ(told_after(5), region + "0.8 wide around the best of descent 2");
}

TEST(TrustRegionSampler, LearnsFromAChoiceOfManyResults) {
  Play play(cube(3), make_trust_region_sampler(), 4);
  surrogate::Random random(1);
  for (int i = 0; i < 1200; ++i) {
    const Point point = {random.unit(), random.unit(), random.unit()};
    play.learn(point, kBowl(point));
  }
  const double before = play.best();
  play.run(4, kBowl);
  EXPECT_LT(play.best(), before);
}

TEST(TrustRegionSampler, CategoriesBranchesAndFailuresAreBorne) {
  const Space space =
      made({choice("k", {"a", "b"}), when(real("x"), "k", {"b"}), integer("n", 1, 30), real("z")});
  Play play(space, make_trust_region_sampler(), 5);
  play.run(50, single([](auto p) {
             if (p[3] > 0.8) return static_cast<double>(NAN);
             return (p[0] == 1 ? square(p[1] - 0.7) : 0.5) + square(p[2] - 0.6) +
                    square(p[3] - 0.2);
           }));
  EXPECT_LT(play.best(), 0.02);
}

TEST(TrustRegionSampler, SeveralObjectivesShareOneRegion) {
  Play play(cube(2), make_trust_region_sampler(), 6, 2);
  play.run(40, [](auto p) {
    return std::vector{square(p[0] - 0.2) + square(p[1] - 0.5),
                       square(p[0] - 0.8) + square(p[1] - 0.5)};
  });
  size_t near = 0;
  for (size_t i = 10; i < 40; ++i) near += std::abs(play.evidence().x.at(i, 1) - 0.5) < 0.1;
  EXPECT_GT(near, 15U);
}

TEST(TrustRegionSampler, NothingIsTriedTwiceInAFiniteSpaceAndItEnds) {
  Play play(made({integer("n", 1, 4), choice("c", {1, 2, 3, 4, 5})}), make_trust_region_sampler());
  play.run(40, single([](auto p) { return p[0] + p[1]; }));
  EXPECT_EQ(play.evidence().rows(), 20U);
  EXPECT_EQ(play.configurations(), 20U);
}

TEST(TrustRegionSampler, AFreshOneSuggestsTheSame) {
  Play play(cube(3), make_trust_region_sampler(), 8);
  play.run(25, kBowl);
  const Point point = (*play.suggest())->point;
  play.replace(make_trust_region_sampler());
  EXPECT_EQ((*play.suggest())->point, point);
}

}  // namespace
}  // namespace cairn::sweep
