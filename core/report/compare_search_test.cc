// Tests of comparisons of searches: who finds the best of a pool sooner, and when nobody does.
#include "report/compare_search.h"

#include <gtest/gtest.h>

#include <set>

#include "surrogate/random.h"

namespace cairn::report {
namespace {

using sweep::Method;

// x and y from 0 to 1, either of any value or of a grid's.
sweep::Space square() {
  sweep::Parameter x, y;
  x.name = "x";
  y.name = "y";
  return sweep::Space::make({x, y}).value();
}

RecordedRun run_at(double x, double y, double result) {
  RecordedRun run{.config = {{"x", x}, {"y", y}}};
  run.ran_s = 10;
  run.result = result;
  return run;
}

double bowl(double x, double y) { return (x - 0.3) * (x - 0.3) + (y - 0.6) * (y - 0.6); }

template <typename Result>
RecordedSearch random_pool(size_t runs, const Result& result) {
  RecordedSearch search{.name = "s", .metric = "loss"};
  surrogate::Random random(5);
  for (size_t i = 0; i < runs; ++i) {
    const double x = random.unit(), y = random.unit();
    search.runs.push_back(run_at(x, y, result(x, y)));
  }
  return search;
}

CompareSearch compare(const RecordedSearch& search, std::vector<Method> samplers = {Method::kTpe}) {
  return compare_searches(search, square(), {.samplers = std::move(samplers)}).value();
}

TEST(CompareSearchTest, ASamplerThatLearnsFindsTheBottomOfABowlSooner) {
  const CompareSearch compared = compare(random_pool(300, bowl));
  ASSERT_EQ(compared.reason, "");
  const SamplerSkill& tpe = compared.samplers[0];
  EXPECT_EQ(tpe.name, "tpe");
  EXPECT_EQ(tpe.orders, 30U);
  EXPECT_EQ(tpe.by_picks, Verdict::kBetter) << tpe.sentence;
  EXPECT_GT(tpe.fewer_picks.low, 0);
  EXPECT_LT(tpe.regret.value, compared.random.regret.value);
}

TEST(CompareSearchTest, WhereSettingsDoNothingThereIsNoDifference) {
  surrogate::Random luck(9);
  const auto result = [&](double, double) { return 1 + 0.1 * luck.normal(); };
  const CompareSearch compared = compare(random_pool(200, result), {Method::kTpe, Method::kRandom});
  for (const SamplerSkill& skill : compared.samplers) {
    EXPECT_EQ(skill.by_picks, Verdict::kNone) << skill.sentence;
    EXPECT_EQ(skill.by_regret, Verdict::kNone) << skill.sentence;
    EXPECT_NE(skill.sentence.find("no difference"), std::string::npos);
  }
}

TEST(CompareSearchTest, LessThanTheNoiseIsNoDifference) {
  // Every configuration twice, further apart than the whole bowl is deep.
  RecordedSearch search = random_pool(200, bowl);
  const size_t once = search.runs.size();
  for (size_t i = 0; i < once; ++i) {
    RecordedRun again = search.runs[i];
    again.result += 2;
    search.runs.push_back(std::move(again));
  }
  const CompareSearch compared = compare(search);
  EXPECT_TRUE(compared.noise.is_measured);
  EXPECT_EQ(compared.configurations, 200U);
  EXPECT_EQ(compared.samplers[0].by_regret, Verdict::kNone);
  EXPECT_NE(compared.samplers[0].sentence.find("below the noise"), std::string::npos);
}

TEST(CompareSearchTest, ARandomOrderTakesAsLongAsItMust) {
  // One of 100 is the best and alone: the median place of one in a random order is 50.5.
  size_t at = 0;
  const CompareSearch compared =
      compare(random_pool(100, [&](double, double) { return ++at == 70 ? 1.0 : 2.0; }), {});
  ASSERT_TRUE(compared.random.picks_median);
  EXPECT_NEAR(*compared.random.picks_median, 50.5, 4);
  EXPECT_EQ(compared.random.reached, 1);
  EXPECT_EQ(compared.recorded.picks_median, 70);
  EXPECT_EQ(compared.recorded.cost_s_median, 700);
  EXPECT_NEAR(compared.random.regret.value, 0.6, 0.05);  // 40 of 100 picks
}

TEST(CompareSearchTest, AGridIsKnownByItsFewValues) {
  RecordedSearch search{.name = "grid", .metric = "loss"};
  for (int i = 0; i < 36; ++i) {
    const int column = i % 6, row = i / 6;
    const double x = column / 5.0, y = row / 5.0;
    search.runs.push_back(run_at(x, y, bowl(x, 0.1 * y)));
  }
  const CompareSearch compared = compare(search, {});
  EXPECT_TRUE(compared.is_grid);
  ASSERT_EQ(compared.parameters.size(), 2U);
  EXPECT_EQ(compared.parameters[0].distinct, 6U);
  EXPECT_FALSE(compare(random_pool(36, bowl), {}).is_grid);
}

TEST(CompareSearchTest, FewConfigurationsAreASentence) {
  EXPECT_EQ(compare(random_pool(8, bowl)).reason,
            "a comparison needs at least 20 configurations with a finite result of 'loss', found "
            "8: 12 more would do");
}

TEST(ComparePoolTest, PicksAreDistinctAndEndWithTheBest) {
  const RecordedSearch search = random_pool(50, bowl);
  const ComparePool pool = make_pool(search, configurations_of(search), square());
  for (const Method method : {Method::kTpe, Method::kAuto, Method::kSobol}) {
    const auto picked = pick_with(pool, method, 3, 50).value();
    EXPECT_EQ(std::set<size_t>(picked.begin(), picked.end()).size(), picked.size());
    EXPECT_EQ(pool.points[picked.back()].value, pool.best);
    EXPECT_EQ(picked, pick_with(pool, method, 3, 50).value());
  }
}

TEST(ComparePoolTest, WhatDivergedOrLiesOutsideIsLeftOut) {
  RecordedSearch search = random_pool(30, bowl);
  search.runs[3].result = kUnknown;
  search.runs.push_back(run_at(7, 0.5, 0));
  const ComparePool pool = make_pool(search, configurations_of(search), square());
  EXPECT_EQ(pool.points.size(), 29U);
  EXPECT_EQ(pool.without_result, 1U);
  EXPECT_EQ(pool.outside, 1U);
}

}  // namespace
}  // namespace cairn::report
