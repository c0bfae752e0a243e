// Tests of the sentences in which predictions and replicates are told.
#include "recall/prediction.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace cairn::recall {
namespace {

Prediction accuracy() {
  Prediction p{.value = 0.93124, .low = 0.92413, .high = 0.93714, .n = 61};
  p.noise = 0.0061;
  p.p_new_best = 0.041;
  p.p_diverge = 0.004;
  return p;
}

TEST(PredictionTest, ATypicalOneIsOneSentence) {
  EXPECT_EQ(print_prediction(accuracy(), "val_acc"),
            "Expected val_acc 0.931, 90 % interval 0.924–0.937 (61 runs; seed noise ±0.006). "
            "P(new best) 4 %.");
}

TEST(PredictionTest, WhatIsUnknownIsSaidAndWhatWasMeasuredToo) {
  Prediction p = accuracy();
  p.noise.reset();
  p.is_near = true;
  p.coverage = {91, 100};
  p.p_new_best = 0.002;
  p.p_diverge = 0.3;
  EXPECT_EQ(print_prediction(p, "val_acc"),
            "Expected val_acc 0.931, 90 % interval 0.924–0.937 (61 history pairs; seed noise "
            "unknown; past intervals held 91 of 100 outcomes). P(new best) < 1 %. P(diverges) "
            "30 %.");
}

TEST(PredictionTest, NumbersHaveTheDecimalsOfTheirInterval) {
  EXPECT_EQ(print_at_scale(0.93124, 0.013), "0.931");
  EXPECT_EQ(print_at_scale(0.93124, 0.13), "0.93");
  EXPECT_EQ(print_at_scale(1234.56, 300), "1235");
  EXPECT_EQ(print_at_scale(12.345, 2), "12.3");
  EXPECT_EQ(print_at_scale(1.2345e-9, 1e-10), "1.23e-09");
  EXPECT_EQ(print_at_scale(0.25, 0), "0.25");
  EXPECT_EQ(print_at_scale(1.5e12, 1e11), "1.5e+12");
  EXPECT_EQ(print_at_scale(0.5, std::numeric_limits<double>::infinity()), "0.5");
}

TEST(PredictionTest, NegativeBoundsAreNotTakenForTheDash) {
  Prediction p{.value = -0.5, .low = -1.02, .high = 0.31, .n = 20};
  EXPECT_NE(print_prediction(p, "score").find("interval -1.0 to 0.3 ("), std::string::npos);
}

TEST(PredictionTest, OneMoreSeedIsWorthWhatItNarrows) {
  EXPECT_EQ(
      print_replicates(std::vector{0.928, 0.931, 0.934}),
      "3 seeds exist: 0.931 ± 0.003 (sd); a 4th shrinks the 95 % CI half-width from 0.0075 to "
      "0.0048");
  EXPECT_EQ(print_replicates(std::vector{0.931}),
            "1 seed exists: 0.931; a 2nd would be the first to tell the noise");
  EXPECT_EQ(print_replicates(std::vector{0.5, 0.5}), "2 seeds exist: all 0.5");
  EXPECT_EQ(print_replicates({}), "");
}

TEST(PredictionTest, SeedsThatDivergedAreCountedApart) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(print_replicates(std::vector{nan, nan}), "2 of 2 seeds diverged");
  EXPECT_NE(print_replicates(std::vector{0.1, 0.2, nan}).find(" and 1 diverged; a 3rd"),
            std::string::npos);
  EXPECT_NE(print_replicates(std::vector<double>(11, 0.1)).find("11 seeds"), std::string::npos);
}

}  // namespace
}  // namespace cairn::recall
