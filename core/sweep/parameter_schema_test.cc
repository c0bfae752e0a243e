// Rules of parameters in a sweep file: every form of W&B, Cairn's own, and what is refused.
#include "sweep/parameter_schema.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sweep/definition.h"

namespace cairn::sweep {
namespace {

using model::List;
using model::Object;
using model::Value;
using Kind = Parameter::Kind;

Space space_of(Object parameters) {
  const auto space = read_space(Object{{"parameters", std::move(parameters)}});
  EXPECT_TRUE(space) << (space ? "" : space.error().message());
  return space ? *space : Space();
}
Parameter only(Object spec) {
  const Space space = space_of({{"p", std::move(spec)}});
  EXPECT_EQ(space.parameters().size(), 1U);
  return space.parameters().empty() ? Parameter() : space.parameters()[0];
}
std::string refusal(Object spec) {
  const auto space = read_space(Object{{"parameters", Object{{"lr", std::move(spec)}}}});
  EXPECT_FALSE(space);
  return space ? "" : space.error().message();
}
Warnings warnings_of(Object spec) {
  Warnings warnings;
  EXPECT_TRUE(read_parameters(Object{{"lr", std::move(spec)}}, warnings));
  return warnings;
}
void expect_range(const Parameter& p, Kind kind, Law law, double low, double high,
                  double step = 0) {
  EXPECT_EQ(p.kind, kind);
  EXPECT_EQ(p.spread.law, law);
  EXPECT_NEAR(p.spread.low, low, 1e-9 * std::abs(low));
  EXPECT_NEAR(p.spread.high, high, 1e-9 * std::abs(high));
  EXPECT_EQ(p.spread.step, step);
}

TEST(ParameterSchema, TwoIntegersAreARangeOfIntegers) {
  expect_range(only({{"min", 1}, {"max", 8}}), Kind::kInteger, Law::kUniform, 1, 8, 1);
  expect_range(only({{"min", 1}, {"max", 8.0}}), Kind::kFloat, Law::kUniform, 1, 8);
  expect_range(only({{"min", 1}, {"max", 8}, {"distribution", "uniform"}}), Kind::kFloat,
               Law::kUniform, 1, 8);
  expect_range(only({{"min", 1}, {"max", 8}, {"distribution", "int_uniform"}}), Kind::kInteger,
               Law::kUniform, 1, 8, 1);
}

TEST(ParameterSchema, NumbersThatYamlReadsAsTextsAreNumbers) {
  expect_range(only({{"min", "1e-5"}, {"max", "1e-1"}, {"distribution", "log_uniform_values"}}),
               Kind::kFloat, Law::kLog, 1e-5, 1e-1);
}

TEST(ParameterSchema, BoundsOfLogUniformAreExponents) {
  expect_range(only({{"distribution", "log_uniform"}, {"min", -2}, {"max", 1}}), Kind::kFloat,
               Law::kLog, std::exp(-2), std::exp(1));
  expect_range(only({{"distribution", "inv_log_uniform"}, {"min", -1}, {"max", 2}}), Kind::kFloat,
               Law::kLog, std::exp(-2), std::exp(1));
  expect_range(only({{"distribution", "inv_log_uniform_values"}, {"min", 0.5}, {"max", 2}}),
               Kind::kFloat, Law::kLog, 0.5, 2);
}

TEST(ParameterSchema, BoundsThatWereMeantAsValuesAreTold) {
  const Warnings told = warnings_of({{"distribution", "log_uniform"}, {"min", 1e-5}, {"max", 0.1}});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("did you mean log_uniform_values?"), std::string::npos) << told[0];
  EXPECT_TRUE(warnings_of({{"distribution", "log_uniform"}, {"min", -9}, {"max", 0}}).empty());
}

TEST(ParameterSchema, QuantisedValuesAreMultiplesWithinTheBounds) {
  expect_range(only({{"distribution", "q_uniform"}, {"min", 0.5}, {"max", 10.7}}), Kind::kInteger,
               Law::kUniform, 1, 10, 1);
  expect_range(only({{"distribution", "q_uniform"}, {"min", 0.1}, {"max", 1.0}, {"q", 0.25}}),
               Kind::kFloat, Law::kUniform, 0.25, 1, 0.25);
  expect_range(only({{"distribution", "q_log_uniform"}, {"min", 0}, {"max", std::log(128)}}),
               Kind::kInteger, Law::kLog, 1, 128, 1);
  expect_range(
      only({{"distribution", "q_log_uniform_values"}, {"min", 1}, {"max", 100}, {"q", 10}}),
      Kind::kInteger, Law::kLog, 10, 100, 10);
}

TEST(ParameterSchema, NormalAndBetaHaveTheirUsualShapes) {
  const Parameter normal = only({{"distribution", "normal"}});
  EXPECT_EQ(normal.spread.law, Law::kNormal);
  EXPECT_EQ(normal.spread.a, 0);
  EXPECT_EQ(normal.spread.b, 1);
  const Parameter counted = only({{"distribution", "q_normal"}, {"mu", 5}, {"sigma", 2}, {"q", 1}});
  EXPECT_EQ(counted.kind, Kind::kInteger);
  EXPECT_EQ(only({{"distribution", "log_normal"}, {"mu", 3}}).spread.a, 3);
  EXPECT_EQ(only({{"distribution", "q_log_normal"}, {"q", 0.5}}).spread.step, 0.5);
  const Parameter beta = only({{"distribution", "beta"}, {"a", 2}, {"b", 5}});
  expect_range(beta, Kind::kFloat, Law::kBeta, 0, 1);
  EXPECT_EQ(beta.spread.b, 5);
  EXPECT_EQ(only({{"distribution", "q_beta"}, {"q", 0.1}}).spread.step, 0.1);
}

TEST(ParameterSchema, ListedNumbersAreAnOrderAndOtherValuesAreNot) {
  EXPECT_EQ(only({{"values", List{64, 16, 32}}}).kind, Kind::kOrdinal);
  EXPECT_EQ(only({{"values", List{64, 16, 32}}}).choices[0], Value(64));
  EXPECT_EQ(only({{"values", List{true, false}}}).kind, Kind::kCategorical);
  EXPECT_EQ(only({{"values", List{16, "all"}}}).kind, Kind::kCategorical);
  EXPECT_EQ(only({{"values", List{16, 32}}, {"type", "choice"}}).kind, Kind::kCategorical);
  EXPECT_EQ(only({{"values", List{"low", "high"}}, {"type", "ordinal"}}).kind, Kind::kOrdinal);
  EXPECT_EQ(only({{"values", List{1, 2}}, {"distribution", "categorical"}}).kind, Kind::kOrdinal);
}

TEST(ParameterSchema, ChancesMakeACategory) {
  const Parameter p = only({{"values", List{16, 32}},
                            {"probabilities", List{0.25, 0.75}},
                            {"distribution", "categorical_w_probabilities"}});
  EXPECT_EQ(p.kind, Kind::kCategorical);
  EXPECT_EQ(p.weights, (std::vector{0.25, 0.75}));
}

TEST(ParameterSchema, NestedParametersHaveDottedNames) {
  const Space space =
      space_of({{"opt", Object{{"parameters", Object{{"lr", Object{{"min", 0.1}, {"max", 1}}},
                                                     {"name", Object{{"value", "sgd"}}}}}}}});
  EXPECT_NE(space.find("opt.lr"), nullptr);
  ASSERT_EQ(space.constants().size(), 1U);
  EXPECT_EQ(space.constants()[0].first, "opt.name");
}

TEST(ParameterSchema, ShortFormsAreConstantsListsAndRanges) {
  const Space space = space_of({{"epochs", 10},
                                {"opt", List{"sgd", "adam"}},
                                {"lr", "~loguniform(1e-5, 1e-1, default=1e-3)"}});
  EXPECT_EQ(space.constants(), (Config{{"epochs", 10}}));
  EXPECT_EQ(space.find("opt")->choices.size(), 2U);
  expect_range(*space.find("lr"), Kind::kFloat, Law::kLog, 1e-5, 1e-1);
  EXPECT_EQ(space.find("lr")->initial, Value(1e-3));
}

TEST(ParameterSchema, CairnsOwnKeys) {
  expect_range(only({{"min", 1e-5}, {"max", 1}, {"log", true}}), Kind::kFloat, Law::kLog, 1e-5, 1);
  expect_range(only({{"min", 1}, {"max", 9}, {"step", 4}}), Kind::kInteger, Law::kUniform, 1, 9, 4);
  expect_range(only({{"min", 0.1}, {"max", 0.9}, {"logit", true}}), Kind::kFloat, Law::kLogit, 0.1,
               0.9);
  expect_range(only({{"min", 1}, {"max", 9}, {"type", "float"}}), Kind::kFloat, Law::kUniform, 1,
               9);
  const Parameter hinted = only({{"min", 0.0},
                                 {"max", 1.0},
                                 {"default", 0.25},
                                 {"prior", Object{{"mean", 0.5}, {"sd", 0.1}}}});
  EXPECT_EQ(hinted.initial, Value(0.25));
  EXPECT_EQ(hinted.hunch->center, Value(0.5));
  EXPECT_EQ(hinted.hunch->sd, 0.1);
  const Parameter subset =
      only({{"type", "subset"}, {"values", List{"a", "b", "c"}}, {"min_size", 1}, {"max_size", 2}});
  EXPECT_EQ(subset.kind, Kind::kSubset);
  EXPECT_EQ(subset.size_max, 2U);
  EXPECT_EQ(only({{"type", "permutation"}, {"values", List{"a", "b"}}}).kind, Kind::kPermutation);
  EXPECT_EQ(only({{"type", "simplex"}, {"values", List{"a", "b"}}}).kind, Kind::kSimplex);
}

TEST(ParameterSchema, ConditionsAreWrittenInThreeWays) {
  for (const Value& when :
       {Value(Object{{"kernel", "poly"}, {"depth", Object{{"min", 2}}}}),
        Value(List{Object{{"kernel", List{"poly"}}}, Object{{"depth", Object{{"min", 2}}}}}),
        Value("kernel == poly and depth >= 2")}) {
    const Space space = space_of({{"kernel", List{"rbf", "poly"}},
                                  {"depth", Object{{"min", 1}, {"max", 4}}},
                                  {"degree", Object{{"min", 2}, {"max", 5}, {"when", when}}}});
    const auto& conditions = space.find("degree")->conditions;
    ASSERT_EQ(conditions.size(), 2U);
    EXPECT_EQ(conditions[0].values, (std::vector<Value>{"poly"}));
    EXPECT_EQ(conditions[1].parent, "depth");
    EXPECT_EQ(conditions[1].low, 2);
  }
}

TEST(ParameterSchema, AConditionLooksInItsOwnGroupFirst) {
  const Object spec{{"min", 0.1}, {"max", 1}, {"when", Object{{"kind", "sgd"}}}};
  const Space space = space_of(
      {{"kind", List{"sgd", "b"}},
       {"opt", Object{{"parameters", Object{{"momentum", spec}, {"kind", List{"sgd", "adam"}}}}}},
       {"model", Object{{"parameters", Object{{"width", spec}}}}}});
  EXPECT_EQ(space.find("opt.momentum")->conditions[0].parent, "opt.kind");
  EXPECT_EQ(space.find("model.width")->conditions[0].parent, "kind");
}

TEST(ParameterSchema, AConditionOfAGroupIsOneOfAllItsMembers) {
  const Space space =
      space_of({{"model", List{"svm", "forest"}},
                {"svm", Object{{"when", Object{{"model", "svm"}}},
                               {"parameters", Object{{"c", Object{{"min", 1.0}, {"max", 9.0}}},
                                                     {"shrinking", Object{{"value", true}}}}}}}});
  EXPECT_EQ(space.find("svm.c")->conditions.size(), 1U);
  EXPECT_EQ(space.find("svm.shrinking")->conditions.size(), 1U);  // constant, where it exists
}

TEST(ParameterSchema, OptunasDistributions) {
  const auto optuna = [](const char* name, Object attributes) {
    return only({{"name", name}, {"attributes", std::move(attributes)}});
  };
  expect_range(
      optuna("FloatDistribution", {{"low", 1e-5}, {"high", 0.1}, {"step", nullptr}, {"log", true}}),
      Kind::kFloat, Law::kLog, 1e-5, 0.1);
  expect_range(optuna("IntDistribution", {{"low", 2}, {"high", 8}, {"step", 2}, {"log", false}}),
               Kind::kInteger, Law::kUniform, 2, 8, 2);
  expect_range(optuna("DiscreteUniformDistribution", {{"low", 0.0}, {"high", 1.0}, {"q", 0.5}}),
               Kind::kFloat, Law::kUniform, 0, 1, 0.5);
  expect_range(optuna("IntLogUniformDistribution", {{"low", 1}, {"high", 64}}), Kind::kInteger,
               Law::kLog, 1, 64, 1);
  EXPECT_EQ(optuna("CategoricalDistribution", {{"choices", List{1, 2}}}).kind, Kind::kCategorical);
}

TEST(ParameterSchema, RaysBoundsEndBeforeTheirLast) {
  expect_range(only({{"distribution", "randint"}, {"min", 0}, {"max", 10}}), Kind::kInteger,
               Law::kUniform, 0, 9, 1);
  expect_range(only({{"distribution", "loguniform"}, {"min", 0.1}, {"max", 1}}), Kind::kFloat,
               Law::kLog, 0.1, 1);
}

TEST(ParameterSchema, WhatIsWrongIsNamed) {
  EXPECT_EQ(refusal({{"mim", 1}, {"max", 2}}),
            "unknown key 'mim' in parameter 'lr': did you mean 'min'?");
  EXPECT_EQ(refusal({{"min", 1}}), "expected 'max' of parameter 'lr' (a number), found none");
  EXPECT_EQ(refusal({}),
            "expected 'min' and 'max', 'values' or 'value' of parameter 'lr', found none");
  EXPECT_EQ(refusal({{"min", "low"}, {"max", 2}}),
            "expected 'min' of parameter 'lr' to be a number, found 'low'");
  EXPECT_EQ(refusal({{"min", 2.0}, {"max", 1.0}}),
            "expected min <= max in 'lr', found min 2 and max 1");
  EXPECT_NE(refusal({{"min", 0.0}, {"max", 1.0}, {"log", true}}).find("expected min > 0 in 'lr'"),
            std::string::npos);
  const std::string unknown = refusal({{"distribution", "log_unifrom"}, {"min", 1}, {"max", 2}});
  EXPECT_NE(unknown.find("found 'log_unifrom': did you mean 'log_uniform'?"), std::string::npos)
      << unknown;
  EXPECT_NE(refusal({{"type", "ordnal"}}).find("did you mean 'ordinal'?"), std::string::npos);
  EXPECT_EQ(refusal({{"values", "adam"}}),
            "expected 'values' of parameter 'lr' to be a list, found 'adam'");
  EXPECT_NE(refusal({{"values", List{}}}).find("expected values of 'lr', found none"),
            std::string::npos);
  EXPECT_NE(refusal({{"values", List{1, 2}}, {"probabilities", List{0.5, 0.1}}}).find("sum to 1"),
            std::string::npos);
  EXPECT_NE(refusal({{"min", 0}, {"max", 1}, {"log", "yes"}}).find("true or false, found 'yes'"),
            std::string::npos);
  EXPECT_EQ(refusal({{"min", 0}, {"max", 1}, {"step", 0}}),
            "expected 'step' of parameter 'lr' to be a number above 0, found 0");
  EXPECT_NE(refusal({{"min", 0}, {"max", 1}, {"when", Object{{"opt", "sgd"}}}}).find("found 'opt'"),
            std::string::npos);
}

TEST(ParameterSchema, WhatHasNoEffectIsTold) {
  EXPECT_EQ(warnings_of({{"min", 0.0}, {"max", 1.0}, {"mu", 3}}),
            Warnings{"'mu' of parameter 'lr' has no effect"});
  EXPECT_EQ(warnings_of({{"min", 0.0}, {"max", 1.0}, {"comment", "as in the paper"}}),
            Warnings{"unknown key 'comment' in parameter 'lr': it has no effect"});
}

}  // namespace
}  // namespace cairn::sweep
