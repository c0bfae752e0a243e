// Rules of spaces: what is in them, where it lies, and what is refused.
#include "sweep/space.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace cairn::sweep {
namespace {

using model::List;
using model::Object;
using model::Value;

Parameter real(std::string name, double low, double high, Law law = Law::kUniform,
               double step = 0) {
  Parameter p;
  p.name = std::move(name);
  p.spread = {.law = law, .low = low, .high = high, .step = step, .anchor = low};
  return p;
}
Parameter integer(std::string name, double low, double high, Law law = Law::kUniform) {
  Parameter p = real(std::move(name), low, high, law);
  p.kind = Parameter::Kind::kInteger;
  return p;
}
Parameter choice(std::string name, List choices,
                 Parameter::Kind kind = Parameter::Kind::kCategorical) {
  Parameter p;
  p.name = std::move(name);
  p.kind = kind;
  p.choices = std::move(choices);
  return p;
}
Parameter when(Parameter p, std::string parent, List values) {
  p.conditions.push_back({.parent = std::move(parent), .values = std::move(values)});
  return p;
}
Space made(std::vector<Parameter> parameters, std::vector<Constraint> constraints = {},
           Config constants = {}) {
  auto space = Space::make(std::move(parameters), std::move(constraints), std::move(constants));
  EXPECT_TRUE(space) << (space ? "" : space.error().message());
  return space ? *space : Space();
}
std::string refusal(std::vector<Parameter> parameters, std::vector<Constraint> constraints = {}) {
  const auto space = Space::make(std::move(parameters), std::move(constraints));
  EXPECT_FALSE(space);
  return space ? "" : space.error().message();
}
double number(const Config& config, std::string_view name) {
  const Value tree{Object(config)};
  const Value* value = tree.find(name);
  return value ? value->number_or(NAN) : NAN;
}

TEST(Spread, PlacesAreSharesOfThePrior) {
  EXPECT_DOUBLE_EQ(value_at(real("", 1e-5, 1e-1, Law::kLog).spread, 0.5), 1e-3);
  EXPECT_NEAR(value_at(real("", 0.1, 0.9, Law::kLogit).spread, 0.5), 0.5, 1e-12);
  const Spread normal{.law = Law::kNormal, .low = -INFINITY, .high = INFINITY, .a = 3, .b = 2};
  EXPECT_NEAR(value_at(normal, 0.5), 3, 1e-12);
  EXPECT_NEAR(value_at(normal, 0.8413447460685429), 5, 1e-9);
  const Spread beta{.law = Law::kBeta, .low = 0, .high = 1, .a = 2, .b = 2};
  EXPECT_NEAR(value_at(beta, 0.15625), 0.25, 1e-12);  // 3 x^2 - 2 x^3
}

TEST(Spread, ValueAndPlaceAreInverse) {
  for (const Law law : {Law::kUniform, Law::kLog, Law::kLogit, Law::kNormal, Law::kLogNormal}) {
    Spread spread{.law = law, .low = 0.05, .high = 0.95, .a = 0.4, .b = 0.3};
    for (double place = 0.01; place < 1; place += 0.07)
      EXPECT_NEAR(place_of(spread, value_at(spread, place)), place, 1e-9) << static_cast<int>(law);
  }
}

TEST(Space, IntegersHaveEqualSharesOnTheirScale) {
  const Space space = made({integer("n", 1, 8, Law::kLog)});
  EXPECT_EQ(space.size(), 8U);
  const double first = space.level_place(0, 0), last = space.level_place(0, 7);
  EXPECT_NEAR(first, std::log(1.5 / 0.5) / std::log(8.5 / 0.5) / 2, 1e-12);
  EXPECT_GT(first, 1 - last);
}

TEST(Space, AGridIsKeptToWhereverItsAnchorLies) {
  Parameter p = real("momentum", 0.05, 1);
  p.spread.step = 0.3;
  p.spread.anchor = 0;
  const Space space = made({p});
  std::set<double> values;
  for (uint64_t i = 0; i < *space.size(); ++i)
    values.insert(number(space.decode(*space.nth(i)), "momentum"));
  EXPECT_EQ(values.size(), 3U);
  EXPECT_DOUBLE_EQ(*values.begin(), 0.3);
  EXPECT_NEAR(*values.rbegin(), 0.9, 1e-12);
}

TEST(Space, OrdinalsLieWhereTheirSizeSays) {
  const Space space = made({choice("lr", {1e-4, 1e-3, 1e-2, 1e-1}, Parameter::Kind::kOrdinal)});
  EXPECT_NEAR(space.level_place(0, 1) - space.level_place(0, 0),
              space.level_place(0, 3) - space.level_place(0, 2), 1e-12);
  EXPECT_EQ(number(space.decode(space.snapped({0.4})), "lr"), 1e-3);
}

TEST(Space, WhatIsEncodedDecodesToItself) {
  const Space space =
      made({real("lr", 1e-5, 1, Law::kLog), integer("depth", 1, 12), choice("opt", {"sgd", "adam"}),
            when(real("momentum", 0, 1), "opt", {"sgd"}),
            choice("layers", {"a", "b", "c"}, Parameter::Kind::kSubset),
            choice("order", {1, 2, 3}, Parameter::Kind::kPermutation),
            choice("mix", {"x", "y", "z"}, Parameter::Kind::kSimplex)},
           {}, {{"epochs", 5}});
  surrogate::Random random(1);
  for (int i = 0; i < 200; ++i) {
    const Point point = *space.draw(random);
    const Config config = space.decode(point);
    const auto again = space.encode(config);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(space.key(*again), space.key(point));
    EXPECT_EQ(number(config, "epochs"), 5);
    EXPECT_EQ(space.key(space.snapped(point)), space.key(point));
  }
}

TEST(Space, AParameterExistsOnlyWhereItsConditionsHold) {
  const Space space =
      made({choice("kernel", {"linear", "rbf"}), when(real("gamma", 0, 1), "kernel", {"rbf"})});
  EXPECT_TRUE(space.is_conditional());
  EXPECT_FALSE(space.is_active(1, space.snapped({0, 0.3})));
  EXPECT_EQ(space.decode(space.snapped({0, 0.3})).size(), 1U);
  EXPECT_EQ(space.snapped({1, NAN})[1], 0.5);
}

TEST(Space, ConditionsMayReachThroughSeveralLevels) {
  const Space space = made({when(integer("c", 1, 2), "b", {2}),
                            when(integer("b", 1, 3), "a", {"on"}), choice("a", {"off", "on"})});
  // off; on with b = 1, 3; on with b = 2 and c = 1, 2
  EXPECT_EQ(space.size(), 5U);
  std::set<std::string> keys;
  for (uint64_t i = 0; i < 5; ++i) keys.insert(space.key(*space.nth(i)));
  EXPECT_EQ(keys.size(), 5U);
}

TEST(Space, SubsetsAndPermutationsAreCountedAndListed) {
  Parameter subset = choice("s", {"a", "b", "c", "d"}, Parameter::Kind::kSubset);
  subset.size_min = 1;
  subset.size_max = 2;
  const Space space = made({subset, choice("p", {1, 2, 3}, Parameter::Kind::kPermutation)});
  ASSERT_EQ(space.size(), (4U + 6U) * 6U);
  std::set<std::string> keys;
  for (uint64_t i = 0; i < *space.size(); ++i) {
    const Point point = *space.nth(i);
    EXPECT_EQ(space.key(space.snapped(point)), space.key(point));
    keys.insert(space.key(point));
  }
  EXPECT_EQ(keys.size(), *space.size());
}

TEST(Space, SharesSumToOneAndAreSpreadEvenly) {
  const Space space = made({choice("mix", {"x", "y", "z"}, Parameter::Kind::kSimplex)});
  surrogate::Random random(2);
  double first = 0, last = 0;
  for (int i = 0; i < 4000; ++i) {
    const Value config{Object(space.decode(*space.draw(random)))};
    const Value* mix = config.find("mix");
    const double x = mix->find("x")->number_or(0), z = mix->find("z")->number_or(0);
    EXPECT_NEAR(x + mix->find("y")->number_or(0) + z, 1, 1e-12);
    first += x / 4000;
    last += z / 4000;
  }
  EXPECT_NEAR(first, 1.0 / 3, 0.02);
  EXPECT_NEAR(last, 1.0 / 3, 0.02);
}

TEST(Space, WeightsAreTheChancesOfCategories) {
  Parameter p = choice("opt", {"a", "b"});
  p.weights = {0.9, 0.1};
  const Space space = made({p});
  EXPECT_EQ(space.at(std::vector{0.89})[0], 0);
  EXPECT_EQ(space.at(std::vector{0.91})[0], 1);
}

TEST(Space, AscendingParametersAreSortedNotDrawnAgain) {
  std::vector<Parameter> parameters;
  Constraint ascending;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) {
    parameters.push_back(integer(name, 1, 100));
    ascending.names.push_back(name);
  }
  const Space space = made(parameters, {ascending});
  surrogate::Random random(3);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(space.is_allowed(*space.draw(random)));
}

