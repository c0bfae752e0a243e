// Tests of successive halving, with and without promotion, and of W&B's bands.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "sweep/stopping.h"
#include "sweep/testing/curves.h"

namespace cairn::sweep {
namespace {

using testing::Curves;
using testing::kNaN;
using Kind = StopRule::Kind;

constexpr StopRule kHalving{.kind = Kind::kSuccessiveHalving, .min_resource = 2};
constexpr StopRule kPromoting{
    .kind = Kind::kSuccessiveHalving, .min_resource = 1, .max_resource = 9, .with_promotion = true};

TEST(HalvingTest, OnlyTheBestThirdGoesOnFromARung) {
  Curves curves;
  for (const double value : {5.0, 4.0, 3.0, 2.0, 1.0}) curves.running({9, value});
  const Decision second = Curves(curves).running({9, 1.5}).judge_last(kHalving);
  EXPECT_FALSE(second.stop);
  EXPECT_EQ(second.reason, "1.5 at step 2 is among the best 2 of 6 (until 1.5)");
  const Decision third = Curves(curves).running({9, 2.5}).judge_last(kHalving);
  EXPECT_TRUE(third.stop);
  EXPECT_EQ(third.limit, 2);
  EXPECT_EQ(third.reason, "2.5 at step 2 is not among the best 2 of 6 (until 2)");
}

TEST(HalvingTest, BetweenRungsNothingIsDecided) {
  Curves curves;
  for (int i = 0; i < 5; ++i) curves.running({1, 1, 1, 1});
  EXPECT_EQ(Curves(curves).running({9}).judge_last(kHalving).reason, "");
  EXPECT_TRUE(Curves(curves).running({9, 9}).judge_last(kHalving).stop);
  EXPECT_EQ(Curves(curves).running({9, 9, 9}).judge_last(kHalving).reason, "");
}

TEST(HalvingTest, ASparseTrialIsJudgedAtItsFirstReportPastTheRung) {
  Curves curves;
  for (int i = 0; i < 5; ++i) curves.running({1, 1, 1, 1});
  EXPECT_TRUE(curves.add({{1, 9}, {5, 9}}, false).judge_last(kHalving).stop);
}

TEST(HalvingTest, ATrialWithoutANumberAtARungIsStopped) {
  EXPECT_TRUE(Curves().running({1, 1}).running({1, kNaN}).judge_last(kHalving).stop);
}

TEST(HalvingTest, ATrialAtItsEndIsNotStopped) {
  StopRule rule = kHalving;
  EXPECT_TRUE(Curves().running({1, 1}).running({9, 9}).judge_last(rule).stop);
  rule.max_resource = 2;
  EXPECT_FALSE(Curves().running({1, 1}).running({9, 9}).judge_last(rule).stop);
}

TEST(HalvingTest, BracketsBeginAtLaterRungs) {
  StopRule rule{.kind = Kind::kSuccessiveHalving, .min_resource = 1, .brackets = 3};
  Curves curves;
  constexpr size_t kTrials = 90;
  for (size_t i = 0; i < kTrials; ++i) curves.running(std::vector<double>(9, 1));
  std::vector<size_t> stopped_at(10);
  for (uint64_t trial = kTrials; trial < 2 * kTrials; ++trial)
    for (const size_t step : {1U, 3U, 9U}) {
      const auto bad = testing::reports(std::vector<double>(step, 9));
      const Curve current{.trial = trial, .reports = bad};
      if (!judge(rule, current, curves.all()).stop) continue;
      ++stopped_at[step];
      break;
    }
  // By the weights of Hyperband, of 17 trials 9 begin at the first rung, 5 at the second.
  EXPECT_EQ(stopped_at[1] + stopped_at[3] + stopped_at[9], kTrials);
  EXPECT_GT(stopped_at[1], stopped_at[3]);
  EXPECT_GT(stopped_at[3], 0U);
  EXPECT_GT(stopped_at[9], 0U);
}

TEST(PromotionTest, ATrialPausesAtARungUntilItIsAmongTheBest) {
  const Decision first = Curves().running({1}).judge_last(kPromoting);
  EXPECT_TRUE(first.pause);
  EXPECT_FALSE(first.stop);
  EXPECT_FALSE(Curves().paused({2}).paused({3}).running({1}).judge_last(kPromoting).pause);
  EXPECT_TRUE(Curves().paused({2}).paused({1}).running({3}).judge_last(kPromoting).pause);
}

TEST(PromotionTest, TheBestOfEnoughPausedTrialsGoesOn) {
  EXPECT_FALSE(promote(kPromoting, Curves().paused({2}).paused({1}).all()));
  const auto next = promote(kPromoting, Curves().paused({2}).paused({1}).paused({3}).all());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->trial, 1U);
  EXPECT_EQ(next->until_step, 3);
  EXPECT_EQ(next->reason, "1 at step 1 is among the best 1 of 3");
}

TEST(PromotionTest, WhoWentOnTakesItsPlace) {
  EXPECT_FALSE(promote(kPromoting, Curves().paused({2}).running({1, 1}).paused({3}).all()));
  EXPECT_FALSE(promote(kPromoting, Curves().paused({2}).running({1}).paused({3}).all()));
}

TEST(PromotionTest, TheHighestRungComesFirst) {
  Curves curves;
  curves.paused({1, 1, 1}).paused({1, 1, 2}).paused({1, 1, 3});
  for (int i = 0; i < 9; ++i) curves.paused({0});
  const auto next = promote(kPromoting, curves.all());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->trial, 0U);
  EXPECT_EQ(next->until_step, 9);
}

