// Once: however often, by whomever and after whatever the journals are read, each event counts
// once.
#include <functional>
#include <utility>

#include "ingest/testing/store_fixture.h"
#include "store/sqlite.h"

namespace cairn::ingest {
namespace {

class OnceTest : public StoreFixture {
 protected:
  static void log_a_bit_of_everything(GivenRun& run, int64_t step) {
    run.logs("loss", step, static_cast<double>(step)).logs({"acc", "lr"}, step, {0.5, 0.1});
    run.logs_system("cpu", 1'000 + step, 50).says("line " + std::to_string(step));
    run.records("image", step, object({{"type", "image"}, {"step", step}}));
    run.keeps(object({{"name", "model"}, {"step", step}}));
    run.configures(object({{"step", step}})).loses("dropped", step);
  }
};

TEST_F(OnceTest, LookingAgainChangesNothing) {
  GivenRun run = given_run("r");
  log_a_bit_of_everything(run, 1);
  Looker reader = a_process();
  EXPECT_TRUE(reader.looks());
  const std::string seen = reader.everything();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(reader.looks());
  EXPECT_EQ(reader.everything(), seen);
  run.finishes();
  EXPECT_TRUE(reader.looks());
  const std::string sealed = reader.everything();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(reader.looks());
  EXPECT_EQ(reader.everything(), sealed);
}

TEST_F(OnceTest, ReopeningBetweenEveryStepShowsTheSame) {
  GivenRun run = given_run("r");
  for (int64_t step = 0; step < 8; ++step) {
    log_a_bit_of_everything(run, step);
    Looker reader = a_reader();
    if (step % 2 == 1) reader.writes_everything_out();
    const std::string seen = reader.everything();
    Looker other = a_reader();
    EXPECT_EQ(other.everything(), seen) << "step " << step;
    EXPECT_EQ(other.points("r", "loss").size(), static_cast<size_t>(step + 1));
    EXPECT_EQ(other.console("r").size(), static_cast<size_t>(step + 1));
    EXPECT_EQ(other.run("r").losses, object({{"dropped", step}}));
  }
  run.finishes();
  const std::string sealed = a_reader().everything();
  EXPECT_EQ(a_reader().everything(), sealed);
}

TEST_F(OnceTest, TwoProcessesInTurnsSeeTheSame) {
  GivenRun run = given_run("r");
  Looker a = a_process(), b = a_process();
  for (int64_t step = 0; step < 12; ++step) {
    log_a_bit_of_everything(run, step);
    a.looks();  // holds a tail ...
    if (step % 3 == 0) {
      b.looks();
      b.writes_everything_out();  // ... that the other one writes out
    }
    a.looks();
    b.looks();
    EXPECT_EQ(a.everything(), b.everything()) << "step " << step;
    EXPECT_EQ(a.points("r", "loss").size(), static_cast<size_t>(step + 1));
    if (step % 4 == 0) a.writes_everything_out();
  }
  run.finishes();
  b.looks();
  a.looks();
  EXPECT_EQ(a.everything(), b.everything());
  EXPECT_EQ(a.points("r", "loss").size(), 12u);
  EXPECT_TRUE(journals().empty());
}

TEST_F(OnceTest, WhatAnotherProcessWroteOutIsSeenThoughThisOneWroteOutAnotherRunSince) {
  GivenRun first = given_run("first"), second = given_run("second");
  Looker a = a_process(), b = a_process();
  first.logs("loss", 0, 1);
  second.logs("loss", 0, 1);
  a.looks();
  b.looks();
  second.logs("loss", 1, 2);
  b.looks();
  first.finishes();
  ASSERT_TRUE(b.store().checkpoint(kProject, true));  // "second" moves behind a's back
  a.writes_everything_out();                          // a moves the index too
  a.looks();
  EXPECT_EQ(a.points("second", "loss").size(), 2u);
  EXPECT_EQ(a.everything(), a_reader().everything());
}

// The real disk, but for somebody who is slow between listing a folder and looking at its files.
class SlowLister : public Disk {
 public:
  std::function<void()> meanwhile;

