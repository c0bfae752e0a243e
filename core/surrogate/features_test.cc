// Tests of configurations as numbers, of targets' scales, and of the random numbers themselves.
#include "surrogate/features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "surrogate/random.h"
#include "surrogate/target.h"

namespace cairn::surrogate {
namespace {

using model::List;
using model::Value;

std::vector<Row> rows_with(const char* name, const List& values) {
  std::vector<Row> rows;
  for (const Value& value : values) rows.push_back({{name, value}});
  return rows;
}

Column learned(const List& values) {
  const Features features = Features::learn(rows_with("k", values));
  EXPECT_EQ(features.columns().size(), 1U);
  return features.columns().at(0);
}

std::vector<std::string> names_new_in(const Features& features, const Row& row) {
  std::vector<std::string> names;
  for (const Novelty& novelty : features.novelties(row)) names.push_back(novelty.name);
  return names;
}

TEST(FeaturesTest, ANumberIsLogarithmicWhenPositiveAndOverMoreThanADecade) {
  EXPECT_EQ(learned({0.001, 0.1, 0.5}).scale, Scale::kLog);
  EXPECT_EQ(learned({0.1, 1.0, 0.5}).scale, Scale::kLinear);
  EXPECT_EQ(learned({0.0, 0.1, 100.0}).scale, Scale::kLinear);
  EXPECT_EQ(learned({-1, 1000}).scale, Scale::kLinear);
}

TEST(FeaturesTest, PlacesRunFromZeroAtTheLowestToOneAtTheHighestValue) {
  const Features features = Features::learn(rows_with("lr", {1e-4, 1e-2, 1e-3}));
  EXPECT_NEAR(features.encode({{"lr", 1e-4}})[0], 0, 1e-12);
  EXPECT_NEAR(features.encode({{"lr", 1e-3}})[0], 0.5, 1e-12);
  EXPECT_NEAR(features.encode({{"lr", 1e-2}})[0], 1, 1e-12);
  EXPECT_NEAR(features.encode({{"lr", 1e-1}})[0], 1.5, 1e-12);
  EXPECT_NEAR(*features.decode(0, 0.5).as_double(), 1e-3, 1e-12);
}

TEST(FeaturesTest, IntegersStandInTheMiddleOfTheirBinsAndComeBackWhole) {
  const Features features = Features::learn(rows_with("depth", {1, 2, 3, 4.0}));
  ASSERT_TRUE(features.columns()[0].is_integer);
  for (int i = 1; i <= 4; ++i) {
    const double place = features.encode({{"depth", i}})[0];
    EXPECT_NEAR(place, (i - 0.5) / 4, 1e-12);
    EXPECT_EQ(features.decode(0, place), Value(i));
  }
}

TEST(FeaturesTest, TextBooleansListsAndMixturesAreCategories) {
  EXPECT_TRUE(learned({"adam", "sgd"}).is_categorical());
  EXPECT_TRUE(learned({true, false}).is_categorical());
  EXPECT_TRUE(learned({List{64, 64}, List{128}}).is_categorical());
  const Column mixed = learned({0.1, 0.2, 0.3, "auto", 0.3});
  EXPECT_TRUE(mixed.is_categorical());
  EXPECT_EQ(mixed.levels.size(), 4U);
}

TEST(FeaturesTest, OneAndOnePointZeroAreOneValue) {
  const Features features = Features::learn(rows_with("k", {1, 1.0, 1}));
  EXPECT_TRUE(features.columns().empty());
  EXPECT_EQ(features.constants().size(), 1U);
}

TEST(FeaturesTest, AbsentNullAndInactiveAreMissing) {
  const std::vector<Row> rows = {{{"opt", "sgd"}, {"momentum", 0.9}},
                                 {{"opt", "sgd"}, {"momentum", nullptr}},
                                 {{"opt", "adam"}}};
  const Features features = Features::learn(rows);
  const Matrix x = features.encode(rows);
  ASSERT_EQ(x.columns(), 2U);
  EXPECT_FALSE(std::isnan(x.at(0, 1)));
  EXPECT_TRUE(std::isnan(x.at(1, 1)));
  EXPECT_TRUE(std::isnan(x.at(2, 1)));
  EXPECT_NEAR(features.columns()[1].missing_share, 2.0 / 3, 1e-12);
}

TEST(FeaturesTest, WhatNobodyTriedIsNamed) {
  const std::vector<Row> rows = {{{"lr", 0.1}, {"opt", "sgd"}, {"epochs", 10}},
                                 {{"lr", 0.2}, {"opt", "adam"}, {"epochs", 10}}};
  const Features features = Features::learn(rows);
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_new_in(features, rows[0]), Names{});
  EXPECT_EQ(names_new_in(features, {{"lr", 0.15}, {"opt", "adam"}, {"epochs", 10.0}}), Names{});
  EXPECT_EQ(names_new_in(features, {{"lr", 0.1}, {"opt", "lion"}, {"epochs", 10}}), Names{"opt"});
  EXPECT_EQ(names_new_in(features, {{"lr", 0.1}, {"opt", "sgd"}, {"epochs", 20}}), Names{"epochs"});
  EXPECT_EQ(names_new_in(features, {{"opt", "sgd"}, {"epochs", 10}}), Names{"lr"});
  EXPECT_EQ(names_new_in(features, {{"lr", 0.1}, {"opt", "sgd"}, {"epochs", 10}, {"ema", true}}),
            Names{"ema"});
  EXPECT_EQ(features.encode({{"lr", 0.1}, {"opt", "lion"}})[1], kUnseenCategory);
}

TEST(FeaturesTest, TextThatNamesItsRowIsNoFeature) {
  std::vector<Row> rows;
  for (size_t i = 0; i < 2 * kCategoriesMax; ++i)
    rows.push_back({{"run", "run-" + std::to_string(i)}, {"lr", 1.0 + static_cast<double>(i)}});
  const Features features = Features::learn(rows);
  ASSERT_EQ(features.columns().size(), 1U);
  EXPECT_EQ(features.columns()[0].name, "lr");
  EXPECT_EQ(features.identifiers(), std::vector<std::string>{"run"});
  EXPECT_TRUE(features.novelties({{"run", "another"}, {"lr", 3.0}}).empty());
}

TEST(FeaturesTest, OrdinalNumbersStandWhereTheirSizePutsThem) {
  Column column{.name = "batch", .kind = ColumnKind::kOrdinal, .scale = Scale::kLog};
  column.levels = {16, 64, 256};
  const Features features({column});
  EXPECT_NEAR(features.encode({{"batch", 64}})[0], 0.5, 1e-12);
  EXPECT_EQ(features.decode(0, 0.8), Value(256));
  column.levels = {"small", "large", "huge", "vast"};
  EXPECT_NEAR(Features({column}).encode({{"batch", "large"}})[0], 1.0 / 3, 1e-12);
}

TEST(FeaturesTest, TheScaleOfAListIsTheOneOfEvenSteps) {
  EXPECT_EQ(regular_scale(std::vector{1e-3, 1e-2, 1e-1}), Scale::kLog);
  EXPECT_EQ(regular_scale(std::vector{16., 32., 64., 128.}), Scale::kLog);
  EXPECT_EQ(regular_scale(std::vector{16., 32., 48.}), Scale::kLinear);
  EXPECT_EQ(regular_scale(std::vector{0., 0.1, 0.5}), Scale::kLinear);
}

TEST(TargetTest, TheScaleFollowsNameAndValues) {
  EXPECT_EQ(detect_target_scale("val_acc", std::vector{0.5, 0.9}), TargetScale::kLogit);
  EXPECT_EQ(detect_target_scale("val_acc", std::vector{50., 90.}), TargetScale::kIdentity);
  EXPECT_EQ(detect_target_scale("loss", std::vector{0.5, 0.9}), TargetScale::kLog);
  EXPECT_EQ(detect_target_scale("elbo_loss", std::vector{-0.5, 0.9}), TargetScale::kIdentity);
  EXPECT_EQ(detect_target_scale("score", std::vector{0.5, 90.}), TargetScale::kLog);
  EXPECT_EQ(detect_target_scale("score", {}), TargetScale::kIdentity);
}

TEST(TargetTest, EveryScaleRisesAndComesBack) {
  const std::vector<double> metrics = {0.02, 0.11, 0.3, 0.31, 0.5, 0.77, 0.999};
  for (const TargetScale scale : {TargetScale::kIdentity, TargetScale::kLog, TargetScale::kLogit,
                                  TargetScale::kSoftLog, TargetScale::kPower}) {
    const Target target = Target::learn(scale, metrics);
    for (size_t i = 0; i < metrics.size(); ++i) {
      EXPECT_NEAR(target.to_metric(target.to_model(metrics[i])), metrics[i], 1e-9);
    }
    for (size_t i = 1; i < metrics.size(); ++i)
      EXPECT_GT(target.to_model(metrics[i]), target.to_model(metrics[i - 1]));
    EXPECT_TRUE(std::isnan(target.to_model(std::numeric_limits<double>::quiet_NaN())));
  }
}

TEST(TargetTest, ThePowerIsTheOneThatMadeTheValues) {
  Random random(3);
  std::vector<double> squares, mixed;
  for (int i = 0; i < 2000; ++i) {
    squares.push_back(std::pow(10 + random.normal(), 2));
    mixed.push_back(random.normal());
  }
  const Target root = Target::learn(TargetScale::kPower, squares);
  const double middle = root.to_model(100), step = root.to_model(121) - middle;
  EXPECT_NEAR((middle - root.to_model(81)) / step, 1, 0.05);  // evenly spaced roots again
  const Target straight = Target::learn(TargetScale::kPower, mixed);
  EXPECT_NEAR(straight.to_model(-1) / straight.to_model(1), -1, 0.1);
}

TEST(RandomTest, NumbersDependOnSeedStreamAndCounterOnly) {
  Random random(42, 7);
  EXPECT_EQ(random.next(), Random(42, 7).next());
  EXPECT_NE(random.next(), Random(42, 7).next());
  EXPECT_NE(Random(42, 7).next(), Random(42, 8).next());
  EXPECT_NE(Random(42, 7).next(), Random(43, 7).next());
  EXPECT_NE(Random(0, 1).next(), Random(1, 0).next());
}

TEST(RandomTest, MomentsAreThoseOfTheirDistributions) {
  Random random(1);
  double sum = 0, squares = 0, units = 0, fives = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double z = random.normal();
    sum += z;
    squares += z * z;
    units += random.unit();
    fives += random.below(10) == 5;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.015);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
  EXPECT_NEAR(units / kDraws, 0.5, 0.005);
  EXPECT_NEAR(fives / kDraws, 0.1, 0.005);
}

}  // namespace
}  // namespace cairn::surrogate
