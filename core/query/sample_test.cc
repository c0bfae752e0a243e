// Sampling against brute force: every bucket says exactly what its points say.
#include "query/sample.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include "base/limits.h"
#include "store/points.h"
#include "store/testing/filled_store.h"

namespace cairn::query {
namespace {

using model::Points;
using store::FilledStore;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr char kRun[] = "r";
constexpr char kKey[] = "loss";

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

class SampleTest : public testing::Test {
 protected:
  void add(const Points& points, int session = 1) {
    if (!x_began.count(session)) x_store.begin(kRun, session);
    x_began[session] = true;
    x_store.add(kRun, kKey, points, session);
  }
  Buckets sample(const SampleRequest& request) {
    auto buckets = sample_series(*x_store, x_store.pieces(kRun, kKey), request);
    EXPECT_TRUE(buckets) << buckets.error().message();
    return buckets.value_or(Buckets{});
  }
  Points read(const StepRange& range = {}) {
    auto points = read_series(*x_store, x_store.pieces(kRun, kKey), range);
    EXPECT_TRUE(points) << points.error().message();
    return points.value_or(Points{});
  }

  // Every point of the range is in exactly one bucket, which tells it exactly.
  void expect_exact(const SampleRequest& request) {
    const Points points = in_range(read(), request);
    const Buckets b = sample(request);
    ASSERT_TRUE(b.exact);
    ASSERT_LE(b.x.size(), std::max<size_t>(request.buckets, points.size()));
    for (const auto* column : {&b.min, &b.max, &b.mean, &b.last})
      ASSERT_EQ(column->size(), b.x.size());
    ASSERT_EQ(b.count.size(), b.x.size());
    if (points.size() <= request.buckets) {
      ASSERT_EQ(b.x.size(), points.size());
    } else {
      ASSERT_LE(b.x.size(), request.buckets);
    }
    size_t at = 0;
    for (size_t i = 0; i < b.x.size(); ++i) {
      ASSERT_TRUE(i == 0 || b.x[i] >= b.x[i - 1]);
      ASSERT_LE(at + b.count[i], points.size());
      expect_bucket(b, i, points, at, request.axis);
      at += b.count[i];
    }
    ASSERT_EQ(at, points.size()) << "every point is in a bucket";
  }

  static std::vector<int64_t> axis_of(const Points& points, Axis axis) {
    return axis == Axis::kStep ? points.step : points.time_ns;
  }
  // In the order of the axis.
  static Points in_range(const Points& points, const SampleRequest& request) {
    const std::vector<int64_t> x = axis_of(points, request.axis);
    std::multimap<int64_t, size_t> order;
    for (size_t i = 0; i < points.size(); ++i)
      if (x[i] >= request.range.min && x[i] <= request.range.max) order.emplace(x[i], i);
    Points inside;
    for (const auto& [at, i] : order)
      inside.push(points.step[i], points.time_ns[i], points.value[i]);
    return inside;
  }
  static void expect_bucket(const Buckets& b, size_t i, const Points& points, size_t at,
                            Axis axis) {
    double min = kNan, max = kNan, sum = 0;
    int numbers = 0;
    for (size_t p = at; p < at + b.count[i]; ++p) {
      const double v = points.value[p];
      if (std::isnan(v)) continue;
      min = std::fmin(min, v);
      max = std::fmax(max, v);
      sum += v;
      ++numbers;
    }
    const size_t last = at + b.count[i] - 1;
    EXPECT_TRUE(same(b.min[i], min)) << i << ": " << b.min[i] << " " << min;
    EXPECT_TRUE(same(b.max[i], max)) << i << ": " << b.max[i] << " " << max;
    EXPECT_TRUE(same(b.last[i], points.value[last])) << i;
    EXPECT_EQ(b.x[i], static_cast<double>(axis_of(points, axis)[last])) << i;
    if (numbers == 0 || !std::isfinite(sum))
      EXPECT_FALSE(std::isfinite(b.mean[i]) && numbers == 0) << i;
    else
      EXPECT_NEAR(b.mean[i], sum / numbers, 1e-9 * (1 + std::fabs(sum))) << i;
  }
  void expect_exact_everywhere() {
    const Points points = read();
    if (points.size() == 0) return;
    for (const Axis axis : {Axis::kStep, Axis::kTime}) {
      const std::vector<int64_t> x = axis_of(points, axis);
      const auto [low, high] = std::minmax_element(x.begin(), x.end());
      const int64_t from = *low, width = *high - *low;
      const std::vector<StepRange> ranges = {{},
                                             {from, from + width},
                                             {from + width / 3, from + width / 2},
                                             {from + width / 2, from + width / 2 + 7},
                                             {from + width, from + width},
                                             {from - 100, from},
                                             {from + width + 1, from + width + 5}};
      for (const StepRange& range : ranges)
        for (const size_t buckets : std::vector<size_t>{1, 7, 100, 5000}) {
          SCOPED_TRACE(testing::Message()
                       << "axis " << static_cast<int>(axis) << " range " << range.min << ".."
                       << range.max << " buckets " << buckets);
          expect_exact({axis, range, buckets});
          if (HasFatalFailure()) return;
        }
    }
  }

