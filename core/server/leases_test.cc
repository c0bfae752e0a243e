// Leases: one holder at a time, and none for longer than he lives.
#include "server/leases.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/testing/temp_folder.h"

namespace cairn::server {
namespace {

using model::Object;
using model::Value;

constexpr int64_t kTtlNs = 30 * kNsPerSecond;

class LeasesTest : public testing::Test {
 protected:
  Leases a_process() {
    return Leases(
        posix_disk(), path(),
        {[this] { return x_now_ns.load(); },
         [this](std::string_view holder) { return x_gone.count(std::string(holder)) > 0; }});
  }
  Leases a_real_process() {
    return Leases(posix_disk(), path(), {[this] { return x_now_ns.load(); }, x_real.is_gone});
  }
  std::string path() const { return x_folder.path() + "/leases.db"; }
  Leases::Answer taken(const std::string& holder, const Value& detail = Object{},
                       const std::string& key = "k") {
    const auto answer = x_leases.take(key, holder, kTtlNs, detail);
    EXPECT_TRUE(answer) << answer.error().message();
    return answer.value_or(Leases::Answer());
  }
  void passes(int64_t ns) { x_now_ns += ns; }

  store::TempFolder x_folder;
  std::atomic<int64_t> x_now_ns = 1'700'000'000 * kNsPerSecond;
  std::set<std::string> x_gone;
  const Leases::World x_real = Leases::this_world();
  Leases x_leases = a_process();
};

TEST_F(LeasesTest, WhoComesFirstHoldsIt) {
  const Leases::Answer first = taken("anna", Object{{"share", 0.5}});
  EXPECT_TRUE(first.is_granted);
  EXPECT_EQ(first.lease.expires_ns, x_now_ns + kTtlNs);
  passes(kNsPerSecond);
  const Leases::Answer second = taken("bob");
  EXPECT_FALSE(second.is_granted);
  EXPECT_EQ(second.lease.holder, "anna");
  EXPECT_EQ(second.lease.detail, Value(Object{{"share", 0.5}}));
  EXPECT_EQ(second.lease.since_ns, first.lease.since_ns);
  EXPECT_TRUE(taken("bob", Object{}, "another").is_granted);
}

TEST_F(LeasesTest, AHeartbeatProlongsItAndReplacesItsDetail) {
  const int64_t began_ns = taken("anna", Object{{"share", 0.1}}).lease.since_ns;
  for (int beat = 0; beat < 5; ++beat) {
    passes(kTtlNs / 2);
    EXPECT_TRUE(taken("anna", Object{{"beat", beat}}).is_granted);
  }
  const Lease held = taken("bob").lease;
  EXPECT_EQ(held.since_ns, began_ns);
  EXPECT_EQ(held.heartbeat_ns, x_now_ns);
  EXPECT_EQ(held.detail, Value(Object{{"beat", 4}}));
}

TEST_F(LeasesTest, WhoWasNotHeardOfLosesIt) {
  taken("anna");
  passes(kTtlNs - 1);
  EXPECT_FALSE(taken("bob").is_granted);
  passes(1);
  EXPECT_FALSE(x_leases.find("k").value());
  EXPECT_TRUE(taken("bob").is_granted);
  EXPECT_FALSE(taken("anna").is_granted) << "she was away for too long";
}

TEST_F(LeasesTest, WhoComesBackLateBeginsAnew) {
  const int64_t began_ns = taken("anna").lease.since_ns;
  passes(2 * kTtlNs);
  EXPECT_GT(taken("anna").lease.since_ns, began_ns);
}

TEST_F(LeasesTest, ItCanBeGivenBackByItsHolderOnly) {
  EXPECT_TRUE(x_leases.give_back("k", "anna")) << "there is no file yet";
  taken("anna");
  const auto refused = x_leases.give_back("k", "bob");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kConflict);
  EXPECT_TRUE(x_leases.give_back("k", "anna"));
  EXPECT_TRUE(x_leases.give_back("k", "anna")) << "again";
  EXPECT_TRUE(taken("bob").is_granted);
}

TEST_F(LeasesTest, OthersSeeIt) {
  Leases other = a_process();
  EXPECT_FALSE(other.find("k").value());
  EXPECT_FALSE(std::filesystem::exists(path())) << "who only looks makes no file";
  taken("anna");
  EXPECT_EQ(other.find("k").value()->holder, "anna");
  EXPECT_FALSE(other.take("k", "bob", kTtlNs, Object{})->is_granted);
  x_gone.insert("anna");
  EXPECT_FALSE(other.find("k").value());
  EXPECT_TRUE(other.take("k", "bob", kTtlNs, Object{})->is_granted);
}

TEST_F(LeasesTest, WhatIsOverIsSwept) {
  for (int i = 0; i < 10; ++i) taken("anna", Object{}, "old-" + std::to_string(i));
  passes(kTtlNs);
  taken("anna", Object{}, "new");
  auto database = store::Database::open(path());
  EXPECT_EQ(database->query_integer("SELECT count(*) FROM lease").value_or(-1), 1);
}

TEST_F(LeasesTest, AProcessOfThisMachineThatEndedIsReplacedAtOnce) {
  Leases leases = a_real_process();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string name = this_process();
    const bool written = write(ends[1], name.data(), name.size()) > 0;
    pause();  // until it is killed
    _exit(written ? 0 : 1);
  }
  char text[512];
  const ssize_t n = read(ends[0], text, sizeof text);
  close(ends[0]);
  close(ends[1]);
  ASSERT_GT(n, 0);
  const std::string process(text, static_cast<size_t>(n));
  EXPECT_TRUE(leases.take("k", process + " part 1", kTtlNs, Object{})->is_granted);
  EXPECT_FALSE(leases.take("k", "bob", kTtlNs, Object{})->is_granted) << process;
  kill(child, SIGKILL);
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(leases.take("k", "bob", kTtlNs, Object{})->is_granted) << "a zombie has run";
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(leases.take("other", process, kTtlNs, Object{})->is_granted);
  EXPECT_TRUE(leases.take("other", "bob", kTtlNs, Object{})->is_granted) << "nobody has its pid";
}

