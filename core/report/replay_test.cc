// Tests of replays: decisions as Optuna's, what is saved and lost, and what is said of it.
#include "report/replay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "report/replay_order.h"
#include "report/testing/made_search.h"

namespace cairn::report {
namespace {

using sweep::StopRule;
using testing::made_search;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Runs that report at 1, 2, ... seconds and begin one after the other.
RecordedSearch search_of(const std::vector<std::vector<double>>& curves) {
  RecordedSearch search{.name = "s", .metric = "loss"};
  for (const std::vector<double>& values : curves) {
    RecordedRun run{.id = "r" + std::to_string(search.runs.size()),
                    .config = {{"i", static_cast<int64_t>(search.runs.size())}}};
    for (const double value : values) {
      const double step = static_cast<double>(run.reports.size() + 1);
      run.reports.push_back({step, value});
      run.report_s.push_back(step);
    }
    run.ran_s = run.report_s.back();
    if (!search.runs.empty()) run.began_s = search.runs.back().began_s + search.runs.back().ran_s;
    run.result = values.back();
    search.runs.push_back(std::move(run));
  }
  return search;
}

std::vector<size_t> in_order(const RecordedSearch& search) {
  std::vector<size_t> order(search.runs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

Played play_in_order(const RecordedSearch& search, const StopRule& rule, size_t workers = 1) {
  return play(search, rule, in_order(search), workers);
}

// The step at which each run was stopped; 0: it was not.
std::vector<double> stops_of(const Played& played) {
  std::vector<double> stops;
  for (const PlayedRun& run : played.runs) stops.push_back(run.is_stopped ? run.decision.step : 0);
  return stops;
}

const PolicyReplay& replay_of(const Replay& replay, PolicyKind kind) {
  for (const PolicyReplay& told : replay.policies)
    if (told.chosen.policy.kind == kind) return told;
  ADD_FAILURE() << "no such policy";
  return replay.policies.front();
}

// Forty runs of nine steps that cross each other, some without a number at step 3: the same
// arithmetic as in tests/report/optuna_decisions.py, which printed the decisions below.
RecordedSearch crossing_search() {
  std::vector<std::vector<double>> curves;
  for (int trial = 0; trial < 40; ++trial) {
    const double goal = (trial * 37 % 101) / 101.0;
    std::vector<double>& values = curves.emplace_back();
    for (int step = 1; step <= 9; ++step)
      values.push_back(trial % 11 == 5 && step == 3
                           ? kNaN
                           : goal + (1 - goal) / step + (trial * 53 + step * 29) % 17 / 200.0);
  }
  RecordedSearch search = search_of(curves);
  for (size_t i = 0; i < search.runs.size(); ++i) {
    const double step_s = 1 + static_cast<double>(i * 7 % 5) / 8;
    for (double& at_s : search.runs[i].report_s) at_s *= step_s;
    search.runs[i].ran_s = search.runs[i].report_s.back();
  }
  return search;
}

struct Golden {
  size_t workers;
  StopRule rule;
  std::vector<double> stops;
};

constexpr StopRule kMedian{.kind = StopRule::Kind::kMedian};
constexpr StopRule kLateMedian{.kind = StopRule::Kind::kMedian, .startup_trials = 4, .warmup = 3};
constexpr StopRule kAsha{.kind = StopRule::Kind::kSuccessiveHalving};
constexpr StopRule kAshaOfTwo{
    .kind = StopRule::Kind::kSuccessiveHalving, .min_resource = 2, .eta = 2};

TEST(ReplayOrderTest, DecidesAsOptunaDoes) {
  const std::vector<double> asha = {0, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1,
                                    3, 3, 1, 1, 1, 1, 1, 1, 3, 3, 3, 1, 1, 1, 1, 1, 1, 3, 3, 3};
  const std::vector<double> asha_of_two = {0, 2, 2, 4, 2, 2, 4, 2, 2, 4, 2, 8, 2, 2,
                                           4, 4, 2, 4, 2, 2, 4, 2, 8, 4, 2, 8, 2, 2,
                                           4, 2, 2, 4, 2, 8, 4, 2, 8, 2, 2, 4};
  const std::vector<Golden> goldens = {
      {1, kMedian, {0, 0, 0, 0, 0, 2, 0, 2, 1, 1, 1, 0, 2, 2, 0, 1, 1, 1, 1, 1,
                    2, 2, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 2, 2, 2}},
      {1, kLateMedian, {0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3, 3, 3,
                        3, 3, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 3, 3, 3, 3, 3, 3}},
      {1, kAsha, asha},
      {1, kAshaOfTwo, asha_of_two},
      {3, kMedian, {0, 0, 0, 0, 9, 0, 3, 2, 2, 1, 1, 0, 2, 2, 0, 2, 2, 3, 1, 1,
                    2, 2, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 1, 2, 2, 2}},
      {3, kLateMedian, {0, 0, 0, 0, 6, 6, 3, 3, 3, 3, 3, 0, 3, 3, 4, 3, 3, 3, 3, 3,
                        3, 3, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 3, 3, 3, 3, 3, 3}},
      {3, kAsha, asha},
      {3, kAshaOfTwo, asha_of_two}};
  const RecordedSearch search = crossing_search();
  for (const Golden& golden : goldens)
    EXPECT_EQ(stops_of(play_in_order(search, golden.rule, golden.workers)), golden.stops)
        << golden.workers << " workers";
}

TEST(ReplayOrderTest, AStoppedRunIsChargedUntilItsStopAndFreesItsWorker) {
  // By the median of one: the second run is stopped at its first report.
  StopRule rule = kMedian;
  rule.startup_trials = 1;
  const Played played = play_in_order(search_of({{1, 1, 1}, {2, 2, 2}, {0, 0, 0}}), rule);
  EXPECT_EQ(stops_of(played), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(played.runs[1].cost_s, 1);
  EXPECT_EQ(played.cost_s, 7);
  EXPECT_EQ(played.span_s, 7);
  EXPECT_EQ(played.incumbents, (std::vector<std::pair<double, double>>{{3, 1}, {7, 0}}));
}

TEST(ReplayOrderTest, WorkersShareTheRuns) {
  const RecordedSearch search = search_of({{1, 1, 1}, {2, 2, 2}, {0, 0, 0}});
  const Played played = play_in_order(search, {}, 2);
  EXPECT_EQ(played.cost_s, 9);
  EXPECT_EQ(played.span_s, 6);
}

TEST(ReplayOrderTest, NothingIsKnownOfWhatHasNotBeenReportedYet) {
  // Side by side the first is not finished when the second reports: no median to be held against.
  StopRule rule = kMedian;
  rule.startup_trials = 1;
  const RecordedSearch search = search_of({{1, 1, 1}, {2, 2}});
  EXPECT_EQ(stops_of(play_in_order(search, rule, 1)), (std::vector<double>{0, 1}));
  EXPECT_EQ(stops_of(play_in_order(search, rule, 2)), (std::vector<double>{0, 0}));
}

TEST(ReplayOrderTest, PausedRunsGoOnWhenTheyAreAmongTheBest) {
  StopRule rule = kAsha;
  rule.with_promotion = true;
  rule.max_resource = 3;
  const Played played =
      play_in_order(search_of({{3, 3, 3}, {1, 1, 1}, {2, 2, 2}, {4, 4, 4}}), rule);
  EXPECT_EQ(stops_of(played), (std::vector<double>{1, 0, 1, 1}));
  EXPECT_EQ(played.cost_s, 6);
}

// Runs of one level each, which never cross, shuffled.
RecordedSearch flat_search(size_t runs = 30, size_t steps = 9) {
  std::vector<std::vector<double>> curves;
  for (size_t i = 0; i < runs; ++i)
    curves.emplace_back(steps, static_cast<double>(1 + i * 7 % runs));
  return search_of(curves);
}

TEST(ReplayTest, CurvesThatNeverCrossLoseNothing) {
  const Replay replay = replay_search(flat_search(), {}, {.orders = 50});
  ASSERT_EQ(replay.reason, "");
  ASSERT_EQ(replay.policies.size(), 3U);
  for (const PolicyReplay& told : replay.policies) {
    EXPECT_EQ(told.best_kept.value, 1);
    EXPECT_LT(told.best_kept.low, 1);
    EXPECT_EQ(told.regret.max, 0);
    EXPECT_TRUE(told.recorded_best_kept);
    EXPECT_GT(told.saved.value, 0.1);
    EXPECT_LE(told.saved.low, told.saved.value);
    EXPECT_GE(told.saved.high, told.saved.value);
    EXPECT_EQ(told.top_kept[0], 1);
    EXPECT_EQ(told.chosen.searches, 0U);
    EXPECT_NEAR(told.saved_diverged + told.saved_best_quarter + told.saved_others, told.saved.value,
                1e-9);
  }
}

TEST(ReplayTest, WithoutAPolicyNothingIsSaved) {
  const Replay replay =
      replay_search(flat_search(), {}, {.policies = {PolicyKind::kNone}, .orders = 20});
  EXPECT_EQ(replay.policies[0].saved.value, 0);
  EXPECT_EQ(replay.policies[0].best_kept.value, 1);
}

TEST(ReplayTest, ALateBloomerIsLostAndSaidToBe) {
  std::vector<std::vector<double>> curves;
  for (size_t i = 0; i < 30; ++i)
    curves.emplace_back(27, 1 + static_cast<double>(i * 7 % 30) / 100);
  curves[12].assign(27, 9);
  curves[12].back() = 0.5;
  const Replay replay = replay_search(search_of(curves), {}, {.orders = 60});
  const PolicyReplay& asha = replay_of(replay, PolicyKind::kAsha);
  EXPECT_LT(asha.best_kept.value, 0.2);
  EXPECT_NEAR(asha.regret.p95, 0.5, 1e-9);
  EXPECT_NE(asha.sentence.find("in 95 % of orders the survivor is at most 0.5 worse"),
            std::string::npos)
      << asha.sentence;
}

TEST(ReplayTest, AGuardAgainstNanSavesWhatCameAfter) {
  RecordedSearch search = flat_search(20, 10);
  for (const size_t i : {3U, 8U}) {
    for (size_t step = 4; step < 10; ++step) search.runs[i].reports[step].value = kNaN;
    search.runs[i].result = kNaN;
  }
  const Replay replay = replay_search(search, {}, {.policies = {PolicyKind::kNan}, .orders = 20});
  const PolicyReplay& guard = replay.policies[0];
  EXPECT_NEAR(guard.saved.value, 2 * 5.0 / 200, 1e-12);  // stopped at the fifth of ten steps
  EXPECT_NEAR(guard.saved_diverged, guard.saved.value, 1e-12);
  EXPECT_EQ(guard.best_kept.value, 1);
}

TEST(ReplayTest, EnergyIsSavedInTheRunsOwnProportion) {
  RecordedSearch search = flat_search(20, 10);
  for (RecordedRun& run : search.runs) run.kwh = 0.5;
  const Replay replay =
      replay_search(search, {}, {.policies = {PolicyKind::kMedian}, .orders = 20});
  EXPECT_NEAR(replay.policies[0].saved_kwh.value, 10 * replay.policies[0].saved.value, 1e-9);
  EXPECT_NEAR(replay.kwh, 10, 1e-12);
}

TEST(ReplayTest, RunsThatWereCutAreToldApart) {
  RecordedSearch search = flat_search(30, 9);
  for (size_t i = 0; i < 6; ++i) {
    RecordedRun& run = search.runs[5 * i];
    run.is_censored = true;
    run.reports.resize(4);
    run.report_s.resize(4);
    run.ran_s = 4;
  }
  const Replay replay = replay_search(search, {}, {.orders = 20});
  EXPECT_EQ(replay.cut, 6U);
  EXPECT_EQ(replay.cost_s, 24 * 9 + 6 * 4);
  for (const PolicyReplay& told : replay.policies) {
    ASSERT_TRUE(told.saved_without_cut);
    EXPECT_GE(told.saved_without_cut->value, 0);
  }
  EXPECT_FALSE(replay_search(flat_search(), {}, {.orders = 10}).policies[0].saved_without_cut);
}

TEST(ReplayTest, ParametersAreChosenOnOtherSearches) {
  // There the best are the worst until a third of the way, so that an early first rung loses them.
  std::vector<RecordedSearch> others;
  for (size_t k = 0; k < 2; ++k) {
    std::vector<std::vector<double>> curves;
    for (size_t i = 0; i < 40; ++i) {
      const double level = static_cast<double>(1 + (i * 7 + k) % 40);
      std::vector<double>& values = curves.emplace_back(27, level);
      std::fill_n(values.begin(), 8, 100 - level);
    }
    others.push_back(search_of(curves));
  }
  const Replay replay = replay_search(flat_search(30, 27), others, {.orders = 10});
  const PolicyReplay& asha = replay_of(replay, PolicyKind::kAsha);
  EXPECT_EQ(asha.chosen.searches, 2U);
  EXPECT_NEAR(asha.chosen.policy.first_share, 1.0 / 3, 1e-12);
  EXPECT_EQ(replay_of(replay, PolicyKind::kAuto).chosen.searches, 0U);
}

TEST(ReplayTest, FewRunsOrNoCurveAreASentence) {
  EXPECT_EQ(replay_search(flat_search(4), {}, {}).reason,
            "a replay needs at least 10 runs with a curve of 'loss', found 4 of 4 runs: 6 more "
            "would do");
  EXPECT_NE(replay_search(flat_search(12, 1), {}, {}).reason.find("was logged once"),
            std::string::npos);
  RecordedSearch diverged = flat_search(12);
  for (RecordedRun& run : diverged.runs) run.result = kNaN;
  EXPECT_EQ(replay_search(diverged, {}, {}).reason,
            "none of 12 runs has a finite result of 'loss'");
  RecordedSearch timeless = flat_search(12);
  for (RecordedRun& run : timeless.runs) run.ran_s = 0;
  EXPECT_EQ(replay_search(timeless, {}, {}).reason, "nobody knows how long the runs took");
}

TEST(ReplayTest, TheSameRunsGiveTheSameAnswer) {
  const RecordedSearch search = made_search({.runs = 40, .steps = 12});
  const ReplayOptions options{.orders = 20};
  EXPECT_EQ(to_value(replay_search(search, {}, options)),
            to_value(replay_search(search, {}, options)));
}

TEST(ReplayTest, WorkersAreAsManyAsRanAtOnce) {
  EXPECT_EQ(recorded_workers(made_search({.runs = 40, .steps = 12, .workers = 8})), 8U);
  EXPECT_EQ(recorded_workers(flat_search()), 1U);
}

TEST(ReplayTest, LuckIsTakenOffTheBest) {
  RecordedSearch search = made_search({.runs = 60, .steps = 6, .noise_sd = 0.05});
  for (size_t i = 0; i < search.runs.size(); ++i)  // pairs of one configuration
    search.runs[i].config = search.runs[i / 2 * 2].config;
  const Replay replay = replay_search(search, {}, {.orders = 10});
  EXPECT_TRUE(replay.noise.is_measured);
  EXPECT_GT(replay.best_rescored, replay.best);  // less is better
}

// --- checks

std::map<std::string, ReplayCheck> checks_of(const RecordedSearch& search) {
  std::map<std::string, ReplayCheck> checks;
  for (const ReplayCheck& check : replay_search(search, {}, {.orders = 10}).checks)
    checks[check.name] = check;
  return checks;
}

TEST(ReplayChecksTest, AllOfThemAreSaid) {
  RecordedSearch search = flat_search();
  search.is_adaptive = false;
  const auto checks = checks_of(search);
  EXPECT_EQ(checks.size(), 6U);
  for (const auto& [name, check] : checks) {
    EXPECT_EQ(check.is_fine, name != "luck") << name;
    EXPECT_FALSE(check.found.empty()) << name;
  }
}

TEST(ReplayChecksTest, WhatIsDoubtfulIsFlagged) {
  RecordedSearch search = flat_search();
  search.is_adaptive = true;
  for (size_t i = 0; i < search.runs.size(); ++i) {
    RecordedRun& run = search.runs[i];
    run.settings = {{"opt.schedule", "cosine"}, {"dataset", i % 2 ? "mnist" : "svhn"}};
    if (i % 3 == 0)
      for (sweep::Report& report : run.reports) report.step += 0.5;
  }
  search.runs[4].is_censored = true;
  for (const auto& [name, check] : checks_of(search)) EXPECT_FALSE(check.is_fine) << name;
}

TEST(PolicyTest, NamesAreReadAndTheNearestIsOffered) {
  EXPECT_EQ(parse_policy("asha").value(), PolicyKind::kAsha);
  const auto unknown = parse_policy("medain");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("did you mean median?"), std::string::npos);
}

}  // namespace
}  // namespace cairn::report
