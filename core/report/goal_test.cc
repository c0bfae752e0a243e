// Tests of goals by name.
#include "report/goal.h"

#include <gtest/gtest.h>

namespace cairn::report {
namespace {

TEST(Goal, NamesOfRatesAndScoresAreMaximised) {
  for (const char* name : {"val_acc", "Test/Accuracy", "eval.f1", "top5", "episode_return"})
    EXPECT_EQ(is_maximized_by_name(name), true) << name;
}

TEST(Goal, NamesOfLossesAndErrorsAreMinimised) {
  for (const char* name : {"loss", "val/cross_entropy", "RMSE", "wer", "score_error"})
    EXPECT_EQ(is_maximized_by_name(name), false) << name;
}

TEST(Goal, OtherNamesDoNotSay) {
  for (const char* name : {"", "x", "accumulated", "lossless", "maps"})
    EXPECT_EQ(is_maximized_by_name(name), std::nullopt) << name;
}

}  // namespace
}  // namespace cairn::report
