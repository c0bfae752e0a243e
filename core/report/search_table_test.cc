// Tests of tables of runs: what becomes a column, on which scale, and how well it was tried.
#include "report/search_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "surrogate/random.h"

namespace cairn::report {
namespace {

using surrogate::ColumnKind;
using surrogate::Row;
using surrogate::Scale;

class SearchTableTest : public ::testing::Test {
 protected:
  void run(Row config, std::optional<double> result) {
    x_configs.push_back(std::move(config));
    x_results.push_back(result);
  }
  SearchTable table(const SensitivityOptions& options = {}) const {
    return make_table({.configs = x_configs, .results = x_results, .declared = x_declared},
                      options);
  }

  std::vector<Row> x_configs;
  std::vector<std::optional<double>> x_results;
  std::vector<surrogate::Column> x_declared;
};

TEST_F(SearchTableTest, AGridIsLevelsAndRandomNumbersAreARange) {
  surrogate::Random random(1);
  for (int i = 0; i < 30; ++i)
    run({{"lr", std::pow(10.0, -1 - i % 3)}, {"dropout", random.unit()}, {"name", "same"}}, i);
  const SearchTable found = table();
  ASSERT_EQ(found.columns().size(), 2U);
  EXPECT_EQ(found.columns()[0].kind, ColumnKind::kOrdinal);
  EXPECT_EQ(found.columns()[0].scale, Scale::kLog);
  EXPECT_EQ(found.columns()[1].kind, ColumnKind::kNumeric);
  EXPECT_EQ(found.columns()[1].scale, Scale::kLinear);
}

TEST_F(SearchTableTest, TheScaleIsTheOneOnWhichValuesAreSpreadEvenly) {
  surrogate::Random random(1);
  for (int i = 0; i < 60; ++i)
    run({{"lr", std::pow(10.0, -4 * random.unit())},
         {"dropout", random.unit()},
         {"width", static_cast<int64_t>(1 + random.below(512))}},
        i);
  const SearchTable found = table();
  EXPECT_EQ(found.columns()[0].scale, Scale::kLog);
  EXPECT_EQ(found.columns()[1].scale, Scale::kLinear);
  EXPECT_EQ(found.columns()[2].scale, Scale::kLinear);
}

TEST_F(SearchTableTest, InAGridEveryRunStandsForItself) {
  for (int i = 0; i < 24; ++i) run({{"a", i % 2}, {"b", i % 3}}, i);
  EXPECT_EQ(table().configurations, 6U);
  EXPECT_EQ(table().unit_count, 24U);
  for (int i = 0; i < 24; ++i) run({{"a", i % 2}, {"b", i % 3}, {"c", 0.1 * i}}, i);
  EXPECT_EQ(table().unit_count, table().configurations);
}

TEST_F(SearchTableTest, ADeclaredRangeIsTakenAsItIs) {
  x_declared = {{.name = "lr", .scale = Scale::kLog, .low = 1e-5, .high = 1},
                {.name = "unused", .low = 0, .high = 1}};
  for (int i = 0; i < 20; ++i) run({{"lr", 1e-3 * (1 + i)}}, i);
  const SearchTable found = table();
  ASSERT_EQ(found.columns().size(), 1U);
  EXPECT_EQ(found.columns()[0].low, 1e-5);
  EXPECT_NEAR(found.x.at(0, 0), 0.4, 1e-12);
}

TEST_F(SearchTableTest, WhatABranchLacksIsMissing) {
  for (int i = 0; i < 20; ++i) {
    Row config = {{"optimizer", i % 2 ? "sgd" : "adam"}};
    if (i % 2) config.emplace_back("momentum", 0.01 * i);
    run(std::move(config), i);
  }
  const SearchTable found = table();
  ASSERT_EQ(found.columns().size(), 2U);
  EXPECT_EQ(found.columns()[1].missing_share, 0.5);
  EXPECT_EQ(distinct_values(found, 1), 10U);
}

TEST_F(SearchTableTest, RunsOfOneConfigurationAreReplicates) {
  for (int i = 0; i < 12; ++i) run({{"depth", i / 3}}, i % 3);
  const SearchTable found = table({.is_maximized = true});
  EXPECT_EQ(found.configurations, 4U);
  EXPECT_EQ(replicates_of(found)[2], (std::vector<double>{0, 1, 2}));
}

TEST_F(SearchTableTest, TheBestConfigurationHasTheBestMean) {
  for (int i = 0; i < 12; ++i) run({{"depth", i / 3}}, i / 3 == 2 ? 0.8 : (i % 3) / 2.0);
  EXPECT_EQ(best_row(table({.is_maximized = true}), true), 6U);
}

TEST_F(SearchTableTest, DivergedRunsCountAndRunsWithoutTheMetricDoNot) {
  for (int i = 0; i < 12; ++i) run({{"depth", i}}, i);
  run({{"depth", 20}}, std::numeric_limits<double>::infinity());
  run({{"depth", 21}}, std::nullopt);
  const SearchTable found = table();
  EXPECT_EQ(found.rows(), 13U);
  EXPECT_EQ(found.results.back(), 11);
  EXPECT_EQ(found.diverged, 1U);
  EXPECT_EQ(found.without_result, 1U);
}

TEST_F(SearchTableTest, AViewOfTheTopIsCappedAtItsEdge) {
  for (int i = 0; i <= 100; ++i) run({{"x", i}}, i);
  const SearchTable top = table({.is_maximized = true, .top_share = 0.1});
  EXPECT_EQ(top.y.front(), 90);
  EXPECT_EQ(top.y.back(), 100);
  EXPECT_EQ(top.results.front(), 0);
  EXPECT_EQ(table({.top_share = 0.1}).y.back(), 10);
}

TEST_F(SearchTableTest, HowWellARangeWasTriedIsCounted) {
  x_declared = {{.name = "x", .low = 0, .high = 1}};
  for (int i = 0; i < 10; ++i) run({{"x", 0.51 + 0.05 * i}}, i);
  const Tried tried = how_tried(table(), 0);
  EXPECT_EQ(tried.occupied, 0.5);
  EXPECT_NEAR(tried.gap, 0.51, 1e-12);
}

TEST_F(SearchTableTest, ParametersThatChangeTogetherAreNamed) {
  surrogate::Random random(1);
  for (int i = 0; i < 30; ++i) {
    const double lr = std::pow(10.0, -4 * random.unit());
    run({{"lr", lr}, {"decay", lr / 10}, {"x", random.unit()}}, i);
  }
  const std::vector<std::string> notes = confounded(table());
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].find("'lr' and 'decay'"), 0U) << notes[0];
}

TEST_F(SearchTableTest, WithoutAResultThereIsNoTable) {
  EXPECT_EQ(table().rows(), 0U);
  run({{"x", 1}}, std::nullopt);
  run({{"x", 2}}, std::nan(""));
  EXPECT_EQ(table().rows(), 0U);
  EXPECT_EQ(table().diverged, 1U);
}

}  // namespace
}  // namespace cairn::report
