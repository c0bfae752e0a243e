// Rules of CMA-ES: it descends valleys of any shape, begins again, and is replayed from evidence.
#include <gtest/gtest.h>

#include <cmath>

#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;

double square(double x) { return x * x; }

TEST(CmaEsSampler, BeginsWhereItsUserWould) {
  Parameter lr = real("lr");
  lr.initial = model::Value(0.25);
  Play play(made({lr, real("x")}), make_cma_es_sampler());
  play.ask();
  EXPECT_EQ(play.last().point, (Point{0.25, 0.5}));
}

TEST(CmaEsSampler, LearnsANarrowValleyThatLiesAcross) {
  Play play(cube(4), make_cma_es_sampler(), 1);
  play.run(1200, single([](auto p) {
             double across = 0, along = 0;
             for (size_t k = 0; k < 4; ++k) {
               across += (p[k] - 0.3) * (k % 2 == 0 ? 1 : -1);
               along += square(p[k] - 0.3);
             }
             return 1e4 * square(across) + along;
           }));
  EXPECT_LT(play.best(), 1e-9);
}

TEST(CmaEsSampler, ManyDimensionsAreLearnedByTheirDiagonal) {
  Play play(cube(80), make_cma_es_sampler(), 1);
  play.run(1500, single([](auto p) {
             double sum = 0;
             for (size_t k = 0; k < 80; ++k) sum += (k % 2 == 0 ? 100 : 1) * square(p[k] - 0.4);
             return sum;
           }));
  EXPECT_LT(play.best(), 6);  // of 40 at the start
}

TEST(CmaEsSampler, ADescentThatIsOverIsFollowedByOthers) {
  // A wide basin of 1 around the start, a narrow one of 0.
  Play play(cube(1), make_cma_es_sampler(), 3);
  play.run(1500, single([](auto p) {
             return std::min(1 + square(p[0] - 0.5), 30 * std::abs(p[0] - 0.93));
           }));
  EXPECT_LT(play.best(), 1e-3);
  EXPECT_NE(play.last().reason, "drawn around the best so far, descent 1");
}

TEST(CmaEsSampler, IntegersAndCategoriesAreSearchedToTheEnd) {
  const Space space = made({real("x"), real("y"), integer("n", 1, 20), choice("c", {1, 2, 3, 4})});
  Play play(space, make_cma_es_sampler(), 4);
  play.run(500, single([&](auto p) {
             const double n = std::round(p[2] * 20 - 0.5);
             return square(p[0] - p[1] + 0.2) + square(p[0] - 0.3) + 0.01 * std::abs(n - 13) +
                    0.1 * std::abs(p[3] - 2);
           }));
  EXPECT_LT(play.best(), 1e-6);
}

TEST(CmaEsSampler, NothingIsTriedTwiceInAFiniteSpaceAndItEnds) {
  Play play(made({integer("n", 1, 6), choice("c", {1, 2, 3, 4, 5})}), make_cma_es_sampler());
  play.run(100, single([](auto p) { return p[0] + p[1]; }));
  EXPECT_EQ(play.evidence().rows(), 30U);
  EXPECT_EQ(play.configurations(), 30U);
}

TEST(CmaEsSampler, TrialsThatFailAreTheWorstOfTheirGeneration) {
  Play play(cube(2), make_cma_es_sampler(), 5);
  play.run(200, single([](auto p) { return p[0] > 0.5 ? NAN : square(p[1] - 0.3) - p[0]; }));
  EXPECT_LT(play.best(), -0.499);
}

TEST(CmaEsSampler, BeginsAtTheBestOfEarlierRuns) {
  Play play(cube(2), make_cma_es_sampler(), 6);
  for (int i = 0; i < 10; ++i) play.learn({0.1 * i, 0.8}, std::vector{std::abs(0.1 * i - 0.9)});
  double sum = 0;
  for (int i = 0; i < 6; ++i) {
    play.ask();
    sum += play.last().point[0] / 6;
  }
  EXPECT_NEAR(sum, 0.9, 0.15);
}

TEST(CmaEsSampler, WhatWorkersTellInAnyOrderIsReplayedAlike) {
  const Function bowl = single([](auto p) { return square(p[0] - 0.3) + square(p[1] - 0.6); });
  Play play(cube(2), make_cma_es_sampler(), 7);
  std::vector<size_t> running;
  for (int i = 0; i < 60; ++i) {
    while (running.size() < 5) running.push_back(*play.ask());
    const size_t row = running[static_cast<size_t>(i * 3) % 5];
    running.erase(running.begin() + i * 3 % 5);
    play.tell(row, bowl(play.evidence().x.row(row)));
  }
  const Point point = (*play.suggest())->point;
  play.replace(make_cma_es_sampler());
  EXPECT_EQ((*play.suggest())->point, point);
  EXPECT_LT(play.best(), 1e-2);
}

}  // namespace
}  // namespace cairn::sweep
