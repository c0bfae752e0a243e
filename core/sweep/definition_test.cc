// Rules of sweep files: W&B's are read unchanged, Cairn's keys with them, and what is printed
// reads to the same.
#include "sweep/definition.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::sweep {
namespace {

using model::List;
using model::Object;
using model::Value;

const Object kParameters{{"lr", Object{{"min", 1e-5}, {"max", 0.1}, {"log", true}}},
                         {"depth", Object{{"min", 1}, {"max", 8}}},
                         {"opt", List{"sgd", "adam"}}};

// A sweep that is complete, with some members replaced or added.
Object sweep_with(const Object& members) {
  Value document{Object{{"metric", "loss"}, {"parameters", kParameters}}};
  for (const auto& [key, value] : members) document.set(key, value);
  return *document.as_object();
}
Definition read(const Object& members) {
  auto read = read_definition(sweep_with(members));
  EXPECT_TRUE(read) << (read ? "" : read.error().message());
  return read ? std::move(read->definition) : Definition();
}
std::vector<std::string> warnings_of(const Object& members) {
  const auto read = read_definition(sweep_with(members));
  EXPECT_TRUE(read);
  return read ? read->warnings : std::vector<std::string>();
}
std::string refusal(const Object& members) {
  const auto read = read_definition(sweep_with(members));
  EXPECT_FALSE(read);
  return read ? "" : read.error().message();
}
void expect_refusal(const Object& members, std::string_view part) {
  const std::string message = refusal(members);
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Definition, AFileOfWandbIsReadUnchanged) {
  const Object document{
      {"program", "train.py"},
      {"method", "bayes"},
      {"name", "first"},
      {"project", "digits"},
      {"metric", Object{{"name", "val/loss"}, {"goal", "minimize"}, {"target", 0.01}}},
      {"parameters",
       Object{
           {"batch_size", Object{{"values", List{16, 32, 64}}}},
           {"epochs", Object{{"value", 10}}},
           {"dropout", Object{{"distribution", "q_uniform"}, {"min", 0}, {"max", 1}, {"q", 0.1}}},
           {"opt", Object{{"parameters", Object{{"lr", Object{{"min", 0.0}, {"max", 1.0}}}}}}}}},
      {"command", List{"${env}", "python", "${program}", "--fold", 3, "${args}"}},
      {"early_terminate", Object{{"type", "hyperband"}, {"min_iter", 3}}},
      {"run_cap", 50},
      {"kind", "sweep"}};
  const auto read = read_definition(document);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->warnings.empty()) << read->warnings[0];
  const Definition& d = read->definition;
  EXPECT_EQ(d.method, Method::kAuto);
  EXPECT_EQ(d.objectives[0].metric, "val/loss");
  EXPECT_EQ(d.objectives[0].target, 0.01);
  EXPECT_EQ(d.budget.trials, 50U);
  EXPECT_EQ(d.stop.kind, StopRule::Kind::kHyperband);
  EXPECT_EQ(d.command[4], "3");
  EXPECT_EQ(d.space.parameters().size(), 3U);
}

TEST(Definition, WhatHasNoEffectIsTold) {
  const auto told = warnings_of({{"entity", "me"}, {"job", "j"}, {"owner_of_it", "me"}});
  EXPECT_EQ(told, (std::vector<std::string>{"unknown key 'owner_of_it': it has no effect",
                                            "'entity' has no effect", "'job' has no effect"}));
  EXPECT_EQ(warnings_of({{"metric", Object{{"name", "a"}, {"impute", "worst"}}}}).size(), 1U);
  EXPECT_EQ(warnings_of({{"method", "custom"}}).size(), 1U);
}

TEST(Definition, AMisspeltKeyIsAnError) {
  EXPECT_EQ(refusal({{"metod", "grid"}}), "unknown key 'metod': did you mean 'method'?");
  EXPECT_EQ(refusal({{"paramters", 1}}), "unknown key 'paramters': did you mean 'parameters'?");
  expect_refusal({{"metric", Object{{"nam", "loss"}}}}, "in 'metric': did you mean 'name'?");
  expect_refusal({{"method", "bayse"}}, "did you mean 'bayes'?");
  expect_refusal({{"metric", Object{{"name", "a"}, {"goal", "maximise"}}}},
                 "did you mean 'maximize'?");
}

