// State: what a run is said to be follows from its writers, whoever asks and whenever.
#include <fstream>

#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

using model::Liveness;
using model::RunState;
using model::Value;

class StateTest : public StoreFixture {};

TEST_F(StateTest, ARunWhoseWriterLivesIsRunning) {
  GivenRun run = given_run("r");
  const model::RunInfo info = a_reader().run("r");
  EXPECT_EQ(info.state, RunState::kRunning);
  EXPECT_EQ(info.liveness, Liveness::kAlive);
  EXPECT_FALSE(info.ended_ns);
  EXPECT_FALSE(info.exit_code);
}

TEST_F(StateTest, ARunEndsAsItSaid) {
  given_run("finished").finishes();
  given_run("failed").finishes(3, "ValueError: no such thing");
  given_run("crashed").logs("loss", 0, 1).dies();
  for (int round = 0; round < 2; ++round) {
    Looker reader = a_reader();
    EXPECT_EQ(reader.run("finished").state, RunState::kFinished);
    EXPECT_EQ(reader.run("finished").exit_code, 0);
    EXPECT_EQ(reader.run("failed").state, RunState::kFailed);
    EXPECT_EQ(reader.run("failed").exit_code, 3);
    const model::RunInfo failed = reader.run("failed");
    ASSERT_TRUE(failed.meta.find("end_reason"));
    EXPECT_EQ(*failed.meta.find("end_reason"), Value("ValueError: no such thing"));
    EXPECT_EQ(reader.run("crashed").state, RunState::kCrashed);
    EXPECT_FALSE(reader.run("crashed").exit_code);
    EXPECT_EQ(reader.run("crashed").liveness, Liveness::kEnded);
    EXPECT_TRUE(reader.run("crashed").ended_ns);
  }
}

TEST_F(StateTest, AForksEndIsNotTheRunsEnd) {
  GivenRun run = given_run("r");
  GivenRun fork = given_run("r", {.writer = "fork", .about = object({{"forked", true}})});
  fork.logs("worker", 0, 1).dies();
  Looker reader = a_reader();
  EXPECT_EQ(reader.run("r").state, RunState::kRunning);
  run.finishes();
  reader.looks();
  EXPECT_EQ(reader.run("r").state, RunState::kFinished);
  EXPECT_EQ(reader.points("r", "worker").size(), 1u);
}

TEST_F(StateTest, AForkThatOutlivesItsParentKeepsTheJournalsAndNotTheState) {
  GivenRun run = given_run("r");
  GivenRun fork = given_run("r", {.writer = "fork", .about = object({{"forked", true}})});
  run.finishes();
  Looker reader = a_reader();
  EXPECT_EQ(reader.run("r").state, RunState::kFinished);
  fork.logs("worker", 0, 1).finishes();
  reader.looks();
  EXPECT_EQ(reader.run("r").state, RunState::kFinished);
  EXPECT_EQ(reader.points("r", "worker").size(), 1u);
  EXPECT_TRUE(journals().empty());
}

TEST_F(StateTest, OneFailedRankFailsTheRun) {
  GivenRun a = given_run("r", {.writer = "a"}), b = given_run("r", {.writer = "b"});
  a.finishes(0);
  Looker reader = a_reader();
  EXPECT_EQ(reader.run("r").state, RunState::kRunning) << "the other rank goes on";
  b.finishes(1, "killed");
  reader.looks();
  EXPECT_EQ(reader.run("r").state, RunState::kFailed);
  EXPECT_EQ(reader.run("r").exit_code, 1);
}

TEST_F(StateTest, OneDeadRankCrashesTheRun) {
  GivenRun a = given_run("r", {.writer = "a"}), b = given_run("r", {.writer = "b"});
  a.finishes(0);
  b.dies();
  EXPECT_EQ(a_reader().run("r").state, RunState::kCrashed);
}

