// Tests of intervals' coverage, of refusing to predict, and of run-to-run noise.
#include "surrogate/conformal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "surrogate/noise.h"
#include "surrogate/random.h"
#include "surrogate/testing/functions.h"

namespace cairn::surrogate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<OutOfBag> sure_of(double mean, double sd, size_t count) {
  return std::vector<OutOfBag>(count, {mean, sd, 10});
}

struct Shares {
  double inside, above_upper, below_lower;
};

// How often fresh outcomes fall where intervals from `rows` runs say, over many repetitions.
Shares measured(const testing::Function& function, size_t rows, double noise_sd, double miss_rate) {
  const auto columns = testing::numeric_columns(function.columns);
  double inside = 0, above = 0, below = 0, all = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Matrix x = testing::uniform_points(rows, function.columns, 2 * seed);
    const Matrix fresh = testing::uniform_points(50, function.columns, 2 * seed + 1);
    const auto y = testing::values_at(function, x, noise_sd, 2 * seed);
    const auto truth = testing::values_at(function, fresh, noise_sd, 2 * seed + 1);
    ForestOptions options = extra_trees(seed);
    options.trees = 48;
    const Forest forest = *Forest::fit(columns, {x, y}, options);
    const Conformal conformal = *Conformal::learn(y, forest.out_of_bag(), noise_sd);
    const auto said = forest.predict(fresh);
    for (size_t i = 0; i < truth.size(); ++i) {
      const Interval interval = *conformal.interval(said[i], miss_rate);
      inside += interval.low <= truth[i] && truth[i] <= interval.high;
      above += truth[i] > *conformal.upper(said[i], miss_rate);
      below += truth[i] < *conformal.lower(said[i], miss_rate);
      ++all;
    }
  }
  return {inside / all, above / all, below / all};
}

TEST(ConformalTest, NinetyOfAHundredOutcomesAreInside) {
  for (const auto& function : {testing::friedman(), testing::ishigami(), testing::sobol_g()}) {
    for (const size_t rows : {30U, 100U}) {
      const Shares shares = measured(function, rows, 0.5, 0.1);
      EXPECT_GE(shares.inside, 0.85) << function.name << " " << rows;
      EXPECT_LE(shares.inside, 0.95) << function.name << " " << rows;
      EXPECT_NEAR(shares.above_upper, 0.1, 0.05) << function.name << " " << rows;
      EXPECT_NEAR(shares.below_lower, 0.1, 0.05) << function.name << " " << rows;
    }
  }
}

TEST(ConformalTest, FewConfigurationsGiveNoInterval) {
  const std::vector<double> y(14, 1.0);
  const auto refused = Conformal::learn(y, sure_of(1, 1, 14), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kUnavailable);
  // Nor do many runs of few configurations.
  const std::vector<double> many(60, 1.0);
  std::vector<uint32_t> groups(60);
  for (size_t i = 0; i < 60; ++i) groups[i] = static_cast<uint32_t>(i % 14);
  EXPECT_FALSE(Conformal::learn(many, sure_of(1, 1, 60), 0, groups));
}

TEST(ConformalTest, WhatSoFewCannotPromiseIsRefused) {
  std::vector<double> y;
  for (int i = 0; i < 18; ++i) y.push_back(i);
  const Conformal conformal = *Conformal::learn(y, sure_of(0, 1, 18), 0);
  EXPECT_FALSE(conformal.interval({0, 1}, 0.05));
  EXPECT_TRUE(conformal.interval({0, 1}, 0.1));
  y.push_back(18);
  EXPECT_TRUE(Conformal::learn(y, sure_of(0, 1, 19), 0)->interval({0, 1}, 0.05));
}

