// Runs of real programs on their way to a real server: what one side logged the other shows, once,
// whoever is killed in between.
//
// The server is a process of its own, so that SIGKILL is what it says. CAIRN_KILL_ROUNDS sets how
// often it dies under load, CAIRN_KILL_SEED when.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "blobs/blobs.h"
#include "client/outbox.h"
#include "client/run.h"
#include "ingest/ingest.h"
#include "model/layout.h"
#include "server/server.h"
#include "store/points.h"
#include "store/store.h"
#include "wire/settings.h"

namespace cairn {
namespace {

namespace fs = std::filesystem;
using Guest = client::Run;  // testing::Test has a Run of its own

constexpr char kProject[] = "p";
constexpr int kRoundsDefault = 8;

int64_t setting(const char* name, int64_t missing) {
  const char* text = std::getenv(name);
  return text ? std::atoll(text) : missing;
}

// `cairn serve` on a folder, as a child process.
class ServerProcess {
 public:
  explicit ServerProcess(std::string dir) : x_dir(std::move(dir)) {
    EXPECT_TRUE(wire::open_settings(posix_disk(), model::Layout(x_dir), true));
    start();
  }
  ~ServerProcess() { end(SIGTERM); }

  // On the same port as before, as far as the kernel lets us.
  void start() {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    x_child = fork();
    if (x_child == 0) {
      const std::string fd = std::to_string(ends[1]), port = std::to_string(x_port);
      ::execl("/proc/self/exe", "remote_test", "--serve", x_dir.c_str(), port.c_str(), fd.c_str(),
              nullptr);
      _exit(127);
    }
    close(ends[1]);
    uint16_t port = 0;
    ASSERT_EQ(read(ends[0], &port, sizeof port), static_cast<ssize_t>(sizeof port));
    close(ends[0]);
    x_port = port;
  }
  void kill() { end(SIGKILL); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(x_port); }
  const std::string& dir() const { return x_dir; }

  static int serve(const std::string& dir, uint16_t port, int ready) {
    server::ServerOptions options;
    options.dir = dir;
    options.port = port;
    auto started = server::Server::start(posix_disk(), std::move(options));
    if (!started) {
      std::fprintf(stderr, "%s\n", started.error().message().c_str());
      return 1;
    }
    const uint16_t bound = (*started)->port();
    if (write(ready, &bound, sizeof bound) != sizeof bound) return 1;
    close(ready);
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    int signal = 0;
    sigwait(&ending, &signal);
    return (*started)->stop() ? 0 : 1;
  }

 private:
  void end(int signal) {
    if (x_child <= 0) return;
    ::kill(x_child, signal);
    waitpid(x_child, nullptr, 0);
    x_child = 0;
  }

  std::string x_dir;
  pid_t x_child = 0;
  uint16_t x_port = 0;
};

class RemoteTest : public testing::Test {
 protected:
  RemoteTest() {
    char name[] = "/tmp/cairn-remote-XXXXXX";
    x_root = mkdtemp(name);
    unsetenv("CAIRN_URL");
    unsetenv("CAIRN_API_KEY");
  }
  ~RemoteTest() override {
    std::error_code ignored;
    fs::remove_all(x_root, ignored);
  }

  std::unique_ptr<Guest> open(const std::string& url, const std::string& id,
                              client::Resume resume = client::Resume::kNew) {
    client::RunOptions o;
    o.dir = x_root + "/.cairn";
    o.url = url;
    o.project = kProject;
    o.id = id;
    o.resume = resume;
    o.sample_period_s = 0;
    o.capture = false;
    o.warn = [](const std::string&) {};
    auto run = Guest::open(std::move(o));
    EXPECT_TRUE(run) << run.error().message();
    return std::move(*run);
  }
  static void log(Guest& run, int64_t step) {
    const std::pair<std::string_view, double> row[] = {{"loss", static_cast<double>(step) / 2}};
    run.log(row, step);
  }
  // What a server's folder holds of a run.
  struct Seen {
    model::RunInfo info;
    std::vector<int64_t> steps;
  };
  static Seen look(const std::string& dir, const std::string& run) {
    Seen seen;
    auto store = store::open_embedded(posix_disk(), dir, false);
    EXPECT_TRUE(store);
    ingest::Ingest ingest(posix_disk(), **store);
    EXPECT_TRUE(ingest.catch_up(kProject));
    const auto info = (*store)->get_run(kProject, run);
    EXPECT_TRUE(info) << info.error().message();
    seen.info = *info;
    const auto series = (*store)->pieces(kProject, run, "loss");
    EXPECT_TRUE(
        store::for_each_point_in_view(**store, *series, [&](int64_t step, int64_t, double value) {
          EXPECT_EQ(value, static_cast<double>(step) / 2);
          seen.steps.push_back(step);
        }));
    return seen;
  }
  static std::vector<int64_t> steps_below(int64_t end) {
    std::vector<int64_t> steps;
    for (int64_t step = 0; step < end; ++step) steps.push_back(step);
    return steps;
  }
  // What this machine has not delivered.
  std::vector<client::Waiting> waiting() const {
    std::vector<client::Waiting> all;
    const auto outboxes = client::list_outboxes(posix_disk(), x_root + "/.cairn");
    EXPECT_TRUE(outboxes);
    for (const client::Outbox& outbox : *outboxes) {
      const auto here = client::list_waiting(posix_disk(), outbox);
      EXPECT_TRUE(here);
      all.insert(all.end(), here->begin(), here->end());
    }
    return all;
  }

