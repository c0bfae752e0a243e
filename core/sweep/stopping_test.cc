// Tests of the rules that compare with a percentile or look at one trial, and of what holds for
// all rules.
#include "sweep/stopping.h"

#include <gtest/gtest.h>

#include "sweep/testing/curves.h"

namespace cairn::sweep {
namespace {

using testing::Curves;
using testing::kNaN;
using testing::reports;
using Kind = StopRule::Kind;

// Five finished trials, of which one has reached 1, 2, ... 5 at its second and last step.
Curves five_finished() {
  Curves curves;
  for (const double result : {4.0, 2.0, 5.0, 1.0, 3.0}) curves.finished({10 * result, result});
  return curves;
}

TEST(MedianTest, WhatIsWorseThanTheMedianOfFinishedTrialsIsStopped) {
  const StopRule rule{.kind = Kind::kMedian};
  const Decision worse = five_finished().running({20, 3.5}).judge_last(rule);
  EXPECT_TRUE(worse.stop);
  EXPECT_EQ(worse.limit, 3);
  EXPECT_EQ(worse.step, 2);
  EXPECT_EQ(worse.rule, "median");
  EXPECT_EQ(worse.reason, "3.5 until step 2 is above the median 3 of 5 trials");
  EXPECT_FALSE(five_finished().running({20, 3}).judge_last(rule).stop);
}

TEST(MedianTest, TheBestUntilNowCounts) {
  EXPECT_FALSE(five_finished().running({2, 50}).judge_last({.kind = Kind::kMedian}).stop);
}

TEST(MedianTest, AReasonSpeaksInTheSenseOfTheMetric) {
  Curves curves;
  for (int i = 0; i < 5; ++i) curves.finished({-0.9});
  const Decision worse = curves.running({-0.5}).maximized().judge_last({.kind = Kind::kMedian});
  EXPECT_TRUE(worse.stop);
  EXPECT_EQ(worse.limit, 0.9);
  EXPECT_EQ(worse.reason, "0.5 until step 1 is below the median 0.9 of 5 trials");
}

TEST(MedianTest, NothingIsStoppedByFewTrialsOrBeforeTheWarmUp) {
  EXPECT_FALSE(
      five_finished().running({99}).judge_last({.kind = Kind::kMedian, .startup_trials = 6}).stop);
  EXPECT_FALSE(five_finished().running({99}).judge_last({.kind = Kind::kMedian, .warmup = 2}).stop);
  EXPECT_TRUE(
      five_finished().running({99, 99}).judge_last({.kind = Kind::kMedian, .warmup = 2}).stop);
}

TEST(MedianTest, ADecisionIsTakenOncePerInterval) {
  const StopRule rule{.kind = Kind::kMedian, .interval = 4};
  const std::vector<double> bad(8, 99);
  Curves curves;
  for (int i = 0; i < 5; ++i) curves.finished(std::vector<double>(8, 1));
  std::vector<double> decided;
  for (size_t count = 1; count <= bad.size(); ++count) {
    Curves seen = curves;
    if (seen.running({bad.begin(), bad.begin() + static_cast<ptrdiff_t>(count)})
            .judge_last(rule)
            .stop)
      decided.push_back(static_cast<double>(count));
  }
  EXPECT_EQ(decided, (std::vector<double>{1, 4, 8}));
}

TEST(MedianTest, ATrialWithoutANumberIsStopped) {
  EXPECT_TRUE(five_finished().running({kNaN, kNaN}).judge_last({.kind = Kind::kMedian}).stop);
  EXPECT_FALSE(five_finished().running({kNaN, 1}).judge_last({.kind = Kind::kMedian}).stop);
}

TEST(MedianTest, CurvesWithOtherStepsAreComparedAtTheNewestOneBefore) {
  Curves curves;
  for (int i = 0; i < 5; ++i) curves.add({{10, 5}, {20, 3}, {30, 1}}, true);
  EXPECT_EQ(Curves(curves).add({{25, 9}}, false).judge_last({.kind = Kind::kMedian}).limit, 3);
  EXPECT_EQ(Curves(curves).add({{20, 9}}, false).judge_last({.kind = Kind::kMedian}).limit, 3);
  // Nobody came so far, or nobody had begun.
  EXPECT_FALSE(Curves(curves).add({{31, 9}}, false).judge_last({.kind = Kind::kMedian}).stop);
  EXPECT_FALSE(Curves(curves).add({{5, 9}}, false).judge_last({.kind = Kind::kMedian}).stop);
}

TEST(PercentileTest, LiesBetweenTwoTrialsInProportion) {
  const StopRule rule{.kind = Kind::kPercentile, .percentile = 30};
  const Decision decision = five_finished().running({20, 2.3}).judge_last(rule);
  EXPECT_DOUBLE_EQ(decision.limit, 2.2);
  EXPECT_TRUE(decision.stop);
  EXPECT_EQ(decision.reason,
            "2.3 until step 2 is above 2.2, the limit of the best 30 % of 5 trials");
}

TEST(PatienceTest, StopsAfterSoManyReportsWithoutAGain) {
  const StopRule rule{.kind = Kind::kPatience, .patience = 3};
  EXPECT_FALSE(Curves().running({5, 4, 4, 6}).judge_last(rule).stop);
  const Decision decision = Curves().running({5, 4, 4, 6, kNaN}).judge_last(rule);
  EXPECT_TRUE(decision.stop);
  EXPECT_EQ(decision.reason, "the last 3 reports until step 5 are no improvement on 4");
  EXPECT_FALSE(Curves().running({5, 4, 4, 6, 3}).judge_last(rule).stop);
  EXPECT_TRUE(Curves().running({kNaN, kNaN, kNaN}).judge_last(rule).stop);
}

TEST(PatienceTest, SmallGainsAddUp) {
  const StopRule rule{.kind = Kind::kPatience, .patience = 3, .min_gain = 1};
  EXPECT_TRUE(Curves().running({5, 4.8, 4.6, 4.4}).judge_last(rule).stop);
  EXPECT_FALSE(Curves().running({5, 4.6, 4.2, 4}).judge_last(rule).stop);
}

TEST(ThresholdTest, StopsOutsideOfItsBoundsInTheMetricsSense) {
  const StopRule rule{.kind = Kind::kThreshold, .low = 0.1, .high = 2};
  EXPECT_FALSE(Curves().running({1.5}).judge_last(rule).stop);
  EXPECT_EQ(Curves().running({2.5}).judge_last(rule).reason, "2.5 at step 1 is above 2");
  const Decision low = Curves().running({-0.05}).maximized().judge_last(rule);
  EXPECT_EQ(low.reason, "0.05 at step 1 is below 0.1");
  EXPECT_EQ(low.limit, 0.1);
  EXPECT_TRUE(Curves().running({kNaN}).judge_last(rule).stop);
}

TEST(StoppingTest, WithoutARuleOrAReportNothingIsStopped) {
  EXPECT_FALSE(five_finished().running({99, 99}).judge_last({}).stop);
  for (int kind = 0; kind <= static_cast<int>(Kind::kAuto); ++kind) {
    const StopRule rule{.kind = static_cast<Kind>(kind)};
    EXPECT_FALSE(five_finished().running({}).judge_last(rule).stop) << kind;
    EXPECT_FALSE(Curves().running({1}).judge_last(rule).stop) << kind;
  }
}

// What Optuna 5.0.0 decided about these twelve trials, run one after the other: the step at which
// each was stopped, 0 where it was not.
struct Golden {
  StopRule rule;
  std::vector<double> stopped;
};

TEST(StoppingTest, DecidesAsOptunaDoes) {
  const std::vector<std::vector<double>> trials = {
      {1.13, 0.63, 0.54, 0.47, 0.32, 0.44}, {1.19, 1.01, 0.83, 0.81, 0.82, 0.76},
      {1.1, 0.65, 0.47, 0.4, 0.31, 0.28},   {0.75, 0.57, 0.52, 0.66, 0.45, 0.5},
      {1.15, 0.55, kNaN, 0.39, 0.31, 0.29}, {0.41, 0.2, 0.12, 0.16, 0.13, 0.04},
      {0.77, 0.45, 0.4, 0.29, 0.26, 0.23},  {kNaN, 0.59, 0.59, 0.62, 0.51, 0.55},
      {1.37, 1.12, 0.93, 0.83, 0.8, 0.67},  {0.5, 0.47, 0.35, 0.36, 0.37, 0.53},
      {0.59, 0.49, 0.48, 0.47, 0.42, 0.38}, {0.98, 0.6, 0.34, 0.28, 0.23, 0.26}};
  const std::vector<Golden> goldens = {
      {{.kind = Kind::kMedian}, {0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 4, 2}},
      {{.kind = Kind::kMedian, .startup_trials = 2, .warmup = 2, .interval = 2},
       {0, 0, 0, 4, 0, 0, 0, 4, 2, 6, 4, 2}},
      {{.kind = Kind::kPercentile, .percentile = 25, .startup_trials = 3},
       {0, 0, 0, 3, 1, 0, 3, 1, 1, 4, 3, 1}},
      {{.kind = Kind::kPercentile, .percentile = 75, .startup_trials = 1, .min_trials = 3},
       {0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 5, 0}},
      {{.kind = Kind::kSuccessiveHalving, .min_resource = 2, .eta = 2},
       {0, 2, 2, 4, 0, 0, 0, 2, 2, 0, 4, 2}},
      {{.kind = Kind::kSuccessiveHalving, .min_resource = 1, .eta = 3},
       {0, 1, 0, 3, 1, 0, 1, 1, 1, 3, 3, 1}},
      {{.kind = Kind::kWilcoxon}, {0, 4, 0, 0, 0, 0, 4, 0, 4, 4, 4, 4}},
      {{.kind = Kind::kWilcoxon, .warmup = 3, .p_value = 0.3},
       {0, 3, 0, 0, 0, 0, 3, 0, 3, 3, 3, 3}}};
  Curves curves;
  for (const auto& values : trials) curves.finished(values);
  for (const Golden& golden : goldens) {
    const auto replayed = replay(golden.rule, curves.all());
    std::vector<double> stopped;
    for (const Replayed& one : replayed)
      stopped.push_back(one.decision.stop ? one.decision.step : 0);
    EXPECT_EQ(stopped, golden.stopped) << replayed[0].decision.rule;
  }
}

TEST(FinishedResultsTest, DecideAsTheCurvesThemselves) {
  Curves curves;
  for (int trial = 0; trial < 30; ++trial) {
    std::vector<Report> reports;
    // Every third one reports at other steps, some give no number, some have not finished.
    for (int i = 1; i <= 8; ++i)
      reports.push_back({trial % 3 == 0 ? 1.5 * i : i,
                         (trial + i) % 13 == 0 ? kNaN : (trial * 37 % 31 + 20.0 / i) / 10});
    curves.add(reports, trial % 5 != 4);
  }
  FinishedResults finished;
  for (const Curve& curve : curves.all())
    if (curve.has_finished) finished.add(curve);
  for (const StopRule& rule :
       {StopRule{.kind = Kind::kMedian}, StopRule{.kind = Kind::kMedian, .min_trials = 12},
        StopRule{.kind = Kind::kPercentile, .percentile = 30}})
    for (const Curve& curve : curves.all()) {
      if (curve.has_finished) continue;
      for (size_t i = 1; i <= curve.reports.size(); ++i) {
        Curve seen = curve;
        seen.reports = curve.reports.first(i);
        const Decision looked_up = judge(rule, seen, curves.all());
        const Decision known = judge(rule, seen, curves.all(), finished);
        EXPECT_EQ(known.stop, looked_up.stop);
        EXPECT_EQ(known.reason, looked_up.reason);
      }
    }
}

TEST(ReplayTest, TellsWhatWouldHaveBeenSaved) {
  const auto replayed =
      replay({.kind = Kind::kMedian, .startup_trials = 1},
             Curves().finished({3, 2, 1}).finished({4, 3, 2}).finished({2, 1, 0}).all());
  ASSERT_EQ(replayed.size(), 3U);
  EXPECT_EQ(replayed[0].steps_saved, 0);
  EXPECT_TRUE(replayed[1].decision.stop);
  EXPECT_EQ(replayed[1].steps_saved, 2);
  EXPECT_FALSE(replayed[2].decision.stop);
  EXPECT_EQ(replayed[2].decision.reason, "0 until step 3 is not above the median 1 of 1 trials");
}

// A front from (1, 5) to (5, 1), and one more trial that is not yet on it.
struct TwoObjectives {
  explicit TwoObjectives(double first, double second) {
    for (int i = 1; i <= 5; ++i) {
      a.finished({static_cast<double>(i)});
      b.finished({static_cast<double>(6 - i)});
    }
    a.running({first});
    b.running({second});
  }
  Decision judge_last(const StopRule& rule) const {
    const std::vector<Curve> current = {a.all().back(), b.all().back()};
    const std::vector<std::vector<Curve>> others = {a.all(), b.all()};
    return judge(rule, current, others);
  }
  Curves a, b;
};

TEST(SeveralObjectivesTest, ATrialIsStoppedWhereItIsPoorInAllAndBeaten) {
  const StopRule rule{.kind = Kind::kMedian};
  EXPECT_TRUE(TwoObjectives(6, 6).judge_last(rule).stop);
  EXPECT_FALSE(TwoObjectives(6, 2).judge_last(rule).stop);
}

TEST(SeveralObjectivesTest, TheMiddleOfAFrontIsKept) {
  // Far from the best quarter by either objective, and still nobody is better in both.
  const StopRule rule{.kind = Kind::kPercentile, .percentile = 25};
  const Decision decision = TwoObjectives(2.9, 2.9).judge_last(rule);
  EXPECT_FALSE(decision.stop);
  EXPECT_NE(decision.reason.find("; 0 of 5 trials are better in all objectives"),
            std::string::npos);
}

}  // namespace
}  // namespace cairn::sweep