TEST(ConformalTest, QuantilesAreThoseOfTheScoresWithTheNextOneAboveAll) {
  std::vector<double> y;
  for (int i = 1; i <= 19; ++i) y.push_back(i);
  const Conformal conformal = *Conformal::learn(y, sure_of(0, 1, 19), 0);
  EXPECT_DOUBLE_EQ(*conformal.upper({0, 1}, 0.1), 18);
  EXPECT_DOUBLE_EQ(*conformal.upper({100, 2}, 0.1), 136);
  EXPECT_DOUBLE_EQ(*conformal.lower({0, 1}, 0.1), 2);
  EXPECT_DOUBLE_EQ(conformal.chance_below({0, 1}, 0.5), 0.05);
  EXPECT_DOUBLE_EQ(conformal.chance_above({0, 1}, 18.5), 0.1);
}

TEST(ConformalTest, ReplicatesOfOneConfigurationCountOnce) {
  // One configuration that was run a hundred times and always far off is one of twenty.
  std::vector<double> y;
  std::vector<uint32_t> groups;
  for (uint32_t group = 0; group < 19; ++group) {
    y.push_back(group % 2 == 0 ? 1 : -1);
    groups.push_back(group);
  }
  y.insert(y.end(), 100, 50);
  groups.insert(groups.end(), 100, 19);
  const auto said = sure_of(0, 1, y.size());
  EXPECT_DOUBLE_EQ(Conformal::learn(y, said, 0, groups)->interval({0, 1}, 0.1)->high, 1);
  EXPECT_DOUBLE_EQ(Conformal::learn(y, said, 0)->interval({0, 1}, 0.1)->high, 50);
}

TEST(ConformalTest, AModelSureOfItselfDividesByNothing) {
  std::vector<double> y(30, 2.0);
  y[3] = 2.5;
  const Conformal conformal = *Conformal::learn(y, sure_of(2, 0, 30), 0);
  const Interval interval = *conformal.interval({2, 0}, 0.01 + 1.0 / 31);
  EXPECT_TRUE(std::isfinite(interval.low) && std::isfinite(interval.high));
  EXPECT_LE(interval.low, 2);
}

TEST(CoverageRecordTest, MissesWidenTheNextIntervalAndHitsOnlyComeBackToNominal) {
  CoverageRecord record(0.1);
  for (int i = 0; i < 50; ++i) record.add(true);
  EXPECT_DOUBLE_EQ(record.miss_rate(), 0.1);
  record.add(false);
  EXPECT_NEAR(record.miss_rate(), 0.082, 1e-12);
  for (int i = 0; i < 10; ++i) record.add(false);
  EXPECT_EQ(record.miss_rate(), 0);
  for (int i = 0; i < 100; ++i) record.add(true);
  EXPECT_DOUBLE_EQ(record.miss_rate(), 0.1);
  EXPECT_EQ(record.recorded(), CoverageRecord::kRemembered);
  EXPECT_EQ(record.covered(), 100U);
}

TEST(CoverageRecordTest, CoverageHoldsWhenTheWorldTurnsNoisier) {
  // Scores were learned at noise 1; then outcomes have noise 2, and fixed intervals miss 41 %.
  Random random(1);
  std::vector<double> y;
  for (int i = 0; i < 200; ++i) y.push_back(random.normal());
  const Conformal conformal = *Conformal::learn(y, sure_of(0, 0, 200), 1);
  CoverageRecord record(0.1);
  double missed = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto interval = conformal.interval({0, 0}, record.miss_rate());
    const double outcome = 2 * random.normal();
    const bool is_covered = !interval || (interval->low <= outcome && outcome <= interval->high);
    record.add(is_covered);
    missed += !is_covered;
  }
  EXPECT_NEAR(missed / 2000, 0.1, 0.02);
}