TEST(PromotionTest, OtherRulesPromoteNobody) {
  EXPECT_FALSE(promote(kHalving, Curves().paused({2, 2}).paused({1, 1}).paused({3, 3}).all()));
}

// The example of W&B's `sweeps` 0.3.0 (hyperband_stopping.py): of four runs b is stopped.
Curves documented_runs() {
  return Curves().finished({10, 9}).running({10, 8, 8}).running({10, 7, 7}).finished({10, 6, 6});
}

TEST(BandsTest, DecidesAsWeightsAndBiasesDocuments) {
  const StopRule rule{.kind = Kind::kHyperband, .max_resource = 5, .eta = 2, .brackets = 2};
  const Decision stopped = documented_runs().running({10, 10}).judge_last(rule);
  EXPECT_TRUE(stopped.stop);
  EXPECT_EQ(stopped.limit, 8);
  EXPECT_EQ(stopped.reason, "10 at report 2 is above 8, where the best 1/2 of 5 trials were");
  EXPECT_FALSE(judge(rule, documented_runs().all()[1], documented_runs().all()).stop);
}

TEST(BandsTest, ABandCountsReportsThatAreFinite) {
  const StopRule rule{.kind = Kind::kHyperband, .min_resource = 2, .eta = 2};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Curves curves;
  for (int i = 0; i < 4; ++i) curves.add({{100, 1}, {200, 1}}, false);
  EXPECT_EQ(Curves(curves).running({9, kNaN, kInfinity}).judge_last(rule).reason, "");
  EXPECT_TRUE(Curves(curves).running({9, kNaN, kInfinity, 9}).judge_last(rule).stop);
}

TEST(BandsTest, WithoutBeingStrictTheBestUntilNowCounts) {
  StopRule rule{.kind = Kind::kHyperband, .min_resource = 2, .eta = 2};
  Curves curves;
  for (int i = 0; i < 4; ++i) curves.running({5, 3});
  curves.running({2, 9});
  EXPECT_TRUE(curves.judge_last(rule).stop);
  rule.is_strict = false;
  EXPECT_FALSE(curves.judge_last(rule).stop);
}

}  // namespace
}  // namespace cairn::sweep
