// Points: every one that was logged is seen once, bit for bit, wherever it lies at the moment.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

using Points = std::vector<SeenPoint>;

class PointsTest : public StoreFixture {
 protected:
  // Looks at a run in memory, in a pack of a living run, reopened, and sealed.
  template <typename Check>
  void in_every_place(GivenRun& run, const Check& check) {
    Looker reader = a_reader();
    {
      SCOPED_TRACE("in memory");
      check(reader);
    }
    reader.writes_everything_out();
    {
      SCOPED_TRACE("in a pack of a living run");
      check(reader);
    }
    {
      SCOPED_TRACE("in a pack, seen by another");
      Looker other = a_reader();
      check(other);
    }
    run.finishes();
    reader.looks();
    EXPECT_TRUE(journals().empty());
    {
      SCOPED_TRACE("sealed");
      check(reader);
    }
    Looker other = a_reader();
    SCOPED_TRACE("sealed, seen by another");
    check(other);
  }
};

TEST_F(PointsTest, AreBitExactWhereverTheyLie) {
  const double nan_with_payload = std::bit_cast<double>(uint64_t{0x7FF8'0000'DEAD'BEEF});
  const double negative_nan = std::bit_cast<double>(uint64_t{0xFFF0'0000'0000'0001});
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> values = {
      0.1,  nan_with_payload,         -0.0, 0.0,         inf, negative_nan, -inf, 5e-324,
      1e30, std::nextafter(1.0, 2.0), -1.5, std::nan("")};
  GivenRun run = given_run("r");
  Points expected;
  for (size_t i = 0; i < values.size(); ++i) {
    run.logs("loss", static_cast<int64_t>(i), values[i]);
    expected.push_back(point(static_cast<int64_t>(i), values[i]));
  }
  in_every_place(run, [&](Looker& reader) { EXPECT_EQ(reader.points("r", "loss"), expected); });
}

TEST_F(PointsTest, KeepTheOrderOfTheirArrival) {
  GivenRun run = given_run("r");
  Points expected;
  for (const int64_t step : std::vector<int64_t>{5, 3, 9, 3, -7, 9, 1'000'000'000'000}) {
    const auto value = static_cast<double>(expected.size());
    run.logs("loss", step, value);
    expected.push_back(point(step, value));
  }
  in_every_place(run, [&](Looker& reader) {
    EXPECT_EQ(reader.points("r", "loss"), expected);
    EXPECT_EQ(reader.summary("r", "loss"), model::Value(6.0));
    EXPECT_EQ(reader.run("r").last_step, 1'000'000'000'000);
  });
}

TEST_F(PointsTest, OfAKeyInSeveralShapesAreOneSeries) {
  GivenRun run = given_run("r");
  run.logs({"loss", "acc"}, 0, {1, 10}).logs("loss", 1, 2).logs({"loss", "acc"}, 2, {3, 30});
  run.logs({"acc", "loss"}, 3, {40, 4});
  in_every_place(run, [&](Looker& reader) {
    Points loss = reader.points("r", "loss");
    std::sort(loss.begin(), loss.end(), [](auto& a, auto& b) { return a.step < b.step; });
    EXPECT_EQ(loss, (Points{point(0, 1), point(1, 2), point(2, 3), point(3, 4)}));
    Points acc = reader.points("r", "acc");
    std::sort(acc.begin(), acc.end(), [](auto& a, auto& b) { return a.step < b.step; });
    EXPECT_EQ(acc, (Points{point(0, 10), point(2, 30), point(3, 40)}));
  });
}

TEST_F(PointsTest, OfTheMachineStandBesideTheHistory) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1).logs_system("cpu", 1'700'000'000'000, 55).logs("loss", 1, 2);
  in_every_place(run, [&](Looker& reader) {
    EXPECT_EQ(reader.points("r", "cpu"), Points{point(1'700'000'000'000, 55)});
    EXPECT_EQ(reader.run("r").last_step, 1) << "the machine's clock is no step";
    EXPECT_TRUE(reader.summary("r", "cpu").is_null());
    const auto series = reader.store().list_series(kProject, "r");
    ASSERT_TRUE(series);
    for (const model::SeriesInfo& info : *series)
      EXPECT_EQ(info.stream == model::Stream::kSystem, info.key == "cpu") << info.key;
  });
}

TEST_F(PointsTest, OfSixtyFourWritersAreOneRun) {
  std::vector<GivenRun> ranks;
  for (int rank = 0; rank < 64; ++rank)
    ranks.push_back(given_run("r", {.writer = "rank" + std::to_string(rank)}));
  for (int64_t step = 0; step < 20; ++step)
    for (size_t rank = 0; rank < ranks.size(); ++rank)
      ranks[rank].logs("loss." + std::to_string(rank), step, static_cast<double>(rank));
  Looker reader = a_reader();
  EXPECT_EQ(reader.run("r").state, model::RunState::kRunning);
  for (GivenRun& rank : ranks) rank.finishes();
  reader.looks();
  EXPECT_EQ(reader.run("r").state, model::RunState::kFinished);
  EXPECT_TRUE(journals().empty());
  for (size_t rank = 0; rank < ranks.size(); ++rank)
    EXPECT_EQ(reader.points("r", "loss." + std::to_string(rank)).size(), 20u);
}

TEST_F(PointsTest, OfAnUnevenRunLongerThanOnePackAreAllThere) {
  GivenRun run = given_run("r");
  constexpr size_t kPoints = 150'000;
  Looker reader = a_process();
  for (int part = 0; part < 3; ++part) {
    run.logs_many("loss", part * 50'000, 50'000);
    reader.looks();
  }
  EXPECT_GE(packs().size(), 1u) << "a long tail is written out while the run lives";
  const auto check = [&](Looker& looker) {
    const Points seen = looker.points("r", "loss");
    ASSERT_EQ(seen.size(), kPoints);
    for (size_t i = 0; i < kPoints; ++i)
      ASSERT_EQ(seen[i], point(static_cast<int64_t>(i), static_cast<double>(i) / 2));
  };
  check(reader);
  Looker other = a_reader();
  check(other);
  run.finishes();
  other.looks();
  reader.looks();
  check(other);
  check(reader);
}

TEST_F(PointsTest, OfAHundredThousandKeysAreFound) {
  GivenRun run = given_run("r");
  std::vector<std::string> keys;
  std::vector<double> values;
  for (size_t k = 0; k < 100'000; ++k) {
    keys.push_back("layer." + std::to_string(k));
    values.push_back(static_cast<double>(k));
  }
  run.logs(keys, 0, values);
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "layer.77777"), Points{point(0, 77'777)});
  run.finishes();
  reader.looks();
  EXPECT_EQ(reader.points("r", "layer.77777"), Points{point(0, 77'777)});
  EXPECT_EQ(reader.store().list_series(kProject, "r")->size(), 100'000u);
}

TEST_F(PointsTest, OfTenThousandKeySetsAreFound) {
  GivenRun run = given_run("r");
  for (int64_t i = 0; i < 10'000; ++i) {
    const auto value = static_cast<double>(i);
    run.logs({"loss", "only." + std::to_string(i)}, i, {value, value});
  }
  in_every_place(run, [&](Looker& reader) {
    EXPECT_EQ(reader.points("r", "only.5000"), Points{point(5000, 5000)});
    EXPECT_EQ(reader.points("r", "loss").size(), 10'000u);
  });
}

TEST_F(PointsTest, ManySmallTailsAreWrittenOutWhereTogetherTheyAreTooLarge) {
  constexpr size_t kRuns = 20, kPoints = 1000;
  std::vector<GivenRun> runs;
  for (size_t i = 0; i < kRuns; ++i) runs.push_back(given_run("r" + std::to_string(i)));
  constexpr size_t kAFewTails = 5 * kPoints * 3 * sizeof(double);
  Looker reader(root(), posix_disk(), kAFewTails);
  Looker other(root());
  for (GivenRun& run : runs) run.logs_many("loss", 0, kPoints);
  reader.looks();
  EXPECT_GT(packs().size(), kRuns / 2) << "they live, and are in packs all the same";
  for (GivenRun& run : runs) run.logs_many("loss", kPoints, 1);
  reader.looks();
  other.looks();
  for (size_t i = 0; i < kRuns; ++i) {
    const std::string id = "r" + std::to_string(i);
    EXPECT_EQ(reader.points(id, "loss").size(), kPoints + 1);
    EXPECT_EQ(reader.points(id, "loss"), other.points(id, "loss"));
  }
}

}  // namespace
}  // namespace cairn::ingest
