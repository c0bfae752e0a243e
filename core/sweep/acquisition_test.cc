// Rules of acquisition: logarithms that agree with what they are of, near and far.
#include "sweep/acquisition.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::sweep {
namespace {

// The mean of max(incumbent - f, 0) by summing over the density of f.
double integrated_improvement(double mean, double sd, double incumbent) {
  constexpr int kSteps = 200'000;
  const double step = 40.0 / kSteps;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double z = -20 + (i + 0.5) * step;
    sum += std::max(incumbent - mean - sd * z, 0.0) * std::exp(-z * z / 2) * step;
  }
  return sum / std::sqrt(2 * M_PI);
}

TEST(AcquisitionTest, TheImprovementIsTheMeanOfWhatIsGained) {
  for (const double mean : {-1.0, 0.0, 0.7, 3.0, 6.0})
    for (const double sd : {0.4, 2.0})
      EXPECT_NEAR(std::exp(log_improvement(mean, sd, 0.5).value),
                  integrated_improvement(mean, sd, 0.5), 1e-7);
}

TEST(AcquisitionTest, NothingBreaksWhereSeriesTakeOver) {
  constexpr double kEdge = 25;
  for (const auto log_worth : {log_improvement, log_chance_below}) {
    const LogWorth near = log_worth(kEdge - 1e-9, 1, 0), far = log_worth(kEdge + 1e-9, 1, 0);
    EXPECT_NEAR(near.value, far.value, 1e-6);
    EXPECT_NEAR(near.by_mean, far.by_mean, 1e-5);
    EXPECT_NEAR(near.by_sd, far.by_sd, 1e-3);
  }
}

TEST(AcquisitionTest, SlopesAreThoseOfTheValues) {
  constexpr double kStep = 1e-5;
  for (const auto log_worth : {log_improvement, log_chance_below}) {
    for (const double mean : {-3.0, 0.0, 2.0, 20.0, 40.0, 1000.0}) {
      const LogWorth here = log_worth(mean, 1.3, 0.1);
      const double by_mean =
          (log_worth(mean + kStep, 1.3, 0.1).value - log_worth(mean - kStep, 1.3, 0.1).value) /
          (2 * kStep);
      const double by_sd =
          (log_worth(mean, 1.3 + kStep, 0.1).value - log_worth(mean, 1.3 - kStep, 0.1).value) /
          (2 * kStep);
      EXPECT_NEAR(here.by_mean, by_mean, 1e-4 * (1 + std::abs(by_mean)));
      EXPECT_NEAR(here.by_sd, by_sd, 1e-4 * (1 + std::abs(by_sd)));
    }
  }
}

TEST(AcquisitionTest, WhereNothingCanBeGainedTheLogarithmStillTellsWhichIsNearer) {
  const double near = log_improvement(1e6, 1, 0).value, far = log_improvement(2e6, 1, 0).value;
  EXPECT_TRUE(std::isfinite(far));
  EXPECT_GT(near, far);
  EXPECT_TRUE(std::isfinite(log_improvement(1, 0, 0).value));
}

}  // namespace
}  // namespace cairn::sweep
