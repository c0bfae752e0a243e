// Many workers on one file, some of which are killed: no point is given twice, none is forgotten.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/clock.h"
#include "store/testing/temp_folder.h"
#include "trials/sweeps.h"
#include "wire/json.h"

namespace cairn::trials {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr int kAgents = 64, kThreads = 8;

// Workers are called by their process.
bool is_gone(std::string_view worker) {
  return ::kill(static_cast<pid_t>(std::stoi(std::string(worker))), 0) != 0;
}

class AgentsTest : public testing::Test {
 protected:
  Sweeps a_process() { return Sweeps(posix_disk(), path(), {wall_now_ns, is_gone}); }
  std::string path() const { return x_folder.path() + "/sweeps.db"; }

  void given(const char* definition) {
    Sweeps sweeps = a_process();
    const auto created = sweeps.create(
        {.project = "p", .name = "s", .definition = wire::parse_json(definition).value()}, nullptr);
    ASSERT_TRUE(created) << created.error().message();
    x_id = created->ledger->id();
  }

  // Asks and tells until there is no more; each trial it gets is a line of the pipe. One that hangs
  // stops after that many.
  pid_t start_agent(int pipe, int hangs_after) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const std::string worker = std::to_string(::getpid());
    Sweeps sweeps = a_process();
    for (int done = 0;; ++done) {
      const auto asked = sweeps.ask(x_id, {.worker = worker});
      if (!asked) ::_exit(2);
      if (asked->trials.empty() && !asked->wait_s) ::_exit(0);
      if (asked->trials.empty()) {
        ::usleep(2000);
        continue;
      }
      const std::string line = fmt::format("{} {}\n", worker, asked->trials[0]);
      if (::write(pipe, line.data(), line.size()) < 0) ::_exit(3);
      if (done == hangs_after) ::pause();
      if (!sweeps.tell(x_id, asked->trials[0], Object{{"values", List{1.0}}})) ::_exit(4);
    }
  }

  store::TempFolder x_folder;
  std::string x_id;
};

TEST_F(AgentsTest, AgentsThatAreKilledCostNoPointAndGetNoneTwice) {
  given(R"({"method": "grid", "metric": {"name": "loss"},
            "parameters": {"a": {"min": 1, "max": 10}, "b": {"min": 1, "max": 12}}})");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  FILE* lines = ::fdopen(ends[0], "r");
  pid_t pid = 0;
  int number = 0;
  std::map<int64_t, int> handed_out;
  const auto read_line = [&] {
    if (std::fscanf(lines, "%d %d", &pid, &number) != 2) return false;
    ++handed_out[number];
    return true;
  };
  for (int i = 0; i < 3; ++i) {  // each is killed while it holds a trial, after so many others
    const pid_t agent = start_agent(ends[1], i);
    for (int line = 0; line <= i; ++line) ASSERT_TRUE(read_line());
    ::kill(agent, SIGKILL);
    ::waitpid(agent, nullptr, 0);
  }
  for (int i = 0; i < kAgents; ++i) start_agent(ends[1], -1);
  ::close(ends[1]);
  for (int line = 0; line < 40; ++line) ASSERT_TRUE(read_line());
  ::kill(pid, SIGKILL);  // anywhere in its work
  ::waitpid(pid, nullptr, 0);
  while (read_line()) {
  }
  while (::wait(nullptr) > 0) {
  }
  ::fclose(lines);

  Sweeps sweeps = a_process();
  const Ledger& ledger = *sweeps.get(x_id).value();
  std::set<std::string> points;
  int twice = 0;
  for (const auto& [trial_number, trial] : ledger.trials()) {
    points.insert(wire::print_json(trial.params));
    EXPECT_LE(handed_out[trial_number], trial.attempt == 1 ? 1 : 2) << trial_number;
    twice += trial.attempt == 2 ? 1 : 0;
  }
  EXPECT_GE(twice, 3);
  EXPECT_LE(twice, 4);
  EXPECT_EQ(ledger.trials().size(), 120u);
  EXPECT_EQ(points.size(), 120u);
  EXPECT_EQ(ledger.count(TrialState::kComplete), 120u);
  EXPECT_EQ(ledger.state(), SweepState::kFinished);
}

TEST_F(AgentsTest, ThreadsGetEachPointOnce) {
  given(R"({"method": "random", "metric": {"name": "loss"}, "budget": {"trials": 96},
            "parameters": {"a": {"min": 1, "max": 1000}}})");
  std::mutex mutex;
  std::multiset<std::string> points;
  std::multiset<int64_t> numbers;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      Sweeps sweeps = a_process();
      while (true) {
        const auto asked = sweeps.ask(x_id, {.worker = std::to_string(::getpid())});
        if (!asked || asked->trials.empty()) return;
        const int64_t number = asked->trials[0];
        {
          const std::lock_guard lock(mutex);
          points.insert(wire::print_json(asked->ledger->find(number)->params));
          numbers.insert(number);
        }
        static_cast<void>(sweeps.tell(x_id, number, Object{{"values", List{1.0}}}));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(numbers.size(), 96u);
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), 96u);
  EXPECT_EQ(std::set(points.begin(), points.end()).size(), 96u);
}

}  // namespace
}  // namespace cairn::trials