TEST(Definition, AMetricIsNeededByWhatLearns) {
  EXPECT_FALSE(read_definition(Object{{"parameters", kParameters}}));
  for (const char* method : {"random", "sobol"})
    EXPECT_TRUE(read_definition(Object{{"method", method}, {"parameters", kParameters}}));
  expect_refusal({{"metric", nullptr}}, "expected 'metric'");
  expect_refusal({{"metric", nullptr}, {"method", "random"}, {"early_terminate", "median"}},
                 "which 'early_terminate' needs");
  expect_refusal({{"metric", Object{{"goal", "minimize"}}}}, "expected 'name' of 'metric'");
}

TEST(Definition, GridNeedsFinitelyManyValues) {
  expect_refusal({{"method", "grid"}}, "'step' or 'values' of parameter 'lr'");
  EXPECT_EQ(read({{"method", "grid"}, {"parameters", Object{{"a", List{1, 2}}}}}).space.size(), 2U);
}

TEST(Definition, SeveralMetricsAreSeveralObjectives) {
  const Definition d = read(
      {{"metric", nullptr},
       {"metrics", List{Object{{"name", "acc"}, {"goal", "maximize"}}, Object{{"name", "ms"}}}}});
  ASSERT_EQ(d.objectives.size(), 2U);
  EXPECT_TRUE(d.objectives[0].is_maximized);
  expect_refusal({{"metrics", List{Object{{"name", "a"}}}}}, "either 'metric' or 'metrics'");
  expect_refusal(
      {{"metric", nullptr}, {"metrics", List{Object{{"name", "a"}}, Object{{"name", "a"}}}}},
      "'a' twice");
}

TEST(Definition, ABudgetIsANumberATextOrAMap) {
  EXPECT_EQ(read({{"budget", 60}}).budget.trials, 60U);
  EXPECT_EQ(read({{"budget", "2h"}}).budget.hours, 2);
  EXPECT_EQ(read({{"budget", "90 min"}}).budget.hours, 1.5);
  EXPECT_EQ(read({{"budget", "0.5kWh"}}).budget.kwh, 0.5);
  EXPECT_EQ(read({{"budget", "2kg"}}).budget.gco2e, 2000);
  const Budget several = read({{"budget", Object{{"trials", 9}, {"cost", 2.5}}}}).budget;
  EXPECT_EQ(several.trials, 9U);
  EXPECT_EQ(several.money, 2.5);
  for (const Value& wrong : {Value(0), Value("2 weeks"), Value(-1), Value("1.5"), Value(true),
                             Value(Object{{"minutes", 3}})})
    expect_refusal({{"budget", wrong}}, "expected 'budget' to be");
  expect_refusal({{"budget", Object{{"hour", 1}}}}, "did you mean 'hours'?");
}

TEST(Definition, RunCapCountsBeforeTheBudget) {
  EXPECT_EQ(read({{"budget", 60}, {"run_cap", 50}}).budget.trials, 50U);
  EXPECT_EQ(warnings_of({{"budget", 60}, {"run_cap", 50}}).size(), 1U);
  expect_refusal({{"run_cap", 0}}, "a whole number of 1 or more");
}

TEST(Definition, RepeatIsANumberAutoOrAMap) {
  EXPECT_EQ(read({{"repeat", 3}}).repeat, 3U);
  EXPECT_TRUE(read({{"repeat", "auto"}}).is_repeat_auto);
  const Definition seeded = read({{"repeat", Object{{"count", 2}, {"parameter", "seed"}}}});
  EXPECT_EQ(seeded.repeat, 2U);
  EXPECT_EQ(seeded.repeat_name, "seed");
  expect_refusal({{"repeat", 0}}, "'count' of 'repeat'");
}

