// Tests of waste: each rule by itself, and a planted history that is found again.
#include "report/waste.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "surrogate/random.h"

namespace cairn::report {
namespace {

constexpr int64_t kNs = 1'000'000'000;
constexpr double kHourS = 3600;

class WasteTest : public ::testing::Test {
 protected:
  // An hour on one GPU, an hour after the run before it began; finished and useful.
  WasteRun& run(const std::string& id) {
    WasteRun& added = x_runs.emplace_back();
    added.project = "digits";
    added.id = added.name = id;
    added.user = "ada";
    added.began_ns = static_cast<int64_t>(x_runs.size()) * 7200 * kNs;
    set_hours(added, 1);
    added.has_logged = true;
    added.exact_key = "X-" + id;
    added.result_key = "R-" + id;
    return added;
  }
  WasteRun& again(const std::string& id, const WasteRun& earlier) {
    const std::string exact = earlier.exact_key, result = earlier.result_key;
    WasteRun& added = run(id);
    added.exact_key = exact;
    added.result_key = result;
    return added;
  }
  static void set_hours(WasteRun& run, double hours) {
    run.ended_ns = run.began_ns + static_cast<int64_t>(hours * kHourS) * kNs;
    run.gpu_s = hours * kHourS;
  }
  static MachineUse busy(std::vector<double> shares, double memory_peak_share = 0.9) {
    MachineUse use{.is_gpu = true,
                   .at_s = {},
                   .busy = std::move(shares),
                   .memory_peak_share = memory_peak_share};
    for (size_t i = 0; i < use.busy.size(); ++i) use.at_s.push_back(10 * static_cast<double>(i));
    return use;
  }
  // As many samples as an hour has.
  static MachineUse busy_for_an_hour(double share, double memory_peak_share) {
    return busy(std::vector<double>(361, share), memory_peak_share);
  }

  Waste account(const WasteOptions& options = {}) { return account_waste(x_runs, options); }
  static double hours(const Waste& waste, WasteClass of) {
    return waste.whole.classes[static_cast<size_t>(of)].amounts[0].value / kHourS;
  }
  static double share(const Waste& waste, WasteClass of) {
    return waste.whole.classes[static_cast<size_t>(of)].share.value;
  }

  std::vector<WasteRun> x_runs;
};

TEST_F(WasteTest, WhatCameAfterTheLastCheckpointOfAFailedRunIsLost) {
  WasteRun& failed = run("a");
  failed.end = RunEnd::kFailed;
  failed.kept_ns = failed.began_ns + 2700 * kNs;
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kLost), 0.25);
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kUseful), 0.75);
  EXPECT_EQ(waste.whole.classes[0].evidence, Evidence::kMeasured);
  EXPECT_NE(waste.top.at(0).fix.find("a checkpoint more often"), std::string::npos);
}

TEST_F(WasteTest, AFailedRunThatKeptNothingIsLostAsFarAsWeKnow) {
  run("a").end = RunEnd::kFailed;
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kLost), 1);
  EXPECT_EQ(waste.whole.classes[0].evidence, Evidence::kModelled);
  EXPECT_NE(waste.top.at(0).fix.find("add a checkpoint every 2 minutes"), std::string::npos)
      << waste.top.at(0).fix;
}

TEST_F(WasteTest, ACancelledRunIsUsefulUnlessItsCurveSaysOtherwise) {
  run("a").end = RunEnd::kCancelled;
  EXPECT_DOUBLE_EQ(hours(account(), WasteClass::kUseful), 1);
}

TEST_F(WasteTest, TheSameRunAgainIsARepeatOnceTheFirstHadFinished) {
  again("b", run("a"));
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kRepeatedExact), 1);
  EXPECT_DOUBLE_EQ(waste.repeated_own[0].value, kHourS);
  EXPECT_DOUBLE_EQ(waste.repeated_team[0].value, 0);
  EXPECT_NE(waste.top.at(0).fix.find("--reuse auto"), std::string::npos);
  EXPECT_NE(waste.top.at(0).fix.find("digits/a"), std::string::npos);
}

