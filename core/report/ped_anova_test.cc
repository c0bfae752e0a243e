// Tests of PED-ANOVA: what tells the best runs from the others is found, what does not is not.
#include "report/ped_anova.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "surrogate/testing/functions.h"

namespace cairn::report {
namespace {

using surrogate::Column;
using surrogate::ColumnKind;
using surrogate::Matrix;
using surrogate::testing::numeric_columns;
using surrogate::testing::uniform_points;

TEST(PedAnovaTest, WhatTheBestRunsShareStandsOut) {
  const Matrix x = uniform_points(400, 4, 1);
  std::vector<double> y(400);
  for (size_t i = 0; i < 400; ++i) y[i] = std::pow(x.at(i, 0) - 0.3, 2) + 0.02 * x.at(i, 1);
  const auto shares = ped_anova(numeric_columns(4), x, y, false);
  EXPECT_GT(shares[0], 0.8);
  EXPECT_GT(shares[1], shares[2]);
  EXPECT_LT(shares[2] + shares[3], 0.1);
  EXPECT_NEAR(shares[0] + shares[1] + shares[2] + shares[3], 1, 1e-12);
}

TEST(PedAnovaTest, MaximisingLooksAtTheOtherEnd) {
  // Only large values of the second column are far above; small ones of the first are far below.
  const Matrix x = uniform_points(400, 2, 2);
  std::vector<double> y(400);
  for (size_t i = 0; i < 400; ++i)
    y[i] = (x.at(i, 1) > 0.9 ? 5 + x.at(i, 1) : 0) - (x.at(i, 0) < 0.1 ? 5 - x.at(i, 0) : 0);
  const auto low = ped_anova(numeric_columns(2), x, y, false);
  const auto high = ped_anova(numeric_columns(2), x, y, true);
  EXPECT_GT(low[0], 0.7);
  EXPECT_GT(high[1], 0.7);
}

TEST(PedAnovaTest, ChoicesHaveNoNeighbours) {
  std::vector<Column> columns = numeric_columns(2);
  columns[0] = {.name = "optimizer", .kind = ColumnKind::kCategorical};
  columns[0].levels = {"adam", "sgd", "lion", "rmsprop"};
  Matrix x = uniform_points(400, 2, 3);
  std::vector<double> y(400);
  for (size_t i = 0; i < 400; ++i) {
    x.at(i, 0) = std::floor(4 * x.at(i, 0));
    y[i] = (x.at(i, 0) == 2 ? 0 : 1) + 0.1 * x.at(i, 1);
  }
  EXPECT_GT(ped_anova(columns, x, y, false)[0], 0.7);
}

TEST(PedAnovaTest, ABranchThatTheBestRunsTookStandsOut) {
  // The second column exists only where the first is above a half, and there runs are better.
  Matrix x = uniform_points(400, 3, 4);
  std::vector<double> y(400);
  for (size_t i = 0; i < 400; ++i) {
    const bool has_branch = x.at(i, 0) > 0.5;
    y[i] = (has_branch ? 0 : 1) + 0.01 * x.at(i, 2);
    if (!has_branch) x.at(i, 1) = std::numeric_limits<double>::quiet_NaN();
  }
  const auto shares = ped_anova(numeric_columns(3), x, y, false);
  EXPECT_GT(shares[1], 0.15);
}

TEST(PedAnovaTest, TooFewBestRunsSayNothing) {
  const Matrix x = uniform_points(40, 2, 5);
  EXPECT_TRUE(std::isnan(ped_anova(numeric_columns(2), x, std::vector<double>(40, 1), false)[0]));
}

}  // namespace
}  // namespace cairn::report
