// Rewind: a resume that logs an earlier step again replaces the tail in view and keeps it as a
// branch.
#include <map>

#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

using model::Value;
using Points = std::vector<SeenPoint>;

class RewindTest : public StoreFixture {
 protected:
  // Session 1 logs steps 0..9 with value = step, session 2 goes on from `step` with value = -step.
  void given_a_rewind_to(int64_t step, int64_t steps = 3) {
    GivenRun first = given_run("r");
    for (int64_t s = 0; s < 10; ++s) first.logs("loss", s, static_cast<double>(s));
    first.dies();
    GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
    for (int64_t s = step; s < step + steps; ++s) again.logs("loss", s, static_cast<double>(-s));
    again.finishes();
  }
  static Points expected(int64_t step, int64_t steps = 3) {
    Points points;
    for (int64_t s = 0; s < step; ++s) points.push_back(point(s, static_cast<double>(s)));
    for (int64_t s = step; s < step + steps; ++s)
      points.push_back(point(s, static_cast<double>(-s)));
    return points;
  }
};

TEST_F(RewindTest, ReplacesTheTailInViewAndKeepsItAsABranch) {
  given_a_rewind_to(4);
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss"), expected(4));
  EXPECT_EQ(reader.all_points("r", "loss").size(), 13u);
  EXPECT_EQ(reader.pieces("r", "loss"), 2u);
}

TEST_F(RewindTest, StatisticsAndSummaryFollowTheView) {
  GivenRun first = given_run("r");
  first.defines("loss", object({{"summary", model::List{"last", "max"}}}));
  for (int64_t s = 0; s < 10; ++s) first.logs({"loss", "other"}, s, {static_cast<double>(s), 1});
  first.logs_system("cpu", 1'700'000'000'000, 99);
  first.finishes();
  Looker reader = a_reader();  // sealed before the resume
  GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
  again.logs("loss", 4, -4);
  reader.looks();
  const auto check = [&](Looker& looker) {
    EXPECT_EQ(looker.run("r").last_step, 4);
    EXPECT_EQ(looker.summary("r", "loss.last"), Value(-4.0));
    EXPECT_EQ(looker.summary("r", "loss.max"), Value(3.0));
    const auto series = looker.store().list_series(kProject, "r");
    ASSERT_TRUE(series);
    // The machine does not go back.
    const std::map<std::string, uint64_t> counts = {{"loss", 5}, {"other", 4}, {"cpu", 1}};
    for (const model::SeriesInfo& info : *series)
      EXPECT_EQ(info.stats.count, counts.at(info.key)) << info.key;
  };
  check(reader);
  reader.writes_everything_out();
  check(reader);
  Looker other = a_reader();
  check(other);
  again.logs("loss", 5, -5);
  reader.looks();
  EXPECT_EQ(reader.summary("r", "loss.last"), Value(-5.0));
  EXPECT_EQ(reader.run("r").last_step, 5);
  again.finishes();
  reader.looks();
  other.looks();
  EXPECT_EQ(reader.everything(), other.everything());
  EXPECT_EQ(reader.everything(), a_reader().everything());
  EXPECT_EQ(reader.summary("r", "loss.max"), Value(3.0));
}

TEST_F(RewindTest, IsTheSameHoweverTheJournalIsCutIntoBatches) {
  given_run("r").logs_many("loss", 0, 100).finishes();
  GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
  again.logs("loss", 80, -80).logs("loss", 81, -81);
  Looker live = a_reader();
  again.logs("loss", 20, -20);  // late: no rewind, though a batch begins with it
  live.looks();
  EXPECT_EQ(live.points("r", "loss").size(), 83u);
  Looker fresh = a_reader();
  EXPECT_EQ(fresh.points("r", "loss"), live.points("r", "loss"));
  live.writes_everything_out();
  again.logs("loss", 10, -10);
  live.looks();
  fresh.looks();
  EXPECT_EQ(live.points("r", "loss").size(), 84u);
  EXPECT_EQ(fresh.points("r", "loss"), live.points("r", "loss"));
  EXPECT_EQ(fresh.everything(), live.everything());
}

TEST_F(RewindTest, OfSeveralRanksBeginsWhereTheFirstOfThemDoes) {
  given_run("r").logs_many("loss", 0, 100).finishes();
  GivenRun a = given_run("r", {.session = 2, .writer = "a"});
  GivenRun b = given_run("r", {.session = 2, .writer = "b"});
  a.logs("loss", 60, 1);
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss").size(), 61u);
  b.logs("loss", 50, 1);
  reader.looks();
  EXPECT_EQ(reader.points("r", "loss").size(), 52u);
  EXPECT_EQ(reader.run("r").last_step, 60);
}

TEST_F(RewindTest, AForkOfALaterSessionHidesNothing) {
  given_run("r").logs_many("loss", 0, 10).finishes();
  GivenRun again = given_run("r", {.session = 2, .writer = "a"});
  again.logs("loss", 10, 1);
  GivenRun fork =
      given_run("r", {.session = 2, .writer = "b", .about = object({{"forked", true}})});
  fork.logs("worker", 0, 1);
  EXPECT_EQ(a_reader().points("r", "loss").size(), 11u);
}

TEST_F(RewindTest, AThirdSessionHidesBothBeforeIt) {
  given_a_rewind_to(4);
  a_reader();
  GivenRun third = given_run("r", {.session = 3, .writer = "w3"});
  third.logs("loss", 2, 100).finishes();
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss"), (Points{point(0, 0), point(1, 1), point(2, 100)}));
  EXPECT_EQ(reader.all_points("r", "loss").size(), 14u);
  EXPECT_EQ(reader.run("r").last_step, 2);
  EXPECT_EQ(reader.run("r").sessions, 3);
}

TEST_F(RewindTest, AResumeThatGoesOnHidesNothing) {
  given_a_rewind_to(10);
  EXPECT_EQ(a_reader().points("r", "loss"), expected(10));
}

TEST_F(RewindTest, SurvivesTheLossOfTheIndex) {
  given_run("r").logs_many("loss", 0, 100).finishes();
  a_reader();
  GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
  again.logs("loss", 40, -1);
  Looker reader = a_reader();
  reader.writes_everything_out();
  again.logs("loss", 41, -2);
  reader.looks();
  const std::string before = reader.everything();
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.everything(), before);
  again.finishes();
  reader.looks();
  const std::string sealed = reader.everything();
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.everything(), sealed);
}

}  // namespace
}  // namespace cairn::ingest