TEST_F(WasteTest, ARepeatThatWasRunOtherwiseIsEquivalent) {
  again("b", run("a")).exact_key = "X-other";
  EXPECT_DOUBLE_EQ(hours(account(), WasteClass::kRepeatedEquivalent), 1);
}

TEST_F(WasteTest, ARepeatOfSomebodyElsesRunWouldTakeSharing) {
  again("b", run("a")).user = "bob";
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(waste.repeated_own[0].value, 0);
  EXPECT_DOUBLE_EQ(waste.repeated_team[0].value, kHourS);
  EXPECT_NE(waste.top.at(0).fix.find("ada has it as digits/a"), std::string::npos);
}

TEST_F(WasteTest, ARunThatBeganWhileTheSameWasRunningIsConcurrent) {
  const WasteRun first = run("a");
  WasteRun& second = again("b", first);
  second.began_ns = first.began_ns + 600 * kNs;
  set_hours(second, 1);
  EXPECT_DOUBLE_EQ(hours(account(), WasteClass::kConcurrent), 1);
}

TEST_F(WasteTest, WhatCouldNotHaveBeenReusedMakesNoRepeat) {
  for (const char* why : {"failed", "disowned", "audit", "other seed"}) {
    x_runs.clear();
    WasteRun first = run("a");
    WasteRun& second = again("b", first);
    if (why == std::string("failed")) x_runs[0].end = RunEnd::kFailed;
    if (why == std::string("disowned")) x_runs[0].can_be_reused = false;
    if (why == std::string("audit")) second.is_check = true;
    if (why == std::string("other seed")) second.result_key = "R-other";
    EXPECT_DOUBLE_EQ(hours(account(), WasteClass::kRepeatedExact), 0) << why;
  }
}

TEST_F(WasteTest, ALossThatIsNoNumberEndsWhatIsUseful) {
  RunCurves curves;
  for (size_t i = 0; i < 60; ++i) {
    curves.loss.step.push_back(static_cast<double>(i));
    curves.loss.at_s.push_back(60 * static_cast<double>(i + 1));
    curves.loss.value.push_back(i < 12 ? 1 : std::nan(""));
  }
  run("a").curves = curves;
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kAfterDivergence), 0.75);
  EXPECT_EQ(waste.whole.classes[4].evidence, Evidence::kReplayed);
  EXPECT_NE(waste.top.at(0).fix.find("not_a_number"), std::string::npos);
}

TEST_F(WasteTest, AFailureBeforeTheFirstStepIsASetUp) {
  WasteRun& failed = run("a");
  failed.end = RunEnd::kFailed;
  failed.has_logged = false;
  set_hours(failed, 0.1);
  EXPECT_DOUBLE_EQ(hours(account(), WasteClass::kFailedEarly), 0.1);
  set_hours(failed, 1);
  EXPECT_DOUBLE_EQ(hours(account(), WasteClass::kLost), 1) << "too long for a set-up";
}

TEST_F(WasteTest, IdleTimeIsToldByWhereItLies) {
  std::vector<double> shares(361, 0.9);
  std::fill(shares.begin() + 1, shares.begin() + 37, 0.0);  // before the first metric
  std::fill(shares.begin() + 100, shares.begin() + 118, 0.0);
  std::fill(shares.begin() + 343, shares.end(), 0.0);  // after the last
  WasteRun& idle = run("a");
  idle.machine = busy(shares);
  idle.curves = RunCurves();
  idle.curves->metric = {{0, 1}, {360, 3420}, {1, 0.5}};
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kIdle), 0.2);
  EXPECT_DOUBLE_EQ(waste.idle.start_up, 360);
  EXPECT_DOUBLE_EQ(waste.idle.between, 180);
  EXPECT_DOUBLE_EQ(waste.idle.tail, 180);
}

