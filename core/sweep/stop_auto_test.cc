// Tests of `auto`: whom it never stops, and how much it saves at which loss.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "surrogate/random.h"
#include "sweep/stopping.h"
#include "sweep/testing/curves.h"

namespace cairn::sweep {
namespace {

using surrogate::Random;
using testing::Curves;
using testing::kNaN;

constexpr StopRule kAuto{.kind = StopRule::Kind::kAuto};
constexpr size_t kSteps = 81;

using Family = std::vector<double> (*)(Random&);

std::vector<double> power_law(Random& random) {
  const double floor = 0.1 + 0.4 * random.unit(), drop = 0.3 + 0.5 * random.unit();
  const double power = 0.3 + 1.2 * random.unit(), noise = 0.003 + 0.01 * random.unit();
  std::vector<double> values;
  for (size_t t = 1; t <= kSteps; ++t)
    values.push_back(floor + drop * std::pow(static_cast<double>(t), -power) +
                     noise * random.normal());
  return values;
}

// The slower a trial learns, the better it ends.
std::vector<double> crossing(Random& random) {
  const double worth = random.unit();
  const double floor = 0.1 + 0.3 * worth + 0.1 * random.unit();
  const double rate = 0.01 + 0.3 * worth * worth * random.unit() + 0.02 * random.unit();
  std::vector<double> values;
  for (size_t t = 1; t <= kSteps; ++t)
    values.push_back(floor + 0.6 * std::exp(-rate * static_cast<double>(t)) +
                     0.005 * random.normal());
  return values;
}

// Accuracies, a quarter of which never leave chance level.
std::vector<double> accuracy(Random& random) {
  const bool is_lost = random.unit() < 0.25;
  const double top = 0.5 + 0.45 * std::sqrt(random.unit());
  const double half = kSteps * (0.02 + 0.3 * random.unit() * random.unit());
  std::vector<double> values;
  for (size_t t = 1; t <= kSteps; ++t) {
    const double gained = (top - 0.1) / (1 + std::pow(half / static_cast<double>(t), 2));
    values.push_back(-(0.1 + (is_lost ? 0 : gained) + 0.01 * random.normal()));
  }
  return values;
}

Curves sweep_of(Family family, uint64_t seed, size_t trials = 40) {
  Curves curves;
  for (uint64_t i = 0; i < trials; ++i) {
    Random random(seed, i);
    curves.finished(family(random));
  }
  return curves;
}

// Over several sweeps: the share of steps saved, how many lost their best trial, and how many of
// the three best of each were stopped.
struct Outcome {
  double saved = 0;
  size_t lost_best = 0, lost_of_three = 0;
};

Outcome outcome_of(Family family) {
  Outcome outcome;
  constexpr size_t kSweeps = 10;
  double steps = 0;
  for (uint64_t seed = 0; seed < kSweeps; ++seed) {
    const Curves curves = sweep_of(family, seed);
    auto replayed = replay(kAuto, curves.all());
    for (const Replayed& one : replayed) outcome.saved += one.steps_saved;
    steps += static_cast<double>(kSteps * replayed.size());
    const auto result = [&](const Replayed& one) {
      return curves.all()[one.trial].reports.back().value;
    };
    std::ranges::sort(replayed, {}, result);
    outcome.lost_best += replayed[0].decision.stop;
    for (size_t i = 0; i < 3; ++i) outcome.lost_of_three += replayed[i].decision.stop;
  }
  outcome.saved /= steps;
  return outcome;
}

TEST(AutoStopTest, SavesStepsAndKeepsTheBest) {
  const Outcome laws = outcome_of(power_law);
  EXPECT_GT(laws.saved, 0.5);
  EXPECT_EQ(laws.lost_best, 0U);
  EXPECT_LE(laws.lost_of_three, 1U);
}

TEST(AutoStopTest, WaitsWhereCurvesCross) {
  const Outcome crossed = outcome_of(crossing);
  EXPECT_GT(crossed.saved, 0.2);
  EXPECT_EQ(crossed.lost_best, 0U);
  EXPECT_LE(crossed.lost_of_three, 1U);
}

TEST(AutoStopTest, SavesOnAccuraciesToo) {
  const Outcome accuracies = outcome_of(accuracy);
  EXPECT_GT(accuracies.saved, 0.4);
  EXPECT_EQ(accuracies.lost_best, 0U);
  EXPECT_LE(accuracies.lost_of_three, 1U);
}

TEST(AutoStopTest, NeverStopsOneOfTheThreeBestUntilNow) {
  // Each is judged at its third report, far from the best of the others' results.
  Curves curves;
  for (int i = 0; i < 20; ++i) curves.finished({5, 4 + 0.01 * i, 4, 3, 2, 1, 0, 0, 0});
  for (const double value : {3.9, 4.005, 4.015})
    EXPECT_FALSE(Curves(curves).running({5, value}).judge_last(kAuto).stop) << value;
  const Decision decision = Curves(curves).running({5, 3.9}).judge_last(kAuto);
  EXPECT_EQ(decision.reason, "3.9 at step 2 is number 1 of 21: among the three best");
}

Curves six_similar() {
  Curves curves;
  for (int i = 0; i < 6; ++i) {
    std::vector<double> values;
    for (int t = 1; t <= 30; ++t) values.push_back(1.0 / t + 0.001 * i);
    curves.finished(values);
  }
  return curves;
}

TEST(AutoStopTest, SaysWhatATrialWouldHaveComeTo) {
  const Decision decision = six_similar().running({5, 4.9, 4.8, 4.8}).judge_last(kAuto);
  EXPECT_TRUE(decision.stop);
  EXPECT_LT(decision.chance, 0.05);
  EXPECT_NEAR(decision.limit, 1.0 / 30, 1e-9);
  EXPECT_NE(decision.reason.find("4.8 at step 4 is number 7 of 7; it would come to "),
            std::string::npos)
      << decision.reason;
}

TEST(AutoStopTest, NothingIsStoppedInTheFirstTenth) {
  EXPECT_FALSE(six_similar().running({9, 9}).judge_last(kAuto).stop);
  EXPECT_TRUE(six_similar().running({9, 9, 9}).judge_last(kAuto).stop);
}

TEST(AutoStopTest, NothingIsStoppedByFewTrials) {
  Curves curves;
  for (int i = 0; i < 4; ++i) curves.finished({4, 3, 2, 1, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(curves.running({9, 9}).judge_last(kAuto).reason, "");
}

TEST(AutoStopTest, ATrialThatIsBrokenIsStopped) {
  EXPECT_FALSE(Curves().running({1, kNaN, kNaN}).judge_last(kAuto).stop);
  EXPECT_TRUE(Curves().running({1, kNaN, kNaN, kNaN}).judge_last(kAuto).stop);
}

TEST(AutoStopTest, AWorkerAmongManyIsJudgedBeforeAnyHasFinished) {
  StopRule rule = kAuto;
  rule.max_resource = 30;
  Curves curves;
  for (int i = 0; i < 8; ++i) {
    std::vector<double> values;
    for (int t = 1; t <= 10; ++t) values.push_back(1 + 0.01 * i + std::exp(-t));
    curves.running(values);
  }
  std::vector<double> hopeless;
  for (int t = 1; t <= 10; ++t) hopeless.push_back(50 + std::exp(-t));
  EXPECT_TRUE(curves.running(hopeless).judge_last(rule).stop);
}

TEST(AutoStopTest, SeveralObjectivesAreJudgedByTheirFront) {
  Curves a, b;
  for (int i = 0; i < 8; ++i) {
    std::vector<double> first, second;
    for (int t = 1; t <= 30; ++t) {
      first.push_back(1 + i + 1.0 / t);
      second.push_back(8 - i + 1.0 / t);
    }
    a.finished(first);
    b.finished(second);
  }
  const auto judged = [&](double first, double second) {
    const Curves own_a = Curves(a).running(std::vector<double>(4, first));
    const Curves own_b = Curves(b).running(std::vector<double>(4, second));
    const std::vector<Curve> current = {own_a.all().back(), own_b.all().back()};
    const std::vector<std::vector<Curve>> others = {own_a.all(), own_b.all()};
    return judge(kAuto, current, others);
  };
  EXPECT_TRUE(judged(20, 20).stop) << judged(20, 20).reason;
  EXPECT_FALSE(judged(4.5, 4.5).stop);  // the middle of the front
  EXPECT_FALSE(judged(0.5, 20).stop);   // one end of it
  EXPECT_NE(judged(20, 20).reason.find("8 of 8 trials are better in all objectives; with a chance"),
            std::string::npos);
}

TEST(AutoStopTest, OrderOfTheOthersDoesNotMatter) {
  const Curves curves = sweep_of(power_law, 3);
  Random random(3, 1000);
  auto values = power_law(random);
  values.resize(9);
  const auto begun = testing::reports(values);
  const Curve current{.trial = 1000, .reports = begun};
  std::vector<Curve> others = curves.all();
  const Decision first = judge(kAuto, current, others);
  std::ranges::reverse(others);
  const Decision again = judge(kAuto, current, others);
  EXPECT_EQ(first.reason, again.reason);
  EXPECT_EQ(first.stop, again.stop);
}

}  // namespace
}  // namespace cairn::sweep
