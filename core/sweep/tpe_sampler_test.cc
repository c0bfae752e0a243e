// Rules of TPE: its densities are densities, and what it proposes is where the best ones are.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sweep/testing/play.h"
#include "sweep/tpe_density.h"

namespace cairn::sweep {
namespace {

using namespace testing;

double square(double x) { return x * x; }

// Of a density: the sum over places that stand for equal shares of an ordered coordinate.
double mass(const TpeDensity& density, std::span<const Point> points, double each) {
  surrogate::Matrix rows;
  for (const Point& point : points) rows.append(point);
  double sum = 0;
  for (const double log_density : density.log_densities(rows)) sum += std::exp(log_density) * each;
  return sum;
}

surrogate::Matrix matrix(std::initializer_list<Point> points) {
  surrogate::Matrix rows;
  for (const Point& point : points) rows.append(point);
  return rows;
}

TEST(TpeDensity, IntegratesToOneOverNumbersLevelsAndCategories) {
  const Space space = made({real("x"), integer("n", 1, 5, Law::kLog), choice("c", {1, 2, 3})});
  const surrogate::Matrix x = matrix({{0.02, space.level_place(1, 0), 2},
                                      {0.4, space.level_place(1, 3), 2},
                                      {0.45, space.level_place(1, 3), 0}});
  const TpeDensity density(space, x, std::vector<uint32_t>{0, 1, 2});
  std::vector<Point> all;
  for (int i = 0; i < 200; ++i)
    for (uint64_t n = 0; n < 5; ++n)
      for (int c = 0; c < 3; ++c)
        all.push_back({(i + 0.5) / 200, space.level_place(1, n), static_cast<double>(c)});
  EXPECT_NEAR(mass(density, all, 1.0 / 200), 1, 1e-3);
}

TEST(TpeDensity, IntegratesToOneOverEveryBranchTogether) {
  const Space space = made({choice("k", {"a", "b"}), when(real("x"), "k", {"a"})});
  const surrogate::Matrix x = matrix({{0, 0.3}, {1, NAN}, {0, 0.8}});
  const TpeDensity density(space, x, std::vector<uint32_t>{0, 1, 2});
  std::vector<Point> branch;
  for (int i = 0; i < 500; ++i) branch.push_back({0, (i + 0.5) / 500});
  const std::vector<Point> other = {{1, NAN}};
  EXPECT_NEAR(mass(density, branch, 1.0 / 500) + mass(density, other, 1), 1, 1e-3);
}

TEST(TpeDensity, DrawsComeAsOftenAsTheDensitySays) {
  const Space space = made({real("x"), choice("c", {1, 2})});
  const surrogate::Matrix x = matrix({{0.2, 1}, {0.25, 1}});
  const TpeDensity density(space, x, std::vector<uint32_t>{0, 1});
  surrogate::Random random(1);
  double drawn = 0;
  for (int i = 0; i < 20000; ++i) {
    const Point point = density.draw(random);
    drawn += point[0] < 0.4 && point[1] == 1 ? 1.0 / 20000 : 0;
  }
  std::vector<Point> region;
  for (int i = 0; i < 100; ++i) region.push_back({0.4 * (i + 0.5) / 100, 1});
  EXPECT_NEAR(drawn, mass(density, region, 0.4 / 100), 0.02);
}

TEST(TpeSampler, BeginsWithTheUsersStartAndAnEvenSpread) {
  Play play(cube(2), make_tpe_sampler());
  play.run(5, single([](auto p) { return p[0]; }));
  EXPECT_EQ(play.evidence().x.at(0, 0), 0.5);
  EXPECT_EQ(play.last().sampler, "sobol");
  play.run(1, single([](auto p) { return p[0]; }));
  EXPECT_EQ(play.last().sampler, "tpe");
  EXPECT_EQ(play.last().reason, "like the best 1 of 5 results more than like the others");
}

TEST(TpeSampler, FindsTheValleyThatChanceDoesNot) {
  const Function valley = single([](auto p) {
    double sum = 0;
    for (size_t k = 0; k < p.size(); ++k) sum += square(p[k] - 0.2 - 0.1 * static_cast<double>(k));
    return sum;
  });
  Play tpe(cube(5), make_tpe_sampler(), 1), chance(cube(5), make_random_sampler(), 1);
  tpe.run(100, valley);
  chance.run(100, valley);
  EXPECT_LT(tpe.best(), 0.02);
  EXPECT_LT(tpe.best(), chance.best() / 3);
}

TEST(TpeSampler, LearnsTheBranchAndWhatOnlyExistsThere) {
  const Space space = made({choice("k", {"a", "b", "c"}), when(real("ax"), "k", {"a"}),
                            when(real("bx"), "k", {"b"}), real("z")});
  Play play(space, make_tpe_sampler(), 2);
  play.run(80, single([](auto p) {
             const double branch = p[0] == 1 ? square(p[2] - 0.7) : p[0] == 0 ? 0.3 + p[1] : 0.5;
             return branch + square(p[3] - 0.1);
           }));
  EXPECT_LT(play.best(), 0.01);
}

TEST(TpeSampler, NothingIsTriedTwiceInAFiniteSpaceAndItEnds) {
  Play play(made({integer("n", 1, 6), choice("c", {1, 2, 3, 4, 5})}), make_tpe_sampler());
  play.run(100, single([](auto p) { return p[0] + p[1]; }));
  EXPECT_EQ(play.evidence().rows(), 30U);
  EXPECT_EQ(play.configurations(), 30U);
}

TEST(TpeSampler, WorkersKeepApart) {
  const Function bowl = single([](auto p) { return square(p[0] - 0.5) + square(p[1] - 0.5); });
  Play play(cube(2), make_tpe_sampler(), 4);
  play.run(30, bowl);
  std::vector<Point> asked;
  for (int worker = 0; worker < 8; ++worker) {
    const auto row = play.evidence().x.row(*play.ask());
    asked.emplace_back(row.begin(), row.end());
  }
  double nearest = 1;
  for (size_t i = 0; i < 8; ++i)
    for (size_t k = 0; k < i; ++k)
      nearest = std::min(nearest, std::hypot(asked[i][0] - asked[k][0], asked[i][1] - asked[k][1]));
  EXPECT_GT(nearest, 1e-3);
}

TEST(TpeSampler, TrialsThatFailAreAvoided) {
  Play play(cube(2), make_tpe_sampler(), 5);
  play.run(120, single([](auto p) { return p[0] > 0.5 ? NAN : square(p[1] - 0.3) - p[0]; }));
  size_t failed = 0;
  for (size_t i = 60; i < 120; ++i) failed += play.evidence().outcome[i] == Outcome::kFailed;
  EXPECT_LT(failed, 30U);
  EXPECT_LT(play.best(), -0.45);
}

TEST(TpeSampler, LimitsAreKeptTo) {
  Play play(cube(2), make_tpe_sampler(), 6, 1, 1);
  play.run(100, [](auto p) { return std::vector{-p[0] - p[1], p[0] + p[1] - 1}; });
  size_t feasible = 0;
  for (size_t i = 50; i < 100; ++i) feasible += play.evidence().constraints.at(i, 0) <= 0;
  EXPECT_GT(feasible, 20U);
}

TEST(TpeSampler, SeveralObjectivesSpreadOverTheirFront) {
  // The front is the line between (0.2, 0.5) and (0.8, 0.5).
  Play play(cube(2), make_tpe_sampler(), 7, 2);
  play.run(150, [](auto p) {
    return std::vector{square(p[0] - 0.2) + square(p[1] - 0.5),
                       square(p[0] - 0.8) + square(p[1] - 0.5)};
  });
  size_t near = 0, left = 0, right = 0;
  for (size_t i = 100; i < 150; ++i) {
    const auto point = play.evidence().x.row(i);
    if (std::abs(point[1] - 0.5) > 0.15 || point[0] < 0.1 || point[0] > 0.9) continue;
    ++near, ++(point[0] < 0.5 ? left : right);
  }
  EXPECT_GT(near, 25U);
  EXPECT_GT(std::min(left, right), 4U);
}

TEST(TpeSampler, AFreshOneSuggestsTheSame) {
  const Function bowl = single([](auto p) { return square(p[0] - 0.3) + p[2]; });
  Play play(cube(3), make_tpe_sampler(), 8);
  play.run(40, bowl);
  const Point point = (*play.suggest())->point;
  play.replace(make_tpe_sampler());
  EXPECT_EQ((*play.suggest())->point, point);
}

TEST(TpeSampler, AHunchLeansTheFirstCandidates) {
  Parameter lr = real("lr");
  lr.hunch = Hunch{.center = 0.9, .sd = 0.05};
  Play with(made({lr, real("x")}), make_tpe_sampler(), 9);
  Play without(cube(2), make_tpe_sampler(), 9);
  const Function flat = single([](auto p) { return p[1]; });
  with.run(25, flat);
  without.run(25, flat);
  const auto mean = [](const Play& play) {
    double sum = 0;
    for (size_t i = 10; i < 25; ++i) sum += play.evidence().x.at(i, 0) / 15;
    return sum;
  };
  EXPECT_GT(mean(with), 0.75);
  EXPECT_GT(mean(with), mean(without) + 0.1);
}

}  // namespace
}  // namespace cairn::sweep
