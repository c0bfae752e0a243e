// Tests of variance shares against brute force over the same trees, and against known functions.
#include "surrogate/anova.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "surrogate/random.h"
#include "surrogate/testing/functions.h"

namespace cairn::surrogate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Column category(size_t count, double missing_share = 0) {
  Column column{.name = "c", .kind = ColumnKind::kCategorical};
  for (size_t i = 0; i < count; ++i) column.levels.emplace_back(static_cast<int64_t>(i));
  column.missing_share = missing_share;
  return column;
}

struct Shares {
  double mean = 0, variance = 0;
  std::vector<double> effects[3];
  double first_order[3] = {};
  double pairs[3] = {};  // of columns (0, 1), (0, 2), (1, 2)
};
constexpr size_t kPairs[3][2] = {{0, 1}, {0, 2}, {1, 2}};

// By evaluating the sum of the stages at every point of the lattice of three columns.
Shares by_brute_force(std::span<const Forest> stages, const std::vector<Lattice>& lattices) {
  Shares found;
  Matrix both[3];
  for (size_t k = 0; k < 3; ++k) {
    found.effects[k].resize(lattices[k].places.size());
    both[k] = Matrix(lattices[kPairs[k][0]].places.size(), lattices[kPairs[k][1]].places.size());
  }
  double squares = 0;
  size_t at[3];
  for (at[0] = 0; at[0] < lattices[0].places.size(); ++at[0])
    for (at[1] = 0; at[1] < lattices[1].places.size(); ++at[1])
      for (at[2] = 0; at[2] < lattices[2].places.size(); ++at[2]) {
        std::vector<double> row;
        double volume = 1, value = 0, share[3];
        for (size_t k = 0; k < 3; ++k) {
          row.push_back(lattices[k].places[at[k]]);
          share[k] = lattices[k].shares[at[k]];
          volume *= share[k];
        }
        for (const Forest& forest : stages) value += forest.predict(row).mean;
        found.mean += volume * value;
        squares += volume * value * value;
        for (size_t k = 0; k < 3; ++k) {
          found.effects[k][at[k]] += value * volume / share[k];
          const auto [a, b] = kPairs[k];
          both[k].at(at[a], at[b]) += value * volume / (share[a] * share[b]);
        }
      }
  found.variance = squares - found.mean * found.mean;
  for (size_t k = 0; k < 3; ++k)
    for (size_t i = 0; i < found.effects[k].size(); ++i) {
      found.effects[k][i] -= found.mean;
      found.first_order[k] += lattices[k].shares[i] * std::pow(found.effects[k][i], 2);
    }
  for (size_t k = 0; k < 3; ++k) {
    const auto [a, b] = kPairs[k];
    for (size_t i = 0; i < both[k].rows(); ++i)
      for (size_t j = 0; j < both[k].columns(); ++j)
        found.pairs[k] += lattices[a].shares[i] * lattices[b].shares[j] *
                          std::pow(both[k].at(i, j) - found.mean, 2);
    found.pairs[k] -= found.first_order[a] + found.first_order[b];
  }
  return found;
}

