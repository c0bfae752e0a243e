// Tests of expected bests: against all subsets, and against distributions whose curve is known.
#include "report/expected.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "surrogate/random.h"

namespace cairn::report {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> uniform_results(size_t count, uint64_t seed) {
  surrogate::Random random(seed);
  std::vector<double> results(count);
  for (double& result : results) result = random.unit();
  return results;
}

const TuningPoint& at(const Expected& expected, size_t runs) {
  return *std::ranges::find(expected.curve, runs, &TuningPoint::runs);
}

TEST(ExpectedTest, TheUStatisticIsTheMeanOverAllSubsets) {
  const std::vector<double> ascending = {0.1, 0.4, 0.5, 0.8, 0.9};
  for (size_t runs = 1; runs <= 5; ++runs) {
    double sum = 0, subsets = 0;
    for (unsigned subset = 0; subset < 32; ++subset) {
      if (static_cast<size_t>(std::popcount(subset)) != runs) continue;
      sum += ascending[static_cast<size_t>(std::bit_width(subset)) - 1];
      ++subsets;
    }
    EXPECT_NEAR(u_statistic(ascending, runs), sum / subsets, 1e-12) << runs;
  }
}

TEST(ExpectedTest, TheVStatisticIsTheMeanOverAllDraws) {
  const std::vector<double> ascending = {0.1, 0.4, 0.9};
  double sum = 0;
  for (const double a : ascending)
    for (const double b : ascending) sum += std::max(a, b) / 9;
  EXPECT_NEAR(v_statistic(ascending, 2), sum, 1e-12);
  EXPECT_LT(v_statistic(ascending, 2), u_statistic(ascending, 2));
}

TEST(ExpectedTest, OneRunIsExpectedToBringTheMean) {
  const Expected expected = expect_best({.results = uniform_results(40, 1), .is_maximized = true});
  double mean = 0;
  for (const double result : uniform_results(40, 1)) mean += result / 40;
  EXPECT_NEAR(at(expected, 1).v_statistic, mean, 1e-12);
  EXPECT_NEAR(at(expected, 1).u_statistic, mean, 1e-12);
}

TEST(ExpectedTest, MinimisingIsTheMirrorImage) {
  const std::vector<double> results = uniform_results(30, 2);
  std::vector<double> negated = results;
  for (double& result : negated) result = -result;
  const Expected up = expect_best({.results = results, .is_maximized = true});
  const Expected down = expect_best({.results = negated});
  ASSERT_EQ(up.curve.size(), down.curve.size());
  for (size_t i = 0; i < up.curve.size(); ++i) {
    EXPECT_EQ(up.curve[i].u_statistic, -down.curve[i].u_statistic);
    EXPECT_EQ(up.curve[i].median, -down.curve[i].median);
    EXPECT_EQ(up.curve[i].median_low.has_value(), down.curve[i].median_high.has_value());
    if (up.curve[i].median_low) {
      EXPECT_EQ(*up.curve[i].median_low, -*down.curve[i].median_high);
    }
  }
  EXPECT_EQ(up.best_so_far.back(), -down.best_so_far.back());
}

TEST(ExpectedTest, TheBandHoldsTheWholeMedianCurve) {
  // The best of n uniform results has the median 0.5^(1/n).
  constexpr int kRepeats = 300;
  int holds = 0;
  for (uint64_t repeat = 0; repeat < kRepeats; ++repeat) {
    const Expected expected =
        expect_best({.results = uniform_results(12, 100 + repeat), .is_maximized = true},
                    {.band = BandKind::kEqualTailed, .confidence = 0.8});
    holds += std::ranges::all_of(expected.curve, [](const TuningPoint& point) {
      const double median = std::pow(0.5, 1 / static_cast<double>(point.runs));
      return point.median_low.value_or(-kInfinity) <= median &&
             median <= point.median_high.value_or(kInfinity);
    });
  }
  EXPECT_GE(holds, 0.75 * kRepeats);
  EXPECT_LE(holds, 0.97 * kRepeats);  // not all budgets are looked at, so it is a little more
}

TEST(ExpectedTest, TheMedianLiesInItsBand) {
  for (const bool is_maximized : {false, true}) {
    const Expected expected =
        expect_best({.results = uniform_results(40, 4), .is_maximized = is_maximized});
    for (const TuningPoint& point : expected.curve) {
      EXPECT_LE(point.median_low.value_or(-kInfinity), point.median);
      EXPECT_GE(point.median_high.value_or(kInfinity), point.median);
    }
  }
}

TEST(ExpectedTest, RunsThatWereChosenByResultsHaveNoCurve) {
  const std::vector<double> results = uniform_results(50, 5);
  const Expected expected = expect_best(
      {.results = results, .is_independent = std::vector<bool>(50, false), .is_maximized = true});
  EXPECT_TRUE(expected.curve.empty());
  EXPECT_EQ(expected.best_so_far.size(), 50U);
  EXPECT_NE(expected.reason.find("found 0 of 50"), std::string::npos) << expected.reason;
}

TEST(ExpectedTest, TheRandomPartOfASearchSpeaksForItself) {
  std::vector<double> results = uniform_results(50, 6);
  std::vector<bool> is_independent(50, false);
  for (size_t i = 0; i < 50; ++i) {
    if (i < 20)
      is_independent[i] = true;
    else
      results[i] += 10;
  }
  const Expected expected =
      expect_best({.results = results, .is_independent = is_independent, .is_maximized = true});
  EXPECT_EQ(expected.curve.back().runs, 20U);
  EXPECT_LT(expected.curve.back().v_statistic, 1);
  EXPECT_GT(expected.best_so_far.back(), 10);
  EXPECT_NE(expected.reason.find("20 of 50"), std::string::npos) << expected.reason;
}

TEST(ExpectedTest, ADivergedRunIsTheWorstOfTheOthers) {
  std::vector<double> results = uniform_results(20, 7);
  results[3] = std::nan("");
  results[9] = kInfinity;
  const Expected expected = expect_best({.results = results});
  EXPECT_EQ(expected.runs, 20U);
  EXPECT_TRUE(std::isfinite(at(expected, 1).v_statistic));
  EXPECT_TRUE(std::ranges::is_sorted(expected.best_so_far, std::greater()));
}

TEST(ExpectedTest, NothingIsExpectedOfNothing) {
  EXPECT_FALSE(expect_best({}).reason.empty());
  const std::vector<double> diverged(12, std::nan(""));
  EXPECT_EQ(expect_best({.results = diverged}).reason, "no run brought a result");
  const std::vector<double> few = uniform_results(5, 1);
  EXPECT_TRUE(expect_best({.results = few}).curve.empty());
}

TEST(ExpectedTest, LongSearchesAreToldAtSomeBudgetsOnly) {
  const Expected expected =
      expect_best({.results = uniform_results(1000, 8)}, {.band = BandKind::kDkw});
  EXPECT_LE(expected.curve.size(), 64U);
  EXPECT_EQ(expected.curve.front().runs, 1U);
  EXPECT_EQ(expected.curve.back().runs, 1000U);
  EXPECT_EQ(expected.curve.back().v_statistic > expected.best_so_far.back(), true);
}

TEST(ExpectedTest, ProgramsGetNullForAnOpenEnd) {
  const model::Value value = to_value(expect_best({.results = uniform_results(12, 9)}));
  const model::List& curve = *value.find("curve")->as_list();
  EXPECT_EQ(curve.size(), 12U);
  EXPECT_TRUE(curve.back().find("median_low")->is_null());
  EXPECT_EQ(value.find("band")->string_or(""), "ld_highest_density");
}

}  // namespace
}  // namespace cairn::report
