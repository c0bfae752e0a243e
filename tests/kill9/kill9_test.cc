// Kills a real writer with SIGKILL at random moments: every frame it had acknowledged must be
// there.
//
// Each round forks a child that appends numbered frames of random sizes, with a background thread
// that prepares windows and sometimes syncs, and tells through shared memory how many appends have
// returned. The parent reads along, kills the child, and compares. CAIRN_KILL_ROUNDS sets the
// number of rounds, CAIRN_KILL_SEED the moments.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <random>
#include <string>
#include <thread>

#include "base/disk.h"
#include "base/id.h"
#include "journal/journal.h"

namespace cairn::journal {
namespace {

constexpr int kRoundsDefault = 1000;
constexpr size_t kPayloadBytesMax = 3000;

int64_t setting(const char* name, int64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::atoll(text);
}

// Frame `n`: its number, then bytes that only this number has.
std::string payload_of(uint64_t n) {
  std::minstd_rand chance(static_cast<uint32_t>(n * 2654435761u + 1));
  std::string payload(sizeof n + chance() % (n % 16 == 0 ? kPayloadBytesMax : 200), '\0');
  std::memcpy(payload.data(), &n, sizeof n);
  for (size_t at = sizeof n; at < payload.size(); ++at) {
    payload[at] = static_cast<char>(payload.size() + at * n);
  }
  return payload;
}
uint16_t kind_of(uint64_t n) { return static_cast<uint16_t>(1 + n % 7); }

// A counter that outlives the process that counts.
class SharedCount {
 public:
  SharedCount()
      : x_memory(
            mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        x_count(new (x_memory) std::atomic<uint64_t>(0)) {}
  ~SharedCount() { munmap(x_memory, kPageBytes); }
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  std::atomic<uint64_t>& value() { return *x_count; }

 private:
  void* x_memory;
  std::atomic<uint64_t>* x_count;
};

[[noreturn]] void append_until_killed(const std::string& path, Writer::Options options,
                                      int sync_at_tick, std::atomic<uint64_t>& acknowledged) {
  const auto writer = Writer::create(posix_disk(), path, this_process(), options);
  if (!writer) _exit(1);
  std::thread([&writer, sync_at_tick] {
    for (int tick = 0; (*writer)->prepare(); ++tick) {
      if (tick == sync_at_tick && !(*writer)->sync()) break;
      usleep(100);
    }
    _exit(2);
  }).detach();
  for (uint64_t n = 0;; ++n) {
    if (!(*writer)->append(kind_of(n), payload_of(n))) _exit(3);
    acknowledged.store(n + 1, std::memory_order_release);
  }
}

class Kill9 : public testing::TestWithParam<bool> {
 protected:
  Kill9() { std::filesystem::create_directory(dir); }
  ~Kill9() override { std::filesystem::remove_all(dir); }

  // How many frames lie at `path`; each of them must be the one its place says.
  static uint64_t count_frames(Reader& reader, uint64_t from) {
    Frame frame;
    uint64_t n = from;
    for (; *reader.next(frame); ++n) {
      EXPECT_EQ(frame.kind, kind_of(n));
      EXPECT_EQ(frame.payload, payload_of(n));
    }
    return n;
  }

  void run_round(int round, std::mt19937_64& chance) {
    const std::string path = dir + "/" + std::to_string(round);
    const Writer::Options options{GetParam(), 16 * kPageBytes};  // many windows in a short life
    SharedCount acknowledged;
    const pid_t child = fork();
    if (child == 0) append_until_killed(path, options, round % 256, acknowledged.value());

    // The moment: so many frames, then so many microseconds.
    const uint64_t frames = chance() % 200;
    while (acknowledged.value() < frames && waitpid(child, nullptr, WNOHANG) == 0) usleep(20);
    usleep(static_cast<useconds_t>(chance() % 500));
    const auto following = Reader::open(posix_disk(), path);
    const uint64_t followed = following ? count_frames(**following, 0) : 0;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer gave up with " << WEXITSTATUS(status);

    const uint64_t promised = acknowledged.value();
    const auto reader = Reader::open(posix_disk(), path);
    if (!reader) {
      EXPECT_EQ(promised, 0u) << reader.error().message();
      return;
    }
    const uint64_t found = count_frames(**reader, 0);
    EXPECT_GE(found, promised);
    EXPECT_GE(found, followed);
    EXPECT_LE(found, promised + 1) << "at most the append that was under way";
    EXPECT_TRUE((*reader)->damage().empty());
    EXPECT_EQ(writer_life(posix_disk(), path), Life::kDead);
    if (following) {
      EXPECT_EQ(count_frames(**following, followed), found);
    }
    std::filesystem::remove(path);
  }

  const std::string dir = testing::TempDir() + "cairn-kill9-" + make_id();
};

TEST_P(Kill9, EveryAcknowledgedFrameIsThere) {
  const auto seed = static_cast<uint64_t>(setting("CAIRN_KILL_SEED", 20240229));
  const auto rounds = static_cast<int>(setting("CAIRN_KILL_ROUNDS", kRoundsDefault));
  std::mt19937_64 chance(seed);
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + " of seed " + std::to_string(seed));
    run_round(round, chance);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Kill9, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "Window" : "Write"; });

}  // namespace
}  // namespace cairn::journal