  FilledStore x_store;
  std::map<int, bool> x_began;
};

// Curves of different manners; times follow the arrival.
Points curve(size_t n, uint64_t seed, const std::string& manner) {
  std::mt19937_64 chance(seed);
  Points points;
  int64_t step = -50, time_ns = 1'000;
  for (size_t i = 0; i < n; ++i) {
    step += manner == "irregular" ? 1 + static_cast<int64_t>(chance() % 40) : 1;
    if (manner == "unsorted" && chance() % 10 == 0) step -= static_cast<int64_t>(chance() % 200);
    if (manner == "clustered" && i % 100 == 0) step += 100'000;
    time_ns += 1 + static_cast<int64_t>(chance() % 1000);
    double value = static_cast<double>(chance() % 1'000'000) / 7 - 5e4;
    if (manner == "specials") {
      const double odd[] = {kNan, -0.0, std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity()};
      if (chance() % 3 == 0) value = odd[chance() % 4];
    }
    points.push(step, time_ns, value);
  }
  return points;
}

class SampleMannerTest : public SampleTest, public testing::WithParamInterface<const char*> {};

TEST_P(SampleMannerTest, IsWhatBruteForceSays) {
  add(curve(3000, 1, GetParam()));
  expect_exact_everywhere();
  x_store.write_out();
  Points more = curve(2500, 2, GetParam());
  for (int64_t& step : more.step) step += 100'000'000;
  for (int64_t& time_ns : more.time_ns) time_ns += 10'000'000;
  add(more);
  expect_exact_everywhere();
  x_store.seal(kRun);
  expect_exact_everywhere();
}
INSTANTIATE_TEST_SUITE_P(Manners, SampleMannerTest,
                         testing::Values("regular", "irregular", "unsorted", "clustered",
                                         "specials"));

TEST_F(SampleTest, OfARewoundRunShowsWhatIsInView) {
  add(curve(3000, 1, "regular"));
  x_store.seal(kRun);
  Points again = curve(1000, 2, "regular");
  for (int64_t& step : again.step) step += 1500;
  for (int64_t& time_ns : again.time_ns) time_ns += 10'000'000;
  add(again, 2);
  EXPECT_EQ(read().size(), 2500u);
  expect_exact_everywhere();
  x_store.seal(kRun, 2);
  EXPECT_EQ(read().size(), 2500u);
  expect_exact_everywhere();
}

TEST_F(SampleTest, TheLatestOfAStepCounts) {
  Points points;
  for (int64_t i = 0; i < 1000; ++i) points.push(i, i, 1);
  points.push(500, 5000, 7);    // overwrites
  points.push(-3, 5001, 9);     // late
  points.push(500, 5002, 1.5);  // overwrites again
  add(points);
  const Points read_back = read();
  EXPECT_EQ(read_back.size(), 1001u);
  EXPECT_EQ(read_back.step.front(), -3);
  for (const size_t buckets : std::vector<size_t>{10, 2000}) {
    const Buckets b = sample({Axis::kStep, {}, buckets});
    EXPECT_EQ(*std::max_element(b.max.begin(), b.max.end()), 9);
    EXPECT_EQ(std::count(b.max.begin(), b.max.end(), 7.0), 0);
    EXPECT_EQ(std::count(b.max.begin(), b.max.end(), 1.5), 1);
  }
}

TEST_F(SampleTest, ASpikeAmongAMillionPointsShowsAtEveryZoom) {
  constexpr int64_t kPoints = 1'000'000;
  constexpr int64_t kSpike = 654'321;
  for (int64_t first = 0; first < kPoints; first += 50'000) {
    Points points;
    for (int64_t i = first; i < first + 50'000; ++i)
      points.push(i, i * 1000, i == kSpike ? 1000 : 0.5 + static_cast<double>(i % 10) / 100);
    add(points);
  }
  x_store.seal(kRun);
  const auto shows_spike = [&](const StepRange& range, size_t buckets, Axis axis) {
    const Buckets b = sample({axis, range, buckets});
    const int64_t unit = axis == Axis::kStep ? 1 : 1000;
    bool shown = false;
    for (size_t i = 0; i < b.x.size(); ++i) {
      EXPECT_GE(b.x[i], static_cast<double>(range.min));
      EXPECT_LE(b.x[i], static_cast<double>(range.max));
      EXPECT_GE(b.min[i], 0.5);
      if (b.max[i] != 1000) continue;
      shown = true;
      const double near = static_cast<double>(kSpike * unit);
      EXPECT_GE(b.x[i], near);
      EXPECT_TRUE(i == 0 || b.x[i - 1] < near + static_cast<double>(kLevelGroupPoints) *
                                                    static_cast<double>(unit));
    }
    return shown;
  };
  for (const size_t buckets : std::vector<size_t>{1, 10, 100, 1000, 20'000}) {
    for (int64_t half = 1; half < kPoints; half *= 3) {
      const int64_t from = std::max<int64_t>(0, kSpike - half);
      EXPECT_TRUE(shows_spike({from, kSpike + half}, buckets, Axis::kStep)) << half;
      EXPECT_TRUE(shows_spike({from, kSpike}, buckets, Axis::kStep)) << "at the end " << half;
      EXPECT_TRUE(shows_spike({kSpike, kSpike + half}, buckets, Axis::kStep)) << half;
      EXPECT_FALSE(shows_spike({kSpike + 1, kSpike + 1 + half}, buckets, Axis::kStep)) << half;
    }
    EXPECT_TRUE(shows_spike({0, kPoints * 1000}, buckets, Axis::kTime));
    EXPECT_TRUE(shows_spike({kSpike * 1000, kPoints * 1000}, buckets, Axis::kTime));
    EXPECT_TRUE(shows_spike({0, kSpike * 1000}, buckets, Axis::kTime));
  }
  const Buckets few = sample({Axis::kStep, {kSpike - 50, kSpike + 49}, 100});
  EXPECT_EQ(few.x.size(), 100u) << "as many points as buckets: the points themselves";
  EXPECT_TRUE(few.exact);
}

TEST_F(SampleTest, IsDeterministic) {
  add(curve(100'000, 5, "irregular"));
  x_store.seal(kRun);
  const SampleRequest request{Axis::kStep, {}, 77};
  const Buckets a = sample(request), b = sample(request);
  EXPECT_EQ(a.x, b.x);
  EXPECT_EQ(a.min, b.min);
  EXPECT_EQ(a.max, b.max);
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.last, b.last);
}

TEST_F(SampleTest, StepsAtBothEndsOfTheirRangeAreBucketed) {
  Points points;
  const int64_t low = std::numeric_limits<int64_t>::min();
  const int64_t high = std::numeric_limits<int64_t>::max() - 1;
  points.push(low, 1, 1);
  for (int64_t i = 0; i < 100; ++i) points.push(i, 2, 2);
  points.push(high, 3, 3);
  add(points);
  const Buckets b = sample({Axis::kStep, {}, 10});
  ASSERT_EQ(b.x.size(), 3u);
  EXPECT_EQ(b.last, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(b.count, (std::vector<uint32_t>{1, 100, 1}));
}

TEST_F(SampleTest, NothingIsNoError) {
  x_store.begin(kRun);
  EXPECT_TRUE(sample({}).x.empty());
  add(curve(10, 1, "regular"));
  EXPECT_TRUE(sample({Axis::kStep, {1'000'000, 2'000'000}, 10}).x.empty());
  EXPECT_TRUE(sample({Axis::kStep, {5, 4}, 10}).x.empty());
}

TEST_F(SampleTest, ASenselessNumberOfBucketsIsRefused) {
  add(curve(10, 1, "regular"));
  for (const size_t buckets : std::vector<size_t>{0, kSampleBucketsMax + 1}) {
    const auto refused =
        sample_series(*x_store, x_store.pieces(kRun, kKey), {Axis::kStep, {}, buckets});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::kInvalid);
  }
}

}  // namespace
}  // namespace cairn::query