TEST_F(StateTest, AnEditChangesASealedRunAndNothingElseOfIt) {
  given_run("r").logs("loss", 0, 0.5).loses("dropped", 3).finishes(2, "oops");
  Looker reader = a_reader();
  const model::RunInfo before = reader.run("r");
  for (int round = 0; round < 2; ++round) {
    const auto edited = reader.ingest().edit(
        kProject, "r", object({{"name", "better"}, {"tags", model::List{"a", "b"}}}));
    ASSERT_TRUE(edited) << edited.error().message();
  }
  for (int round = 0; round < 2; ++round) {
    Looker looker = a_reader();
    const model::RunInfo after = looker.run("r");
    EXPECT_EQ(after.name, "better");
    EXPECT_EQ(after.tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(after.state, RunState::kFailed);
    EXPECT_EQ(after.exit_code, before.exit_code);
    EXPECT_EQ(after.ended_ns, before.ended_ns);
    EXPECT_EQ(after.created_ns, before.created_ns);
    EXPECT_EQ(after.losses, before.losses);
    EXPECT_EQ(looker.points("r", "loss").size(), 1u);
  }
  EXPECT_TRUE(journals().empty());
}

TEST_F(StateTest, AResumedRunRunsAgainAndEndsAsItsLastSessionDid) {
  given_run("r").logs("loss", 0, 1).finishes(1, "ValueError");
  Looker reader = a_reader();
  GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
  again.logs("loss", 1, 2);
  reader.looks();
  model::RunInfo info = reader.run("r");
  EXPECT_EQ(info.state, RunState::kRunning);
  EXPECT_EQ(info.sessions, 2);
  EXPECT_FALSE(info.exit_code);
  EXPECT_FALSE(info.meta.find("end_reason")) << "of the session before";
  again.finishes(0);
  reader.looks();
  info = reader.run("r");
  EXPECT_EQ(info.state, RunState::kFinished);
  EXPECT_EQ(info.exit_code, 0);
  EXPECT_FALSE(info.meta.find("end_reason"));
  EXPECT_EQ(reader.points("r", "loss").size(), 2u);
  EXPECT_EQ(reader.everything(), a_reader().everything());
}

TEST_F(StateTest, LossesAreSummedOverWritersAndCountedOnce) {
  GivenRun a = given_run("r", {.writer = "a"}), b = given_run("r", {.writer = "b"});
  a.loses("dropped", 2).loses("dropped", 5);
  b.loses("dropped", 10);
  Looker reader = a_reader();
  EXPECT_EQ(reader.run("r").losses, object({{"dropped", 15}}));
  reader.writes_everything_out();
  EXPECT_EQ(reader.run("r").losses, object({{"dropped", 15}}));
  EXPECT_EQ(a_reader().run("r").losses, object({{"dropped", 15}}));
  a.loses("dropped", 6).finishes();
  b.finishes();
  reader.looks();
  EXPECT_EQ(reader.run("r").losses, object({{"dropped", 16}}));
  GivenRun again = given_run("r", {.session = 2, .writer = "c"});
  again.loses("dropped", 1).finishes();
  reader.looks();
  EXPECT_EQ(reader.run("r").losses, object({{"dropped", 17}}));
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.run("r").losses, object({{"dropped", 17}}));
}

TEST_F(StateTest, ASummaryHasTheLastValuesAndWhatWasAskedFor) {
  GivenRun run = given_run("r");
  run.defines("val/*", object({{"summary", "max"}, {"goal", "maximize"}}));
  run.defines("val/loss", object({{"summary", "min"}}));
  run.defines("hidden", object({{"summary", "none"}}));
  run.defines("both", object({{"summary", model::List{"min", "max"}}}));
  run.defines("score", object({{"summary", "best"}, {"goal", "minimize"}}));
  for (const double v : {2.0, 1.0, 3.0})
    run.logs({"loss", "val/acc", "val/loss", "hidden", "both", "score"}, static_cast<int64_t>(v),
             {v, v, v, v, v, v});
  run.summarises(object({{"best", "model-3"}}));
  Looker reader = a_reader();
  for (int round = 0; round < 3; ++round) {
    if (round == 1) reader.writes_everything_out();
    if (round == 2) {
      run.finishes();
      reader.looks();
    }
    EXPECT_EQ(reader.summary("r", "loss"), Value(3.0)) << "of the highest step";
    EXPECT_EQ(reader.summary("r", "val/acc"), Value(3.0));
    EXPECT_EQ(reader.summary("r", "val/loss"), Value(1.0)) << "the longer pattern";
    EXPECT_TRUE(reader.summary("r", "hidden").is_null());
    EXPECT_EQ(reader.summary("r", "both.min"), Value(1.0));
    EXPECT_EQ(reader.summary("r", "both.max"), Value(3.0));
    EXPECT_EQ(reader.summary("r", "score"), Value(1.0));
    EXPECT_EQ(reader.summary("r", "best"), Value("model-3"));
  }
}

TEST_F(StateTest, AnExplicitSummaryWins) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1).summarises(object({{"loss", 0.25}})).logs("loss", 1, 2);
  run.finishes();
  EXPECT_EQ(a_reader().summary("r", "loss"), Value(0.25));
}

TEST_F(StateTest, AWriterThatDiedBeforeItsFirstWordIsNoRun) {
  given_run("silent", {.begins = false}).dies();
  GivenRun run = given_run("loud");
  Looker reader = a_reader();
  EXPECT_FALSE(reader.has_run("silent"));
  EXPECT_EQ(reader.run("loud").state, RunState::kRunning);
  EXPECT_EQ(journals().size(), 1u) << "and leaves nothing";
  EXPECT_TRUE(packs().empty());
}

TEST_F(StateTest, AJournalOfNoBytesIsPassedOver) {
  GivenRun run = given_run("r");
  std::ofstream(layout().live(kProject) + "/empty~1~w.clog").close();
  run.logs("loss", 0, 1).finishes();
  Looker reader = a_reader();
  EXPECT_FALSE(reader.has_run("empty"));
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
  const store::Check check = reader.verify();
  EXPECT_TRUE(check.damage.empty()) << check.damage.front();
  EXPECT_TRUE(reader.ingest().unreadable().empty());
}

TEST_F(StateTest, AResumeThatDiedBeforeItsFirstWordLeavesTheRunAsItWas) {
  given_run("r").logs("loss", 0, 1).finishes();
  Looker reader = a_reader();
  const std::string before = reader.everything();
  given_run("r", {.session = 2, .writer = "w2", .begins = false}).dies();
  reader.looks();
  EXPECT_EQ(reader.everything(), before);
  EXPECT_EQ(packs().size(), 1u);
  EXPECT_TRUE(journals().empty());
}

}  // namespace
}  // namespace cairn::ingest