TEST(SupportTest, WhatIsFarFromEverythingIsNotSupported) {
  const Matrix x = testing::uniform_points(300, 3, 1);
  const Support support = Support::learn(x, testing::numeric_columns(3));
  const Matrix fresh = testing::uniform_points(400, 3, 2);
  size_t held = 0;
  for (size_t i = 0; i < fresh.rows(); ++i) held += support.holds(fresh.row(i));
  EXPECT_NEAR(static_cast<double>(held) / 400, 0.95, 0.05);
  EXPECT_FALSE(support.holds(std::vector{0.5, 0.5, 1.5}));
  EXPECT_FALSE(support.holds(std::vector{0.5, 0.5, kNaN}));
  EXPECT_EQ(support.nearest(x.row(17), 2).front(), 17U);
}

TEST(SupportTest, ReplicatesAreNoNeighbours) {
  Matrix x(40, 1);
  std::vector<uint32_t> groups(40);
  for (size_t i = 0; i < 40; ++i) {
    groups[i] = static_cast<uint32_t>(i / 4);
    x.at(i, 0) = static_cast<double>(groups[i]) / 10;
  }
  EXPECT_NEAR(Support::learn(x, testing::numeric_columns(1), groups).limit(), 0.3, 1e-9);
  EXPECT_EQ(Support::learn(x, testing::numeric_columns(1)).limit(), 0);
}

TEST(SupportTest, AFewConfigurationsSupportNothingButThemselves) {
  const Matrix x = testing::uniform_points(2, 2, 1);
  const Support support = Support::learn(x, testing::numeric_columns(2));
  EXPECT_FALSE(support.holds(std::vector{0.5, 0.5}));
  EXPECT_FALSE(Support::learn(Matrix(), {}).holds(std::vector<double>{}));
}

TEST(NoiseTest, WithoutReplicatesItIsUnknown) {
  const Noise noise = Noise::learn(std::vector<std::vector<double>>{{1}, {2, kNaN}, {}});
  EXPECT_FALSE(noise.overall());
  EXPECT_FALSE(noise.at(1));
  EXPECT_FALSE(noise.of(std::vector{1.0, 2.0}));
}

TEST(NoiseTest, DeviationsWithinConfigurationsArePooled) {
  const Noise noise = Noise::learn(std::vector<std::vector<double>>{{1, 3}, {10, 12, 14}});
  EXPECT_NEAR(noise.overall()->sd, std::sqrt((2.0 + 8.0) / 3), 1e-12);
  EXPECT_DOUBLE_EQ(noise.overall()->degrees, 3);
}

TEST(NoiseTest, GoodConfigurationsMayBeQuieterThanBadOnes) {
  Random random(5);
  std::vector<std::vector<double>> replicates;
  for (int i = 0; i < 100; ++i) {
    const double level = i / 100.0, sd = level > 0.5 ? 0.006 : 0.03;
    std::vector<double> runs;
    for (int k = 0; k < 3; ++k) runs.push_back(level + sd * random.normal());
    replicates.push_back(runs);
  }
  const Noise noise = Noise::learn(replicates);
  EXPECT_NEAR(noise.at(0.95)->sd, 0.008, 0.003);
  EXPECT_NEAR(noise.at(0.1)->sd, 0.03, 0.006);
}

TEST(NoiseTest, FewReplicatesLeanOnTheProject) {
  std::vector<std::vector<double>> replicates(30, {1.0, 1.2});
  const Noise noise = Noise::learn(replicates);
  const double project = noise.overall()->sd;
  // Two equal results do not make a configuration free of noise, twenty nearly do.
  EXPECT_NEAR(noise.of(std::vector{1.1, 1.1})->sd, project * std::sqrt(4.0 / 5), 1e-9);
  EXPECT_LT(noise.of(std::vector<double>(21, 1.1))->sd, 0.5 * project);
}

TEST(NoiseTest, AnotherSeedShrinksTheIntervalOfTheMean) {
  EXPECT_NEAR(mean_half_width({0.003, 2}, 3), 0.0075, 0.0001);
  EXPECT_NEAR(mean_half_width({0.003, 3}, 4), 0.0048, 0.0001);
  EXPECT_TRUE(std::isinf(mean_half_width({0.003, 0}, 1)));
}

}  // namespace
}  // namespace cairn::surrogate
