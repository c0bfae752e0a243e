// Tests of what is told of planned runs from past results, and of where nothing is told.
#include "recall/result_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "surrogate/random.h"

namespace cairn::recall {
namespace {

using model::Object;
using model::Value;
using surrogate::Random;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSeedNoise = 0.004;

// A made-up training: its accuracy has an optimum in the learning rate, grows with the depth and
// loses with dropout; learning rates far above the optimum diverge.
class ResultModelTest : public ::testing::Test {
 protected:
  static Value config(double lr, const char* optimizer = "adam", int depth = 3,
                      double dropout = 0.1) {
    return Object{{"model", Object{{"depth", depth}, {"dropout", dropout}}},
                  {"lr", lr},
                  {"optimizer", optimizer},
                  {"epochs", 10},
                  {"num_workers", 4}};
  }
  static Value any_config(Random& random) {
    const double lr = std::pow(10, -5 + 5 * random.unit());
    const char* optimizer = random.below(2) == 0 ? "adam" : "sgd";
    const int depth = 1 + static_cast<int>(random.below(5));
    return config(lr, optimizer, depth, 0.5 * random.unit());
  }
  static double accuracy(const Value& config, Random& random) {
    const double best = *config.find("optimizer") == Value("adam") ? -3 : -1;
    const double off = std::log10(config.find("lr")->number_or(0)) - best;
    if (off > 1.7) return kNaN;
    const double depth = model::find_path(config, "model.depth")->number_or(0);
    const double dropout = model::find_path(config, "model.dropout")->number_or(0);
    return 0.9 - 0.03 * off * off + 0.01 * depth - 0.2 * dropout + kSeedNoise * random.normal();
  }
  static Value with(Value config, std::string key, Value value) {
    config.set(key, std::move(value));
    return config;
  }