TEST_F(WasteTest, HalfOfAnOversizedRunIsItsDevicesAndTheRangeSaysHowSureThatIs) {
  for (int i = 0; i < 8; ++i) run(std::to_string(i)).machine = busy_for_an_hour(0.3, 0.2);
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(share(waste, WasteClass::kOversized), 0.5);
  const ClassAccount& oversized = waste.whole.classes[8];
  EXPECT_NEAR(oversized.share.low, 0.25, 1e-9);
  EXPECT_NEAR(oversized.share.high, 0.7, 1e-9);
  EXPECT_EQ(oversized.evidence, Evidence::kModelled);
  EXPECT_NE(waste.top.at(0).fix.find("batch two runs on one GPU"), std::string::npos);
}

TEST_F(WasteTest, TheFirstClassThatFitsHasTheSecond) {
  WasteRun& second = again("b", run("a"));
  second.end = RunEnd::kFailed;
  second.kept_ns = second.began_ns + 1800 * kNs;
  second.machine = busy_for_an_hour(0, 0.1);
  const Waste waste = account();
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kLost), 0.5);
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kRepeatedExact), 0.5);
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kIdle), 0);
}

TEST_F(WasteTest, WithoutGpusTheUnitIsProcessorSecondsAndBothAreKept) {
  run("a").gpu_s = 0;
  EXPECT_FALSE(account().is_in_gpu_s);
  EXPECT_DOUBLE_EQ(account().whole.total[1].value, kHourS);
  run("b").gpu_s = 8 * kHourS;
  const Waste waste = account();
  EXPECT_TRUE(waste.is_in_gpu_s);
  EXPECT_DOUBLE_EQ(waste.whole.total[0].value, 8 * kHourS);
  EXPECT_DOUBLE_EQ(waste.whole.total[1].value, kHourS) << "the run without a GPU";
}

TEST_F(WasteTest, WhatNobodyTracedIsUnknownAndNotDropped) {
  run("a").result_key.clear();
  run("b");
  const Waste waste = account();
  EXPECT_EQ(waste.untraced_runs, 1u);
  EXPECT_DOUBLE_EQ(waste.untraced_s, kHourS);
  EXPECT_DOUBLE_EQ(waste.not_looked_inside_s, 2 * kHourS);
  EXPECT_DOUBLE_EQ(hours(waste, WasteClass::kUseful), 2);
}

TEST_F(WasteTest, RunsOfBeforeAreComparedWithAndNotCounted) {
  again("b", run("a"));
  x_runs[0].is_counted = false;
  const Waste waste = account();
  EXPECT_EQ(waste.whole.runs, 1u);
  EXPECT_DOUBLE_EQ(share(waste, WasteClass::kRepeatedExact), 1);
}

TEST_F(WasteTest, GroupsAreTheLargestFirstAndAddUp) {
  for (int i = 0; i < 6; ++i) {
    WasteRun& one = run(std::to_string(i));
    one.user = i < 4 ? "bob" : "ada";
    one.sweep = "s" + std::to_string(i);
  }
  const Waste waste = account({.by = {"user", "project"}});
  ASSERT_EQ(waste.groups.size(), 2u);
  EXPECT_EQ(waste.groups[0].key, (std::vector<std::string>{"bob", "digits"}));
  EXPECT_DOUBLE_EQ(waste.groups[0].total[0].value, 4 * kHourS);
  EXPECT_DOUBLE_EQ(waste.groups[1].total[0].value, 2 * kHourS);
}

TEST_F(WasteTest, TheTopFiveSayWhatShareOfTheWasteTheyAre) {
  for (int i = 0; i < 10; ++i) {
    WasteRun& failed = run(std::to_string(i));
    failed.end = RunEnd::kFailed;
    set_hours(failed, i == 7 ? 11 : 1);
  }
  const Waste waste = account();
  ASSERT_EQ(waste.top.size(), 5u);
  EXPECT_EQ(waste.top[0].id, "7");
  EXPECT_DOUBLE_EQ(waste.top_share, 15.0 / 20);
}

TEST_F(WasteTest, NothingIsWastedWhereNothingRan) {
  const Waste waste = account({.by = {"user"}});
  EXPECT_EQ(waste.whole.runs, 0u);
  EXPECT_TRUE(waste.top.empty());
  EXPECT_TRUE(to_value(waste, {}).find("total"));
}

