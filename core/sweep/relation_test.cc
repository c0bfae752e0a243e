// Rules of relations: what may be said between parameters, and where a text is wrong.
#include "sweep/relation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::sweep {
namespace {

using model::Value;
using Names = std::vector<std::string>;
using Numbers = std::vector<double>;

std::vector<Constraint> parsed(std::string_view text) {
  const auto constraints = parse_constraints(text);
  EXPECT_TRUE(constraints) << (constraints ? "" : constraints.error().message());
  return constraints.value_or(std::vector<Constraint>());
}
Constraint one(std::string_view text) {
  const auto constraints = parsed(text);
  EXPECT_EQ(constraints.size(), 1U);
  return constraints.empty() ? Constraint() : constraints[0];
}
std::string refusal(std::string_view text) {
  const auto constraints = parse_constraints(text);
  EXPECT_FALSE(constraints);
  return constraints ? "" : constraints.error().message();
}

TEST(Relation, NamesAloneAreAnOrder) {
  EXPECT_EQ(one("lr_min <= lr_max").kind, Constraint::Kind::kAscending);
  EXPECT_EQ(one("a <= b <= c").names, (Names{"a", "b", "c"}));
  EXPECT_EQ(one("a >= b >= c").names, (Names{"c", "b", "a"}));
}

TEST(Relation, SumsAreBroughtToOneSide) {
  const Constraint c = one("2*a + b/4 - 3 <= 10 - 1.5*(c - a)");
  EXPECT_EQ(c.kind, Constraint::Kind::kLinear);
  EXPECT_EQ(c.names, (Names{"a", "b", "c"}));
  EXPECT_EQ(c.factors, (Numbers{0.5, 0.25, 1.5}));
  EXPECT_EQ(c.bound, 13);
  EXPECT_EQ(one("10 >= a").factors, Numbers{1});
  EXPECT_EQ(one("a >= 10").bound, -10);
  EXPECT_EQ(parsed("1 <= a + b <= 3").size(), 2U);
}

TEST(Relation, NotForbidsACombination) {
  const Constraint c = one("not (opt == sgd and batch in [512, 1024])");
  EXPECT_EQ(c.kind, Constraint::Kind::kForbidden);
  EXPECT_EQ(c.names, (Names{"opt", "batch"}));
  EXPECT_EQ(c.values[0], std::vector<Value>{"sgd"});
  EXPECT_EQ(c.values[1], (std::vector<Value>{512, 1024}));
  EXPECT_EQ(parsed("not (a == 1 or b == -2.5 and c == 'two words')").size(), 2U);
  EXPECT_EQ(one("not flag = true").values[0], std::vector<Value>{true});
}

TEST(Relation, BackticksHoldAnyName) {
  EXPECT_EQ(one("`lr-min` <= opt.lr_max").names, (Names{"lr-min", "opt.lr_max"}));
}

TEST(Relation, WhatIsPrintedReadsTheSame) {
  for (const char* text : {"a <= b <= c", "a <= 3", "`x y` - 2.5*b + 1e-09*c <= -3", "-a <= 0",
                           "-0.1*a - b <= 1e+30"}) {
    const Constraint constraint = one(text);
    EXPECT_EQ(print_relation(constraint), text);
  }
}

TEST(Relation, ConditionsAreChoicesAndBounds) {
  const auto conditions = parse_conditions("kernel in (rbf, poly) and depth >= 3 and c <= -1e-3");
  ASSERT_TRUE(conditions);
  ASSERT_EQ(conditions->size(), 3U);
  EXPECT_EQ((*conditions)[0].values, (std::vector<Value>{"rbf", "poly"}));
  EXPECT_EQ((*conditions)[1].low, 3);
  EXPECT_EQ((*conditions)[2].high, -1e-3);
}

TEST(Relation, AnErrorNamesItsCharacter) {
  EXPECT_EQ(refusal("a <= "),
            "expected a parameter or a number at character 6 of 'a <= ', found its end");
  EXPECT_EQ(refusal("a + b"), "expected <= or >= at character 6 of 'a + b', found its end");
  EXPECT_NE(refusal("a < b").find("expected <= or >="), std::string::npos);
  EXPECT_NE(refusal("a * b <= 1").find("a sum has to be linear"), std::string::npos);
  EXPECT_NE(refusal("a / 0 <= 1").find("other than 0"), std::string::npos);
  EXPECT_NE(refusal("a - a <= 1").find("expected a parameter"), std::string::npos);
  EXPECT_NE(refusal("a <= b >= c").find("one direction"), std::string::npos);
  EXPECT_NE(refusal("not (a >= 1)").find("'a == ...'"), std::string::npos);
  EXPECT_NE(refusal("not (a == 1").find("expected ')'"), std::string::npos);
  EXPECT_NE(refusal("a <= b c").find("expected the end at character 8"), std::string::npos);
  EXPECT_NE(refusal("`a <= b").find("expected a parameter"), std::string::npos);
  EXPECT_FALSE(parse_constraints(std::string(100'000, '(')));
  EXPECT_FALSE(parse_constraints(std::string(9'000, '-') + "a <= 1"));
}

}  // namespace
}  // namespace cairn::sweep
