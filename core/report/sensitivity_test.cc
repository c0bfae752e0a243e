// Tests of sensitivity: known functions, intervals and bands that are counted, and refusals.
#include "report/sensitivity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "surrogate/random.h"
#include "surrogate/testing/functions.h"

namespace cairn::report {
namespace {

using surrogate::Row;

class SensitivityTest : public ::testing::Test {
 protected:
  void run(Row config, std::optional<double> result) {
    x_configs.push_back(std::move(config));
    x_results.push_back(result);
  }
  // Independent uniform runs of x0, x1, ...
  void run_function(const surrogate::testing::Function& function, size_t runs, size_t idle,
                    double noise_sd, uint64_t seed) {
    x_configs.clear();
    x_results.clear();
    x_declared = surrogate::testing::numeric_columns(function.columns + idle);
    const auto x = surrogate::testing::uniform_points(runs, x_declared.size(), seed);
    const auto y = surrogate::testing::values_at(function, x, noise_sd, seed);
    for (size_t i = 0; i < runs; ++i) {
      Row config;
      for (size_t k = 0; k < x_declared.size(); ++k)
        config.emplace_back(x_declared[k].name, x.at(i, k));
      run(std::move(config), y[i]);
    }
  }
  // Random runs of a loss over `names`, each uniform in [0, 1].
  void run_loss(size_t runs, const std::vector<std::string>& names,
                const std::function<double(const std::vector<double>&)>& loss) {
    surrogate::Random random(5);
    for (size_t i = 0; i < runs; ++i) {
      Row config;
      std::vector<double> values;
      for (const std::string& name : names) {
        values.push_back(random.unit());
        config.emplace_back(name, values.back());
      }
      run(std::move(config), loss(values));
    }
  }
  Sensitivity analyse(SensitivityOptions options = {}) const {
    if (options.metric.empty()) options.metric = "val_loss";
    return analyse_sensitivity({.configs = x_configs,
                                .results = x_results,
                                .declared = x_declared,
                                .start = x_start,
                                .is_adaptive = x_is_adaptive},
                               options);
  }
  // Shares alone, which is what most rules are about.
  Sensitivity estimate(SensitivityOptions options = {}) const {
    options.refits = options.shuffles = 0;
    return analyse(options);
  }

  std::vector<Row> x_configs;
  std::vector<std::optional<double>> x_results;
  std::vector<surrogate::Column> x_declared;
  std::optional<Row> x_start;
  bool x_is_adaptive = false;
};

const ParameterSensitivity& get(const Sensitivity& found, std::string_view name) {
  return *std::ranges::find_if(found.parameters,
                               [&](const auto& p) { return p.column.name == name; });
}

TEST_F(SensitivityTest, KnownFunctionsAreTakenApartWithinThreeHundredths) {
  using namespace surrogate::testing;
  for (const auto& function : {ishigami(), sobol_g(), friedman()}) {
    run_function(function, 2000, 0, 0, 8);
    const Sensitivity found = estimate();
    ASSERT_TRUE(found.is_known()) << found.reason;
    for (size_t k = 0; k < function.columns; ++k) {
      const ParameterSensitivity& parameter = get(found, "x" + std::to_string(k));
      EXPECT_NEAR(parameter.first_order.share, function.first_order[k], 0.03) << function.name << k;
      EXPECT_NEAR(parameter.total.share, function.total[k], 0.03) << function.name << k;
    }
    EXPECT_GT(found.quality.r2_oob, 0.9);
    EXPECT_LT(found.higher_order, 0.03);
  }
}

TEST_F(SensitivityTest, MostIntervalsHoldTheTrueShare) {
  const auto function = surrogate::testing::friedman();
  int holds = 0, of = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    run_function(function, 200, 0, 1.5, seed);
    const Sensitivity found = analyse({.refits = 25, .shuffles = 10, .seed = seed});
    ASSERT_TRUE(found.is_known()) << found.reason;
    for (size_t k = 0; k < 5; ++k, ++of) {
      const Share& share = get(found, "x" + std::to_string(k)).first_order;
      holds +=
          share.range.low <= function.first_order[k] && function.first_order[k] <= share.range.high;
      EXPECT_LE(share.range.low, share.share);
      EXPECT_GE(share.range.high, share.share);
      EXPECT_LT(share.range.high - share.range.low, 0.3);
    }
  }
  EXPECT_GE(holds, 16) << "of " << of;
}

TEST_F(SensitivityTest, IdleParametersStayInTheBandAndOthersLeaveIt) {
  int inside = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    run_function(surrogate::testing::friedman(), 150, 4, 1, seed);
    const Sensitivity found = analyse({.refits = 0, .shuffles = 20, .seed = seed});
    ASSERT_TRUE(found.is_known()) << found.reason;
    for (size_t k = 5; k < 9; ++k)
      inside += !get(found, "x" + std::to_string(k)).first_order.stands_out();
    EXPECT_TRUE(get(found, "x3").first_order.stands_out());
  }
  EXPECT_GE(inside, 19);
}

