// Tests of the detectors: each on a history of its own, calibrated on other sweeps.
#include "report/knowable.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>

#include "surrogate/random.h"

namespace cairn::report {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kPoints = 100;
constexpr double kPeriodS = 10;  // between points
constexpr int64_t kNs = 1'000'000'000;

// Runs one after another: their losses fall to an end of their own, logged every ten seconds.
class KnowableTest : public ::testing::Test {
 protected:
  // y(t) = end + (1 - end) exp(-t / 15), with a little noise.
  RunCurves falling(double end) {
    RunCurves curves;
    for (size_t i = 0; i < kPoints; ++i) {
      const auto t = static_cast<double>(i);
      const double value = end + (1 - end) * std::exp(-t / 15) + 0.002 * x_random.normal();
      curves.metric.step.push_back(t);
      curves.metric.at_s.push_back(kPeriodS * (t + 1));
      curves.metric.value.push_back(value);
    }
    curves.loss = curves.metric;
    return curves;
  }
  size_t add(RunCurves curves, const std::string& sweep) {
    x_curves.push_back(std::move(curves));
    x_sweeps.push_back(sweep);
    const int64_t began_ns = static_cast<int64_t>(x_runs.size()) * 2000 * kNs;
    x_runs.push_back({x_sweeps.back(), x_sweeps.back(), began_ns, began_ns + 1000 * kNs, true,
                      &x_curves.back(), nullptr});
    return x_runs.size() - 1;
  }
  // Four sweeps of 40 good runs each whose ends lie between 0.1 and 0.2.
  void given_history() {
    for (const char* sweep : {"a", "b", "c", "d"})
      for (size_t i = 0; i < 40; ++i) add(falling(0.1 + 0.1 * x_random.unit()), sweep);
  }
  Knowable known(size_t run) { return find_knowable(x_runs).runs[run]; }

