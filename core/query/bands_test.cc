// Bands: the formulas of docs/api.md, on runs of different lengths and steps.
#include "query/bands.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "store/testing/filled_store.h"

namespace cairn::query {
namespace {

using model::Points;
using store::FilledStore;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class BandsTest : public testing::Test {
 protected:
  void given(const std::string& run, const std::vector<std::pair<int64_t, double>>& points) {
    x_store.begin(run);
    Points logged;
    for (const auto& [step, value] : points) logged.push(step, step + 1, value);
    x_store.add(run, "loss", logged);
  }
  std::vector<Band> read(BandKind kind, const std::vector<BandGroup>& groups,
                         const ScreenRequest& request = ten_parts()) {
    const Screen screen(*x_store, FilledStore::kProject, request, {});
    std::vector<Band> bands(groups.size());
    const auto done = read_bands(screen, request, kind, groups, {"loss"},
                                 [&](size_t g, size_t, Band band) { bands[g] = std::move(band); });
    EXPECT_TRUE(done) << done.error().message();
    return bands;
  }
  // One point in each part: steps 0 to 9.
  static ScreenRequest ten_parts() {
    ScreenRequest request;
    request.buckets = 10;
    return request;
  }
  static std::vector<std::pair<int64_t, double>> constant(int64_t from, int64_t to, double value) {
    std::vector<std::pair<int64_t, double>> points;
    for (int64_t step = from; step < to; ++step) points.emplace_back(step, value);
    return points;
  }

  FilledStore x_store;
};

TEST_F(BandsTest, MeanAndRoomOfTheRuns) {
  given("a", constant(0, 10, 1));
  given("b", constant(0, 10, 2));
  given("c", constant(0, 10, 6));
  const std::vector<BandGroup> all = {{"all", {{"a"}, {"b"}, {"c"}}}};
  const Band room = read(BandKind::kMinMax, all)[0];
  ASSERT_EQ(room.x.size(), 10u);
  EXPECT_EQ(room.x[3], 3);
  EXPECT_EQ(room.mean[3], 3);
  EXPECT_EQ(room.low[3], 1);
  EXPECT_EQ(room.high[3], 6);
  EXPECT_EQ(room.count[3], 3u);
  EXPECT_EQ(room.runs[3], 3u);
  const double deviation = std::sqrt((4.0 + 1 + 9) / 2);
  const Band std = read(BandKind::kStd, all)[0];
  EXPECT_DOUBLE_EQ(std.low[3], 3 - deviation);
  EXPECT_DOUBLE_EQ(std.high[3], 3 + deviation);
  const Band error = read(BandKind::kStderr, all)[0];
  EXPECT_DOUBLE_EQ(error.high[3], 3 + deviation / std::sqrt(3.0));
}

TEST_F(BandsTest, TheRoomHoldsEveryPointNotOnlyMeans) {
  given("a", {{0, 1}, {1, 9}, {2, 5}});
  ScreenRequest request;
  request.buckets = 1;
  const Band band = read(BandKind::kMinMax, {{"all", {{"a"}}}}, request)[0];
  EXPECT_EQ(band.low, std::vector<double>{1});
  EXPECT_EQ(band.high, std::vector<double>{9});
  EXPECT_EQ(band.mean, std::vector<double>{5});
  EXPECT_EQ(band.count, std::vector<uint32_t>{3});
}

TEST_F(BandsTest, ARunThatHasEndedIsSilent) {
  given("short", constant(0, 5, 1));
  given("long", constant(0, 10, 3));
  const Band band = read(BandKind::kStd, {{"all", {{"short"}, {"long"}}}})[0];
  EXPECT_EQ(band.mean[4], 2);
  EXPECT_EQ(band.runs[4], 2u);
  EXPECT_EQ(band.mean[5], 3);
  EXPECT_EQ(band.runs[5], 1u);
  EXPECT_TRUE(std::isnan(band.low[5])) << "the deviation of one run is not known";
}

TEST_F(BandsTest, ARunThatLogsSeldomSpeaksBetweenItsPoints) {
  given("often", constant(0, 10, 0));
  given("seldom", {{0, 0}, {9, 18}});
  const Band band = read(BandKind::kMinMax, {{"all", {{"often"}, {"seldom"}}}})[0];
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_DOUBLE_EQ(band.mean[i], static_cast<double>(i)) << i;
    EXPECT_EQ(band.runs[i], 2u);
  }
  EXPECT_EQ(band.count[4], 1u) << "points are counted where they are";
}

TEST_F(BandsTest, NanIsNoVoiceAndCounted) {
  given("a", constant(0, 10, 2));
  auto points = constant(0, 10, 4);
  points[5].second = kNan;
  given("b", points);
  const Band band = read(BandKind::kMinMax, {{"all", {{"a"}, {"b"}}}})[0];
  EXPECT_EQ(band.mean[5], 2);
  EXPECT_EQ(band.runs[5], 1u);
  EXPECT_EQ(band.count[5], 2u);
  EXPECT_EQ(band.nan[5], 1u);
  EXPECT_EQ(band.nan[4], 0u);
}

TEST_F(BandsTest, GroupsAreCutAlike) {
  given("a", constant(0, 5, 1));
  given("b", constant(0, 10, 2));
  const auto bands = read(BandKind::kMinMax, {{"one", {{"a"}}}, {"two", {{"b"}}}});
  ASSERT_EQ(bands[0].x.size(), 5u);
  ASSERT_EQ(bands[1].x.size(), 10u);
  EXPECT_EQ(bands[0].x[4], bands[1].x[4]);
}

TEST_F(BandsTest, AGroupWithoutPointsIsEmpty) {
  given("a", constant(0, 5, 1));
  x_store.begin("none");
  const auto bands =
      read(BandKind::kMinMax, {{"none", {{"none"}}}, {"nobody", {}}, {"a", {{"a"}}}});
  EXPECT_TRUE(bands[0].x.empty());
  EXPECT_TRUE(bands[1].x.empty());
  EXPECT_FALSE(bands[2].x.empty());
}

TEST_F(BandsTest, ALogarithmicAxisLeavesOutWhatItCannotShow) {
  given("a", constant(0, 1000, 1));
  ScreenRequest request;
  request.buckets = 30;
  request.log = true;
  const Band band = read(BandKind::kMinMax, {{"all", {{"a"}}}}, request)[0];
  ASSERT_FALSE(band.x.empty());
  EXPECT_EQ(band.x[0], 1);
  uint32_t points = 0;
  for (const uint32_t n : band.count) points += n;
  EXPECT_EQ(points, 999u);
}

TEST_F(BandsTest, TheOrderOfRunsChangesNothingButRounding) {
  given("a", constant(0, 10, 0.1));
  given("b", constant(0, 10, 0.7));
  const Band one = read(BandKind::kStd, {{"all", {{"a"}, {"b"}}}})[0];
  const Band again = read(BandKind::kStd, {{"all", {{"a"}, {"b"}}}})[0];
  EXPECT_EQ(one.mean, again.mean);
  EXPECT_EQ(one.high, again.high);
}

}  // namespace
}  // namespace cairn::query