  // `seeds` runs each of `configs` configurations, in the order in which they ended.
  static std::vector<PastResult> past(size_t configs, size_t seeds = 1, uint64_t chance = 1) {
    Random random(chance);
    std::vector<PastResult> results;
    for (size_t i = 0; i < configs; ++i) {
      const Value planned = any_config(random);
      for (size_t k = 0; k < seeds; ++k) {
        const auto ended_ns = static_cast<int64_t>(results.size());
        results.push_back({with(planned, "seed", static_cast<int64_t>(k)), "c1",
                           accuracy(planned, random), 60, ended_ns});
      }
    }
    return results;
  }
  static ResultModel fitted(const std::vector<PastResult>& results, Goal goal = Goal::kMaximize,
                            std::string metric = "score") {
    return ResultModel::fit(results, goal, {.metric = std::move(metric)});
  }
  static std::string refusal(const ResultModel& model, const Value& config,
                             std::string_view code = "c1") {
    const auto said = model.predict(config, code);
    if (said) return "";
    EXPECT_EQ(said.error().code(), Code::kUnavailable);
    return said.error().message();
  }
};

TEST_F(ResultModelTest, NineOfTenIntervalsHoldAndAFewMore) {
  for (const size_t configs : {30U, 60U, 120U}) {
    double inside = 0, all = 0;
    for (uint64_t chance = 0; chance < 8; ++chance) {
      const ResultModel model = fitted(past(configs, 1, chance));
      Random random(1000 + chance);
      for (int i = 0; i < 50; ++i) {
        const Value planned = any_config(random);
        const double result = accuracy(planned, random);
        const auto said = model.predict(planned, "c1");
        if (!said || std::isnan(result)) continue;
        inside += said->low <= result && result <= said->high;
        ++all;
        EXPECT_LE(said->low, said->value);
        EXPECT_LE(said->value, said->high);
      }
    }
    EXPECT_GT(all, 200);
    EXPECT_GE(inside / all, 0.88) << configs;
    EXPECT_LE(inside / all, 0.99) << configs;
  }
}

TEST_F(ResultModelTest, CoverageIsCountedOverRunsThatWereAskedForBeforeTheyCame) {
  const Coverage none = fitted(past(15)).coverage();
  EXPECT_EQ(none.recorded, 0U);
  double covered = 0, recorded = 0;
  for (uint64_t chance = 0; chance < 8; ++chance) {
    const Coverage coverage = fitted(past(150, 1, chance)).coverage();
    EXPECT_GE(coverage.recorded, 60U);
    EXPECT_LE(coverage.recorded, 100U);
    covered += static_cast<double>(coverage.covered);
    recorded += static_cast<double>(coverage.recorded);
  }
  EXPECT_GE(covered / recorded, 0.88);
}

TEST_F(ResultModelTest, WherePastIntervalsFailedNothingIsCalledHopeless) {
  std::vector<PastResult> results = past(150);
  const Value hopeless = config(2e-5, "sgd", 1, 0.4);
  const Prediction before = *fitted(results).predict(hopeless, "c1");
  EXPECT_TRUE(before.is_calibrated);
  EXPECT_TRUE(before.is_dominated);
  // What no setting explains: each run is worse than those before it led to expect.
  for (size_t i = 50; i < results.size(); ++i)
    results[i].value -= 0.1 * std::exp(0.1 * static_cast<double>(i - 50));
  const Prediction after = *fitted(results).predict(hopeless, "c1");
  EXPECT_LT(after.coverage.covered, after.coverage.recorded * 8 / 10);
  EXPECT_FALSE(after.is_calibrated);
  EXPECT_FALSE(after.is_dominated);
}

TEST_F(ResultModelTest, WherePastIntervalsHeldTooLittleTheyWiden) {
  std::vector<PastResult> results = past(150);
  for (size_t i = 50; i < results.size(); ++i)
    results[i].value -= 0.005 * static_cast<double>(i - 50);
  const ResultModel model = fitted(results);
  EXPECT_LT(model.coverage().covered, model.coverage().recorded * 9 / 10);
  // Without a record of their own the same runs in another order have no reason to widen.
  Random random(1);
  std::vector<int64_t> times;
  for (const PastResult& result : results) times.push_back(result.ended_ns);
  random.choose(std::span(times), times.size());
  for (size_t i = 0; i < results.size(); ++i) results[i].ended_ns = times[i];
  const Prediction wide = *model.predict(config(1e-3), "c1");
  const Prediction plain = *fitted(results).predict(config(1e-3), "c1");
  EXPECT_GT(wide.high - wide.low, 1.1 * (plain.high - plain.low));
}

TEST_F(ResultModelTest, RefusesWithItsReason) {
  const ResultModel model = fitted(past(100));
  EXPECT_EQ(refusal(model, config(1e-3)), "");
  EXPECT_EQ(refusal(model, config(1e-3), "c2"), "no run had this code");
  EXPECT_EQ(refusal(model, config(1e-3, "lion")), "optimizer has a value that no run had");
  EXPECT_EQ(refusal(model, with(config(1e-3), "epochs", 20)),
            "epochs was the same in all runs and is not now");
  EXPECT_EQ(refusal(model, with(config(1e-3), "ema", true)), "ema was set in no run");
  EXPECT_EQ(refusal(model, with(config(1e-3), "model", Object{{"depth", 3}})),
            "model.dropout was set in all runs and is not now");
  EXPECT_NE(refusal(model, config(1e4)).find("further"), std::string::npos);
  EXPECT_EQ(refusal(fitted({}), config(1e-3)), "no run has ended with a result");
}

TEST_F(ResultModelTest, FourteenConfigurationsAreNeighboursAndNoPrediction) {
  const auto results = past(9, 5);  // 45 runs, of which some diverged
  const ResultModel model = fitted(results);
  EXPECT_NE(refusal(model, config(1e-3)).find("expected 15 configurations"), std::string::npos);
  const std::vector<size_t> nearest = model.nearest(results[0].config, "c1", 3);
  ASSERT_EQ(nearest.size(), 3U);
  EXPECT_EQ(nearest[0] / 5, 0U);
}

TEST_F(ResultModelTest, SeedsAndWorkersAreNoSettings) {
  const ResultModel model = fitted(past(100));
  const double value = model.predict(config(1e-3), "c1")->value;
  EXPECT_EQ(model.predict(with(config(1e-3), "seed", 99), "c1")->value, value);
  EXPECT_EQ(model.predict(with(config(1e-3), "num_workers", 0), "c1")->value, value);
}

TEST_F(ResultModelTest, ReplicatesDoNotLeakIntoTheIntervals) {
  // Results that settings say nothing of, but which are the same for all seeds of one: whoever
  // learns from one seed and is tested on the next finds that he knows everything.
  double inside = 0, all = 0;
  for (uint64_t chance = 0; chance < 6; ++chance) {
    Random random(chance);
    std::vector<PastResult> results = past(60, 5, chance);
    for (size_t i = 0; i < results.size(); i += 5) {
      const double luck = random.normal();
      for (size_t k = i; k < i + 5; ++k) results[k].value = luck + 0.001 * random.normal();
    }
    const ResultModel model = fitted(results);
    EXPECT_LE(model.coverage().recorded, 20U);  // one per configuration, of the last 100 runs
    for (int i = 0; i < 40; ++i) {
      const auto said = model.predict(any_config(random), "c1");
      if (!said) continue;
      const double result = random.normal();
      inside += said->low <= result && result <= said->high;
      ++all;
    }
  }
  EXPECT_GE(inside / all, 0.86);
}

TEST_F(ResultModelTest, NoiseIsWhatSeedsDifferByAndElseUnknown) {
  const ResultModel replicated = fitted(past(60, 3));
  EXPECT_NEAR(*replicated.noise_at(0.8), kSeedNoise, 0.0012);
  EXPECT_NEAR(*replicated.predict(config(1e-3), "c1")->noise, kSeedNoise, 0.0012);
  const ResultModel once = fitted(past(60));
  EXPECT_FALSE(once.noise_at(0.8));
  EXPECT_FALSE(once.predict(config(1e-3), "c1")->noise);
}

TEST_F(ResultModelTest, TheSameRunAgainIsNoSecondSeed) {
  std::vector<PastResult> results = past(40);
  const size_t count = results.size();
  for (size_t i = 0; i < count; ++i) results.push_back(results[i]);
  EXPECT_FALSE(fitted(results).noise_at(0.8));
  EXPECT_EQ(fitted(results).replicates(results[3].config, "c1").size(), 1U);
}

TEST_F(ResultModelTest, EqualResultsOfFewDigitsAreNotFreeOfNoise) {
  const auto plain = [](const Value& config) {
    Random same(1);
    return accuracy(config, same);
  };
  std::vector<PastResult> results = past(40, 2);
  for (PastResult& result : results)  // 100 samples, and two seeds that differ in none
    result.value = std::round(100 * plain(result.config)) / 100;
  EXPECT_NEAR(*fitted(results).noise_at(0.8), 0.01 / std::sqrt(12), 1e-4);
}

TEST_F(ResultModelTest, TheOrderInWhichRunsAreGivenDoesNotMatter) {
  std::vector<PastResult> results = past(60, 2);
  for (PastResult& result : results) result.ended_ns /= 7;  // many ended together
  const ResultModel model = fitted(results);
  Random random(9);
  random.choose(std::span(results), results.size());
  const ResultModel same = fitted(results);
  EXPECT_EQ(model.coverage().covered, same.coverage().covered);
  for (const double lr : {1e-4, 1e-3, 3e-3}) {
    const Prediction a = *model.predict(config(lr), "c1"), b = *same.predict(config(lr), "c1");
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.high, b.high);
    EXPECT_EQ(a.p_new_best, b.p_new_best);
    EXPECT_EQ(model.distance(config(lr), config(1e-2)), same.distance(config(lr), config(1e-2)));
  }
  const Value known = std::ranges::find_if(results, [](const PastResult& r) {
                        return std::isfinite(r.value);
                      })->config;
  EXPECT_EQ(results[same.nearest(known, "c1", 1).at(0)].config.find("lr")->number_or(0),
            known.find("lr")->number_or(1));
}

TEST_F(ResultModelTest, DivergenceIsToldApartFromBadResults) {
  std::vector<PastResult> results = past(200);
  for (PastResult& result : results)
    if (std::isnan(result.value)) {
      result.diverged = true;
      result.value = 0;  // what stood there last is no result
    }
  const ResultModel model = fitted(results);
  EXPECT_GT(*model.chance_diverged(config(0.7), "c1"), 0.6);
  EXPECT_FALSE(model.predict(config(0.7), "c1"));
  const Prediction good = *model.predict(config(1e-3), "c1");
  EXPECT_LT(good.p_diverge, 0.1);
  EXPECT_GT(good.low, 0.5);
}

TEST_F(ResultModelTest, WhereAllDivergedNothingIsTold) {
  std::vector<PastResult> results = past(40);
  for (PastResult& result : results) result.value = kNaN;
  const ResultModel model = fitted(results);
  EXPECT_EQ(refusal(model, config(1e-3)), "no run has ended with a result");
  EXPECT_FALSE(model.best());
  EXPECT_EQ(model.distance(config(1e-3), config(1.5e-3)), 1.0);
}

TEST_F(ResultModelTest, DominatedIsWhatHardlyBeatsTheBestOfEitherGoal) {
  const std::vector<PastResult> results = past(200);
  const ResultModel most = fitted(results), least = fitted(results, Goal::kMinimize);
  const Prediction bad = *most.predict(config(2e-5, "sgd", 2, 0.3), "c1");
  const Prediction good = *least.predict(config(1e-3, "adam", 4, 0.1), "c1");
  EXPECT_TRUE(bad.is_dominated);
  EXPECT_TRUE(good.is_dominated);
  EXPECT_LT(bad.high, *most.best());
  EXPECT_GT(good.low, *least.best());
  EXPECT_EQ(results[*most.incumbent()].value, *most.best());
}

TEST_F(ResultModelTest, WhatIsNextToTheBestRunIsNeverHopeless) {
  size_t told = 0;
  for (uint64_t chance = 0; chance < 12; ++chance) {
    const std::vector<PastResult> results = past(100, 1, chance);
    const ResultModel model = fitted(results);
    const PastResult& best = results[*model.incumbent()];
    const Value next = with(best.config, "lr", 1.05 * best.config.find("lr")->number_or(0));
    for (const auto& said : {model.predict(best.config, "c1"), model.predict(next, "c1"),
                             model.predict_near(next, "c1", best)}) {
      if (!said) continue;
      EXPECT_FALSE(said->is_dominated);
      EXPECT_GT(said->p_new_best, 0.1);
      ++told;
    }
  }
  EXPECT_GT(told, 6U);
}

TEST_F(ResultModelTest, HardlyAnyRunThatBeatsTheBestIsCalledDominated) {
  double dominated = 0, wrong = 0, better = 0;
  for (uint64_t chance = 0; chance < 12; ++chance) {
    const ResultModel model = fitted(past(40, 1, chance));
    Random random(500 + chance);
    for (int i = 0; i < 60; ++i) {
      const Value planned = any_config(random);
      const double result = accuracy(planned, random);
      const auto said = model.predict(planned, "c1");
      if (!said) continue;
      dominated += said->is_dominated;
      better += result > *model.best();
      wrong += said->is_dominated && result > *model.best();
    }
  }
  EXPECT_GT(dominated, 150);
  EXPECT_LE(wrong / dominated, 0.01);
  EXPECT_GT(better, 5);
  EXPECT_LE(wrong, 0.2 * better);  // also of the few that matter
}

TEST_F(ResultModelTest, ANearRelativeIsToldFromItsParent) {
  // A history in which settings were changed a little at a time.
  const auto relative = [](const Value& config, Random& random) {
    return with(config, "lr",
                config.find("lr")->number_or(0) * std::pow(10, 0.1 * (random.unit() - 0.5)));
  };
  double inside = 0, all = 0, near_width = 0, width = 0;
  for (uint64_t chance = 0; chance < 8; ++chance) {
    std::vector<PastResult> results = past(120, 1, chance);
    Random random(chance);
    for (size_t i = 0; i < results.size(); ++i) {
      if (i % 3 == 0) continue;
      results[i].config = relative(results[i - 1].config, random);
      results[i].value = accuracy(results[i].config, random);
    }
    const ResultModel model = fitted(results);
    for (size_t i = 0; i < 30; ++i) {
      const Value planned = relative(results[i].config, random);
      const auto near = model.predict_near(planned, "c1", results[i]);
      const auto plain = model.predict(planned, "c1");
      const double result = accuracy(planned, random);
      if (!near || !plain || std::isnan(result)) continue;
      EXPECT_TRUE(near->is_near);
      EXPECT_EQ(near->n, 100U);
      inside += near->low <= result && result <= near->high;
      near_width += near->high - near->low;
      width += plain->high - plain->low;
      ++all;
    }
  }
  EXPECT_GE(inside / all, 0.88);
  EXPECT_LT(near_width, 0.8 * width);
}

TEST_F(ResultModelTest, FromARunWithoutResultNothingIsTold) {
  PastResult lost = past(100)[0];
  lost.diverged = true;
  EXPECT_FALSE(fitted(past(100)).predict_near(config(1e-3), "c1", lost));
}

TEST_F(ResultModelTest, DistanceIsInUnitsOfTheNoise) {
  // What depth does is known: 0.01 each, which is 2.5 times the noise.
  double one = 0, three = 0, dropout = 0;
  for (uint64_t chance = 0; chance < 6; ++chance) {
    const ResultModel model = fitted(past(120, 3, chance));
    const Value from = config(1e-3);
    one += model.distance(from, config(1e-3, "adam", 4)) / 6;
    three += model.distance(config(1e-3, "adam", 1), config(1e-3, "adam", 4)) / 6;
    dropout += model.distance(from, config(1e-3, "adam", 3, 0.35)) / 6;
    EXPECT_EQ(model.distance(from, with(with(from, "seed", 4), "num_workers", 9)), 0.0);
    EXPECT_NEAR(model.distance(from, config(1.1e-3)), model.distance(config(1.1e-3), from), 0.5);
  }
  const double unit = 0.01 / kSeedNoise;
  EXPECT_GT(one, 0.5 * unit);
  EXPECT_LT(one, 2.5 * unit);
  EXPECT_GT(three, 1.8 * one);
  EXPECT_GT(dropout, 0.5 * 0.05 / kSeedNoise);
}

TEST_F(ResultModelTest, BothSidesOfAnOptimumAreFarApart) {
  const ResultModel model = fitted(past(150, 2));
  EXPECT_GT(model.distance(config(1e-4), config(1e-2)), 5.0);
}

TEST_F(ResultModelTest, WhatThePastDoesNotTellIsFarByRuleOfThumb) {
  const ResultModel noisy = fitted(past(100, 2)), unknown = fitted(past(100));
  EXPECT_EQ(unknown.distance(config(1e-3), config(1.5e-3)), 1.0);  // no seeds, no unit
  EXPECT_NE(noisy.distance(config(1e-3), config(1.5e-3)), 1.0);
  EXPECT_EQ(noisy.distance(config(1e-3), with(config(1e-3), "epochs", 15)), 1.0);
  EXPECT_EQ(noisy.distance(config(1e-3), config(1e-3, "lion")), 2.0);
  EXPECT_EQ(noisy.distance(config(1e-3), with(config(1e-3), "ema", true)), 2.0);
  EXPECT_EQ(fitted({}).distance(config(1e-3), config(1.5e-3)), 1.0);
}

TEST_F(ResultModelTest, AConstantResultIsPredictedAsItIs) {
  std::vector<PastResult> results = past(40, 2);
  for (PastResult& result : results) result.value = 1;
  for (const char* metric : {"score", "val_acc", "loss"}) {
    const ResultModel model = fitted(results, Goal::kMaximize, metric);
    const Prediction said = *model.predict(results[0].config, "c1");
    EXPECT_NEAR(said.value, 1, 2e-4) << metric;
    EXPECT_NEAR(said.low, said.high, 1e-9);
    EXPECT_FALSE(said.noise);
    EXPECT_EQ(model.distance(config(1e-3), config(1.5e-3)), 1.0);
  }
}

TEST_F(ResultModelTest, OneSettingIsEnough) {
  Random random(1);
  std::vector<PastResult> results;
  for (int64_t i = 0; i < 60; ++i) {
    const double x = random.unit();
    results.push_back({Object{{"x", x}}, "c1", x + 0.01 * random.normal(), 0, i});
  }
  const Prediction said = *fitted(results).predict(Object{{"x", 0.5}}, "c1");
  EXPECT_NEAR(said.value, 0.5, 0.05);
  EXPECT_FALSE(said.cost_s);
}

TEST_F(ResultModelTest, WithoutSettingsThereIsOneConfiguration) {
  std::vector<PastResult> results;
  for (int64_t i = 0; i < 40; ++i)
    results.push_back({Object{{"seed", i}}, "c1", 0.9 + 0.001 * static_cast<double>(i % 7), 5, i});
  const ResultModel model = fitted(results);
  EXPECT_NE(refusal(model, Object{{"seed", 99}}).find("found 1"), std::string::npos);
  EXPECT_NEAR(*model.noise_at(0.9), 0.002, 0.0005);
  EXPECT_EQ(model.replicates(Object{{"seed", 99}}, "c1").size(), 40U);
}

TEST_F(ResultModelTest, RatesStayWithinTheirBoundsAndLossesAboveNothing) {
  std::vector<PastResult> results = past(60);
  const Prediction rate =
      *fitted(results, Goal::kMaximize, "val_accuracy").predict(config(1e-3), "c1");
  EXPECT_LT(rate.high, 1);
  Random random(1);
  for (PastResult& result : results) {
    const double off = std::log10(result.config.find("lr")->number_or(0)) + 3;
    result.value = std::exp(off * off + 0.1 * random.normal());
  }
  const Prediction loss = *fitted(results, Goal::kMinimize, "loss").predict(config(1e-3), "c1");
  EXPECT_GT(loss.low, 0);
  EXPECT_LT(loss.value, 5);
}

TEST_F(ResultModelTest, ProgramsOfOtherCodeHelpButAreNotTheSame) {
  std::vector<PastResult> results = past(80);
  for (size_t i = 0; i < results.size(); i += 2) {
    results[i].code = "c2";
    results[i].value -= 0.3;
  }
  const ResultModel model = fitted(results);
  EXPECT_GT(model.predict(config(1e-3), "c1")->value,
            model.predict(config(1e-3), "c2")->value + 0.1);
}

TEST_F(ResultModelTest, MoreProgramsThanCategoriesAreStillTold) {
  std::vector<PastResult> results = past(400);
  for (size_t i = 0; i < results.size(); ++i) results[i].code = "c" + std::to_string(i);
  const ResultModel model = fitted(results);
  EXPECT_EQ(refusal(model, config(1e-3), "c7"), "");
  EXPECT_EQ(refusal(model, config(1e-3), "new"), "no run had this code");
}

TEST_F(ResultModelTest, TheCostIsThatOfTheNearest) {
  std::vector<PastResult> results = past(100);
  for (PastResult& result : results)
    result.cost_s = 100 * model::find_path(result.config, "model.depth")->number_or(0);
  const ResultModel model = fitted(results);
  EXPECT_LT(*model.predict(config(1e-3, "adam", 1), "c1")->cost_s,
            *model.predict(config(1e-3, "adam", 5), "c1")->cost_s);
}

TEST_F(ResultModelTest, OnlyTheNewestAreLearnedFrom) {
  std::vector<PastResult> results = past(10'000);
  for (size_t i = 0; i < 8'000; ++i) results[i].value -= 1;
  const ResultModel model = fitted(results);
  const Prediction said = *model.predict(config(1e-3), "c1");
  EXPECT_GT(said.value, 0.7);
  EXPECT_LE(said.n, 2000U);
}

TEST_F(ResultModelTest, OddConfigurationsAreNoHarm) {
  std::vector<PastResult> results = past(40);
  results[3].config = nullptr;
  results[4].config = "text";
  results[5].config.set("lr", kNaN);
  results[6].config.set("lr", std::numeric_limits<double>::infinity());
  results[7].config.set("lr", model::List{1, 2});
  results[8].config.set("", 1);
  results[9].value = 1e300;
  results[10].cost_s = kNaN;
  const ResultModel model = fitted(results);
  (void)model.predict(config(1e-3), "c1");
  (void)model.predict(nullptr, "");
  EXPECT_GE(model.distance(nullptr, config(1e-3)), 0);
  EXPECT_EQ(model.distance(nullptr, "text"), 0);
}

}  // namespace
}  // namespace cairn::recall
