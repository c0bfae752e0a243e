// Screen: every axis against brute force, and what is missing is said.
#include "query/screen.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "base/clock.h"
#include "base/limits.h"
#include "store/testing/filled_store.h"

namespace cairn::query {
namespace {

using model::Points;
using model::Stream;
using store::FilledStore;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kBeganNs = 1'700'000'000 * kNsPerSecond;

struct Shown {
  Buckets buckets;
  std::string reason;
};

class ScreenTest : public testing::Test {
 protected:
  ScreenTest() { x_store.begin("r"); }

  std::vector<Shown> show(const ScreenRequest& request,
                          const std::vector<std::string>& keys = {"loss"}) {
    Screen screen(*x_store, FilledStore::kProject, request, {"gpu.0.power_w", "gpu.1.power_w"});
    std::vector<Shown> shown;
    const auto read =
        screen.read({"r", kBeganNs}, keys, [&](size_t, const Bins& bins, std::string_view reason) {
          shown.push_back({bins.buckets(), std::string(reason)});
        });
    EXPECT_TRUE(read) << read.error().message();
    EXPECT_EQ(shown.size(), keys.size());
    return shown;
  }
  Points read(const std::string& key) {
    return read_series(*x_store, x_store.pieces("r", key), {}).value_or(Points{});
  }
  // Rows of `loss` and `acc`, logged together; times are seconds after the run began.
  void log(const std::vector<int64_t>& steps, const std::vector<double>& loss,
           std::vector<double> acc = {}, int session = 1) {
    std::vector<int64_t> times_ns;
    for (size_t i = 0; i < steps.size(); ++i)
      times_ns.push_back(kBeganNs + ++x_seconds * kNsPerSecond);
    if (acc.empty()) acc.assign(steps.size(), 0.5);
    x_store.add_rows("r", {{"loss", "acc"}, Stream::kHistory, steps, times_ns, {loss, acc}},
                     session);
  }
  void log_long(size_t rows) {
    std::mt19937_64 chance(1);
    std::vector<int64_t> steps(rows);
    std::vector<double> loss(rows), acc(rows);
    for (size_t i = 0; i < rows; ++i) {
      steps[i] = static_cast<int64_t>(i);
      loss[i] = static_cast<double>(chance() % 1000);
      acc[i] = static_cast<double>(i / 50);  // an axis that rests and grows
    }
    log(steps, loss, acc);
  }
  void sample_power(const std::string& key, const std::vector<double>& watts, int64_t from_s,
                    int64_t every_s = 10, int session = 1) {
    std::vector<int64_t> steps, times_ns;
    for (size_t i = 0; i < watts.size(); ++i) {
      times_ns.push_back(kBeganNs + (from_s + static_cast<int64_t>(i) * every_s) * kNsPerSecond);
      steps.push_back(times_ns.back() / kNsPerMillisecond);
    }
    x_store.add_rows("r", {{key}, Stream::kSystem, steps, times_ns, {watts}}, session);
  }

  // The buckets of a request say what the points with these places say, part by part.
  void expect_parts(const Buckets& found, const std::vector<double>& x,
                    const std::vector<double>& values, const Edges& edges) {
    struct Part {
      double min = kNan, max = kNan, sum = 0, last = kNan, x = -1e300;
      uint32_t count = 0;
      int numbers = 0;
    };
    std::map<size_t, Part> parts;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!(x[i] >= edges.min && x[i] <= edges.max)) continue;
      Part& part = parts[edges.of(x[i])];
      ++part.count;
      part.min = std::fmin(part.min, values[i]);
      part.max = std::fmax(part.max, values[i]);
      if (!std::isnan(values[i])) {
        part.sum += values[i];
        ++part.numbers;
      }
      if (x[i] >= part.x) {
        part.x = x[i];
        part.last = values[i];
      }
    }
    ASSERT_EQ(found.x.size(), parts.size());
    size_t i = 0;
    for (const auto& [at, part] : parts) {
      EXPECT_EQ(found.count[i], part.count) << at;
      EXPECT_EQ(found.x[i], part.x) << at;
      EXPECT_EQ(found.min[i], part.min) << at;
      EXPECT_EQ(found.max[i], part.max) << at;
      EXPECT_EQ(found.last[i], part.last) << at;
      EXPECT_NEAR(found.mean[i], part.sum / part.numbers, 1e-9 * (1 + std::fabs(part.sum))) << at;
      ++i;
    }
  }
  static std::vector<double> to_doubles(const std::vector<int64_t>& integers) {
    return {integers.begin(), integers.end()};
  }

