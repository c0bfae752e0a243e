// Tests of idle time and over-size: what is claimed, and what is not.
#include "report/machine_use.h"

#include <gtest/gtest.h>

namespace cairn::report {
namespace {

// Samples every ten seconds.
MachineUse gpu(const std::vector<double>& busy, double memory_peak_share = 0.9) {
  MachineUse use{.is_gpu = true, .at_s = {}, .busy = busy, .memory_peak_share = memory_peak_share};
  for (size_t i = 0; i < busy.size(); ++i) use.at_s.push_back(10 * static_cast<double>(i));
  return use;
}

TEST(MachineUse, IdleStretchesAreWhereNothingRan) {
  const auto idle = find_idle(gpu({0.9, 0.9, 0.0, 0.01, 0.9, 0.04, 0.9}));
  ASSERT_EQ(idle.size(), 2u);
  EXPECT_EQ(idle[0].from_s, 10);
  EXPECT_EQ(idle[0].to_s, 30);
  EXPECT_EQ(idle[1].seconds(), 10);
}

TEST(MachineUse, ABlinkIsNotIdle) {
  MachineUse use{.is_gpu = true, .at_s = {0, 1, 2, 3}, .busy = {1, 0, 0, 1}};
  EXPECT_TRUE(find_idle(use).empty());
}

TEST(MachineUse, NothingIsClaimedWhereSamplesAreMissing) {
  MachineUse use = gpu({0.9, 0.9, 0.9, 0.0, 0.9});
  use.at_s[3] = 4000;
  use.at_s[4] = 4010;
  EXPECT_TRUE(find_idle(use).empty());
}

TEST(MachineUse, WaitingBetweenKernelsIsAStallAndNotIdle) {
  const MachineUse use = gpu({0.6, 0.6, 0.6, 0.0});
  EXPECT_NEAR(stalled_seconds(use, find_idle(use)), 8, 1e-9);
}

TEST(MachineUse, ADeviceIsTooLargeWhenMemoryAndTimeAreBothLeftOver) {
  EXPECT_FALSE(find_oversize(gpu({0.3, 0.3, 0.3}, 0.5)));
  EXPECT_FALSE(find_oversize(gpu({0.9, 0.9, 0.9}, 0.1)));
  const auto oversize = find_oversize(gpu({0.3, 0.3, 0.3}, 0.2));
  ASSERT_TRUE(oversize);
  EXPECT_EQ(oversize->share, kPackedShare);
  EXPECT_NEAR(oversize->high, 0.7, 1e-9);
  MachineUse processors = gpu({0.3}, 0.2);
  processors.is_gpu = false;
  EXPECT_FALSE(find_oversize(processors));
}

}  // namespace
}  // namespace cairn::report