TEST_F(SensitivityTest, WhatTwoChoicesDoOnlyTogetherIsTheirPair) {
  surrogate::Random random(1);
  for (int i = 0; i < 300; ++i) {
    const bool a = random.below(2) == 1, b = random.below(2) == 1;
    run({{"a", a}, {"b", b}, {"c", random.below(2) == 1}}, a == b ? 1 : 0);
  }
  const Sensitivity found = estimate();
  ASSERT_TRUE(found.is_known()) << found.reason;
  const PairSensitivity& pair = found.pairs.front();
  EXPECT_EQ(found.parameters[pair.a].column.name, "a");
  EXPECT_EQ(found.parameters[pair.b].column.name, "b");
  EXPECT_NEAR(pair.share.share, 1, 0.05);
  EXPECT_LT(get(found, "a").first_order.share, 0.05);
  EXPECT_NEAR(get(found, "a").total.share, 1, 0.05);
  ASSERT_EQ(pair.effect.size(), 2U);
  EXPECT_GT(pair.effect[0][0], pair.effect[0][1]);
}

TEST_F(SensitivityTest, TheBaseOfALogarithmChangesNothing) {
  run_loss(300, {"x"}, [](const auto& v) { return std::abs(v[0] - 0.4); });
  surrogate::Random random(2);
  for (Row& config : x_configs) {
    const double place = *config[0].second.as_double();
    config = {{"lr", std::pow(10.0, -5 * place)}, {"l2", std::pow(2.0, -20 * random.unit())}};
  }
  const double share = get(estimate(), "lr").first_order.share;
  for (Row& config : x_configs) {
    const double log = std::log(*config[0].second.as_double());
    config[0].second = std::exp(3 * log);
  }
  EXPECT_NEAR(get(estimate(), "lr").first_order.share, share, 1e-6);
  EXPECT_GT(share, 0.9);
}

TEST_F(SensitivityTest, DirectionsAreTold) {
  run_loss(300, {"up", "down", "valley", "idle"},
           [](const auto& v) { return v[0] - v[1] + 4 * std::pow(v[2] - 0.5, 2); });
  const Sensitivity found = analyse({.refits = 0});
  EXPECT_EQ(get(found, "up").direction, Shape::kRising);
  EXPECT_EQ(get(found, "down").direction, Shape::kFalling);
  EXPECT_EQ(get(found, "valley").direction, Shape::kValley);
  EXPECT_EQ(get(found, "idle").direction, Shape::kNone);
  EXPECT_GT(get(found, "up").spearman, 0.3);
  EXPECT_LT(get(found, "down").spearman, -0.3);
}

TEST_F(SensitivityTest, ValuesWithinNoiseOfTheBestAreAStretchAroundIt) {
  run_loss(400, {"x", "idle"}, [](const auto& v) { return 1 + std::pow(v[0] - 0.5, 2); });
  const Sensitivity found = estimate();
  EXPECT_FALSE(found.is_noise_measured);
  EXPECT_NEAR(found.noise, 0.01, 1e-4);  // 1 % of the best
  const model::List& near = get(found, "x").within_noise;
  ASSERT_EQ(near.size(), 2U);
  EXPECT_NEAR(near[0].number_or(0), 0.4, 0.06);
  EXPECT_NEAR(near[1].number_or(0), 0.6, 0.06);
  const model::List& all = get(found, "idle").within_noise;
  EXPECT_LT(all[0].number_or(1), 0.05);
  EXPECT_GT(all[1].number_or(0), 0.95);
  EXPECT_GT(get(found, "x").local, 0.9);
}

TEST_F(SensitivityTest, TheSeedHasAShareToo) {
  surrogate::Random random(1);
  for (int i = 0; i < 100; ++i) {
    const double x = random.unit(), z = random.unit();
    for (int seed = 0; seed < 3; ++seed) run({{"x", x}, {"z", z}}, 2 * x + 0.1 * random.normal());
  }
  const Sensitivity found = estimate();
  ASSERT_TRUE(found.is_noise_measured);
  EXPECT_EQ(found.quality.configurations, 100U);
  EXPECT_NEAR(found.noise, 0.1, 0.03);
  // Variances: 4 / 12 of x, 0.01 of the seed.
  EXPECT_NEAR(found.seed_share, 0.03, 0.01);
  EXPECT_LT(found.seed_range.low, found.seed_share);
  EXPECT_GT(found.seed_range.high, found.seed_share);
}

