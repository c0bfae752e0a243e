// Tests of the whole way from configurations to a prediction, or to a refusal.
#include "surrogate/result_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "surrogate/random.h"

namespace cairn::surrogate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSeedNoise = 0.005;

// A made-up training: accuracy peaks at a learning rate that depends on the optimiser, and
// diverges far above it.
Row config(double lr, const char* optimizer, int depth = 3) {
  return {{"lr", lr}, {"optimizer", optimizer}, {"depth", depth}, {"epochs", 10}};
}

double accuracy(const Row& row, Random& random) {
  const double best = row[1].second == model::Value("adam") ? -3 : -1;
  const double off = std::log10(row[0].second.number_or(0)) - best;
  if (off > 1.5) return kNaN;
  const double depth = row[2].second.number_or(0);
  return 0.9 - 0.1 * off * off + 0.01 * (depth - 3) + kSeedNoise * random.normal();
}

struct Runs {
  std::vector<Row> configs;
  std::vector<double> results;
  History history() const { return {configs, results}; }
};

Runs made_runs(size_t count, uint64_t seed, size_t replicates = 1) {
  Random random(seed);
  Runs runs;
  for (size_t i = 0; i < count; ++i) {
    const double lr = std::pow(10, -5 + 5 * random.unit());
    const Row row =
        config(lr, random.below(2) == 0 ? "adam" : "sgd", 1 + static_cast<int>(random.below(5)));
    for (size_t k = 0; k < replicates; ++k) {
      runs.configs.push_back(row);
      runs.results.push_back(accuracy(row, random));
    }
  }
  return runs;
}

ResultModel learned(const Runs& runs) {
  auto model = ResultModel::learn(runs.history(), 1);
  EXPECT_TRUE(model.has_value()) << model.error().message();
  return *std::move(model);
}

std::string refusal(const ResultModel& model, const Row& row) {
  const auto prediction = model.predict(row, 0.1);
  if (prediction) return "";
  EXPECT_EQ(prediction.error().code(), Code::kUnavailable);
  return prediction.error().message();
}

TEST(ResultModelTest, IntervalsHoldNewRuns) {
  double inside = 0, all = 0, width = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const ResultModel model = learned(made_runs(120, seed));
    const Runs fresh = made_runs(60, 1000 + seed);
    for (size_t i = 0; i < fresh.configs.size(); ++i) {
      const auto said = model.predict(fresh.configs[i], 0.1);
      if (!said || std::isnan(fresh.results[i])) continue;
      inside += said->interval.low <= fresh.results[i] && fresh.results[i] <= said->interval.high;
      width += said->interval.high - said->interval.low;
      ++all;
    }
  }
  EXPECT_GT(all, 350);
  EXPECT_GE(inside / all, 0.85);
  EXPECT_LE(inside / all, 0.96);
  EXPECT_LT(width / all, 0.25);  // all results lie within 0.9
}

TEST(ResultModelTest, ANearRelativeIsKnownMoreNarrowly) {
  double inside = 0, all = 0, near_width = 0, width = 0;
  Random random(3);
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Runs runs = made_runs(150, seed);
    const ResultModel model = learned(runs);
    for (size_t i = 0; i < 40; ++i) {
      if (std::isnan(runs.results[i])) continue;
      Row relative = runs.configs[i];
      relative[0].second = relative[0].second.number_or(0) * 1.1;
      const auto said = model.predict_near(relative, runs.configs[i], runs.results[i], 0.1);
      const auto plain = model.predict(relative, 0.1);
      const double result = accuracy(relative, random);
      if (!said || !plain || std::isnan(result)) continue;
      inside += said->interval.low <= result && result <= said->interval.high;
      near_width += said->interval.high - said->interval.low;
      width += plain->interval.high - plain->interval.low;
      ++all;
    }
  }
  EXPECT_GE(inside / all, 0.85);
  EXPECT_LT(near_width, 0.9 * width);
}

TEST(ResultModelTest, RefusesRatherThanGuesses) {
  const ResultModel model = learned(made_runs(100, 1));
  EXPECT_EQ(refusal(model, config(1e-3, "adam")), "");
  EXPECT_EQ(refusal(model, config(1e-3, "lion")), "optimizer has a value that no run had");
  EXPECT_NE(refusal(model, config(1e3, "adam")).find("further"), std::string::npos);
  Row longer = config(1e-3, "adam");
  longer[3].second = 20;
  EXPECT_EQ(refusal(model, longer), "epochs was the same in all runs and is not now");
  Row extended = config(1e-3, "adam");
  extended.emplace_back("ema", true);
  EXPECT_EQ(refusal(model, extended), "ema was set in no run");
  EXPECT_NE(refusal(learned(made_runs(14, 1)), config(1e-3, "adam")).find("15"), std::string::npos);
}

