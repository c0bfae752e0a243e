// Tests of columns from search spaces.
#include "report/declared.h"

#include <gtest/gtest.h>

namespace cairn::report {
namespace {

using model::Value;
using surrogate::Column;
using surrogate::ColumnKind;
using surrogate::Row;
using sweep::Parameter;

Parameter number(std::string name, double low, double high, sweep::Law law = sweep::Law::kUniform) {
  return {.name = std::move(name), .spread = {.law = law, .low = low, .high = high}};
}
Parameter choice(std::string name, std::vector<Value> choices) {
  return {.name = std::move(name),
          .kind = Parameter::Kind::kCategorical,
          .choices = std::move(choices)};
}
sweep::Space space_of(std::vector<Parameter> parameters) {
  auto space = sweep::Space::make(std::move(parameters));
  EXPECT_TRUE(space) << space.error().message();
  return std::move(*space);
}
std::vector<Column> declared(const sweep::Space& space, const std::vector<Row>& configs = {}) {
  const sweep::Space* const one[] = {&space};
  return declared_columns(one, configs);
}

TEST(Declared, RangesAndScalesAreThoseOfTheSpace) {
  const auto columns = declared(space_of({number("lr", 1e-5, 1e-1, sweep::Law::kLog),
                                          choice("optimizer", {Value("adam"), Value("sgd")})}));
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0].scale, surrogate::Scale::kLog);
  EXPECT_EQ(columns[0].low, 1e-5);
  EXPECT_EQ(columns[0].high, 1e-1);
  EXPECT_EQ(columns[1].kind, ColumnKind::kCategorical);
  EXPECT_EQ(columns[1].levels.size(), 2U);
}

TEST(Declared, AFewStepsAreLevels) {
  Parameter dropout = number("dropout", 0, 0.5);
  dropout.spread.step = 0.1;
  const auto columns = declared(space_of({dropout}));
  ASSERT_EQ(columns.size(), 1U);
  EXPECT_EQ(columns[0].kind, ColumnKind::kOrdinal);
  EXPECT_EQ(columns[0].levels.size(), 6U);
}

TEST(Declared, SeveralSpacesAreUnitedAndWidenedToWhatWasTried) {
  const auto narrow = space_of({number("x", 0, 1)}), wide = space_of({number("x", 0.5, 3)});
  const sweep::Space* const both[] = {&narrow, &wide};
  const auto columns = declared_columns(both, std::vector<Row>{{{"x", -2.0}}});
  ASSERT_EQ(columns.size(), 1U);
  EXPECT_EQ(columns[0].low, -2);
  EXPECT_EQ(columns[0].high, 3);
}

TEST(Declared, WhatDoesNotFitIsLeftToBeLearned) {
  const auto space = space_of({number("x", 0, 1), choice("c", {Value("a"), Value("b")})});
  EXPECT_EQ(declared(space, {{{"x", "auto"}}}).size(), 1U);
  EXPECT_EQ(declared(space, {{{"c", "z"}}}).size(), 1U);
  const auto other = space_of({choice("x", {Value(1), Value(2)})});
  const sweep::Space* const both[] = {&space, &other};
  EXPECT_EQ(declared_columns(both, {}).size(), 1U);
}

}  // namespace
}  // namespace cairn::report