TEST_F(SensitivityTest, TheViewOfTheTopSeesWhatTellsGoodRunsApart) {
  // `coarse` separates the broken from the working, `fine` the working from each other.
  run_loss(600, {"coarse", "fine"},
           [](const auto& v) { return v[0] > 0.4 ? 10 : 1 + std::abs(v[1] - 0.5); });
  const Sensitivity global = estimate(), top = estimate({.top_share = 0.3});
  ASSERT_TRUE(top.is_known()) << top.reason;
  EXPECT_GT(get(global, "coarse").total.share, 0.95);
  EXPECT_GT(get(top, "fine").total.share, 5 * get(global, "fine").total.share);
  EXPECT_EQ(to_value(top).find("view")->string_or(""), "top");
}

TEST_F(SensitivityTest, TheAblationPathTakesTheLargestGainFirst) {
  x_start = Row{{"big", 0.95}, {"small", 0.95}, {"idle", 0.5}};
  run_loss(400, {"big", "small", "idle"}, [](const auto& v) { return 5 * v[0] + v[1]; });
  const Sensitivity found = estimate();
  ASSERT_EQ(found.ablation.size(), 3U);
  EXPECT_EQ(found.ablation[0].name, "big");
  EXPECT_NEAR(found.ablation[0].gain, 4.5, 0.6);
  EXPECT_EQ(found.ablation[1].name, "small");
  EXPECT_NEAR(found.ablation[2].gain, 0, 0.1);
}

TEST_F(SensitivityTest, AnInactiveBranchIsAValueOfItsOwn) {
  surrogate::Random random(3);
  for (int i = 0; i < 300; ++i) {
    const bool has_momentum = i % 2 == 0;
    const double momentum = random.unit();
    Row config = {{"x", random.unit()}};
    if (has_momentum) config.emplace_back("momentum", momentum);
    run(std::move(config), has_momentum ? std::abs(momentum - 0.5) : 1);
  }
  const ParameterSensitivity momentum = get(estimate(), "momentum");
  EXPECT_GT(momentum.first_order.share, 0.9);
  EXPECT_TRUE(momentum.effect.back().first.is_null());
  EXPECT_GT(momentum.effect.back().second, 0.2);
}

TEST_F(SensitivityTest, TheSameRunsAndSeedGiveTheSameShares) {
  run_function(surrogate::testing::ishigami(), 120, 1, 0.1, 1);
  const SensitivityOptions options{.metric = "m", .refits = 5, .shuffles = 5};
  EXPECT_EQ(to_value(analyse(options)), to_value(analyse(options)));
}

TEST_F(SensitivityTest, FewRunsAreToldHowManyMoreWouldDo) {
  run_loss(7, {"x"}, [](const auto& v) { return v[0]; });
  EXPECT_EQ(analyse().reason,
            "expected at least 10 runs with a result for 1 parameter, found 7: 3 more would do");
  x_configs.clear();
  x_results.clear();
  run_loss(25, {"a", "b", "c"}, [](const auto& v) { return v[0]; });
  const Sensitivity found = analyse();
  EXPECT_EQ(found.reason,
            "expected at least 30 runs with a result for 3 parameters, found 25: 5 more would do");
  EXPECT_EQ(found.quality.needed, 30U);
  EXPECT_EQ(found.parameters.size(), 3U);
  EXPECT_TRUE(std::isnan(found.parameters[0].first_order.share));
  EXPECT_TRUE(to_value(found).find("parameters")->as_list()->front().find("total")->is_null());
}

TEST_F(SensitivityTest, NothingAtAllIsAReason) {
  EXPECT_EQ(analyse().reason, "expected runs to compare, found none");
  for (int i = 0; i < 20; ++i) run({{"x", i}}, std::nullopt);
  EXPECT_EQ(analyse().reason, "no run has a value of 'val_loss'");
}

TEST_F(SensitivityTest, AllDivergedIsAReason) {
  for (int i = 0; i < 20; ++i) run({{"x", i}}, std::nan(""));
  EXPECT_EQ(analyse().reason, "no finite result: all 20 runs with a value of 'val_loss' diverged");
}

TEST_F(SensitivityTest, AMetricThatHalfOfTheRunsLackIsAReason) {
  for (int i = 0; i < 60; ++i) run({{"x", i}}, i < 30 ? std::optional<double>(i) : std::nullopt);
  EXPECT_EQ(analyse().reason.find("'val_loss' is missing in 30 of 60 runs"), 0U)
      << analyse().reason;
  run({{"x", 70}}, 3);
  const Sensitivity found = analyse({.refits = 0, .shuffles = 0});
  EXPECT_TRUE(found.is_known()) << found.reason;
  EXPECT_EQ(found.notes.front(), "30 of 61 runs have no 'val_loss' and are left out");
}