TEST(ResultModelTest, DivergenceIsItsOwnQuestion) {
  const ResultModel model = learned(made_runs(200, 2));
  EXPECT_FALSE(model.predict(config(0.7, "adam"), 0.1));  // nobody saw a result there
  EXPECT_GT(*model.chance_diverged(config(0.7, "adam")), 0.6);
  EXPECT_FALSE(model.chance_diverged(config(1e6, "adam")));
  EXPECT_LT(model.predict(config(1e-4, "adam"), 0.1)->chance_diverged, 0.1);
  EXPECT_GT(model.predict(config(1e-4, "adam"), 0.1)->chance_diverged, 0);
}

TEST(ResultModelTest, WhatCannotBeatTheBestIsKnownNotTo) {
  const ResultModel model = learned(made_runs(200, 2));
  EXPECT_LT(*model.chance_above(config(2e-5, "sgd", 1), 0.9), 0.05);
  EXPECT_GT(*model.chance_above(config(1e-3, "adam", 5), 0.9), 0.3);
  EXPECT_GT(*model.chance_below(config(2e-5, "sgd", 1), 0.9), 0.9);
  EXPECT_FALSE(model.chance_above(config(1e-3, "lion"), 0.9));
}

TEST(ResultModelTest, ANearRelativeBeatsItsParentAboutHalfTheTime) {
  const Runs runs = made_runs(150, 2);
  const ResultModel model = learned(runs);
  const Row parent = config(1e-3, "adam"), relative = config(1.05e-3, "adam");
  const double above = *model.chance_near_above(relative, parent, 0.9, 0.9);
  EXPECT_NEAR(above, 0.5, 0.25);
  EXPECT_NEAR(above + *model.chance_near_below(relative, parent, 0.9, 0.9), 1, 0.05);
  EXPECT_LT(*model.chance_near_above(relative, parent, 0.5, 0.9), 0.02);
  EXPECT_GT(*model.chance_near_below(relative, parent, 0.5, 0.9), 0.9);
  EXPECT_FALSE(model.chance_near_above(config(1e-3, "lion"), parent, 0.9, 0.9));
}

TEST(ResultModelTest, ReplicatesTellTheNoise) {
  const ResultModel model = learned(made_runs(60, 4, 3));
  EXPECT_LE(model.configurations(), 60U);
  EXPECT_NEAR(model.noise().overall()->sd, kSeedNoise, 0.001);
  EXPECT_FALSE(learned(made_runs(60, 4)).noise().overall());
}

TEST(ResultModelTest, NeighboursAreRunsOfTheHistory) {
  const Runs runs = made_runs(100, 5);
  const ResultModel model = learned(runs);
  for (const uint32_t i : {3U, 50U, 99U}) {
    if (std::isnan(runs.results[i])) continue;
    EXPECT_EQ(model.nearest(runs.configs[i], 2).at(0), i);
  }
}

TEST(ResultModelTest, IntervalsStayWithinWhatAMetricCanBe) {
  Runs runs = made_runs(100, 6);
  History history = runs.history();
  history.scale = TargetScale::kLogit;
  const ResultModel model = *ResultModel::learn(history, 1);
  const Prediction said = *model.predict(config(1e-3, "adam"), 0.02);
  EXPECT_GT(said.interval.low, 0);
  EXPECT_LT(said.interval.high, 1);
  EXPECT_LT(said.interval.low, said.expected);
}

TEST(ResultModelTest, NothingToLearnFromIsAnError) {
  EXPECT_EQ(ResultModel::learn({}, 1).error().code(), Code::kInvalid);
  Runs diverged = made_runs(20, 1);
  std::ranges::fill(diverged.results, kNaN);
  EXPECT_EQ(ResultModel::learn(diverged.history(), 1).error().code(), Code::kInvalid);
  diverged.results.pop_back();
  EXPECT_EQ(ResultModel::learn(diverged.history(), 1).error().code(), Code::kInvalid);
}

}  // namespace
}  // namespace cairn::surrogate
