// Rules of a run that belongs to a server: it is recorded here first, and nothing waits for the
// network.
#include "client/uploader.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "client/run.h"
#include "client/testing/fake_cairn.h"
#include "journal/journal.h"

namespace cairn::client {
namespace {

namespace fs = std::filesystem;
using Guest = Run;  // testing::Test has a Run of its own

class UploaderTest : public testing::Test {
 protected:
  UploaderTest() {
    char name[] = "/tmp/cairn-upload-XXXXXX";
    x_root = mkdtemp(name);
    unsetenv("CAIRN_URL");
    unsetenv("CAIRN_API_KEY");
  }
  ~UploaderTest() override {
    std::error_code ignored;
    fs::remove_all(x_root, ignored);
  }

  RunOptions options(const std::string& id = "r") {
    RunOptions o;
    o.dir = x_root + "/.cairn";
    o.url = cairn.url();
    o.project = "p";
    o.id = id;
    o.sample_period_s = 0;
    o.capture = false;
    o.warn = [this](const std::string& line) {
      const std::lock_guard lock(x_mutex);
      x_warnings.push_back(line);
    };
    return o;
  }
  std::unique_ptr<Guest> open(const std::string& id = "r") { return open(options(id)); }
  static std::unique_ptr<Guest> open(RunOptions o) {
    auto run = Guest::open(std::move(o));
    EXPECT_TRUE(run) << run.error().message();
    return std::move(*run);
  }
  static void log(Guest& run, double value, std::optional<int64_t> step = {}) {
    const std::pair<std::string_view, double> row[] = {{"loss", value}};
    run.log(row, step);
  }
  static bool eventually(const std::function<bool()>& holds) {
    const int64_t deadline_ns = monotonic_now_ns() + 10 * kNsPerSecond;
    while (monotonic_now_ns() < deadline_ns) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  Outbox outbox() {
    return *open_outbox(posix_disk(), x_root + "/.cairn", *http::parse_url(cairn.url()));
  }
  std::vector<Waiting> waiting() { return *list_waiting(posix_disk(), outbox()); }
  std::vector<std::string> warnings() {
    const std::lock_guard lock(x_mutex);
    return x_warnings;
  }
  // The frames of what came, by kind.
  static size_t count_rows(std::string_view journal) {
    size_t rows = 0;
    for (uint64_t at = journal::kHeaderBytes; at < journal.size();) {
      const auto frame = journal::frame_at(journal, 0, at);
      EXPECT_TRUE(frame) << at;
      if (!frame) break;
      rows += frame->kind == 3;
      at += journal::frame_bytes(frame->payload.size());
    }
    return rows;
  }
  size_t rows_there() {
    size_t rows = 0;
    for (const auto& [name, bytes] : cairn.journals()) rows += count_rows(bytes);
    return rows;
  }

  FakeCairn cairn;
  std::string x_root;

 private:
  std::mutex x_mutex;
  std::vector<std::string> x_warnings;
};

TEST_F(UploaderTest, WhatIsLoggedArrivesWhileTheRunLivesAndNothingStaysBehind) {
  auto run = open();
  EXPECT_EQ(run->url(), cairn.url());
  log(*run, 1);
  EXPECT_TRUE(eventually([&] { return rows_there() == 1; }));
  log(*run, 2);
  EXPECT_TRUE(eventually([&] { return rows_there() == 2; }));
  log(*run, 3);
  run->finish();
  EXPECT_EQ(rows_there(), 3u);
  EXPECT_TRUE(waiting().empty());
  EXPECT_TRUE(warnings().empty()) << warnings()[0];
  EXPECT_TRUE(cairn.is_closed(cairn.journals().begin()->first));
  EXPECT_FALSE(fs::exists(x_root + "/.cairn/projects")) << "the folder itself has no such run";
}

TEST_F(UploaderTest, TheEnvironmentNamesTheServer) {
  setenv("CAIRN_URL", cairn.url().c_str(), 1);
  RunOptions o = options();
  o.url = "";
  auto run = open(std::move(o));
  unsetenv("CAIRN_URL");
  EXPECT_EQ(run->url(), cairn.url());
  log(*run, 1);
  run->finish();
  EXPECT_EQ(rows_there(), 1u);
}

TEST_F(UploaderTest, AUrlThatIsNoneIsAnErrorOfOpening) {
  RunOptions o = options();
  o.url = "not a url";
  EXPECT_EQ(Guest::open(std::move(o)).error().code(), Code::kInvalid);
}

TEST_F(UploaderTest, AServerThatIsAwayDelaysNothingAndGetsEverythingLater) {
  cairn.server().go_away();
  RunOptions o = options("");
  auto run = open(std::move(o));
  log(*run, 1);
  ASSERT_TRUE(eventually([&] { return warnings().size() == 1; }));
  EXPECT_NE(warnings()[0].find("sent when the server answers"), std::string::npos);
  log(*run, 2);
  cairn.server().come_back();
  EXPECT_TRUE(eventually([&] { return rows_there() == 2; }));
  run->finish();
  EXPECT_EQ(warnings().size(), 1u);
  EXPECT_TRUE(waiting().empty());
}

TEST_F(UploaderTest, FinishDoesNotWaitForAServerThatWasAwayAndSaysWhatIsLeft) {
  cairn.server().go_away();
  auto run = open("");
  log(*run, 1);
  ASSERT_TRUE(eventually([&] { return warnings().size() == 1; }));
  const int64_t before_ns = monotonic_now_ns();
  run->finish();
  EXPECT_LT(monotonic_now_ns() - before_ns, 2 * kNsPerSecond);
  ASSERT_EQ(warnings().size(), 2u);
  EXPECT_NE(warnings()[1].find("'cairn sync' delivers the rest"), std::string::npos);
  ASSERT_EQ(waiting().size(), 1u);
  EXPECT_EQ(waiting()[0].writer, journal::Life::kDead);
}

TEST_F(UploaderTest, TheNextRunDeliversWhatProgramsLeft) {
  cairn.server().go_away();
  {
    auto run = open("");  // dies without a word
    log(*run, 1);
  }
  auto finished = open("");
  log(*finished, 2);
  finished->finish();
  EXPECT_EQ(waiting().size(), 2u);
  cairn.server().come_back();
  auto next = open("");
  EXPECT_TRUE(eventually([&] { return waiting().size() == 1; })) << "its own is still open";
  EXPECT_EQ(rows_there(), 2u);
  next->finish();
  for (const auto& [name, bytes] : cairn.journals()) EXPECT_TRUE(cairn.is_closed(name));
  EXPECT_TRUE(waiting().empty());
}

TEST_F(UploaderTest, AKeyThatIsRefusedIsToldOnceAndNotTriedAgain) {
  cairn.refuse(401);
  auto run = open("");
  log(*run, 1);
  ASSERT_TRUE(eventually([&] { return warnings().size() == 1; }));
  EXPECT_NE(warnings()[0].find("CAIRN_API_KEY"), std::string::npos);
  const int requests = cairn.requests();
  log(*run, 2);
  run->finish();
  EXPECT_EQ(cairn.requests(), requests);
  EXPECT_EQ(warnings().size(), 2u) << "and what is left";
  EXPECT_EQ(waiting().size(), 1u);
}

TEST_F(UploaderTest, OfflineNothingIsSent) {
  RunOptions o = options();
  o.id = "";
  o.deliver = false;
  auto run = open(std::move(o));
  log(*run, 1);
  run->finish();
  EXPECT_EQ(cairn.requests(), 0);
  EXPECT_EQ(waiting().size(), 1u);
}

TEST_F(UploaderTest, AForkedChildDeliversAJournalOfItsOwn) {
  auto run = open("");
  log(*run, 1);
  ASSERT_TRUE(eventually([&] { return rows_there() == 1; }));
  const pid_t child = fork();
  if (child == 0) {
    log(*run, 2);
    run->finish(0);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(rows_there(), 2u);
  log(*run, 3);
  run->finish();
  EXPECT_EQ(rows_there(), 3u);
  EXPECT_EQ(cairn.journals().size(), 2u);
  EXPECT_TRUE(waiting().empty());
}

TEST_F(UploaderTest, AResumeGoesOnWhereTheServerKnowsTheRunToBe) {
  cairn.has_run(3, false, 41);
  RunOptions o = options();
  o.resume = Resume::kMust;
  auto run = open(std::move(o));
  EXPECT_EQ(run->session(), 4);
  EXPECT_EQ(run->next_step(), 42);
  run->finish();
}

TEST_F(UploaderTest, ARankJoinsTheRunThatLivesElsewhere) {
  cairn.has_run(2, true, 7);
  auto run = open();
  EXPECT_EQ(run->session(), 2);
  run->finish();
}

TEST_F(UploaderTest, ARunThatMustOrMustNotBeThereIsLookedForAtTheServer) {
  RunOptions o = options();
  o.resume = Resume::kMust;
  EXPECT_EQ(Guest::open(std::move(o)).error().code(), Code::kNotFound);
  cairn.has_run(1, false, 0);
  o = options();
  o.resume = Resume::kNever;
  EXPECT_EQ(Guest::open(std::move(o)).error().code(), Code::kConflict);
}

TEST_F(UploaderTest, WhenTheServerCannotBeAskedTheRunBeginsAllTheSameAndSaysSo) {
  cairn.server().go_away();
  RunOptions o = options();
  o.resume = Resume::kMust;
  auto run = open(std::move(o));
  EXPECT_EQ(run->session(), 1);
  ASSERT_FALSE(warnings().empty());
  EXPECT_NE(warnings()[0].find("as session 1"), std::string::npos);
  run->finish();
  EXPECT_EQ(open()->session(), 2) << "past what the outbox knows";
}

TEST_F(UploaderTest, WhatWasDeliveredIsRememberedForAResumeWhileTheServerIsAway) {
  cairn.has_run(3, false, 9);
  RunOptions o = options();
  o.resume = Resume::kMust;
  auto run = open(o);
  log(*run, 1);
  run->finish();
  EXPECT_TRUE(waiting().empty());
  cairn.server().go_away();
  run = open(o);
  EXPECT_EQ(run->session(), 5);
  EXPECT_EQ(run->next_step(), 11);
  run->finish();
}

TEST_F(UploaderTest, OutboxesAreFoundAgainByTheirServers) {
  EXPECT_TRUE(list_outboxes(posix_disk(), x_root + "/.cairn")->empty());
  outbox();
  const auto found = list_outboxes(posix_disk(), x_root + "/.cairn");
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(print_url(found->front().url), cairn.url());
}

}  // namespace
}  // namespace cairn::client