TEST(Definition, WarmStartIsAFlagOrNames) {
  EXPECT_TRUE(read({}).is_warm_started);
  EXPECT_FALSE(read({{"warm_start", false}}).is_warm_started);
  EXPECT_EQ(read({{"warm_start", List{"abc", "digits"}}}).warm_start.size(), 2U);
  expect_refusal({{"warm_start", 3}}, "expected 'warm_start' to be");
}

TEST(Definition, LimitsBoundOutcomes) {
  const Definition d = read({{"limits", List{"latency_ms <= 20", "val/acc>=0.5"}}});
  ASSERT_EQ(d.limits.size(), 2U);
  EXPECT_EQ(d.limits[0].bound, 20);
  EXPECT_EQ(d.limits[1].metric, "val/acc");
  EXPECT_TRUE(d.limits[1].is_minimum);
  for (const char* wrong : {"latency", "a < 3", "<= 3", "a <= b", "a <= b <= 3", "a <= inf"})
    expect_refusal({{"limits", wrong}}, "expected 'limits' to be like 'latency_ms <= 20'");
}

TEST(Definition, ConstraintsAreTextsOrForbiddenCombinations) {
  const Definition d =
      read({{"constraints", List{"depth <= 100*lr + 5",
                                 Object{{"forbid", Object{{"opt", "sgd"}, {"depth", List{7, 8}}}}},
                                 "not (opt == adam and depth in [1])"}}});
  ASSERT_EQ(d.space.constraints().size(), 3U);
  EXPECT_EQ(d.space.constraints()[1].values[1], (List{7, 8}));
  expect_refusal({{"constraints", "depth <= width"}}, "found 'width'");
  expect_refusal({{"constraints", "depth <="}}, "'constraints': expected a parameter or a number");
  expect_refusal({{"constraints", Object{{"forbid", 1}}}}, "expected 'forbid' of a constraint");
}

TEST(Definition, ConditionsMayStandTogether) {
  const Definition d =
      read({{"conditions", Object{{"parameter", "lr"}, {"when", Object{{"opt", "sgd"}}}}}});
  EXPECT_EQ(d.space.find("lr")->conditions.size(), 1U);
  expect_refusal({{"conditions", List{Object{{"parameter", "rl"}, {"when", "opt == sgd"}}}}},
                 "found 'rl'");
  expect_refusal({{"conditions", Object{{"parameter", "lr"}}}}, "expected 'when'");
}

TEST(Definition, AParameterThatIsFixedForAWhileKeepsItsRelations) {
  Value parameters{Object(kParameters)};
  parameters.set("opt", Object{{"value", "sgd"}});
  parameters.set("momentum", Object{{"min", 0.0}, {"max", 1.0}, {"when", Object{{"opt", "sgd"}}}});
  const Definition d = read({{"parameters", parameters}});
  ASSERT_NE(d.space.find("opt"), nullptr);
  EXPECT_EQ(d.space.find("opt")->choices, List{"sgd"});
}

TEST(Definition, PointsAreCompletedAndChecked) {
  const Definition d = read({{"points", List{Object{{"depth", 2}}}}});
  ASSERT_EQ(d.points.size(), 1U);
  EXPECT_EQ(d.points[0].size(), 3U);
  EXPECT_EQ(d.points[0][1].second, Value(2));
  expect_refusal({{"points", List{Object{{"depth", 20}}}}},
                 "point 1 of 'points': expected 'depth'");
  expect_refusal({{"points", List{Object{{"dpth", 2}}}}}, "did you mean 'depth'?");
  expect_refusal({{"points", List{3}}}, "expected parameters and their values");
  expect_refusal({{"points", List{Object{{"depth", 8}}}}, {"constraints", "depth <= 5"}},
                 "what 'constraints' allow");
}

TEST(Definition, WrongTypesAreNamed) {
  expect_refusal({{"parameters", List{1}}}, "expected 'parameters' to be a map");
  expect_refusal({{"seed", -1}}, "expected 'seed' to be a whole number of 0 or more, found -1");
  expect_refusal({{"program", 3}}, "expected 'program' to be a text, found 3");
  expect_refusal({{"command", "python"}}, "expected 'command' to be a list");
  EXPECT_FALSE(read_definition(Value(3)));
  EXPECT_FALSE(read_definition(Value()));
}