TEST(AnovaTest, EqualsBruteForceOverTheSameForests) {
  Matrix x = testing::uniform_points(80, 3, 1);
  std::vector<Column> columns = testing::numeric_columns(3);
  columns[1].missing_share = 0.25;
  columns[2] = category(4, 0.1);
  std::vector<double> y(80);
  for (size_t i = 0; i < 80; ++i) {
    x.at(i, 2) = i % 10 == 3 ? kNaN : std::floor(4 * x.at(i, 2));
    if (i % 4 == 0) x.at(i, 1) = kNaN;
    const double code = std::isnan(x.at(i, 2)) ? 2 : x.at(i, 2);
    y[i] = 5 + x.at(i, 0) * code + (i % 4 == 0 ? 2 : x.at(i, 1)) * (1 + code);
  }
  ForestOptions options = random_forest(1);
  options.trees = 8;
  const auto stages = *fit_stages(columns, {x, y}, options);
  const Anova fast = analyse(stages, {.places = 12});
  const Shares slow = by_brute_force(stages, fast.lattices);
  EXPECT_NEAR(fast.mean, slow.mean, 1e-10);
  EXPECT_NEAR(fast.variance / slow.variance, 1, 0.03);
  for (size_t k = 0; k < 3; ++k) {
    for (size_t i = 0; i < slow.effects[k].size(); ++i)
      EXPECT_NEAR(fast.effects[k][i], slow.effects[k][i], 1e-10);
    EXPECT_NEAR(fast.first_order[k] * fast.variance, slow.first_order[k], 1e-10);
    const auto [a, b] = kPairs[k];
    EXPECT_NEAR(fast.pairs.at(a, b) * fast.variance, slow.pairs[k], 1e-10);
    EXPECT_EQ(fast.pairs.at(a, b), fast.pairs.at(b, a));
  }
}

TEST(AnovaTest, SharesOfKnownFunctionsAreFoundWithinThreeHundredths) {
  for (const auto& function : {testing::ishigami(), testing::sobol_g(), testing::friedman()}) {
    const Matrix x = testing::uniform_points(2000, function.columns, 8);
    const auto y = testing::values_at(function, x);
    const auto columns = testing::numeric_columns(function.columns);
    const Anova found = analyse(*fit_stages(columns, {x, y}, random_forest(3)));
    for (size_t k = 0; k < function.columns; ++k) {
      EXPECT_NEAR(found.first_order[k], function.first_order[k], 0.03) << function.name << k;
      EXPECT_NEAR(found.total[k], function.total[k], 0.03) << function.name << k;
    }
    EXPECT_NEAR(found.variance / function.variance, 1, 0.1) << function.name;
    EXPECT_LT(found.higher, 0.03) << function.name;
  }
}

TEST(AnovaTest, ColumnsWithoutEffectHaveNoShare) {
  const auto function = testing::friedman();
  const Matrix x = testing::uniform_points(300, 10, 1);
  const auto y = testing::values_at(function, x, 1);
  const Anova found = analyse(*fit_stages(testing::numeric_columns(10), {x, y}, random_forest(1)));
  for (size_t k = 5; k < 10; ++k) EXPECT_LT(found.first_order[k], 0.01);
  EXPECT_LT(found.total[9], 0.05);
}

TEST(AnovaTest, WhatTwoColumnsDoOnlyTogetherIsAllInThePair) {
  Matrix x(400, 3);
  std::vector<double> y(400);
  Random random(1);
  for (size_t i = 0; i < 400; ++i) {
    for (size_t k = 0; k < 3; ++k) x.at(i, k) = static_cast<double>(random.below(2));
    y[i] = x.at(i, 0) == x.at(i, 1) ? 1 : 0;
  }
  const std::vector<Column> columns(3, category(2));
  const Anova found = analyse(*fit_stages(columns, {x, y}, random_forest(1)));
  EXPECT_NEAR(found.pairs.at(0, 1), 1, 0.05);
  EXPECT_NEAR(found.first_order[0] + found.first_order[1] + found.first_order[2], 0, 0.05);
}

TEST(AnovaTest, NamingCategoriesOtherwiseChangesNothing) {
  const Matrix places = testing::uniform_points(300, 2, 1);
  Matrix one(300, 2), other(300, 2);
  std::vector<double> y(300);
  for (size_t i = 0; i < 300; ++i) {
    const auto code = static_cast<size_t>(5 * places.at(i, 1));
    const size_t renamed = (3 * code + 1) % 5;
    one.at(i, 0) = other.at(i, 0) = places.at(i, 0);
    one.at(i, 1) = static_cast<double>(code);
    other.at(i, 1) = static_cast<double>(renamed);
    y[i] = std::sin(5.0 * static_cast<double>(code)) + places.at(i, 0);
  }
  std::vector<Column> columns = testing::numeric_columns(2);
  columns[1] = category(5);
  const Anova a = analyse(*fit_stages(columns, {one, y}, random_forest(1)));
  const Anova b = analyse(*fit_stages(columns, {other, y}, random_forest(1)));
  EXPECT_NEAR(a.first_order[0], b.first_order[0], 0.02);
  EXPECT_NEAR(a.first_order[1], b.first_order[1], 0.02);
}

