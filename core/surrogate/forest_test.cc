// Tests of what a forest learns, of its bags, and of the boxes of its leaves.
#include "surrogate/forest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "surrogate/random.h"
#include "surrogate/testing/functions.h"

namespace cairn::surrogate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Column category(size_t count) {
  Column column{.name = "c", .kind = ColumnKind::kCategorical};
  for (size_t i = 0; i < count; ++i) column.levels.emplace_back(static_cast<int64_t>(i));
  return column;
}

Forest fitted(const std::vector<Column>& columns, const Sample& sample,
              const ForestOptions& options) {
  Result<Forest> forest = Forest::fit(columns, sample, options);
  EXPECT_TRUE(forest.has_value()) << forest.error().message();
  return *std::move(forest);
}

double r2(const std::vector<Belief>& said, const std::vector<double>& truth) {
  double mean = 0, errors = 0, variance = 0;
  for (const double y : truth) mean += y / static_cast<double>(truth.size());
  for (size_t i = 0; i < truth.size(); ++i) {
    errors += (said[i].mean - truth[i]) * (said[i].mean - truth[i]);
    variance += (truth[i] - mean) * (truth[i] - mean);
  }
  return 1 - errors / variance;
}

// Both kinds must obey the same rules.
class ForestTest : public ::testing::TestWithParam<ForestOptions::Cut> {
 protected:
  ForestOptions options(uint64_t seed = 1) const {
    return GetParam() == ForestOptions::Cut::kBest ? random_forest(seed) : extra_trees(seed);
  }
};
INSTANTIATE_TEST_SUITE_P(Cuts, ForestTest,
                         ::testing::Values(ForestOptions::Cut::kBest, ForestOptions::Cut::kRandom),
                         [](const auto& kind) {
                           return kind.param == ForestOptions::Cut::kBest ? "Best" : "Random";
                         });

TEST_P(ForestTest, LearnsFriedmansFunctionAmongIdleColumns) {
  const auto function = testing::friedman();
  const Matrix x = testing::uniform_points(1000, 10, 1),
               unseen = testing::uniform_points(500, 10, 2);
  const auto y = testing::values_at(function, x, 1.0), truth = testing::values_at(function, unseen);
  const Forest forest = fitted(testing::numeric_columns(10), {x, y}, options());
  EXPECT_GT(r2(forest.predict(unseen), truth), 0.83);
  // Out of bag, noise (variance 1 of 24.8) cannot be explained.
  EXPECT_NEAR(out_of_bag_r2(forest, y), 0.82, 0.05);
}

TEST_P(ForestTest, TheSameSeedMakesTheSameForestAndAnotherDoesNot) {
  const Matrix x = testing::uniform_points(200, 4, 1);
  const auto y = testing::values_at(testing::ishigami(), x);
  const auto columns = testing::numeric_columns(4);
  const auto one = fitted(columns, {x, y}, options(5)).predict(x);
  const auto same = fitted(columns, {x, y}, options(5)).predict(x);
  const auto other = fitted(columns, {x, y}, options(6)).predict(x);
  bool differs = false;
  for (size_t i = 0; i < x.rows(); ++i) {
    EXPECT_EQ(one[i].mean, same[i].mean);
    EXPECT_EQ(one[i].sd, same[i].sd);
    differs |= one[i].mean != other[i].mean;
  }
  EXPECT_TRUE(differs);
}

TEST_P(ForestTest, ARowAloneAndAmongManyIsPredictedAlike) {
  const Matrix x = testing::uniform_points(203, 4, 1);
  const auto y = testing::values_at(testing::ishigami(), x);
  const Forest forest = fitted(testing::numeric_columns(4), {x, y}, options());
  const auto many = forest.predict(x);
  for (size_t i = 0; i < x.rows(); ++i) {
    const Belief alone = forest.predict(x.row(i));
    EXPECT_DOUBLE_EQ(many[i].mean, alone.mean);
    EXPECT_DOUBLE_EQ(many[i].sd, alone.sd);
    double mean = 0;
    for (const double value : forest.predict_by_tree(x.row(i))) mean += value;
    EXPECT_NEAR(mean / static_cast<double>(forest.trees()), alone.mean, 1e-12);
  }
}