  surrogate::Random x_random{7};
  std::deque<RunCurves> x_curves;
  std::deque<std::string> x_sweeps;
  std::vector<WatchedRun> x_runs;
};

TEST_F(KnowableTest, ALossThatIsNoNumberIsKnownAtOnce) {
  given_history();
  RunCurves curves = falling(0.15);
  for (size_t i = 40; i < kPoints; ++i) curves.loss.value[i] = curves.metric.value[i] = kNan;
  const Knowable known = this->known(add(curves, "a"));
  ASSERT_TRUE(known.diverged);
  EXPECT_EQ(known.diverged->by, Detector::kNotANumber);
  EXPECT_EQ(known.diverged->at_s, 410);
}

TEST_F(KnowableTest, ALossThatIsNoNumberNeedsNoOtherRuns) {
  RunCurves curves = falling(0.15);
  for (size_t i = 40; i < kPoints; ++i) curves.metric.value[i] = kNan;
  const Knowable known = this->known(add(curves, ""));
  ASSERT_TRUE(known.diverged);
  EXPECT_EQ(known.diverged->at_s, 430) << "three in a row";
}

TEST_F(KnowableTest, ALossAboveThreeTimesItsLeastForATenthHasDiverged) {
  given_history();
  RunCurves curves = falling(0.15);
  for (size_t i = 50; i < kPoints; ++i) curves.loss.value[i] = 5;
  const Knowable known = this->known(add(curves, "a"));
  ASSERT_TRUE(known.diverged);
  EXPECT_EQ(known.diverged->by, Detector::kExplosion);
  EXPECT_EQ(known.diverged->at_s, 10 * (50 + 10 + 1));
}

TEST_F(KnowableTest, ASpikeThatPassesIsNoDivergence) {
  given_history();
  RunCurves curves = falling(0.11);
  for (size_t i = 50; i < 55; ++i) curves.loss.value[i] = 5;
  EXPECT_FALSE(known(add(curves, "a")).diverged);
}

TEST_F(KnowableTest, GradientsThatExplodeAreSeenAgainstTheirMedian) {
  given_history();
  RunCurves curves = falling(0.15);
  curves.gradient = curves.metric;
  for (size_t i = 0; i < kPoints; ++i) curves.gradient.value[i] = i < 30 ? 1 : 1e6;
  const Knowable known = this->known(add(curves, "a"));
  ASSERT_TRUE(known.diverged);
  EXPECT_EQ(known.diverged->by, Detector::kGradient);
  EXPECT_EQ(known.diverged->at_s, 350) << "five in a row";
}

TEST_F(KnowableTest, ARunThatStaysSilentIsHopelessAfterThreeTimesTheUsual) {
  given_history();
  const Knowable known = this->known(add({}, "a"));
  ASSERT_TRUE(known.hopeless);
  EXPECT_EQ(known.hopeless->by, Detector::kSilence);
  EXPECT_EQ(known.hopeless->at_s, 30);
}

TEST_F(KnowableTest, ARunOfAnotherKindIsNotSilent) {
  given_history();
  RunCurves curves;
  curves.expects_metric = false;
  EXPECT_FALSE(known(add(curves, "a")).hopeless);
}

TEST_F(KnowableTest, AGpuThatDoesNothingIsKnownAfterTenMinutes) {
  given_history();
  MachineUse idle{.is_gpu = true, .at_s = {}, .busy = {}, .memory_peak_share = {}};
  for (double at_s = 0; at_s <= 1000; at_s += 10) {
    idle.at_s.push_back(at_s);
    idle.busy.push_back(0);
  }
  const size_t run = add(falling(0.11), "a");
  x_runs[run].machine = &idle;
  const Knowable known = this->known(run);
  ASSERT_TRUE(known.hopeless);
  EXPECT_EQ(known.hopeless->by, Detector::kIdleGpu);
  EXPECT_EQ(known.hopeless->at_s, 600);
}

TEST_F(KnowableTest, ARunThatCannotReachTheBestIsKnownLongBeforeItsEnd) {
  given_history();
  const Knowable known = this->known(add(falling(0.8), "a"));
  ASSERT_TRUE(known.hopeless);
  EXPECT_LT(known.hopeless->at_s, 600);
}

TEST_F(KnowableTest, OnlyRunsThatHadEndedCount) {
  given_history();
  const size_t run = add(falling(0.8), "a");
  x_runs[run].began_ns = 1;  // before all others had ended
  x_runs[run].ended_ns = 1000 * kNs;
  EXPECT_FALSE(known(run).hopeless);
}

TEST_F(KnowableTest, WithoutGoodRunsOfOtherSweepsNothingIsHopeless) {
  for (size_t i = 0; i < 100; ++i) add(falling(0.1 + 0.1 * x_random.unit()), "only");
  EXPECT_FALSE(known(add(falling(0.8), "only")).hopeless);
}

TEST_F(KnowableTest, OfRunsThatEndedAmongTheBestOneInAHundredIsMisjudgedAtMost) {
  for (const char* sweep : {"a", "b", "c", "d", "e"})
    for (size_t i = 0; i < 100; ++i) add(falling(0.1 + 0.6 * x_random.unit()), sweep);
  const Foreseen foreseen = find_knowable(x_runs);
  EXPECT_EQ(foreseen.good_runs, 125u);
  for (size_t d = 0; d < kDetectors; ++d)
    EXPECT_LE(foreseen.detectors[d].false_alarms, 5u) << print_detector(static_cast<Detector>(d));
  EXPECT_GT(foreseen.detectors[static_cast<size_t>(Detector::kDominated)].alarms, 100u);
}

TEST_F(KnowableTest, WhereMoreIsBetterTheSameHolds) {
  given_history();
  add(falling(0.8), "a");
  const Knowable lower = known(x_runs.size() - 1);
  for (RunCurves& curves : x_curves) {
    curves.is_maximized = true;
    for (double& value : curves.metric.value) value = -value;
  }
  const Knowable higher = known(x_runs.size() - 1);
  ASSERT_TRUE(lower.hopeless && higher.hopeless);
  EXPECT_EQ(lower.hopeless->at_s, higher.hopeless->at_s);
}

}  // namespace
}  // namespace cairn::report
