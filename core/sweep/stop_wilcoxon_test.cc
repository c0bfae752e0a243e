// Tests of the signed-rank rule over folds.
#include <gtest/gtest.h>

#include "sweep/stopping.h"
#include "sweep/testing/curves.h"

namespace cairn::sweep {
namespace {

using testing::Curves;
using testing::kNaN;

constexpr StopRule kRule{.kind = StopRule::Kind::kWilcoxon};

TEST(WilcoxonTest, FourWorseFoldsAreClear) {
  // Three folds in one direction happen by chance in 1 of 8 cases, four in 1 of 16.
  EXPECT_FALSE(Curves().finished({1, 2, 3, 4, 5}).running({2, 4, 6}).judge_last(kRule).stop);
  const Decision decision =
      Curves().finished({1, 2, 3, 4, 5}).running({2, 4, 6, 8}).judge_last(kRule);
  EXPECT_TRUE(decision.stop);
  EXPECT_EQ(decision.reason, "on 4 folds clearly worse than trial 0 (mean 5, its 3; p 0.0625)");
}

TEST(WilcoxonTest, TheBestTrialIsTheOneWithTheBestMean) {
  const Decision decision = Curves()
                                .finished({9, 9, 9, 0})
                                .finished({2, 2, 2, 2})
                                .running({3, 3.1, 3.2, 3.3})
                                .judge_last(kRule);
  EXPECT_EQ(decision.limit, 2);
  EXPECT_TRUE(decision.stop);
}

TEST(WilcoxonTest, ATrialWithABetterMeanIsNeverStopped) {
  // Worse on every fold that both have, but those are the hard ones.
  const Decision decision =
      Curves().finished({9, 9, 9, 9}).running({9.1, 9.2, 9.3, 9.4, 0, 0, 0}).judge_last(kRule);
  EXPECT_FALSE(decision.stop);
}

TEST(WilcoxonTest, FoldsMayComeInAnyOrderAndBeMissing) {
  Curves curves;
  curves.add({{1, 1}, {3, 1}, {5, 1}, {7, 1}, {9, 1}}, true);
  EXPECT_FALSE(Curves(curves).add({{2, 9}, {4, 9}, {6, 9}, {8, 9}}, false).judge_last(kRule).stop);
  EXPECT_TRUE(
      Curves(curves).add({{1, 9}, {2, 9}, {3, 8}, {5, 7}, {9, 6}}, false).judge_last(kRule).stop);
}

TEST(WilcoxonTest, EqualFoldsSpeakForNeither) {
  EXPECT_FALSE(Curves().finished({1, 1, 1, 1, 1}).running({1, 1, 1, 1, 1}).judge_last(kRule).stop);
}

TEST(WilcoxonTest, TiedSizesShareTheirRanks) {
  // Sizes 1 1 1 2 2, the last in favour: 10.5 of 15 in ranks, reached by 9 of 32 sign patterns.
  const Decision decision =
      Curves().finished({0, 0, 0, 0, 0}).running({1, 1, 1, 2, -2}).judge_last(kRule);
  EXPECT_NE(decision.reason.find("p 0.281)"), std::string::npos) << decision.reason;
}

TEST(WilcoxonTest, ManyFoldsAreJudgedByTheNormalDistribution) {
  std::vector<double> best, worse;
  for (int i = 0; i < 60; ++i) {
    best.push_back(i % 7);
    worse.push_back(best.back() + (i % 3 == 0 ? -0.01 : 0.01) * (i + 1));
  }
  // scipy 1.17.1: wilcoxon(differences, alternative="greater", method="asymptotic").pvalue
  const Decision decision = Curves().finished(best).running(worse).judge_last(kRule);
  EXPECT_NE(decision.reason.find("p 0.00837"), std::string::npos) << decision.reason;
}

TEST(WilcoxonTest, NothingIsSaidAboutWhatIsNoNumber) {
  EXPECT_EQ(Curves().finished({1, 1, 1, 1}).running({9, 9, kNaN, 9}).judge_last(kRule).reason, "");
  EXPECT_EQ(Curves().finished({1, kNaN, 1, 1}).running({9, 9, 9, 9}).judge_last(kRule).reason, "");
}

}  // namespace
}  // namespace cairn::sweep