  FilledStore x_store;
  int64_t x_seconds = 0;
};

TEST_F(ScreenTest, StepsAreCutAsASingleSeriesIs) {
  log_long(5000);
  for (int round = 0; round < 2; ++round, x_store.seal("r"))
    for (const size_t buckets : std::vector<size_t>{1, 7, 400, 10'000}) {
      const Buckets alone =
          sample_series(*x_store, x_store.pieces("r", "loss"), {Axis::kStep, {}, buckets})
              .value_or(Buckets{});
      ScreenRequest request;
      request.buckets = buckets;
      const Buckets found = show(request)[0].buckets;
      EXPECT_EQ(found.x, alone.x);
      EXPECT_EQ(found.min, alone.min);
      EXPECT_EQ(found.max, alone.max);
      EXPECT_EQ(found.last, alone.last);
      EXPECT_EQ(found.count, alone.count);
      EXPECT_EQ(found.exact, alone.exact);
    }
}

TEST_F(ScreenTest, KeysLoggedTogetherAndApartAreEachExact) {
  log_long(3000);
  Points apart;
  for (int64_t i = 0; i < 900; ++i) apart.push(i * 3, kBeganNs + i, static_cast<double>(i % 17));
  x_store.add("r", "other", apart);
  ScreenRequest request;
  request.buckets = 50;
  const auto shown = show(request, {"loss", "acc", "other", "loss"});
  const auto check = [&](size_t at, const std::string& key) {
    const Points points = read(key);
    const std::vector<double> x = to_doubles(points.step);
    expect_parts(shown[at].buckets, x, points.value, {x.front(), x.back() + 1, 50, false});
  };
  check(0, "loss");
  check(1, "acc");
  check(2, "other");
  check(3, "loss");
}

TEST_F(ScreenTest, TheLatestOfAStepCountsOnEveryAxis) {
  log({0, 1, 2, 1, 5, 3}, {10, 11, 12, 99, 15, 13});
  for (const ScreenAxis axis :
       {ScreenAxis::kStep, ScreenAxis::kTime, ScreenAxis::kRelative, ScreenAxis::kMetric}) {
    ScreenRequest request;
    request.axis = axis;
    request.axis_key = "acc";
    request.buckets = 1;
    const Buckets found = show(request)[0].buckets;
    ASSERT_EQ(found.count, std::vector<uint32_t>{5}) << static_cast<int>(axis);
    EXPECT_EQ(found.max, std::vector<double>{99});
    EXPECT_EQ(found.min, std::vector<double>{10});
  }
}

TEST_F(ScreenTest, APointOutOfViewIsNotShown) {
  log({0, 1, 2, 3}, {1, 1, 50, 1});
  x_store.seal("r");
  x_store.begin("r", 2);
  log({2, 3, 4}, {2, 2, 2}, {}, 2);
  for (const ScreenAxis axis : {ScreenAxis::kStep, ScreenAxis::kRelative}) {
    ScreenRequest request;
    request.axis = axis;
    request.buckets = 3;
    const Buckets found = show(request)[0].buckets;
    EXPECT_EQ(*std::max_element(found.max.begin(), found.max.end()), 2);
    EXPECT_EQ(std::accumulate(found.count.begin(), found.count.end(), 0u), 5u);
  }
}

TEST_F(ScreenTest, RelativeIsSecondsSinceTheRunWasCreated) {
  log({0, 10, 20}, {1, 2, 3});  // after 1, 2 and 3 seconds
  ScreenRequest request;
  request.axis = ScreenAxis::kRelative;
  EXPECT_EQ(show(request)[0].buckets.x, (std::vector<double>{1, 2, 3}));
  request.min = 1.5;
  request.max = 2;
  EXPECT_EQ(show(request)[0].buckets.x, std::vector<double>{2});
}

TEST_F(ScreenTest, TimesAndRelativesAreCutExactly) {
  log_long(5000);
  const Points points = read("loss");
  ScreenRequest request;
  request.buckets = 100;
  request.axis = ScreenAxis::kTime;
  const std::vector<double> times = to_doubles(points.time_ns);
  expect_parts(show(request)[0].buckets, times, points.value,
               {times.front(), times.back() + 1, 100, false});
  request.axis = ScreenAxis::kRelative;
  std::vector<double> seconds;
  for (const int64_t time_ns : points.time_ns)
    seconds.push_back(static_cast<double>(time_ns - kBeganNs) / kNsPerSecond);
  expect_parts(show(request)[0].buckets, seconds, points.value,
               {seconds.front(), seconds.back(), 100, false});
}

TEST_F(ScreenTest, ALogarithmicAxisShowsItsFirstPointsWide) {
  log_long(5000);
  const Points points = read("loss");
  ScreenRequest request;
  request.log = true;
  request.buckets = 60;
  const std::vector<double> steps = to_doubles(points.step);
  const Buckets found = show(request)[0].buckets;
  expect_parts(found, steps, points.value, {1, 4999, 60, true});  // step 0 has no place
  EXPECT_EQ(found.x[0], 1);
  EXPECT_EQ(found.x[1], 2);
}

TEST_F(ScreenTest, AMetricIsAnAxis) {
  log_long(5000);  // acc rests for 50 steps, then grows by one
  const Points loss = read("loss"), acc = read("acc");
  ScreenRequest request;
  request.axis = ScreenAxis::kMetric;
  request.axis_key = "acc";
  request.buckets = 30;
  expect_parts(show(request)[0].buckets, acc.value, loss.value, {0, 99, 30, false});
  request.min = 20;
  request.max = 39.5;
  expect_parts(show(request)[0].buckets, acc.value, loss.value, {20, 39, 30, false});
}

TEST_F(ScreenTest, AMetricThatGoesToAndFroSortsByItsValue) {
  log_long(5000);
  const Points loss = read("loss"), acc = read("acc");
  ScreenRequest request;
  request.axis = ScreenAxis::kMetric;
  request.axis_key = "loss";
  request.buckets = 64;
  const auto shown = show(request, {"acc", "loss"});
  expect_parts(shown[0].buckets, loss.value, acc.value, {0, 999, 64, false});
  expect_parts(shown[1].buckets, loss.value, loss.value, {0, 999, 64, false});
}

TEST_F(ScreenTest, TheLastKnownValueOfAMetricHolds) {
  log({0, 1, 2, 3, 4}, {1, 2, 3, 4, 5});
  Points epoch;
  epoch.push(1, kBeganNs, 10);
  epoch.push(3, kBeganNs, 20);
  x_store.add("r", "epoch", epoch);
  ScreenRequest request;
  request.axis = ScreenAxis::kMetric;
  request.axis_key = "epoch";
  request.buckets = 10;
  const Buckets found = show(request)[0].buckets;
  EXPECT_EQ(found.x, (std::vector<double>{10, 10, 20, 20})) << "step 0 has no epoch yet";
  EXPECT_EQ(found.last, (std::vector<double>{2, 3, 4, 5}));
}

TEST_F(ScreenTest, ASeriesOfTheMachineMeetsAMetricOnTheClock) {
  log({0, 1, 2, 3}, {5, 6, 7, 8});  // after 1, 2, 3 and 4 seconds
  sample_power("gpu.0.power_w", {100, 200}, 2, 2);
  ScreenRequest request;
  request.axis = ScreenAxis::kMetric;
  request.axis_key = "loss";
  EXPECT_EQ(show(request, {"gpu.0.power_w"})[0].buckets.x, (std::vector<double>{6, 8}));
}

TEST_F(ScreenTest, EnergyIsTheAreaUnderThePower) {
  log({0, 1, 2, 3}, {1, 2, 3, 4});  // after 1, 2, 3 and 4 seconds
  sample_power("gpu.0.power_w", {3600, 3600, kNan, 3600}, 1, 1);
  sample_power("gpu.1.power_w", {0, 7200, 7200, 7200}, 1, 1);
  ScreenRequest request;
  request.axis = ScreenAxis::kEnergy;
  const Buckets found = show(request)[0].buckets;
  ASSERT_EQ(found.x.size(), 4u);
  const double wh = 1e-3;  // 3600 W for a second
  EXPECT_NEAR(found.x[0], 0, 1e-12);
  EXPECT_NEAR(found.x[1], 2 * wh, 1e-12);
  EXPECT_NEAR(found.x[2], 5 * wh, 1e-12);
  EXPECT_NEAR(found.x[3], 8 * wh, 1e-12);
  EXPECT_EQ(found.last, (std::vector<double>{1, 2, 3, 4}));
}

TEST_F(ScreenTest, ARestBetweenSessionsUsesNoEnergy) {
  sample_power("gpu.0.power_w", {3600, 3600}, 1, 1);
  x_store.seal("r");
  x_store.begin("r", 2);
  sample_power("gpu.0.power_w", {3600, 3600}, 1'000'001, 1, 2);
  x_seconds = 1'000'001;
  log({0}, {1}, {}, 2);  // with the last sample
  ScreenRequest request;
  request.axis = ScreenAxis::kEnergy;
  const Buckets found = show(request)[0].buckets;
  ASSERT_EQ(found.x.size(), 1u);
  EXPECT_NEAR(found.x[0], 2e-3, 1e-12);
}

// A run whose energy is two series, of joules and of seconds at 3600 W.
class CountedEnergy : public RunCosts {
 public:
  model::Value summarise(const Run&) const override { return {}; }
  Terms energy_terms(const model::Value&) const override { return x_terms; }

  Terms x_terms{{{"energy.gpu_j", 1 / 3.6e6}, {"energy.share_s", 1e-3}}, 1, 5e-3};
};

class CountedEnergyTest : public ScreenTest {
 protected:
  std::vector<double> places() {
    ScreenRequest request;
    request.axis = ScreenAxis::kEnergy;
    const Screen screen(*x_store, FilledStore::kProject, request, {"gpu.0.power_w"}, &x_costs);
    std::vector<double> found;
    const std::vector<std::string> keys = {"loss"};
    const auto read =
        screen.read({"r", kBeganNs}, keys, [&](size_t, const Bins& bins, std::string_view reason) {
          EXPECT_EQ(reason, "");
          found = bins.buckets().x;
        });
    EXPECT_TRUE(read) << read.error().message();
    return found;
  }
  void expect_places(const std::vector<double>& wanted_wh) {
    const std::vector<double> found = places();
    ASSERT_EQ(found.size(), wanted_wh.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted_wh[i] * 1e-3, 1e-12);
  }

  CountedEnergy x_costs;
};

TEST_F(CountedEnergyTest, IsTheSumOfItsTerms) {
  log({0, 1, 2}, {1, 2, 3});  // after 1, 2 and 3 seconds
  sample_power("energy.gpu_j", {0, 3600, 7200}, 1, 1);
  sample_power("energy.share_s", {0, 0.5, 1}, 1, 1);
  sample_power("gpu.0.power_w", {100, 100, 100}, 1, 1);  // is in them
  expect_places({0, 1.5, 3});
}

TEST_F(CountedEnergyTest, GoesOnWithTheNextSession) {
  sample_power("energy.gpu_j", {0, 3600}, 1, 1);
  x_store.seal("r");
  x_store.begin("r", 2);
  sample_power("energy.gpu_j", {0, 1800}, 1001, 1, 2);
  x_seconds = 1001;
  log({0}, {1}, {}, 2);  // with the last sample
  expect_places({1.5});
}

TEST_F(CountedEnergyTest, StandsForAllWritersWhereTheirSeriesAreOne) {
  log({0, 1, 2, 3}, {1, 2, 3, 4});
  sample_power("energy.gpu_j", {0, 3600, 100, 7200}, 1,
               1);  // two ranks, one under the other's name
  x_costs.x_terms.writers = 2;
  expect_places({0, 2.5, 2.5, 5});
}

TEST_F(CountedEnergyTest, OfOldRunsIsTheAreaUnderThePower) {
  log({0, 1}, {1, 2});
  sample_power("gpu.0.power_w", {3600, 3600}, 1, 1);
  x_costs.x_terms = {};
  expect_places({0, 1});
}

TEST_F(ScreenTest, WhereNoPowerIsKnownThereIsNoPlace) {
  sample_power("gpu.0.power_w", {100, 100}, 1000, 10);
  log({0}, {1});  // a quarter of an hour before
  x_seconds = 1005;
  log({1}, {2});
  ScreenRequest request;
  request.axis = ScreenAxis::kEnergy;
  EXPECT_EQ(show(request)[0].buckets.last, std::vector<double>{2});
}

TEST_F(ScreenTest, WhatIsMissingIsSaid) {
  log({0}, {1});
  ScreenRequest request;
  EXPECT_EQ(show(request, {"nothing"})[0].reason, "the run has no such key");
  request.axis = ScreenAxis::kEnergy;
  EXPECT_EQ(show(request)[0].reason, "no energy was measured in this run");
  request.axis = ScreenAxis::kMetric;
  request.axis_key = "epoch";
  EXPECT_EQ(show(request)[0].reason, "the run has no 'epoch'");
}

TEST_F(ScreenTest, NothingInRangeIsNoBucket) {
  log({0, 1}, {1, 2});
  ScreenRequest request;
  request.range = {100, 200};
  const auto shown = show(request);
  EXPECT_TRUE(shown[0].reason.empty());
  EXPECT_TRUE(shown[0].buckets.x.empty());
}

TEST_F(ScreenTest, GivenEndsCutAllSeriesAlike) {
  log({0, 5, 9}, {1, 2, 3});
  Screen screen(*x_store, FilledStore::kProject, {}, {});
  ScreenRequest request;
  request.buckets = 10;
  request.ends = std::pair(0.0, 99.0);
  Screen aligned(*x_store, FilledStore::kProject, request, {});
  size_t calls = 0;
  ASSERT_TRUE(aligned.read({"r", kBeganNs}, std::vector<std::string>{"loss"},
                           [&](size_t, const Bins& bins, std::string_view) {
                             ++calls;
                             ASSERT_EQ(bins.size(), 10u);
                             EXPECT_EQ(bins.points[0], 3u);
                             EXPECT_EQ(bins.points[1], 0u);
                           }));
  EXPECT_EQ(calls, 1u);
}

// A series that is too long to look at every point keeps its envelope on every axis.
TEST_F(ScreenTest, ALongSeriesKeepsItsSpikeOnEveryAxis) {
  constexpr int64_t kRows = 1'200'000, kSpike = 777'777;
  for (int64_t first = 0; first < kRows; first += 100'000) {
    std::vector<int64_t> steps;
    std::vector<double> loss, acc;
    for (int64_t i = first; i < first + 100'000; ++i) {
      steps.push_back(i);
      loss.push_back(i == kSpike ? 9 : 1);
      acc.push_back(static_cast<double>(i) / 1000);
    }
    log(steps, loss, acc);
  }
  sample_power("gpu.0.power_w", std::vector<double>(120'001, 3600), 1);
  x_store.seal("r");
  for (const ScreenAxis axis : {ScreenAxis::kStep, ScreenAxis::kTime, ScreenAxis::kRelative,
                                ScreenAxis::kEnergy, ScreenAxis::kMetric})
    for (const bool log_x : {false, true}) {
      SCOPED_TRACE(testing::Message() << "axis " << static_cast<int>(axis) << " log " << log_x);
      ScreenRequest request;
      request.axis = axis;
      request.axis_key = "acc";
      request.log = log_x;
      request.buckets = 400;
      const Buckets found = show(request)[0].buckets;
      ASSERT_FALSE(found.x.empty());
      EXPECT_LE(found.x.size(), 400u);
      EXPECT_EQ(*std::max_element(found.max.begin(), found.max.end()), 9);
      EXPECT_EQ(*std::min_element(found.min.begin(), found.min.end()), 1);
      EXPECT_FALSE(found.exact);
      EXPECT_TRUE(std::is_sorted(found.x.begin(), found.x.end()));
    }
}

}  // namespace
}  // namespace cairn::query