  Result<std::vector<DirEntry>> list(const std::string& dir) override {
    auto entries = x_disk.list(dir);
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    return entries;
  }
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    return x_disk.open(path, mode);
  }
  bool exists(const std::string& path) override { return x_disk.exists(path); }
  Result<FileInfo> info(const std::string& path) override { return x_disk.info(path); }
  Result<void> make_dirs(const std::string& dir) override { return x_disk.make_dirs(dir); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return x_disk.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return x_disk.remove(path); }
  Result<void> sync_dir(const std::string& dir) override { return x_disk.sync_dir(dir); }
  Result<void> touch(const std::string& path) override { return x_disk.touch(path); }
  Result<void> clone(const std::string& from, const std::string& to) override {
    return x_disk.clone(from, to);
  }
  bool is_local(const std::string& path) override { return x_disk.is_local(path); }

 private:
  Disk& x_disk = posix_disk();
};

TEST_F(OnceTest, AJournalSealedByAnotherBetweenListingAndReadingAddsNothing) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1).logs("loss", 1, 2);
  SlowLister disk;
  Looker slow(root(), disk);
  slow.looks();  // holds the journal open
  disk.meanwhile = [&] {
    run.finishes();
    a_reader();  // seals the run, removes its journal and forgets that there was one
    EXPECT_TRUE(journals().empty());
  };
  slow.looks();
  EXPECT_EQ(slow.points("r", "loss").size(), 2u);
  EXPECT_EQ(slow.run("r").state, model::RunState::kFinished);
  slow.writes_everything_out();
  EXPECT_EQ(packs().size(), 1u);
  EXPECT_EQ(slow.everything(), a_reader().everything());
}

TEST_F(OnceTest, ALeftoverJournalOfASealedRunAddsNothing) {
  GivenRun run = given_run("r");
  log_a_bit_of_everything(run, 1);
  Looker reader = a_reader();
  const std::string copy = root() + "/copy";
  run.finishes();
  std::filesystem::copy_file(run.path(), copy);
  reader.looks();
  const std::string sealed = reader.everything();
  // It comes back as from a power cut before the removal reached the medium; the index is lost too,
  // so that only packs tell that the journal is contained.
  std::filesystem::copy_file(copy, run.path());
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.everything(), sealed);
  EXPECT_TRUE(journals().empty());
  EXPECT_EQ(packs().size(), 1u);
}

TEST_F(OnceTest, AJournalIsRemovedOnlyAfterTheIndexThatNamesItsPackIsOnTheMedium) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  Looker reader = a_reader();
  {
    // Somebody in the middle of a long read keeps the log from being moved into the index's file.
    auto database = store::Database::open(layout().index(kProject));
    ASSERT_TRUE(database);
    const auto reading = store::Transaction::begin_reading(*database);
    ASSERT_TRUE(reading && database->query_integer("SELECT count(*) FROM run"));
    run.finishes();
    reader.looks();
    EXPECT_EQ(packs().size(), 1u);
    EXPECT_EQ(journals().size(), 1u);
    EXPECT_EQ(reader.points("r", "loss").size(), 1u);
    EXPECT_EQ(a_reader().points("r", "loss").size(), 1u);
    EXPECT_EQ(journals().size(), 1u);
  }
  reader.looks();
  EXPECT_TRUE(journals().empty());
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
}

TEST_F(OnceTest, ReadersReadWhileAnotherProcessHoldsTheIndex) {
  GivenRun run = given_run("r"), ended = given_run("ended");
  run.logs("loss", 0, 1);
  ended.logs("loss", 0, 1);
  Looker reader = a_reader();
  auto database = store::Database::open(layout().index(kProject));
  ASSERT_TRUE(database);
  {
    const auto writing = store::Transaction::begin(*database);
    ASSERT_TRUE(writing);
    run.logs("loss", 1, 2);
    ended.finishes();
    reader.looks();
    EXPECT_EQ(reader.points("r", "loss").size(), 2u);
    EXPECT_EQ(reader.run("ended").state, model::RunState::kFinished);
    EXPECT_EQ(a_reader().everything(), reader.everything());
    EXPECT_EQ(journals().size(), 2u);
    const store::Check check = reader.verify();
    EXPECT_EQ(check.notes.size(), 1u) << "the reader says why nothing was written out";
  }
  reader.looks();
  EXPECT_EQ(journals().size(), 1u);
}