TEST_F(SensitivityTest, OneDistinctValueIsAReason) {
  for (int i = 0; i < 20; ++i) run({{"x", i}}, 0.5);
  EXPECT_EQ(analyse().reason,
            "all 20 results are the same (0.5): nothing differs that could be explained");
  x_configs.assign(20, {{"x", 1}});
  EXPECT_EQ(analyse().reason, "no parameter varies among 20 runs");
}

TEST_F(SensitivityTest, PureNoiseIsNoEvidence) {
  surrogate::Random random(7);
  run_loss(100, {"x", "z"}, [&](const auto&) { return random.normal(); });
  const Sensitivity found = analyse();
  EXPECT_EQ(found.reason.find("not enough evidence"), 0U) << found.reason;
  EXPECT_LT(found.quality.r2_oob, kQualityMin);
  EXPECT_TRUE(std::isnan(found.parameters[0].total.share));
  EXPECT_TRUE(found.pairs.empty());
}

TEST_F(SensitivityTest, NoiseBetweenSeedsIsNotAnsweredWithMoreValues) {
  surrogate::Random random(7);
  for (int i = 0; i < 40; ++i) {
    const double x = random.unit();
    for (int seed = 0; seed < 3; ++seed) run({{"x", x}}, 0.3 * x + random.normal());
  }
  const Sensitivity found = analyse();
  EXPECT_NE(found.reason.find("runs of one configuration differ nearly as much"), std::string::npos)
      << found.reason;
}

TEST_F(SensitivityTest, ASlowlyLearnedFunctionIsToldHowManyRunsWouldDo) {
  run_loss(40, {"a", "b", "c", "d"},
           [](const auto& v) { return std::sin(7 * v[0]) * std::cos(5 * v[1]) + v[2] * v[3]; });
  const Sensitivity found = analyse();
  ASSERT_FALSE(found.is_known());
  ASSERT_TRUE(found.quality.needed.has_value()) << found.reason;
  EXPECT_GT(*found.quality.needed, 40U);
  EXPECT_NE(found.reason.find("more would do"), std::string::npos) << found.reason;
}

TEST_F(SensitivityTest, InfiniteValuesCountAsTheWorst) {
  run_loss(100, {"x", "z"}, [](const auto& v) { return v[0] > 0.8 ? INFINITY : v[0]; });
  const Sensitivity found = estimate();
  ASSERT_TRUE(found.is_known()) << found.reason;
  EXPECT_GT(get(found, "x").first_order.share, 0.9);
  EXPECT_NE(found.notes.front().find("diverged"), std::string::npos);
}

TEST_F(SensitivityTest, AdaptiveSearchesAreMarked) {
  x_is_adaptive = true;
  run_loss(60, {"x"}, [](const auto& v) { return v[0]; });
  EXPECT_NE(estimate().notes.front().find("chosen by earlier results"), std::string::npos);
}

TEST_F(SensitivityTest, WhereNothingWasTriedIsTold) {
  run_loss(60, {"x", "z"}, [](const auto& v) { return v[0]; });
  for (Row& config : x_configs) {
    const double x = *config[0].second.as_double();
    if (x > 0.5) config[0].second = 0.5 + 0.1 * x;
  }
  x_declared = surrogate::testing::numeric_columns(1);
  x_declared[0].name = "x";
  const std::string note = estimate().notes.front();
  EXPECT_EQ(note.find("'x' has no run in a stretch of 4"), 0U) << note;
}

TEST_F(SensitivityTest, ProgramsGetTheContract) {
  run_loss(80, {"x", "z"}, [](const auto& v) { return v[0] + 0.2 * v[1]; });
  const model::Value value = to_value(analyse({.refits = 5, .shuffles = 5}));
  const model::Value& parameter = value.find("parameters")->as_list()->front();
  for (const char* key :
       {"name", "first_order", "first_order_low", "first_order_high", "total", "total_low",
        "total_high", "null_high", "local", "direction", "within_noise", "distinct", "spearman",
        "ped_anova", "coverage", "effect"})
    EXPECT_TRUE(parameter.find(key) && !parameter.find(key)->is_null()) << key;
  const model::Value& pair = value.find("pairs")->as_list()->front();
  for (const char* key : {"a", "b", "share", "low", "high"})
    EXPECT_TRUE(pair.find(key) && !pair.find(key)->is_null()) << key;
  for (const char* key : {"higher_order", "seed_share", "quality", "view", "ablation", "reason"})
    EXPECT_TRUE(value.find(key)) << key;
  EXPECT_TRUE(value.find("seed_share")->is_null());  // no configuration was run twice
}

}  // namespace
}  // namespace cairn::report