  std::string x_root;
};

TEST_F(RemoteTest, ARunArrivesWholeAndItsOutboxIsEmptied) {
  ServerProcess server(x_root + "/there");
  auto run = open(server.url(), "r");
  for (int64_t step = 0; step < 1000; ++step) log(*run, step);
  const auto blob = run->put_bytes("an image");
  ASSERT_TRUE(blob);
  run->log_record("image", *blob);
  run->finish();
  EXPECT_TRUE(waiting().empty());
  const Seen seen = look(server.dir(), "r");
  EXPECT_EQ(seen.steps, steps_below(1000));
  EXPECT_EQ(seen.info.state, model::RunState::kFinished);
  const model::Layout there(server.dir());
  EXPECT_EQ(
      *blobs::Blobs(posix_disk(), there.blobs()).get(blob->find("sha256")->string_or(""), 100),
      "an image");
}

TEST_F(RemoteTest, ASecondSessionGoesOnWhereTheFirstEnded) {
  ServerProcess server(x_root + "/there");
  auto first = open(server.url(), "r");
  for (int64_t step = 0; step < 10; ++step) log(*first, step);
  first->finish();
  auto second = open(server.url(), "r", client::Resume::kMust);
  EXPECT_EQ(second->session(), 2);
  EXPECT_EQ(second->next_step(), 10);
  log(*second, 10);
  second->finish();
  const Seen seen = look(server.dir(), "r");
  EXPECT_EQ(seen.info.sessions, 2);
  EXPECT_EQ(seen.steps, steps_below(11));
}

TEST_F(RemoteTest, KillsOfTheServerUnderLoadLoseNothingAndDoubleNothing) {
  const auto rounds = static_cast<int>(setting("CAIRN_KILL_ROUNDS", kRoundsDefault));
  std::mt19937_64 chance(static_cast<uint64_t>(setting("CAIRN_KILL_SEED", 1)));
  constexpr size_t kRuns = 6;
  ServerProcess server(x_root + "/there");
  std::atomic<bool> stop = false;
  std::vector<int64_t> logged(kRuns, 0);
  std::vector<std::thread> programs;
  for (size_t i = 0; i < kRuns; ++i)
    programs.emplace_back([&, i] {
      auto run = open(server.url(), "r" + std::to_string(i));
      for (; !stop; ++logged[i]) {
        log(*run, logged[i]);
        if (logged[i] % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      run->finish();
    });
  const auto wait = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200 + chance() % 800));
  };
  for (int round = 0; round < rounds; ++round) {
    wait();
    server.kill();
    server.start();
  }
  wait();
  stop = true;
  for (std::thread& program : programs) program.join();
  // Whoever was in the longest pause when it ended left something for the next program.
  auto last = open(server.url(), "last");
  const int64_t deadline_ns = monotonic_now_ns() + 20 * kNsPerSecond;
  while (waiting().size() > 1 && monotonic_now_ns() < deadline_ns)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  last->finish();
  EXPECT_TRUE(waiting().empty());
  for (size_t i = 0; i < kRuns; ++i) {
    const Seen seen = look(server.dir(), "r" + std::to_string(i));
    EXPECT_EQ(seen.steps, steps_below(logged[i])) << "run " << i;
    EXPECT_EQ(seen.info.state, model::RunState::kFinished) << "run " << i;
  }
}

TEST_F(RemoteTest, AProgramThatIsKilledIsDeliveredByTheNextOneAndShowsAsCrashed) {
  ServerProcess server(x_root + "/there");
  const pid_t program = fork();
  if (program == 0) {
    auto run = open(server.url(), "killed");
    for (int64_t step = 0; step < 100; ++step) log(*run, step);
    ::kill(getpid(), SIGKILL);
  }
  waitpid(program, nullptr, 0);
  EXPECT_EQ(waiting().size(), 1u);
  auto next = open(server.url(), "next");
  const int64_t deadline_ns = monotonic_now_ns() + 10 * kNsPerSecond;
  while (waiting().size() > 1 && monotonic_now_ns() < deadline_ns)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  next->finish();
  const Seen seen = look(server.dir(), "killed");
  EXPECT_EQ(seen.steps, steps_below(100));
  EXPECT_EQ(seen.info.state, model::RunState::kCrashed);
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "--serve") == 0) {
    sigset_t ending;  // before there are threads
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigprocmask(SIG_BLOCK, &ending, nullptr);
    return cairn::ServerProcess::serve(argv[2], static_cast<uint16_t>(std::atoi(argv[3])),
                                       std::atoi(argv[4]));
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