TEST_F(OnceTest, APackThatNoIndexNamesIsReplacedOrIndexed) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  {
    Looker importer = a_reader();
    importer.writes_everything_out();
  }
  // The importer died between pack and commit: the pack is there, the index knows nothing.
  for (const char* ending : {"", "-wal", "-shm"})
    std::filesystem::remove(layout().index(kProject) + ending);
  {
    Looker reader = a_reader();
    EXPECT_EQ(reader.points("r", "loss").size(), 1u);
    run.logs("loss", 1, 2);
    run.dies();
    reader.looks();
    EXPECT_EQ(reader.points("r", "loss").size(), 2u);
  }
  // The same where a resume came before the next try, so that the segment has another name.
  GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
  again.logs("loss", 2, 3);
  std::filesystem::copy_file(layout().packs(kProject) + "/r~1~1.cpack",
                             layout().packs(kProject) + "/r~1~3.cpack");
  again.finishes();
  Looker reader = a_reader();
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.points("r", "loss").size(), 3u);
}

TEST_F(OnceTest, ARemovedRunIsGoneForEveryoneAndItsIdMayBeUsedAgain) {
  GivenRun run = given_run("r"), other_run = given_run("other");
  run.logs("loss", 0, 1);
  other_run.logs("loss", 0, 1);
  run.finishes();
  Looker a = a_reader(), b = a_reader();
  const auto revision = b.store().revision(kProject);
  ASSERT_TRUE(revision);
  ASSERT_TRUE(a.ingest().remove(kProject, "r", false));
  EXPECT_FALSE(a.has_run("r"));
  EXPECT_FALSE(b.has_run("r"));
  std::vector<std::string> changed;
  const auto changes = b.store().for_each_changed(
      kProject, *revision, [&](const model::RunInfo& info) { changed.push_back(info.id); });
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->removed, std::vector<std::string>{"r"});
  EXPECT_TRUE(changed.empty());
  ASSERT_TRUE(a.store().rebuild(kProject));
  EXPECT_FALSE(a_reader().has_run("r"));

  GivenRun again = given_run("r");
  again.logs("loss", 5, 50);
  again.finishes();
  a.looks();
  b.looks();
  for (Looker* looker : {&a, &b})
    EXPECT_EQ(looker->points("r", "loss"), std::vector<SeenPoint>{point(5, 50)});
}

TEST_F(OnceTest, ALivingRunIsRemovedOnlyByForce) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  Looker reader = a_reader();
  const auto refused = reader.ingest().remove(kProject, "r", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kConflict);
  EXPECT_TRUE(reader.has_run("r"));
  ASSERT_TRUE(reader.ingest().remove(kProject, "r", true));
  reader.looks();
  EXPECT_FALSE(reader.has_run("r"));
}

TEST_F(OnceTest, CachesAreToldWhatChangedAndNothingElse) {
  GivenRun a = given_run("a"), b = given_run("b");
  a.logs("loss", 0, 1);
  b.logs("loss", 0, 1);
  Looker reader = a_reader();
  const auto changed_since = [&](uint64_t revision, uint64_t* now) {
    std::vector<std::string> ids;
    const auto changes = reader.store().for_each_changed(
        kProject, revision, [&](const model::RunInfo& info) { ids.push_back(info.id); });
    EXPECT_TRUE(changes);
    *now = changes->revision;
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  using Ids = std::vector<std::string>;
  uint64_t now = 0;
  EXPECT_EQ(changed_since(0, &now), (Ids{"a", "b"}));
  EXPECT_EQ(changed_since(now, &now), Ids{});
  b.logs("loss", 1, 2);
  reader.looks();
  EXPECT_EQ(changed_since(now, &now), Ids{"b"});
  a.finishes();
  Looker other = a_reader();  // seals it
  reader.looks();
  EXPECT_EQ(changed_since(now, &now), Ids{"a"});
  EXPECT_EQ(changed_since(now, &now), Ids{});
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(changed_since(now, &now), (Ids{"a", "b"})) << "a view that began anew is told whole";
}

}  // namespace
}  // namespace cairn::ingest