TEST_F(WasteTest, SweepsAreDrawnWholeSoThatTheirRunsDoNotMakeTheIntervalNarrow) {
  for (int sweep = 0; sweep < 8; ++sweep)
    for (int i = 0; i < 50; ++i) {
      WasteRun& one = run(std::to_string(sweep) + "-" + std::to_string(i));
      one.sweep = std::to_string(sweep);
      if (sweep < 2) one.end = RunEnd::kFailed;
    }
  const Estimate of = account().whole.classes[0].share;
  EXPECT_DOUBLE_EQ(of.value, 0.25);
  EXPECT_LT(of.low, 0.05);
  EXPECT_GT(of.high, 0.45);
}

// Every class with a share of its own, over many sweeps; curves of good runs to calibrate on.
class PlantedWasteTest : public WasteTest {
 protected:
  RunCurves curves_of(double end) {
    RunCurves curves;
    for (size_t i = 0; i < 100; ++i) {
      const auto t = static_cast<double>(i);
      curves.metric.step.push_back(t);
      curves.metric.at_s.push_back(36 * (t + 1));
      curves.metric.value.push_back(end + (1 - end) * std::exp(-t / 15) +
                                    0.002 * x_random.normal());
    }
    curves.loss = curves.metric;
    return curves;
  }
  void plant(WasteClass of, double hours) { x_planted[of] += hours; }
  // One of the kinds of runs, in turn, and what of it is wasted.
  void plant_run(size_t i) {
    WasteRun& added = run("r" + std::to_string(i));
    added.sweep = "s" + std::to_string(i / 100);
    added.curves = curves_of(0.1);  // replicates: none is a loser
    added.machine = busy_for_an_hour(0.9, 0.9);
    const size_t kind = i % 20;
    if (kind == 3) {
      added.end = RunEnd::kFailed;
      added.kept_ns = added.began_ns + 1080 * kNs;
      plant(WasteClass::kLost, 0.7);
    } else if (kind == 5 || kind == 7) {
      const WasteRun& earlier = x_runs[x_runs.size() - kind];
      added.result_key = earlier.result_key;
      if (kind == 5) added.exact_key = earlier.exact_key;
      plant(kind == 5 ? WasteClass::kRepeatedExact : WasteClass::kRepeatedEquivalent, 1);
    } else if (kind == 9) {
      for (size_t k = 39; k < 100; ++k) added.curves->metric.value[k] = std::nan("");
      plant(WasteClass::kAfterDivergence, 0.6);
    } else if (kind == 11) {
      added.end = RunEnd::kFailed;
      added.has_logged = false;
      added.curves.reset();
      added.machine.reset();
      set_hours(added, 0.1);
      plant(WasteClass::kFailedEarly, 0.1);
    } else if (kind == 13) {
      std::fill(added.machine->busy.begin() + 1, added.machine->busy.begin() + 55, 0.0);
      plant(WasteClass::kIdle, 0.15);
    } else if (kind == 15) {
      added.machine = busy_for_an_hour(0.3, 0.2);
      plant(WasteClass::kOversized, 0.5);
    } else if (kind == 17) {
      added.curves = RunCurves();  // silent: known after three times the usual 36 s
      plant(WasteClass::kAfterKnowable, 0.97);
    }
    x_hours += added.gpu_s / kHourS;
  }

  surrogate::Random x_random{3};
  std::map<WasteClass, double> x_planted;
  double x_hours = 0;
};

TEST_F(PlantedWasteTest, PlantedWasteIsFoundWithinAPointAndEverythingAddsUp) {
  for (size_t i = 0; i < 1000; ++i) plant_run(i);
  const Waste waste = account({.by = {"user"}});
  double sum = 0;
  for (size_t c = 0; c < kWasteClasses; ++c) {
    const auto of = static_cast<WasteClass>(c);
    sum += share(waste, of);
    if (of == WasteClass::kUseful) continue;
    EXPECT_NEAR(share(waste, of), x_planted[of] / x_hours, 0.01) << print_class(of);
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(waste.whole.total[0].value, x_hours * kHourS, 1);
  EXPECT_EQ(waste.foresight.good_runs > 200, true);
}

}  // namespace
}  // namespace cairn::report