TEST(Space, ConstraintsHoldForEveryDraw) {
  Constraint linear{
      .kind = Constraint::Kind::kLinear, .names = {"a", "b"}, .factors = {1, 2}, .bound = 1};
  Constraint forbidden{
      .kind = Constraint::Kind::kForbidden, .names = {"opt", "n"}, .values = {{"sgd"}, {1, 2}}};
  const Space space =
      made({real("a", 0, 1), real("b", 0, 1), choice("opt", {"sgd", "adam"}), integer("n", 1, 3)},
           {linear, forbidden});
  surrogate::Random random(4);
  for (int i = 0; i < 300; ++i) {
    const Config config = space.decode(*space.draw(random));
    EXPECT_LE(number(config, "a") + 2 * number(config, "b"), 1 + 1e-9);
    const Value tree{Object(config)};
    EXPECT_FALSE(tree.find("opt")->string_or("") == "sgd" && number(config, "n") < 3);
  }
}

TEST(Space, EarlierResultsNearTheSpaceArePlacedAtItsEdge) {
  const Space space = made({real("lr", 1e-4, 1e-2, Law::kLog), choice("opt", {"sgd", "adam"})});
  const Config near{{"lr", 2e-2}, {"opt", "sgd"}}, far{{"lr", 10.0}, {"opt", "sgd"}};
  EXPECT_FALSE(space.encode(near));
  ASSERT_TRUE(space.encode_near(near, 0.25));
  EXPECT_EQ((*space.encode_near(near, 0.25))[0], 1);
  EXPECT_FALSE(space.encode_near(far, 0.25));
  EXPECT_FALSE(space.encode_near({{"lr", 1e-3}, {"opt", "lion"}}, 0.25));
}