TEST_F(LeasesTest, OnlyAProcessOfThisMachineIsKnownToBeGone) {
  const std::string alive = this_process();
  EXPECT_FALSE(x_real.is_gone(alive + " here"));
  const std::string before = alive.substr(0, alive.rfind(':'));
  EXPECT_TRUE(x_real.is_gone(before + ":1 a pid that was given again"));
  const std::string host = alive.substr(0, alive.find('/'));
  const std::string pid = before.substr(before.rfind(':'));
  EXPECT_TRUE(x_real.is_gone(host + pid + ":1"));
  EXPECT_FALSE(x_real.is_gone(host + alive.substr(before.rfind(':')) + " by its plain name"));
  for (const std::string& other :
       {"elsewhere" + pid + ":1", host + "/00000000" + pid + ":1", std::string("anna"),
        std::string(""), std::string(":"), std::string("::"), host + ":x:1", host + pid + ":"})
    EXPECT_FALSE(x_real.is_gone(other)) << other;
}

TEST_F(LeasesTest, WhatIsNoLeaseIsRefused) {
  const auto refusal = [&](const std::string& key, const std::string& holder, int64_t ttl_ns,
                           const Value& detail) {
    const auto answer = x_leases.take(key, holder, ttl_ns, detail);
    return !answer && answer.error().code() == Code::kInvalid;
  };
  for (const char* key : {"", "a b", "a/b", "\xff"}) EXPECT_TRUE(refusal(key, "a", 1, Object{}));
  EXPECT_TRUE(refusal(std::string(201, 'a'), "a", 1, Object{}));
  EXPECT_TRUE(refusal("k", "", 1, Object{}));
  EXPECT_TRUE(refusal("k", std::string(513, 'a'), 1, Object{}));
  EXPECT_TRUE(refusal("k", "a", 0, Object{}));
  EXPECT_TRUE(refusal("k", "a", int64_t{8 * 24 * 3600} * kNsPerSecond, Object{}));
  EXPECT_TRUE(refusal("k", "a", 1, "text"));
  EXPECT_TRUE(refusal("k", "a", 1, Object{{"long", std::string(65 << 10, 'x')}}));
  EXPECT_TRUE(x_leases.take(std::string(200, 'a'), "a", 1, Object{}));
}

TEST_F(LeasesTest, AFileThatIsDamagedIsSaidToBe) {
  std::ofstream(path()) << std::string(20'000, 'g');
  const auto answer = x_leases.take("k", "anna", kTtlNs, Object{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Code::kCorrupt);
  EXPECT_NE(answer.error().message().find("may be removed"), std::string::npos);
}

// Threads that all want the same key, half of them behind one connection, half behind another.
TEST_F(LeasesTest, TwoNeverHoldItAtOnce) {
  constexpr int kThreads = 64, kTurns = 4;
  struct Connection {
    Leases leases;
    std::mutex mutex;
  };
  Connection connections[2] = {{a_process(), {}}, {a_process(), {}}};
  std::atomic<int> inside = 0, turns = 0, together = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      Connection& connection = connections[t % 2];
      const std::string holder = "thread-" + std::to_string(t);
      for (int done = 0; done < kTurns;) {
        bool is_granted = false;
        {
          const std::lock_guard lock(connection.mutex);
          const auto answer = connection.leases.take("k", holder, kTtlNs, Object{});
          ASSERT_TRUE(answer) << answer.error().message();
          is_granted = answer->is_granted;
        }
        if (!is_granted) {
          std::this_thread::yield();
          continue;
        }
        if (++inside > 1) ++together;
        ++turns;
        std::this_thread::yield();
        --inside;
        ++done;
        const std::lock_guard lock(connection.mutex);
        const auto back = connection.leases.give_back("k", holder);
        ASSERT_TRUE(back) << back.error().message();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, 0);
  EXPECT_EQ(turns, kThreads * kTurns);
}

TEST_F(LeasesTest, OfManyThatOpenItAtOnceOneIsGranted) {
  constexpr int kThreads = 64;
  std::atomic<int> granted = 0, ready = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      Leases leases = a_process();
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      const auto answer = leases.take("k", std::to_string(t), kTtlNs, Object{});
      ASSERT_TRUE(answer) << answer.error().message();
      if (answer->is_granted) ++granted;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted, 1);
}

}  // namespace
}  // namespace cairn::server