TEST_P(ForestTest, ATargetWithoutVariationIsPredictedAsItIs) {
  const Matrix x = testing::uniform_points(50, 3, 1);
  const std::vector<double> y(50, 3.25);
  const Forest forest = fitted(testing::numeric_columns(3), {x, y}, options());
  EXPECT_EQ(forest.predict(x.row(0)).mean, 3.25);
  EXPECT_EQ(forest.predict(x.row(0)).sd, 0);
}

TEST_P(ForestTest, TheScaleOfTheTargetDoesNotMatter) {
  const Matrix x = testing::uniform_points(200, 3, 1);
  auto y = testing::values_at(testing::ishigami(), x);
  const auto columns = testing::numeric_columns(3);
  const auto plain = fitted(columns, {x, y}, options()).predict(x);
  for (double& value : y) value *= 0x1p-60;
  const auto tiny = fitted(columns, {x, y}, options()).predict(x);
  for (size_t i = 0; i < x.rows(); ++i) EXPECT_DOUBLE_EQ(tiny[i].mean * 0x1p60, plain[i].mean);
}

TEST_P(ForestTest, CategoriesAreSplitAsSets) {
  // Odd categories are good: no order of the codes says so.
  Random random(1);
  Matrix x(400, 1);
  std::vector<double> y(400);
  for (size_t i = 0; i < 400; ++i) {
    const size_t code = random.below(100);
    x.at(i, 0) = static_cast<double>(code);
    y[i] = code % 2 == 1 ? 1 : 0;
  }
  const Forest forest = fitted({category(100)}, {x, y}, options());
  EXPECT_GT(r2(forest.predict(x), y), 0.8);
}

TEST_P(ForestTest, MissingValuesHaveTheirOwnEffect) {
  Matrix x = testing::uniform_points(300, 2, 1);
  std::vector<double> y(300);
  for (size_t i = 0; i < 300; ++i) {
    if (i % 3 == 0) x.at(i, 0) = kNaN;
    y[i] = i % 3 == 0 ? 5 : x.at(i, 0);
  }
  const Forest forest = fitted(testing::numeric_columns(2), {x, y}, options());
  EXPECT_NEAR(forest.predict(std::vector{kNaN, 0.5}).mean, 5, 0.5);
  EXPECT_NEAR(forest.predict(std::vector{0.5, 0.5}).mean, 0.5, 0.2);
  EXPECT_NEAR(forest.predict(std::vector{0.5, kNaN}).mean, 0.5, 0.3);
}

TEST_P(ForestTest, AnUnseenCategoryIsTreatedAsMissing) {
  Matrix x(60, 1);
  std::vector<double> y(60);
  for (size_t i = 0; i < 60; ++i) {
    x.at(i, 0) = i % 3 == 2 ? kUnseenCategory : static_cast<double>(i % 3);
    y[i] = static_cast<double>(i % 3);
  }
  const Forest forest = fitted({category(3)}, {x, y}, options());
  EXPECT_NEAR(forest.predict(std::vector{kNaN}).mean, 2, 0.2);
  EXPECT_NEAR(forest.predict(std::vector{kUnseenCategory}).mean, 2, 0.2);
}

TEST_P(ForestTest, ReplicatesAreInTheBagTogether) {
  const Matrix x = testing::uniform_points(90, 2, 1);
  const auto y = std::vector<double>(90, 1);
  std::vector<uint32_t> groups(90);
  for (size_t i = 0; i < 90; ++i) groups[i] = static_cast<uint32_t>(1000 + i % 30);
  const Forest forest = fitted(testing::numeric_columns(2), {x, y, {}, groups}, options());
  for (size_t tree = 0; tree < forest.trees(); ++tree) {
    const auto bag = forest.bag(tree);
    size_t held = 0;
    for (size_t i = 0; i < 90; ++i) {
      EXPECT_EQ(bag[i], bag[i % 30]);
      held += bag[i];
    }
    EXPECT_EQ(held, 90U);
  }
}

TEST_P(ForestTest, OutOfBagPredictionsDoNotKnowTheirRow) {
  // Noise alone: whoever sees the row fits it, whoever does not explains nothing.
  const Matrix x = testing::uniform_points(300, 3, 1);
  Random random(9);
  std::vector<double> y(300);
  for (double& value : y) value = random.normal();
  const Forest forest = fitted(testing::numeric_columns(3), {x, y}, options());
  EXPECT_GT(r2(forest.predict(x), y), 0.3);
  EXPECT_LT(out_of_bag_r2(forest, y), 0.1);
}

