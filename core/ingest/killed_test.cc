// Killed: an importer that dies at any moment loses nothing and doubles nothing.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "base/clock.h"
#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

class KilledTest : public StoreFixture {
 protected:
  static constexpr int kRounds = 60;

  // A process that does `work` until it is killed.
  template <typename Work>
  static pid_t start(const Work& work) {
    const pid_t child = fork();
    if (child != 0) return child;
    while (true) work();
  }
  static void kill_now(pid_t child) {
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended on its own with status " << status;
  }
};

TEST_F(KilledTest, AnImporterLosesAndDoublesNothing) {
  std::mt19937_64 chance(7);
  std::vector<std::string> ids;
  std::vector<GivenRun> living;
  for (int round = 0; round < kRounds; ++round) {
    // Work for the importer: a run to seal, and a living one that grows past a checkpoint.
    const std::string id = "r" + std::to_string(round);
    ids.push_back(id);
    GivenRun run = given_run(id);
    run.logs_many("loss", 0, 2000).says("line").loses("x", 1).keeps(object({{"name", "a"}}));
    run.finishes();
    if (round % 20 == 0) living.push_back(given_run("living" + std::to_string(round)));
    living.back().logs_many("loss", round % 20 * 4000, 4000);
    const pid_t importer = start([&] {
      Looker looker = a_process();
      looker.looks();
      looker.writes_everything_out();
    });
    std::this_thread::sleep_for(std::chrono::microseconds(chance() % 20'000));
    kill_now(importer);
  }
  Looker reader = a_reader();
  for (const std::string& id : ids) {
    const auto points = reader.points(id, "loss");
    ASSERT_EQ(points.size(), 2000u) << id;
    for (size_t i = 0; i < points.size(); ++i)
      ASSERT_EQ(points[i].step, static_cast<int64_t>(i)) << id;
    EXPECT_EQ(reader.console(id).size(), 1u);
    EXPECT_EQ(reader.run(id).state, model::RunState::kFinished);
    EXPECT_EQ(reader.run(id).losses, object({{"x", 1}}));
    EXPECT_EQ(reader.store().read_artifacts(kProject, id)->size(), 1u);
  }
  for (int i = 0; i < kRounds; i += 20)
    EXPECT_EQ(reader.points("living" + std::to_string(i), "loss").size(), 80'000u);
  const std::string before = reader.everything();
  EXPECT_TRUE(reader.verify().damage.empty());
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.everything(), before);
}

TEST_F(KilledTest, ImportersSideBySideShareTheWork) {
  std::vector<pid_t> importers;
  ASSERT_TRUE(posix_disk().make_dirs(layout().live(kProject)));
  for (int i = 0; i < 3; ++i)
    importers.push_back(start([&] {
      Looker looker = a_process();  // each opens the new folder at once
      for (int n = 0; n < 20; ++n) looker.looks();
    }));
  for (int i = 0; i < 10; ++i) {
    GivenRun run = given_run("r" + std::to_string(i));
    run.logs_many("loss", 0, 10'000);
    run.finishes();
  }
  const int64_t deadline_ns = monotonic_now_ns() + 60 * kNsPerSecond;
  while (!journals().empty() && monotonic_now_ns() < deadline_ns)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (const pid_t importer : importers) kill_now(importer);
  Looker reader = a_reader();
  EXPECT_TRUE(journals().empty());
  EXPECT_EQ(packs().size(), 10u);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(reader.points("r" + std::to_string(i), "loss").size(), 10'000u);
}

TEST_F(KilledTest, ReadersReadWhereNothingCanBeWritten) {
  GivenRun run = given_run("r"), ended = given_run("ended");
  run.logs_many("loss", 0, 100);
  Looker outside = a_reader();
  run.logs_many("loss", 100, 100'000);  // more than a tail usually holds
  ended.logs("loss", 0, 1).finishes();
  const pid_t reader = fork();
  if (reader == 0) {
    Looker looker = a_process();
    signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing{0, 0};
    setrlimit(RLIMIT_FSIZE, &nothing);
    looker.looks();
    const bool all = looker.points("r", "loss").size() == 100'100 &&
                     looker.points("ended", "loss").size() == 1 &&
                     looker.run("ended").state == model::RunState::kFinished;
    const bool said = !looker.verify().notes.empty();
    _exit(all && said ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(reader, &status, 0), reader);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(journals().size(), 2u);
  outside.looks();
  EXPECT_EQ(outside.points("r", "loss").size(), 100'100u);
  EXPECT_EQ(journals().size(), 1u);
}

TEST_F(KilledTest, AReaderWritesAsSoonAsThereIsRoom) {
  GivenRun run = given_run("r");
  given_run("ended").logs("loss", 0, 1).finishes();
  run.logs("loss", 0, 1);
  const pid_t reader = fork();
  if (reader == 0) {
    Looker looker = a_process();
    signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing{0, RLIM_INFINITY}, room{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &nothing);
    looker.looks();
    const bool had_none = packs().empty() && looker.points("r", "loss").size() == 1;
    setrlimit(RLIMIT_FSIZE, &room);
    looker.looks();
    const bool has_written = packs().size() == 1 && journals().size() == 1;
    const bool all = looker.points("ended", "loss").size() == 1 &&
                     looker.points("r", "loss").size() == 1 && looker.verify().notes.empty();
    _exit(had_none && has_written && all ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(reader, &status, 0), reader);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace cairn::ingest
