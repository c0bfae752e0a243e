// Rules of the guest: what it keeps, what it counts, and that the host never suffers.
#include "client/run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <thread>

#include "base/disk.h"
#include "base/limits.h"
#include "client/energy_watch.h"
#include "journal/journal.h"
#include "model/event.h"
#include "model/layout.h"
#include "wire/event_codec.h"

namespace cairn::client {
namespace {

namespace fs = std::filesystem;
using Guest = Run;  // testing::Test has a Run of its own
using model::Event;
using model::Value;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A temporary store, runs in it, and what their journals say.
class RunTest : public testing::Test {
 protected:
  RunTest() {
    char name[] = "/tmp/cairn-client-XXXXXX";
    x_root = mkdtemp(name);
    x_dir = x_root + "/.cairn";
  }
  ~RunTest() override {
    std::error_code ignored;
    fs::remove_all(x_root, ignored);
  }

  RunOptions options() {
    RunOptions o;
    o.dir = x_dir;
    o.project = "p";
    o.id = "r";
    o.sample_period_s = 0;
    o.capture = false;
    o.warn = [this](const std::string& line) { x_warnings.push_back(line); };
    return o;
  }
  std::unique_ptr<Guest> open() { return open(options()); }
  std::unique_ptr<Guest> open(RunOptions o) {
    auto run = Guest::open(std::move(o));
    EXPECT_TRUE(run) << run.error().message();
    return std::move(*run);
  }

  struct Point {
    std::string key;
    int64_t step;
    double value;
    friend bool operator==(const Point& a, const Point& b) {
      return a.key == b.key && a.step == b.step &&
             std::memcmp(&a.value, &b.value, sizeof(double)) == 0;
    }
  };
  std::vector<std::string> journals() const {
    std::vector<std::string> paths;
    const model::Layout layout(x_dir);
    const auto entries = posix_disk().list(layout.live("p"));
    if (!entries) return paths;
    for (const DirEntry& entry : *entries) paths.push_back(layout.live("p") + "/" + entry.name);
    return paths;
  }
  // Every event of every journal; rows become points.
  std::vector<Point> points;
  std::vector<std::string> lines;
  std::vector<Value> began, config, losses;
  Value meta;
  int finished = 0;
  void read() {
    points.clear(), lines.clear(), began.clear(), config.clear(), losses.clear(), finished = 0;
    meta = Value(model::Object{});
    for (const std::string& path : journals()) read(path);
  }
  void read(const std::string& path) {
    auto reader = journal::Reader::open(posix_disk(), path);
    ASSERT_TRUE(reader);
    std::vector<model::ShapeDefined> shapes;
    journal::Frame frame;
    while (*(*reader)->next(frame)) {
      const auto event = wire::decode_event(frame.kind, frame.payload);
      ASSERT_TRUE(event) << event.error().message();
      if (const auto* shape = std::get_if<model::ShapeDefined>(&*event)) shapes.push_back(*shape);
      if (const auto* row = std::get_if<model::RowLogged>(&*event))
        for (size_t i = 0; i < row->count; ++i) {
          double value;
          std::memcpy(&value, reinterpret_cast<const char*>(row->values) + i * 8, 8);
          points.push_back({shapes.at(row->shape).keys.at(i), row->step, value});
        }
      if (const auto* line = std::get_if<model::ConsoleWritten>(&*event))
        if (line->kind == model::ConsoleWritten::Kind::kLine) lines.emplace_back(line->text);
      if (const auto* e = std::get_if<model::RunBegan>(&*event)) began.push_back(e->about);
      if (const auto* e = std::get_if<model::ConfigChanged>(&*event)) config.push_back(e->change);
      if (const auto* e = std::get_if<model::CaptureAdded>(&*event)) meta.merge(e->facts);
      if (const auto* e = std::get_if<model::LossCounted>(&*event)) losses.push_back(e->counts);
      if (std::get_if<model::RunFinished>(&*event)) ++finished;
    }
  }
  static void log(Guest& run, std::vector<std::pair<std::string_view, double>> row,
                  std::optional<int64_t> step = {}, bool advance = true) {
    run.log(row, step, advance);
  }

