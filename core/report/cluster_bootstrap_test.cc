// Tests of the cluster bootstrap: whose spread it is, and that putting clusters together keeps it.
#include "report/cluster_bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "report/results.h"

namespace cairn::report {
namespace {

double width_of(std::span<const double> resamples) {
  std::vector<double> sorted(resamples.begin(), resamples.end());
  std::ranges::sort(sorted);
  return quantile(sorted, 0.975) - quantile(sorted, 0.025);
}

// One in four clusters adds 1.
std::vector<double> clusters(size_t count) {
  std::vector<double> sums(count);
  for (size_t i = 0; i < count; i += 4) sums[i] = 1;
  return sums;
}

TEST(ClusterBootstrap, TheSpreadIsThatOfACountOfClusters) {
  const ClusterBootstrap bootstrap(clusters(400), 1, 1000, 4000, 1);
  EXPECT_NEAR(width_of(bootstrap.resamples(0)), 2 * 1.96 * std::sqrt(400 * 0.25 * 0.75), 1.5);
}

TEST(ClusterBootstrap, PuttingClustersTogetherByChanceKeepsTheSpread) {
  const std::vector<double> sums = clusters(20'000);
  const ClusterBootstrap bootstrap(sums, 1, 500, 4000, 1);
  const double expected = 2 * 1.96 * std::sqrt(20'000 * 0.25 * 0.75);
  EXPECT_NEAR(width_of(bootstrap.resamples(0)), expected, 0.15 * expected);
}

TEST(ClusterBootstrap, ColumnsAreDrawnTogetherAndEmptyOnesStayEmpty) {
  std::vector<double> sums;
  for (size_t i = 0; i < 30; ++i) {
    const auto value = static_cast<double>(i);
    sums.insert(sums.end(), {value, 0, 2 * value});
  }
  const ClusterBootstrap bootstrap(sums, 3, 100, 50, 1);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(bootstrap.resamples(1)[i], 0);
    EXPECT_EQ(bootstrap.resamples(2)[i], 2 * bootstrap.resamples(0)[i]);
  }
}

TEST(ClusterBootstrap, NothingDrawnFromNothingIsNothing) {
  EXPECT_EQ(ClusterBootstrap({}, 2, 10, 3, 1).resamples(1)[2], 0);
}

}  // namespace
}  // namespace cairn::report