TEST(Definition, WithoutParametersAllTrialsAreAlike) {
  EXPECT_EQ(warnings_of({{"parameters", nullptr}}),
            std::vector<std::string>{"no parameter varies: all trials are alike"});
}

// What is printed is what was read, to the last bit of every number.
TEST(Definition, WhatIsPrintedReadsTheSame) {
  const std::vector<Object> sweeps{
      {},
      {{"name", "n"}, {"description", "d"}, {"program", "a.py"}, {"command", List{"a", "${args}"}}},
      {{"metric", Object{{"name", "a"}, {"goal", "maximize"}, {"target", 0.3}}}, {"seed", 7}},
      {{"metric", nullptr}, {"metrics", List{Object{{"name", "a"}}, Object{{"name", "b"}}}}},
      {{"method", "nsga2"}, {"budget", "100 s"}, {"repeat", Object{{"parameter", "seed"}}}},
      {{"budget", Object{{"trials", 3}, {"kwh", 0.1}, {"gco2e", 7}}}, {"repeat", "auto"}},
      {{"limits", List{"a <= 0.1", "b >= -1e-09"}}, {"warm_start", List{"x"}}},
      {{"constraints", List{"depth - 0.1*lr <= 3.3", "lr <= depth", "not opt == sgd"}}},
      {{"conditions", Object{{"parameter", "lr"}, {"when", "opt == sgd and depth >= 2"}}}},
      {{"points", List{Object{{"depth", 2}, {"lr", 0.003}}}}, {"warm_start", false}},
      {{"early_terminate", Object{{"type", "hyperband"}, {"max_iter", 27}, {"s", 2}}}},
      {{"parameters",
        Object{{"a", Object{{"distribution", "q_uniform"}, {"min", 0.1}, {"max", 2.0}, {"q", 0.3}}},
               {"b", Object{{"distribution", "q_log_uniform"}, {"min", 0}, {"max", 5}, {"q", 3}}},
               {"c", Object{{"distribution", "q_normal"}, {"mu", 4.2}, {"sigma", 3}}},
               {"d", Object{{"distribution", "log_normal"}, {"mu", 1}, {"max", 10}}},
               {"e", Object{{"distribution", "q_beta"}, {"a", 2}, {"b", 3}, {"q", 0.01}}},
               {"f", Object{{"min", 0.2}, {"max", 0.9}, {"logit", true}, {"step", 0.1}}},
               {"g", Object{{"min", 3}, {"max", 20}, {"step", 4}, {"default", 7}}},
               {"h", Object{{"values", List{"x", "y"}}, {"probabilities", List{0.25, 0.75}}}},
               {"i", Object{{"values", List{3, 1, 2}}, {"prior", 2}}},
               {"j", Object{{"values", List{"u", "v", "w"}}, {"type", "subset"}, {"max_size", 2}}},
               {"k", Object{{"values", List{"u", "v"}}, {"type", "simplex"}}},
               {"l", Object{{"values", List{1, 2, 3}}, {"type", "permutation"}}},
               {"m", Object{{"value", List{1, Object{{"n", nullptr}}}}}},
               {"n", Object{{"min", 1}, {"max", 1024}, {"log", true}, {"when", "h == x"}}}}}}};
  for (const Object& members : sweeps) {
    const Value printed = print_definition(read(members));
    const auto again = read_definition(printed);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_TRUE(again->warnings.empty()) << again->warnings[0];
    EXPECT_EQ(print_definition(again->definition), printed);
    const Space &before = read(members).space, &after = again->definition.space;
    EXPECT_EQ(after.size(), before.size());
    surrogate::Random random(1), same(1);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(after.decode(*after.draw(random)), before.decode(*before.draw(same)));
  }
}

}  // namespace
}  // namespace cairn::sweep
