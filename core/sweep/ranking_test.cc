// Rules of ranking: limits before values, fronts before crowds.
#include "sweep/ranking.h"

#include <gtest/gtest.h>

#include <cmath>

#include "surrogate/random.h"

namespace cairn::sweep {
namespace {

Evidence told(const std::vector<std::vector<double>>& y,
              const std::vector<std::vector<double>>& constraints = {}) {
  Evidence evidence;
  for (const auto& row : y) evidence.y.append(row);
  for (const auto& row : constraints) evidence.constraints.append(row);
  evidence.outcome.assign(y.size(), Outcome::kComplete);
  return evidence;
}

Rows best(const Evidence& evidence, size_t count) {
  return best_of(evidence, rows_with_result(evidence), count);
}

TEST(Ranking, OneObjectiveRanksByItsValue) {
  EXPECT_EQ(best(told({{3}, {1}, {2}, {1}}), 3), (Rows{1, 3, 2}));
}

TEST(Ranking, WhatHasNoResultIsLeftOut) {
  Evidence evidence = told({{3}, {1}, {NAN}, {0}});
  evidence.outcome[1] = Outcome::kFailed;
  evidence.outcome[3] = Outcome::kPending;
  EXPECT_EQ(best(evidence, 10), Rows{0});
}

TEST(Ranking, WhatKeepsToItsLimitsComesFirst) {
  const Evidence evidence = told({{1}, {2}, {3}, {0}}, {{0.1}, {0}, {-1}, {NAN}});
  EXPECT_EQ(best(evidence, 4), (Rows{1, 2, 0, 3}));
}

TEST(Ranking, FrontsComeInOrderAndTheirEndsFirst) {
  const Evidence evidence = told({{2, 2}, {0, 4}, {4, 0}, {1, 3}, {3, 3}, {5, 5}});
  const auto fronts = fronts_of(evidence.y, rows_with_result(evidence), 6);
  ASSERT_EQ(fronts.size(), 3U);
  EXPECT_EQ(fronts[0].size(), 4U);
  EXPECT_EQ(fronts[1], Rows{4});
  EXPECT_EQ(best(evidence, 5), (Rows{1, 2, 0, 3, 4}));
}

TEST(Ranking, EqualResultsShareAFront) {
  const Evidence evidence = told({{1, 1}, {1, 1}, {1, 1}});
  EXPECT_EQ(fronts_of(evidence.y, {0, 1, 2}, 1).front().size(), 3U);
}

TEST(Ranking, NoRowOfAFrontIsBetterThanAnotherInAll) {
  surrogate::Random random(1);
  std::vector<std::vector<double>> y;
  for (int i = 0; i < 200; ++i) y.push_back({random.unit(), random.unit(), random.unit()});
  const Evidence evidence = told(y);
  size_t count = 0;
  for (const Rows& front : fronts_of(evidence.y, rows_with_result(evidence), 200)) {
    count += front.size();
    for (const uint32_t a : front)
      for (const uint32_t b : front)
        EXPECT_FALSE(y[a][0] < y[b][0] && y[a][1] < y[b][1] && y[a][2] < y[b][2]);
  }
  EXPECT_EQ(count, 200U);
}

}  // namespace
}  // namespace cairn::sweep