TEST_P(ForestTest, WeightDecidesBetweenContradictingRows) {
  Matrix x(40, 1);
  std::vector<double> y(40), weights(40);
  for (size_t i = 0; i < 40; ++i) {
    x.at(i, 0) = 0.5;
    y[i] = i % 2 == 0 ? 0 : 1;
    weights[i] = i % 2 == 0 ? 1 : 3;
  }
  const Forest forest = fitted(testing::numeric_columns(1), {x, y, weights}, options());
  EXPECT_NEAR(forest.predict(std::vector{0.5}).mean, 0.75, 0.03);
}

TEST_P(ForestTest, BoxesOfATreeFillTheSpaceAndHoldWhatItPredicts) {
  Matrix x = testing::uniform_points(300, 3, 1);
  std::vector<Column> columns = testing::numeric_columns(2);
  columns.push_back(category(5));
  std::vector<double> y(300);
  for (size_t i = 0; i < 300; ++i) {
    x.at(i, 2) = std::floor(x.at(i, 2) * 5);
    if (i % 7 == 0) x.at(i, 1) = kNaN;
    y[i] = x.at(i, 0) + (i % 7 == 0 ? 3 : x.at(i, 1)) * x.at(i, 2);
  }
  const Forest forest = fitted(columns, {x, y}, options());
  for (const size_t tree : {size_t{0}, size_t{17}}) {
    std::vector<double> said(300);
    std::vector<int> boxes(300);
    double volume = 0, volume_missing = 0;
    forest.visit_leaves(tree, [&](const Box& box, double value) {
      const double share = static_cast<double>(std::ranges::count(box.categories[2], true)) / 5;
      volume += (box.high[0] - box.low[0]) * (box.high[1] - box.low[1]) * share;
      if (box.holds_missing[1]) volume_missing += (box.high[0] - box.low[0]) * share;
      for (size_t i = 0; i < 300; ++i) {
        const double a = x.at(i, 0), b = x.at(i, 1);
        const bool holds =
            a > box.low[0] && a <= box.high[0] &&
            (std::isnan(b) ? box.holds_missing[1] : b > box.low[1] && b <= box.high[1]) &&
            box.categories[2][static_cast<size_t>(x.at(i, 2))];
        if (!holds) continue;
        said[i] = value;
        ++boxes[i];
      }
    });
    EXPECT_NEAR(volume, 1, 1e-9);
    EXPECT_NEAR(volume_missing, 1, 1e-9);
    for (size_t i = 0; i < 300; ++i) {
      EXPECT_EQ(boxes[i], 1);
      EXPECT_NEAR(said[i], forest.predict_by_tree(x.row(i))[tree], 1e-12);
    }
  }
}

TEST_P(ForestTest, WithoutColumnsItKnowsTheMean) {
  const Matrix x(4, 0);
  const std::vector<double> y = {1, 2, 3, 6};
  ForestOptions whole = options();
  whole.is_bootstrapped = false;
  const Forest forest = fitted({}, {x, y}, whole);
  EXPECT_DOUBLE_EQ(forest.predict(std::span<const double>()).mean, 3);
}

TEST(ForestErrorsTest, WhatCannotBeFittedIsRefused) {
  const Matrix x = testing::uniform_points(4, 1, 1);
  const auto columns = testing::numeric_columns(1);
  const auto refused = [&](const Sample& sample, const std::vector<Column>& of) {
    const auto forest = Forest::fit(of, sample, random_forest(0));
    return !forest && forest.error().code() == Code::kInvalid;
  };
  const std::vector<double> y = {1, 2, 3, 4}, short_y = {1, 2}, nan_y = {1, 2, kNaN, 4};
  const std::vector<double> weights = {1, 1, 0, 1};
  EXPECT_FALSE(refused({x, y}, columns));
  EXPECT_TRUE(refused({x, short_y}, columns));
  EXPECT_TRUE(refused({x, nan_y}, columns));
  EXPECT_TRUE(refused({x, y, weights}, columns));
  EXPECT_TRUE(refused({x, y}, testing::numeric_columns(2)));
  Matrix codes(4, 1);
  codes.at(2, 0) = 7;
  EXPECT_TRUE(refused({codes, y}, {category(3)}));
  EXPECT_TRUE(refused({Matrix(), {}}, {}));
}

}  // namespace
}  // namespace cairn::surrogate