TEST(Space, TheUsersOwnStartComesFirst) {
  Parameter lr = real("lr", 1e-5, 1, Law::kLog), depth = integer("depth", 1, 9);
  lr.initial = Value(1e-2);
  depth.hunch = Hunch{.center = Value(3), .sd = 0.1};
  const Space space = made({lr, depth});
  EXPECT_NEAR(number(space.decode(space.start()), "lr"), 1e-2, 1e-12);
  EXPECT_EQ(number(space.decode(space.start()), "depth"), 3);
  EXPECT_GT(space.log_hunch(space.start()), space.log_hunch(space.snapped({0.5, 0.9})));
}

TEST(Space, WhatCannotBeIsRefusedByName) {
  EXPECT_EQ(refusal({real("lr", 1, 0)}), "expected min <= max in 'lr', found min 1 and max 0");
  EXPECT_NE(refusal({real("lr", 0, 1, Law::kLog)}).find("expected min > 0 in 'lr'"),
            std::string::npos);
  EXPECT_NE(refusal({real("a", 0, 1), real("a", 0, 1)}).find("'a' twice"), std::string::npos);
  EXPECT_NE(refusal({choice("a", {1, 1.0})}).find("found 1 twice"), std::string::npos);
  EXPECT_NE(refusal({choice("a", {})}).find("found none"), std::string::npos);
  EXPECT_NE(refusal({when(real("a", 0, 1), "b", {1})}).find("found 'b'"), std::string::npos);
  EXPECT_NE(refusal({when(choice("a", {1, 2}), "b", {1}), when(choice("b", {1, 2}), "a", {1})})
                .find("without a circle"),
            std::string::npos);
  EXPECT_NE(refusal({when(real("a", 0, 1), "b", {"z"}), choice("b", {"x", "y"})})
                .find("one of ['x', 'y'], found 'z'"),
            std::string::npos);
  const Constraint never{
      .kind = Constraint::Kind::kLinear, .names = {"a"}, .factors = {1}, .bound = -1};
  EXPECT_NE(refusal({real("a", 0, 1)}, {never}).find("can be fulfilled"), std::string::npos);
  Parameter weighted = choice("a", {1, 2});
  weighted.weights = {0.5, 0.2};
  EXPECT_NE(refusal({weighted}).find("sum to 1"), std::string::npos);
}

TEST(Space, AValueThatIsNotInTheSpaceIsNotEncoded) {
  const Space space = made({integer("n", 2, 8), choice("opt", {"sgd", "adam"})});
  EXPECT_EQ(space.encode({{"n", 9}, {"opt", "sgd"}}).error().message(),
            "expected 'n' to be a number from 2 to 8 in steps of 1, found 9");
  EXPECT_EQ(space.encode({{"n", 3}}).error().message(), "expected a value of 'opt', found none");
  EXPECT_EQ(space.encode({{"n", 3}, {"opt", "lion"}}).error().message(),
            "expected 'opt' to be one of ['sgd', 'adam'], found 'lion'");
  EXPECT_FALSE(space.encode({{"n", true}, {"opt", "sgd"}}));
}

TEST(Space, WithoutParametersThereIsOneConfiguration) {
  const Space space = made({}, {}, {{"seed", 1}});
  EXPECT_EQ(space.size(), 1U);
  EXPECT_EQ(space.decode(*space.nth(0)).size(), 1U);
}

}  // namespace
}  // namespace cairn::sweep
