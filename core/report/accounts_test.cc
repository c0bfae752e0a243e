// Tests of accounts: what counts, what had been enough, and what is not known.
#include "report/accounts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/testing/card_runs.h"
#include "report/trend.h"

namespace cairn::report {
namespace {

using testing::on_gpus;
using testing::ran;
using testing::with_energy;

const footprint::Tables& tables() { return footprint::Tables::embedded(); }

Accounts account(const std::vector<CardRun>& runs, bool is_maximized = true,
                 std::optional<double> noise = std::nullopt) {
  return make_accounts(runs, {"val_acc", is_maximized, noise}, tables());
}

CardRun failed(CardRun run) {
  run.state = "failed";
  run.result.reset();
  return run;
}

TEST(Accounts, EveryRunCountsAlsoTheFailedOnes) {
  const Accounts found = account({ran("a", 0, 100, 0.8), failed(ran("b", 100, 300, std::nullopt))});
  EXPECT_EQ(found.total.runs, 2u);
  EXPECT_DOUBLE_EQ(found.total.wall_s, 400);
  EXPECT_EQ(found.failed, 1u);
  EXPECT_DOUBLE_EQ(found.unsuccessful.wall_s, 300);
  EXPECT_DOUBLE_EQ(found.times.mean_s, 100);  // of what finished
}

TEST(Accounts, TheFinalModelIsTheBestUnlessOneIsTagged) {
  std::vector<CardRun> runs = {ran("a", 0, 100, 0.8), ran("b", 100, 10, 0.9),
                               ran("c", 200, 1, 0.7)};
  const Accounts by_metric = account(runs);
  EXPECT_EQ(by_metric.final_by, "highest val_acc");
  EXPECT_DOUBLE_EQ(by_metric.final_model.wall_s, 10);
  EXPECT_DOUBLE_EQ(by_metric.search.wall_s, 101);
  runs[2].is_tagged_final = true;
  const Accounts by_tag = account(runs);
  EXPECT_EQ(by_tag.final_by, "tagged 'final'");
  EXPECT_DOUBLE_EQ(by_tag.final_model.wall_s, 1);
  EXPECT_EQ(by_tag.best, 1u);
}

TEST(Accounts, TheBestOfALossIsTheLowestAndNeverADivergedOne) {
  const Accounts found = account({ran("a", 0, 1, 0.3), ran("b", 1, 1, 0.1),
                                  ran("c", 2, 1, -std::numeric_limits<double>::infinity())},
                                 false);
  EXPECT_EQ(found.best, 1u);
  EXPECT_EQ(found.results.diverged, 1u);
  EXPECT_EQ(found.results.runs, 2u);
}

TEST(Accounts, EnoughIsWhatLayBeforeTheFirstResultThatIsNearTheBest) {
  // Two at once; the first that comes within 5 % ends at 100 s, when the other is half done.
  const Accounts found =
      account({with_energy(ran("slow", 0, 200, 0.5), 2), with_energy(ran("near", 50, 50, 0.96), 1),
               with_energy(ran("best", 200, 100, 1.0), 1)},
              true, 0.001);
  ASSERT_EQ(found.reached.size(), 3u);
  const Reached &within_1 = found.reached[0], &within_5 = found.reached[1];
  EXPECT_EQ(within_5.run, "id-near");
  EXPECT_DOUBLE_EQ(within_5.threshold, 0.95);
  EXPECT_DOUBLE_EQ(within_5.elapsed_s, 100);
  EXPECT_DOUBLE_EQ(within_5.cost.wall_s, 150);
  EXPECT_DOUBLE_EQ(within_5.cost.energy_kwh->value, 2);
  EXPECT_EQ(within_1.run, "id-best");
  EXPECT_DOUBLE_EQ(within_1.cost.wall_s, 350);
  EXPECT_EQ(found.reached[2].goal, "within one unit of noise of the best");
}

TEST(Accounts, WithoutMeasuredNoiseNothingIsSaidOfIt) {
  EXPECT_EQ(account({ran("a", 0, 1, 1.0), ran("b", 1, 1, 0.5)}).reached.size(), 2u);
}

TEST(Accounts, HardwareIsThatOfEachRunAndOnlyWhatItWasShown) {
  CardRun shown = on_gpus(ran("a", 0, 3600, 0.8), "NVIDIA H200", 8);
  shown.meta.set("environment", model::Object{{"CUDA_VISIBLE_DEVICES", "2,3"}});
  const Accounts found = account({shown, ran("b", 10, 60, 0.7)});
  ASSERT_EQ(found.by_hardware.size(), 2u);
  EXPECT_EQ(found.by_hardware[0].name, "2 x NVIDIA H200");
  EXPECT_DOUBLE_EQ(*found.by_hardware[0].cost.gpu_s, 7200);
  EXPECT_EQ(found.by_hardware[1].name, "");
  EXPECT_FALSE(found.by_hardware[1].cost.gpu_s);
}

TEST(Flop, IsAsDeclaredBeforeItIsModelled) {
  CardRun run = on_gpus(ran("a", 0, 100, 0.8), "NVIDIA H200", 2);
  const auto modelled = flop_of(run, tables());
  ASSERT_TRUE(modelled);
  EXPECT_FALSE(modelled->is_declared);
  const double peak = *tables().find_device("NVIDIA H200")->peak_tflops * 1e12 * 2 * 100;
  EXPECT_DOUBLE_EQ(modelled->amount.value, 0.3 * peak);
  EXPECT_LT(modelled->amount.low, 0.1 * peak);
  EXPECT_GT(modelled->amount.high, 0.5 * peak);
  run.summary.set("total_flos", 1e18);
  const auto declared = flop_of(run, tables());
  EXPECT_TRUE(declared->is_declared);
  EXPECT_DOUBLE_EQ(declared->amount.value, 1e18);
}

TEST(Flop, IsNotKnownOfProcessorsAndOfDevicesOfNoTable) {
  CardRun run = ran("a", 0, 100, 0.8);
  run.meta.set("host", model::Object{{"cpu", model::Object{{"model", "AMD EPYC"}}}});
  EXPECT_FALSE(flop_of(run, tables()));
  EXPECT_FALSE(flop_of(on_gpus(run, "Abacus 3000", 1), tables()));
  const Accounts found = account({run});
  EXPECT_EQ(found.total.flop_unknown, 1u);
  EXPECT_TRUE(to_value(found.total).find("flop")->is_null());
}

TEST(Accounts, WhatIsNotKnownOfARunIsSaidAndNotInTheSum) {
  const Accounts found = account({with_energy(ran("a", 0, 1, 0.8), 3), ran("b", 1, 1, 0.7)});
  EXPECT_DOUBLE_EQ(found.total.energy_kwh->value, 3);
  EXPECT_EQ(found.total.energy_unknown, 1u);
  ASSERT_FALSE(found.notes.empty());
  EXPECT_EQ(found.notes[0], "1 of 2 runs: their energy is not known and not in the sums");
}

TEST(Accounts, OfNoRunsThereIsNothing) {
  const Accounts found = account({});
  EXPECT_FALSE(found.best);
  EXPECT_TRUE(to_value(found, {}).find("final")->is_null());
  EXPECT_TRUE(to_value(found, {}).find("run_times")->is_null());
}

// --- trend

std::vector<CardRun> growing(double months_to_double, size_t months) {
  std::vector<CardRun> runs;
  for (size_t i = 0; i < months; ++i)
    runs.push_back(with_energy(
        ran("r" + std::to_string(i), 86400 * 30.4375 * static_cast<double>(i), 100, 0.5),
        std::exp2(static_cast<double>(i) / months_to_double)));
  return runs;
}

TEST(Trend, FindsTheDoublingTimeOfTheEnergy) {
  const Trend found = find_trend(growing(3, 24), tables());
  EXPECT_EQ(found.measure, "energy");
  ASSERT_TRUE(found.doubling_months);
  EXPECT_NEAR(*found.doubling_months, 3, 0.1);
  EXPECT_DOUBLE_EQ(found.published_months.value, 5.7);
  EXPECT_NE(found.published_source.find("2202.05924"), std::string::npos);
}

TEST(Trend, SaysNothingOfAFewWeeksOrOfWhatDoesNotGrow) {
  const Trend brief = find_trend(growing(3, 2), tables());
  EXPECT_FALSE(brief.doubling_months);
  EXPECT_NE(brief.reason.find("at least 4"), std::string::npos);
  const Trend falling = find_trend(growing(-3, 24), tables());
  EXPECT_FALSE(falling.doubling_months);
  EXPECT_NE(falling.reason.find("does not grow"), std::string::npos);
  EXPECT_FALSE(find_trend({}, tables()).doubling_months);
}

}  // namespace
}  // namespace cairn::report
