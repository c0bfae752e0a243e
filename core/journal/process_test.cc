// Rules of journals between processes and threads, on the real disk.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/id.h"
#include "journal/testing/journal_fixture.h"

namespace cairn::journal {
namespace {

class Processes : public JournalFixture {
 protected:
  Processes() : dir(testing::TempDir() + "cairn-journal-" + make_id()), path(dir + "/0.cairn") {
    EXPECT_TRUE(disk.make_dirs(dir));
  }
  ~Processes() override { std::filesystem::remove_all(dir); }

  // Runs `body` in a forked child that dies without a farewell; its exit status, or -1.
  static int in_child(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    return wait_for(child);
  }
  static int wait_for(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // Two ends of a pipe: one byte through it tells that something has happened.
  struct Signal {
    Signal() { EXPECT_EQ(pipe(ends), 0); }
    ~Signal() {
      close(ends[0]);
      close(ends[1]);
    }
    void give() const { EXPECT_EQ(write(ends[1], "x", 1), 1); }
    void wait() const {
      char byte;
      EXPECT_EQ(read(ends[0], &byte, 1), 1);
    }
    int ends[2];
  };

  Disk& disk = posix_disk();
  std::string dir, path;
};

TEST_F(Processes, AKilledWriterLeavesEveryAcknowledgedFrameAndIsDead) {
  in_child([&] {
    const auto writer = begin(disk, path);
    append_all(*writer, entries(200));
    return raise(SIGKILL);
  });
  EXPECT_EQ(read_all(disk, path), entries(200));
  EXPECT_EQ(writer_life(disk, path), Life::kDead);
}

TEST_F(Processes, AWriterLivesUntilItCloses) {
  const auto writer = begin(disk, path);
  EXPECT_EQ(writer_life(disk, path), Life::kAlive);
  EXPECT_EQ(in_child([&] { return static_cast<int>(writer_life(disk, path)); }),
            static_cast<int>(Life::kAlive));
  read_all(disk, path);  // opening and closing the file elsewhere does not drop the lock
  EXPECT_EQ(writer_life(disk, path), Life::kAlive);
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(writer_life(disk, path), Life::kDead);
  EXPECT_EQ(writer_life(disk, path + "-absent"), Life::kUnknown);
}

TEST_F(Processes, ALockKeptByAForkedOrphanDoesNotMakeTheDeadAlive) {
  const Signal ready, done;
  const pid_t parent = fork();
  if (parent == 0) {
    const auto writer = begin(disk, path);
    append_all(*writer, entries(3));
    if (fork() == 0) {  // the orphan: holds the parent's descriptor and never calls us
      ready.give();
      done.wait();
      _exit(0);
    }
    raise(SIGKILL);
  }
  ready.wait();
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(parent), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(writer_life(disk, path), Life::kDead) << "a zombie lives no more";
  wait_for(parent);
  EXPECT_TRUE(*(*disk.open(path, OpenMode::kRead))->is_locked_by_another());
  EXPECT_EQ(writer_life(disk, path), Life::kDead);
  done.give();
}

TEST_F(Processes, WhereLocksCannotBeTrustedThePidDecides) {
  setenv("CAIRN_ASSUME_NETWORK_FS", "1", 1);
  in_child([&] {
    append_all(*begin(disk, path), entries(3));
    return 0;
  });
  EXPECT_EQ(writer_life(disk, path), Life::kDead);
  const auto writer = begin(disk, path + "-mine");
  EXPECT_EQ(writer_life(disk, path + "-mine"), Life::kAlive);
  WriterIdentity elsewhere = this_process();
  elsewhere.boot_id[0] ^= 1;
  const auto other = Writer::create(disk, path + "-other", elsewhere, windowed());
  EXPECT_EQ(writer_life(disk, path + "-other"), Life::kUnknown);
  unsetenv("CAIRN_ASSUME_NETWORK_FS");
}

TEST_F(Processes, APidUsedAgainIsSomeoneElse) {
  WriterIdentity earlier = this_process();
  earlier.start_ticks -= 1;
  const auto writer = Writer::create(disk, path, earlier, windowed());
  EXPECT_EQ(writer_life(disk, path), Life::kDead);
}

TEST_F(Processes, AReceivedJournalSaysItselfWhetherItHasEnded) {
  WriterIdentity who = this_process();
  for (const auto& [received, life] :
       {std::pair(Received::kOpen, Life::kUnknown), std::pair(Received::kClosed, Life::kDead)}) {
    who.received = received;
    ASSERT_TRUE(write_file_atomically(disk, path, encode_header(who)));
    EXPECT_EQ(decode_header(encode_header(who))->received, received);
    EXPECT_EQ(writer_life(disk, path), life);
    const auto receiver = disk.open(path, OpenMode::kReadWrite);
    ASSERT_TRUE(*(*receiver)->try_lock());
    EXPECT_EQ(writer_life(disk, path), life) << "whoever receives it is not its writer";
  }
}

TEST_F(Processes, AForkedChildThatAbandonsLeavesTheParentsJournalUntouched) {
  const auto writer = begin(disk, path);
  append_all(*writer, entries(10));
  EXPECT_EQ(in_child([&] {
              writer->abandon();
              // The child's journal has its own descriptor and windows.
              const auto own = begin(disk, path + "-child");
              append_all(*own, entries(300));
              const bool refused = !append(*writer, entry(10));
              return refused && own->close() ? 0 : 1;
            }),
            0);
  EXPECT_EQ(writer_life(disk, path), Life::kAlive);
  append_all(*writer, {entry(10), entry(11)});
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(read_all(disk, path), entries(12));
  EXPECT_EQ(read_all(disk, path + "-child"), entries(300));
}

TEST_F(Processes, AppendingGoesOnBesidePreparingSyncingAndReading) {
  constexpr size_t kCount = 20'000;
  const auto writer = begin(disk, path);
  std::atomic<bool> done{false};
  std::thread background([&] {
    while (!done) {
      EXPECT_TRUE(writer->prepare());
      EXPECT_TRUE(writer->sync());
    }
  });
  std::vector<Entry> found;
  std::thread follower([&] {
    const auto reader = open(disk, path);
    while (found.size() < kCount) {
      const auto more = read_on(*reader);
      found.insert(found.end(), more.begin(), more.end());
    }
    EXPECT_TRUE(reader->damage().empty());
  });
  const auto all = entries(kCount);
  append_all(*writer, all);
  follower.join();
  done = true;
  background.join();
  EXPECT_EQ(found, all);
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(std::filesystem::file_size(path), writer->offset());
}

}  // namespace
}  // namespace cairn::journal
