// Tests of ranks and quantiles.
#include "report/results.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace cairn::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ResultsTest, DivergedRunsCountAsTheWorst) {
  const std::array results = {0.5, kNaN, 0.9, kInfinity, -kInfinity};
  EXPECT_EQ(winsorise(results, true).values, (std::vector{0.5, 0.5, 0.9, 0.5, 0.5}));
  EXPECT_EQ(winsorise(results, false).values, (std::vector{0.5, 0.9, 0.9, 0.9, 0.9}));
  EXPECT_EQ(winsorise(results, true).finite, 2U);
  EXPECT_EQ(winsorise(std::array{kNaN}, true).finite, 0U);
}

TEST(ResultsTest, TiesShareTheirRank) {
  EXPECT_EQ(ranks_of(std::array{3.0, 1.0, 3.0, 2.0}), (std::vector{3.5, 1.0, 3.5, 2.0}));
}

TEST(ResultsTest, SpearmanSeesOrderOnly) {
  EXPECT_NEAR(spearman(std::array{1.0, 2.0, 3.0, 4.0}, std::array{1.0, 8.0, 27.0, 1e9}), 1, 1e-12);
  EXPECT_NEAR(spearman(std::array{1.0, 2.0, 3.0, 4.0}, std::array{4.0, 3.0, 2.0, 1.0}), -1, 1e-12);
  // 1 - 6 (1 + 1) / (4 (16 - 1))
  EXPECT_NEAR(spearman(std::array{1.0, 2.0, 3.0, 4.0}, std::array{2.0, 1.0, 3.0, 4.0}), 0.8, 1e-12);
}

TEST(ResultsTest, SpearmanLeavesOutWhatIsMissing) {
  EXPECT_NEAR(spearman(std::array{1.0, kNaN, 2.0, 3.0}, std::array{1.0, 0.0, 2.0, 3.0}), 1, 1e-12);
  EXPECT_TRUE(std::isnan(spearman(std::array{1.0, kNaN, 2.0}, std::array{1.0, 0.0, 2.0})));
  EXPECT_TRUE(std::isnan(spearman(std::array{1.0, 2.0, 3.0}, std::array{5.0, 5.0, 5.0})));
}

TEST(ResultsTest, QuantilesLieBetweenNeighbours) {
  const std::array ascending = {1.0, 2.0, 4.0};
  EXPECT_EQ(quantile(ascending, 0), 1);
  EXPECT_EQ(quantile(ascending, 0.75), 3);
  EXPECT_EQ(quantile(ascending, 1), 4);
}

}  // namespace
}  // namespace cairn::report