  std::string x_root, x_dir;
  std::vector<std::string> x_warnings;
};

TEST_F(RunTest, WhatIsLoggedIsInTheJournalAtOnce) {
  auto run = open();
  log(*run, {{"loss", 0.5}, {"acc", kNan}});
  read();  // while the run lives: nothing was flushed, synced or closed
  EXPECT_EQ(points, (std::vector<Point>{{"loss", 0, 0.5}, {"acc", 0, kNan}}));
}

TEST_F(RunTest, StepsAreDataInAnyOrder) {
  auto run = open();
  log(*run, {{"a", 1}});
  log(*run, {{"a", 2}}, 10);
  log(*run, {{"a", 3}}, 4);  // late
  log(*run, {{"a", 4}});     // goes on after the highest
  log(*run, {{"b", 5}}, {}, false);
  log(*run, {{"a", 6}});  // the same row as b
  read();
  std::vector<int64_t> steps;
  for (const Point& p : points) steps.push_back(p.step);
  EXPECT_EQ(steps, (std::vector<int64_t>{0, 10, 4, 11, 12, 12}));
}

TEST_F(RunTest, AShapeIsWrittenOnceHoweverOftenItIsUsed) {
  auto run = open();
  const std::string_view keys[] = {"x", "y"};
  const Shape* shape = run->shape(keys);
  ASSERT_NE(shape, nullptr);
  EXPECT_EQ(shape, run->shape(keys));
  const double values[] = {1, 2};
  run->log(shape, values, 7);
  run->log(shape, values, 8);
  read();
  EXPECT_EQ(points.size(), 4u);
}

TEST_F(RunTest, AKeyThatIsTooLongIsCountedAndTheRestOfTheRowStays) {
  auto run = open();
  const std::string long_key(10'000, 'k');
  log(*run, {{long_key, 1}, {"ok", 2}});
  read();
  EXPECT_EQ(points, (std::vector<Point>{{"ok", 0, 2}}));
  EXPECT_EQ(run->losses().find("values")->int_or(0), 1);
  ASSERT_EQ(x_warnings.size(), 1u);
  EXPECT_NE(x_warnings[0].find("expected a key of 1 to 1024 bytes, found 10000"),
            std::string::npos);
  log(*run, {{long_key, 1}});
  EXPECT_EQ(x_warnings.size(), 1u) << "one warning, then only counting";
}

TEST_F(RunTest, AStepThatNoChartCouldShowLosesItsPlaceNotItsRow) {
  auto run = open();
  log(*run, {{"a", 1}}, 7);
  log(*run, {{"a", 2}}, std::numeric_limits<int64_t>::max());
  log(*run, {{"a", 3}});
  EXPECT_EQ(run->losses().find("steps")->int_or(0), 1);
  run->finish();
  read();
  EXPECT_EQ(points, (std::vector<Point>{{"a", 7, 1}, {"a", 8, 2}, {"a", 9, 3}}));
}

TEST_F(RunTest, ARecordThatNoPackCouldHoldIsCountedAndNotWritten) {
  auto run = open();
  run->log_record("text", model::Object{{"text", std::string(kEventBytesMax, 'x')}});
  EXPECT_EQ(run->losses().find("events")->int_or(0), 1);
}

TEST_F(RunTest, MoreKeySetsThanShapesAreStillKept) {
  auto run = open();
  for (int i = 0; i < 12'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    log(*run, {{"loss", double(i)}, {key, 1}}, i);
  }
  read();
  EXPECT_EQ(points.size(), 24'000u);
  EXPECT_TRUE(x_warnings.empty());
}

TEST_F(RunTest, CarriageReturnsAreFoldedAsAPersonSawThem) {
  auto run = open();
  run->console(0, "10%\r50%\r100%\nnext");
  run->console(0, " line\r\n");
  run->console(1, "unfinished");
  run->finish();
  read();
  EXPECT_EQ(lines, (std::vector<std::string>{"100%", "next line", "unfinished"}));
}

TEST_F(RunTest, SecretsAreNeverWritten) {
  RunOptions o = options();
  o.capture = true;
  o.config.set("api_key", "sk-very-secret");
  o.config.set("lr", 0.1);
  o.argv = {"train.py", "--hf-token", "hf_secretsecretsecret"};
  auto run = open(std::move(o));
  Value change;
  change.set("db_password", "hunter2hunter2");
  run->update_config(std::move(change));
  run->finish();
  for (const std::string& path : journals()) {
    const auto bytes = read_file(posix_disk(), path, 1 << 26);
    for (const char* secret : {"very-secret", "hf_secret", "hunter2"})
      EXPECT_EQ(bytes->find(secret), std::string::npos) << secret;
  }
}

// Environment variables of a test, which are forgotten after it.
class Variables {
 public:
  explicit Variables(std::map<std::string, std::string> variables)
      : x_variables(std::move(variables)) {
    for (const auto& [name, value] : x_variables) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Variables() {
    for (const auto& [name, value] : x_variables) unsetenv(name.c_str());
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::map<std::string, std::string> x_variables;
};

TEST_F(RunTest, TheEnergyOfEveryWriterStandsInTheMetaAndGrowsAsSeries) {
  RunOptions o = options();
  o.sample_period_s = 0.02;
  auto run = open(std::move(o));
  while (!run->energy()) sched_yield();  // until the first tick
  for (const clock_t begin = std::clock(); std::clock() - begin < CLOCKS_PER_SEC / 8;) continue;
  const pid_t child = fork();
  if (child == 0) {
    EXPECT_FALSE(run->energy());  // its parent's is none of its own
    log(*run, {{"a", 2}});
    while (!run->energy()) sched_yield();
    run->finish(0);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  run->finish();
  read();
  int64_t unreadable = -1;
  const auto records = model::energy_records(meta, &unreadable);
  EXPECT_EQ(records.size(), 2u);
  EXPECT_EQ(unreadable, 0);
  double cpu_s = 0;
  for (const model::EnergyRecord& record : records) {
    EXPECT_GE(record.watched_s, 0);
    EXPECT_LE(record.share_s, record.watched_s * 1.000001);
    EXPECT_FALSE(record.machine.boot_id.empty());
    cpu_s += record.cpu_s;
  }
  EXPECT_GT(cpu_s, 0.05);
  std::set<std::string> keys;
  for (const Point& point : points) keys.insert(point.key);
  for (const char* key : {"energy.share_s", "energy.even_s", "energy.load_s"})
    EXPECT_TRUE(keys.contains(key)) << key;
  EXPECT_FALSE(keys.contains("energy.gpu_held_s"));
}

TEST_F(RunTest, EnergyCanBeSwitchedOff) {
  const Variables variables({{"CAIRN_ENERGY", "0"}, {"CAIRN_ZONE", "DE"}});
  RunOptions o = options();
  o.sample_period_s = 0.02;
  auto run = open(std::move(o));
  run->finish();
  EXPECT_FALSE(run->energy());
  read();
  EXPECT_EQ(meta.find("energy"), nullptr);
  EXPECT_EQ(began.at(0).find("meta"), nullptr);
  for (const Point& point : points) EXPECT_FALSE(point.key.starts_with("energy.")) << point.key;
}

TEST_F(RunTest, WhereItRunsStandsInTheMeta) {
  const Variables variables(
      {{"CAIRN_ZONE", "US-CAL-CISO"}, {"CAIRN_PUE", "1.2"}, {"CAIRN_PRICE_PER_KWH", "0.25 EUR"}});
  RunOptions o = options();
  o.sample_period_s = 100;
  open(std::move(o))->finish();
  read();
  Value place;
  place.set("zone", "US-CAL-CISO");
  place.set("pue", 1.2);
  place.set("price_per_kwh", 0.25);
  place.set("currency", "EUR");
  const Value* const found = find_path(began.at(0), "meta.place");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, place);
  EXPECT_TRUE(x_warnings.empty());
}

TEST_F(RunTest, APlaceThatMakesNoSenseIsToldAndLeftOut) {
  for (const auto& [name, bad] :
       std::multimap<std::string, std::string>{{"CAIRN_ZONE", "D E"},
                                               {"CAIRN_ZONE", std::string(100, 'x')},
                                               {"CAIRN_PUE", "0.9"},
                                               {"CAIRN_PUE", "nan"},
                                               {"CAIRN_PUE", "1.2x"},
                                               {"CAIRN_PRICE_PER_KWH", "-1"},
                                               {"CAIRN_PRICE_PER_KWH", "0.25 euro"},
                                               {"CAIRN_PRICE_PER_KWH", "EUR"}}) {
    const Variables variables(std::map<std::string, std::string>{{name, bad}});
    x_warnings.clear();
    EXPECT_TRUE(place_from_environment([this](const std::string& line) {
                  x_warnings.push_back(line);
                }).is_null())
        << bad;
    ASSERT_EQ(x_warnings.size(), 1u) << bad;
    EXPECT_NE(x_warnings[0].find(name), std::string::npos);
  }
}

TEST_F(RunTest, AForkedChildWritesAJournalOfItsOwn) {
  auto run = open();
  log(*run, {{"a", 1}});
  const pid_t child = fork();
  if (child == 0) {
    log(*run, {{"a", 2}});
    run->finish(0);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  log(*run, {{"a", 3}});
  run->finish();
  ASSERT_EQ(journals().size(), 2u);
  read();
  EXPECT_EQ(points.size(), 3u);
  std::multiset<bool> forked;
  for (const Value& about : began) forked.insert(about.find("forked") != nullptr);
  EXPECT_EQ(forked, (std::multiset<bool>{false, true}));
}

TEST_F(RunTest, AForkedChildThatLogsNothingLeavesNoTrace) {
  auto run = open();
  const pid_t child = fork();
  if (child == 0) {
    run->finish(1);
    run.reset();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(journals().size(), 1u);
  read();
  EXPECT_EQ(finished, 0) << "the parent's run goes on";
}

TEST_F(RunTest, ThreadsMayLogAtOnce) {
  auto run = open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      const std::string key = "t" + std::to_string(t);
      for (int i = 0; i < 500; ++i) log(*run, {{key, double(i)}}, i);
    });
  for (std::thread& thread : threads) thread.join();
  run->finish();
  read();
  EXPECT_EQ(points.size(), 4000u);
}

TEST_F(RunTest, AVanishedFolderIsToldOnceAndARunGoesOnInANewOne) {
  auto run = open();
  log(*run, {{"a", 1}});
  fs::remove_all(x_dir);
  for (int i = 0; i < 100 && journals().empty(); ++i) {
    log(*run, {{"a", 2}});
    usleep(50'000);  // the background thread looks once a second
  }
  ASSERT_EQ(journals().size(), 1u);
  log(*run, {{"a", 3}});
  run->finish();  // the thread that warns, after it has made the new folder, has ended
  EXPECT_EQ(std::count_if(x_warnings.begin(), x_warnings.end(),
                          [](const std::string& warning) {
                            return warning.find("folder was removed") != std::string::npos;
                          }),
            1);
  read();
  ASSERT_FALSE(points.empty());
  EXPECT_EQ(points.back().value, 3);
  ASSERT_FALSE(losses.empty());
  EXPECT_GE(losses.back().find("rows")->int_or(0), 1);
}

TEST_F(RunTest, AFolderThatCannotBeMadeIsAnErrorOfOpenAlone) {
  RunOptions o = options();
  o.dir = "/dev/null/store";
  const auto run = Guest::open(std::move(o));
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message().find("/dev/null/store"), std::string::npos);
}

TEST_F(RunTest, ANameThatLeavesTheFolderIsInvalid) {
  for (const char* bad : {"../x", "a/b", "", ".."}) {
    RunOptions o = options();
    o.project = bad;
    const auto run = Guest::open(std::move(o));
    ASSERT_FALSE(run) << bad;
    EXPECT_EQ(run.error().code(), Code::kInvalid);
  }
}

TEST_F(RunTest, AFolderOfANewerVersionIsRefusedAndLeftAlone) {
  fs::create_directories(x_dir);
  ASSERT_TRUE(write_file_atomically(posix_disk(), x_dir + "/cairn.json", "{\"version\": 99}"));
  const auto run = Guest::open(options());
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message().find("found version 99"), std::string::npos);
  EXPECT_TRUE(journals().empty());
}

TEST_F(RunTest, ResumeSaysWhetherTheRunIsThere) {
  RunOptions must = options();
  must.resume = Resume::kMust;
  EXPECT_EQ(Guest::open(must).error().code(), Code::kNotFound);
  open()->finish();
  RunOptions never = options();
  never.resume = Resume::kNever;
  EXPECT_EQ(Guest::open(never).error().code(), Code::kConflict);
  EXPECT_EQ(open(must)->session(), 2);
}

TEST_F(RunTest, ASecondWriterJoinsTheSessionOfALivingOne) {
  auto first = open();
  auto rank = open();
  EXPECT_EQ(rank->session(), 1);
  first->finish();
  rank->finish();
  EXPECT_EQ(open()->session(), 2);
}

TEST_F(RunTest, ADisabledRunKeepsNothingAndTakesEverything) {
  auto run = Guest::disabled();
  log(*run, {{"a", 1}});
  run->console(0, "x\n");
  run->update_summary(Value(model::Object{{"a", 1}}));
  EXPECT_FALSE(run->put_bytes("x"));
  run->finish();
  EXPECT_TRUE(journals().empty());
}

TEST_F(RunTest, CallsAfterFinishAreIgnored) {
  auto run = open();
  run->finish();
  log(*run, {{"a", 1}});
  run->finish(3);
  read();
  EXPECT_TRUE(points.empty());
  EXPECT_EQ(finished, 1);
}

TEST(Store, IsFoundByOptionThenEnvironmentThenGitRootThenHere) {
  char name[] = "/tmp/cairn-find-XXXXXX";
  const std::string root = mkdtemp(name);
  fs::create_directories(root + "/.git");
  fs::create_directories(root + "/deep/er");
  unsetenv("CAIRN_DIR");
  EXPECT_EQ(find_store_dir("/given", root), "/given");
  setenv("CAIRN_DIR", "/from/env", 1);
  EXPECT_EQ(find_store_dir("", root), "/from/env");
  unsetenv("CAIRN_DIR");
  fs::remove_all(root);
}

}  // namespace
}  // namespace cairn::client