TEST(AnovaTest, IntegersAndLevelsAreAPlaceEach) {
  std::vector<Column> columns = testing::numeric_columns(3);
  columns[0] = {.name = "depth", .is_integer = true, .low = 1, .high = 4};
  columns[1] = {.name = "batch", .kind = ColumnKind::kOrdinal, .scale = Scale::kLog};
  columns[1].levels = {16, 32, 256};
  Matrix x = testing::uniform_points(200, 3, 1);
  std::vector<double> y(200);
  Random random(1);
  const Features features(columns);
  for (size_t i = 0; i < 200; ++i) {
    const auto depth = static_cast<int64_t>(1 + random.below(4));
    const size_t level = random.below(3);
    const auto row = features.encode({{"depth", depth}, {"batch", columns[1].levels[level]}});
    x.at(i, 0) = row[0];
    x.at(i, 1) = row[1];
    y[i] = static_cast<double>(depth) + 2 * static_cast<double>(level);
  }
  const Anova found = analyse(*fit_stages(columns, {x, y}, random_forest(1)));
  ASSERT_EQ(found.lattices[0].places.size(), 4U);
  ASSERT_EQ(found.lattices[1].places.size(), 3U);
  EXPECT_NEAR(found.effects[0][3] - found.effects[0][0], 3, 0.2);
  EXPECT_NEAR(found.effects[1][2] - found.effects[1][0], 4, 0.2);
  // Variances 15 / 12 and 8 / 3 of equally likely values.
  EXPECT_NEAR(found.first_order[0], 1.25 / (1.25 + 8.0 / 3), 0.03);
}

TEST(AnovaTest, AConstantForestHasNoShares) {
  const Matrix x = testing::uniform_points(30, 2, 1);
  const std::vector<double> y(30, 0.1);
  const Anova found = analyse(*fit_stages(testing::numeric_columns(2), {x, y}, random_forest(1)));
  EXPECT_EQ(found.variance, 0);
  EXPECT_EQ(found.first_order, std::vector<double>(2));
  EXPECT_EQ(found.higher, 0);
}

TEST(AnovaTest, WithoutPairsFirstOrderIsTheSame) {
  const Matrix x = testing::uniform_points(200, 3, 1);
  const auto y = testing::values_at(testing::ishigami(), x);
  const auto stages = *fit_stages(testing::numeric_columns(3), {x, y}, random_forest(1));
  const Anova with = analyse(stages), without = analyse(stages, {.with_pairs = false});
  EXPECT_EQ(with.first_order, without.first_order);
  EXPECT_EQ(without.pairs.rows(), 0U);
  EXPECT_TRUE(std::isnan(without.higher));
}

TEST(AnovaTest, AJointEffectHoldsBothColumnsOwn) {
  const Matrix x = testing::uniform_points(300, 3, 1);
  const auto y = testing::values_at(testing::ishigami(), x);
  const auto stages = *fit_stages(testing::numeric_columns(3), {x, y}, random_forest(1));
  const Anova found = analyse(stages);
  const Matrix joint = joint_effect(stages, 0, 2);
  for (size_t i = 0; i < joint.rows(); ++i) {
    double mean = 0;
    for (size_t j = 0; j < joint.columns(); ++j)
      mean += joint.at(i, j) * found.lattices[2].shares[j];
    EXPECT_NEAR(mean, found.effects[0][i], 1e-10);
  }
}

}  // namespace
}  // namespace cairn::surrogate
