// Tests of the API over a real store in a temporary folder, filled by real journals.
#include "server/router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/id.h"
#include "base/limits.h"
#include "base/version.h"
#include "journal/journal.h"
#include "model/layout.h"
#include "server/columns.h"
#include "server/door.h"
#include "server/target.h"
#include "wire/event_codec.h"
#include "wire/json.h"
#include "wire/settings.h"

namespace cairn::server {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr int64_t kBeganNs = 1'700'000'000'000'000'000;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A run as its training process writes it.
class WrittenRun {
 public:
  WrittenRun(const model::Layout& layout, const std::string& project, const std::string& id,
             Value about) {
    EXPECT_TRUE(posix_disk().make_dirs(layout.live(project)));
    auto writer = journal::Writer::create(posix_disk(), layout.journal(project, {id, 1, "w1"}));
    EXPECT_TRUE(writer) << writer.error().message();
    x_writer = std::move(*writer);
    about.set("project", project);
    about.set("created_ns", kBeganNs);
    about.set("session", 1);
    append(model::RunBegan{std::move(about)});
  }

  WrittenRun& keys(std::vector<std::string> names) {
    append(model::ShapeDefined{0, model::Stream::kHistory, std::move(names)});
    return *this;
  }
  WrittenRun& row(int64_t step, const std::vector<double>& values) {
    append(model::RowLogged{0, step, kBeganNs + step * 1000, values.data(), values.size()});
    return *this;
  }
  WrittenRun& line(std::string_view text) {
    append(model::ConsoleWritten{0, model::ConsoleWritten::Kind::kLine, kBeganNs, text});
    return *this;
  }
  WrittenRun& record(const std::string& key, Value record) {
    append(model::RecordLogged{key, 0, kBeganNs, std::move(record)});
    return *this;
  }
  WrittenRun& lose(std::string_view what, int64_t count) {
    Value counts;
    counts.set(what, count);
    append(model::LossCounted{std::move(counts)});
    return *this;
  }
  void finish(int exit_code) {
    append(model::RunFinished{kBeganNs + 2'000'000'000, exit_code, ""});
    EXPECT_TRUE(x_writer->close());
    x_writer.reset();
  }

 private:
  void append(const model::Event& event) {
    const auto appended =
        x_writer->append(static_cast<uint16_t>(wire::kind_of(event)), wire::encode_event(event));
    EXPECT_TRUE(appended) << appended.error().message();
  }

  std::unique_ptr<journal::Writer> x_writer;
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.root()));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
  }
  ~RouterTest() override { std::filesystem::remove_all(x_layout.root()); }

  WrittenRun write(const std::string& id, Value about = Object{},
                   const std::string& project = "digits") {
    return WrittenRun(x_layout, project, id, std::move(about));
  }
  // A finished run of three steps with loss and acc.
  void write_small(const std::string& id, const std::string& name, double lr) {
    write(id, Object{{"name", name}, {"config", Object{{"lr", lr}}}})
        .keys({"loss", "acc"})
        .row(0, {3, 0.1})
        .row(1, {2, 0.2})
        .row(2, {1, NAN})
        .finish(0);
  }

  Response call(const std::string& method, const std::string& target,
                const std::string& body = "") {
    Request request;
    request.method = method;
    EXPECT_TRUE(parse_target("/api/v1" + target, request)) << target;
    request.body = body;
    request.who = auth::local_admin();
    return x_door.handle(request);
  }
  Value get(const std::string& target) { return parse(call("GET", target), target); }
  Value send(const std::string& method, const std::string& target, const std::string& body = "") {
    return parse(call(method, target, body), target);
  }
  Columns series(const std::string& body) {
    const Response response = call("POST", "/projects/digits/series", body);
    EXPECT_EQ(response.status, 200) << response.body;
    auto columns = decode_columns(response.body);
    EXPECT_TRUE(columns);
    return columns ? *columns : Columns();
  }
  static const Value& at(const Value& value, const std::string& path) {
    static const Value absent("absent");
    const Value* found = find_path(value, path);
    return found ? *found : absent;
  }
  static size_t size(const Value& value, const std::string& member) {
    const List* list = at(value, member).as_list();
    return list ? list->size() : 0;
  }

  model::Layout x_layout{
      (std::filesystem::temp_directory_path() / ("cairn-router-" + make_id())).string()};
  Door x_door{posix_disk(), x_layout.root()};

 private:
  static Value parse(const Response& response, const std::string& target) {
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    auto value = wire::parse_json(response.body);
    EXPECT_TRUE(value) << response.body;
    return value ? *value : Value();
  }
};

TEST_F(RouterTest, WhatIsNotInTheTableIsDenied) {
  EXPECT_EQ(call("GET", "/secrets").status, 404);
  EXPECT_EQ(call("GET", "/projects/digits/runs/a/keys/more").status, 404);
  const Response wrong = call("POST", "/health");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.front().second, "GET");
  Request outside;
  outside.path = "/etc/passwd";
  EXPECT_EQ(x_door.handle(outside).status, 404);
}

TEST_F(RouterTest, HealthSaysWhoAnswers) {
  EXPECT_EQ(at(get("/health"), "version"), Value(version()));
  EXPECT_EQ(at(get("/health"), "store"), Value(x_layout.root()));
}

TEST_F(RouterTest, ARunIsSeenAsSoonAsItIsWritten) {
  EXPECT_EQ(size(get("/projects"), "projects"), 0u);
  WrittenRun run = write("run1", Object{{"name", "first"}});
  EXPECT_EQ(at(get("/runs/run1"), "state"), Value("running"));
  run.keys({"loss"}).row(7, {0.5});
  EXPECT_EQ(at(get("/runs/run1"), "last_step"), Value(7));
  run.finish(3);
  const Value ended = get("/projects/digits/runs/first");
  EXPECT_EQ(at(ended, "state"), Value("failed"));
  EXPECT_EQ(at(ended, "exit_code"), Value(3));
  EXPECT_EQ(at(ended, "duration_s"), Value(2.0));
}

TEST_F(RouterTest, AnUnknownProjectIsAnsweredWithTheKnownOnes) {
  EXPECT_TRUE(has(call("GET", "/projects/digitz/runs").body, "no run was recorded yet"));
  write_small("run1", "a", 0.1);
  const Response response = call("GET", "/projects/digitz/runs");
  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(has(response.body, "there are: digits")) << response.body;
  EXPECT_EQ(call("GET", "/projects/..%2F..%2Fetc/runs").status, 404);
}

TEST_F(RouterTest, RunsAreFilteredSortedAndPaged) {
  for (int i = 0; i < 5; ++i)
    write_small("run" + std::to_string(i), "name" + std::to_string(i), 0.1 * i);
  const Value first = get("/projects/digits/runs?filter=config.lr+%3E+0&sort=-config.lr&limit=3");
  EXPECT_EQ(at(first, "total"), Value(4));
  ASSERT_EQ(size(first, "runs"), 3u);
  EXPECT_EQ(at(first.find("runs")->as_list()->front(), "name"), Value("name4"));
  const std::string cursor(at(first, "next_cursor").string_or(""));
  const Value second =
      get("/projects/digits/runs?filter=config.lr+%3E+0&sort=-config.lr&limit=3&cursor=" + cursor);
  EXPECT_EQ(size(second, "runs"), 1u);
  EXPECT_TRUE(at(second, "next_cursor").is_null());
}

TEST_F(RouterTest, AListAtHandComesWholeOrPageByPage) {
  write_small("run1", "a", 0.5);  // with the keys acc and loss
  const std::string keys = "/projects/digits/runs/run1/keys";
  const Value whole = get(keys);
  EXPECT_EQ(size(whole, "keys"), 2u);
  EXPECT_TRUE(at(whole, "next_cursor").is_null());
  const Value first = get(keys + "?limit=1");
  EXPECT_EQ(at(first, "total"), Value(2));
  EXPECT_EQ(at(first, "next_cursor"), Value("1"));
  const Value second = get(keys + "?limit=1&cursor=1");
  EXPECT_EQ(size(second, "keys"), 1u);
  EXPECT_EQ(second.find("keys")->as_list()->front(), whole.find("keys")->as_list()->back());
  EXPECT_TRUE(at(second, "next_cursor").is_null());
  EXPECT_EQ(size(get(keys + "?cursor=2"), "keys"), 0u);
  EXPECT_EQ(size(get(keys + "?cursor=9000000000000000000"), "keys"), 0u);
  EXPECT_EQ(call("GET", keys + "?cursor=-1").status, 400);
}

TEST_F(RouterTest, CellsHoldTheAskedColumnsOnly) {
  write_small("run1", "a", 0.5);
  const Value page = get("/projects/digits/runs?columns=name,config.lr");
  const Value& run = page.find("runs")->as_list()->front();
  EXPECT_EQ(at(run, "id"), Value("run1"));
  EXPECT_EQ(at(run, "cells"), Value(List{"a", 0.5}));
}

TEST_F(RouterTest, ABadFilterPointsAtItsCharacter) {
  write_small("run1", "a", 0.5);
  const Response response = call("GET", "/projects/digits/runs?filter=config.lr+%3E%3E+1");
  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(has(response.body, "^")) << response.body;
}

TEST_F(RouterTest, NumbersOutOfRangeAreInvalid) {
  write_small("run1", "a", 0.5);
  for (const char* query : {"limit=-1", "limit=x", "limit=1000000", "cursor=-5", "cursor=1x"})
    EXPECT_EQ(call("GET", std::string("/projects/digits/runs?") + query).status, 400) << query;
}

TEST_F(RouterTest, KeysComeWithTheirStatistics) {
  write_small("run1", "a", 0.5);
  const Value keys = get("/projects/digits/runs/run1/keys");
  ASSERT_EQ(size(keys, "keys"), 2u);
  for (const Value& key : *keys.find("keys")->as_list()) {
    EXPECT_EQ(at(key, "count"), Value(3));
    if (at(key, "key") == Value("acc")) {
      EXPECT_EQ(at(key, "nan_count"), Value(1));
      EXPECT_DOUBLE_EQ(at(key, "mean").number_or(0), 0.15);
      EXPECT_TRUE(std::isnan(at(key, "last").number_or(0)));
    }
  }
}

TEST_F(RouterTest, SeriesOfManyRunsComeInOneAnswer) {
  write_small("run1", "a", 0.5);
  write_small("run2", "b", 0.5);
  const Columns columns = series(R"({"runs": ["run1", "b"], "keys": ["loss", "nothing"]})");
  ASSERT_EQ(columns.series.size(), 2u);
  EXPECT_EQ(columns.series[1].run, "run2");
  EXPECT_EQ(std::get<model::Points>(columns.series[1].data).value, (std::vector<double>{3, 2, 1}));
  ASSERT_EQ(columns.missing.size(), 2u);
  EXPECT_EQ(columns.missing[0].key, "nothing");
}

TEST_F(RouterTest, BucketsKeepTheSpike) {
  auto run = write("run1");
  run.keys({"loss"});
  for (int step = 0; step < 1000; ++step) run.row(step, {step == 500 ? 99.0 : 1.0});
  const Columns columns = series(R"({"runs": ["run1"], "keys": ["loss"], "buckets": 10})");
  ASSERT_EQ(columns.series.size(), 1u);
  const auto& buckets = std::get<query::Buckets>(columns.series[0].data);
  EXPECT_LE(buckets.x.size(), 10u);
  EXPECT_EQ(*std::max_element(buckets.max.begin(), buckets.max.end()), 99.0);
}

TEST_F(RouterTest, RangesMayBeFloatsAndTimes) {
  write_small("run1", "a", 0.5);
  const Columns steps = series(R"({"runs": ["run1"], "keys": ["loss"], "min": 0.5, "max": 1.5})");
  EXPECT_EQ(std::get<model::Points>(steps.series.at(0).data).step, (std::vector<int64_t>{1}));
  const Columns times = series(R"({"runs": ["run1"], "keys": ["loss"], "axis": "time", "min": )" +
                               std::to_string(kBeganNs + 2000) + "}");
  EXPECT_EQ(std::get<model::Points>(times.series.at(0).data).step, (std::vector<int64_t>{2}));
}

TEST_F(RouterTest, AWrongSeriesRequestIsInvalid) {
  write_small("run1", "a", 0.5);
  for (const char* body :
       {"", "[]", "{", R"({"runs": ["run1"]})", R"({"runs": [1], "keys": ["loss"]})",
        R"({"runs": ["run1"], "keys": ["loss"], "axis": "epoch"})",
        R"({"runs": ["run1"], "keys": ["loss"], "min": "low"})",
        R"({"runs": ["run1"], "keys": ["loss"], "buckets": 0})"})
    EXPECT_EQ(call("POST", "/projects/digits/series", body).status, 400) << body;
  EXPECT_EQ(call("POST", "/projects/digits/series", R"({"runs": ["zzz"], "keys": []})").status,
            404);
}

TEST_F(RouterTest, ABodyBeyondTheLimitIsRefused) {
  EXPECT_EQ(call("POST", "/gc", std::string(kRequestBodyBytesMax + 1, ' ')).status, 413);
}

TEST_F(RouterTest, TheConsoleIsReadFromTheFrontOrTheEnd) {
  auto run = write("run1");
  for (const char* line : {"one", "two", "three"}) run.line(line);
  const Value front = get("/projects/digits/runs/run1/console?first=1&limit=1");
  EXPECT_EQ(at(front, "count"), Value(3));
  EXPECT_EQ(at(front, "state"), Value("running"));
  ASSERT_EQ(size(front, "lines"), 1u);
  EXPECT_EQ(at(front.find("lines")->as_list()->front(), "text"), Value("two"));
  EXPECT_EQ(size(get("/projects/digits/runs/run1/console?tail=2"), "lines"), 2u);
  EXPECT_EQ(call("GET", "/projects/digits/runs/run1/console?tail=2&first=1").status, 400);
}

TEST_F(RouterTest, RecordsAreChosenByKeyAndType) {
  auto run = write("run1");
  run.record("a", Object{{"type", "image"}}).record("b", Object{{"type", "table"}});
  EXPECT_EQ(size(get("/projects/digits/runs/run1/records"), "records"), 2u);
  EXPECT_EQ(size(get("/projects/digits/runs/run1/records?type=table"), "records"), 1u);
  EXPECT_EQ(size(get("/projects/digits/runs/run1/records?key=b&type=image"), "records"), 0u);
  EXPECT_EQ(size(get("/projects/digits/runs/run1/artifacts"), "artifacts"), 0u);
}

TEST_F(RouterTest, ExportsHaveOneRowPerStep) {
  write("run1").keys({"loss", "a,b"}).row(0, {0.5, INFINITY}).row(2, {NAN, 1}).finish(0);
  const Response csv = call("GET", "/projects/digits/runs/run1/export?format=csv&keys=loss");
  EXPECT_EQ(csv.body, "step,time_ns,loss\n0,1700000000000000000,0.5\n2,1700000000000002000,NaN\n");
  const Response lines = call("GET", "/projects/digits/runs/run1/export?format=jsonl");
  EXPECT_TRUE(has(lines.body, R"("a,b":Infinity)")) << lines.body;
  EXPECT_TRUE(has(call("GET", "/projects/digits/runs/run1/export").body, "\"a,b\""));
  EXPECT_EQ(call("GET", "/projects/digits/runs/run1/export?format=xls").status, 400);
  EXPECT_EQ(call("GET", "/projects/digits/runs/run1/export?keys=zzz").status, 404);
}

TEST_F(RouterTest, BlobsComeWholeOrInRanges) {
  const auto blob = blobs::Blobs(posix_disk(), x_layout.blobs()).put("0123456789");
  ASSERT_TRUE(blob);
  Request request;
  request.path = "/api/v1/blobs/" + blob->sha256;
  request.who = auth::local_admin();
  const auto slice = [&](const std::string& range) {
    request.headers = {{"range", range}};
    const Response response = x_door.handle(request);
    return response.file ? fmt::format("{} {}+{}", response.status, response.file->offset,
                                       response.file->bytes)
                         : std::to_string(response.status);
  };
  EXPECT_EQ(slice("none"), "200 0+10");
  EXPECT_EQ(slice("bytes=2-4"), "206 2+3");
  EXPECT_EQ(slice("bytes=7-"), "206 7+3");
  EXPECT_EQ(slice("bytes=-4"), "206 6+4");
  EXPECT_EQ(slice("bytes=5-99"), "206 5+5");
  EXPECT_EQ(slice("bytes=10-"), "416");
  EXPECT_EQ(slice("bytes=18446744073709551615-"), "416");
  EXPECT_EQ(call("GET", "/blobs/" + std::string(64, '0')).status, 404);
  EXPECT_EQ(call("GET", "/blobs/..%2F..%2Fcairn.json").status, 400);
}

TEST_F(RouterTest, ABlobIsAPageOnlyInASandboxThatRunsNothing) {
  const auto blob = blobs::Blobs(posix_disk(), x_layout.blobs()).put("<script>1</script>");
  ASSERT_TRUE(blob);
  const Response plain = call("GET", "/blobs/" + blob->sha256);
  EXPECT_EQ(plain.content_type, "application/octet-stream");
  EXPECT_EQ(std::count(plain.headers.begin(), plain.headers.end(),
                       Pairs::value_type("Content-Disposition", "attachment")),
            1);
  const Response page = call("GET", "/blobs/" + blob->sha256 + "?as=html");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  const auto policy = std::find_if(page.headers.begin(), page.headers.end(), [](const auto& line) {
    return line.first == "Content-Security-Policy";
  });
  ASSERT_NE(policy, page.headers.end());
  EXPECT_TRUE(policy->second.starts_with("sandbox; default-src 'none'")) << policy->second;
  EXPECT_FALSE(has(policy->second, "allow-")) << policy->second;
  EXPECT_FALSE(has(policy->second, "script-src")) << policy->second;
  EXPECT_EQ(call("GET", "/blobs/" + blob->sha256 + "?as=svg").status, 400);
}

TEST_F(RouterTest, AttributesAreEditedAndNothingElse) {
  write_small("run1", "a", 0.5);
  const Value edited =
      send("PATCH", "/projects/digits/runs/run1", R"({"name": "b", "tags": ["x"]})");
  EXPECT_EQ(at(edited, "name"), Value("b"));
  EXPECT_EQ(at(get("/runs/b"), "tags"), Value(List{"x"}));
  for (const char* body :
       {R"({"state": "finished"})", R"({"name": 3})", R"({"tags": "x"})", R"({"tags": [1]})"})
    EXPECT_EQ(call("PATCH", "/projects/digits/runs/run1", body).status, 400) << body;
}

TEST_F(RouterTest, ALivingRunIsRemovedOnlyByForce) {
  auto run = write("run1");
  run.keys({"loss"}).row(0, {1});
  EXPECT_EQ(call("DELETE", "/projects/digits/runs/run1").status, 409);
  EXPECT_EQ(at(send("DELETE", "/projects/digits/runs/run1?force=1"), "removed"), Value("run1"));
  EXPECT_EQ(call("GET", "/runs/run1").status, 404);
}

TEST_F(RouterTest, LossesAreCountedAndNamed) {
  auto run = write("run1");
  run.keys({"loss"}).row(0, {1}).lose("rows", 12);
  EXPECT_EQ(at(get("/runs/run1"), "lost"), Value(12));
  EXPECT_EQ(at(get("/runs/run1"), "losses.rows"), Value(12));
}

TEST_F(RouterTest, DoctorAndGarbageReport) {
  write_small("run1", "a", 0.5);
  const Value found = send("POST", "/doctor", R"({"rebuild": true})");
  EXPECT_EQ(size(found, "damage"), 0u);
  EXPECT_GT(at(found, "files").int_or(0), 0);
  EXPECT_EQ(at(get("/runs/run1"), "last_step"), Value(2));
  EXPECT_EQ(at(send("POST", "/gc", R"({"dry_run": true})"), "blobs_removed"), Value(0));
  EXPECT_EQ(call("POST", "/gc", R"({"grace_s": -1})").status, 400);
}

TEST_F(RouterTest, WhoIsLimitedToAProjectSeesNoOther) {
  write_small("run1", "one", 0.1);
  write("run2", Object{}, "secret").finish(0);
  Request request;
  request.who = {"guest", "", "", {{auth::Scope::kRead}, std::vector<std::string>{"digits"}}};
  const auto get = [&](const std::string& path) {
    request.path = "/api/v1" + path;
    return x_door.handle(request);
  };
  EXPECT_TRUE(has(get("/projects").body, "digits"));
  EXPECT_FALSE(has(get("/projects").body, "secret"));
  EXPECT_EQ(get("/runs/run1").status, 200);
  const Response hidden = get("/runs/run2");
  EXPECT_EQ(hidden.status, 404);
  EXPECT_FALSE(has(hidden.body, "secret"));
  EXPECT_EQ(get("/runs/run").status, 200);  // what it may not see makes nothing ambiguous
  EXPECT_EQ(get("/projects/secret/runs").status, 403);
  request.who.grant.projects = std::vector<std::string>{"other"};
  EXPECT_FALSE(has(get("/projects/other/runs").body, "digits"));  // nor does an error name it
}

TEST_F(RouterTest, WhatNobodyAdmittedIsDenied) {
  Request request;
  request.path = "/api/v1/projects";
  EXPECT_EQ(x_door.handle(request).status, 401);
}

TEST_F(RouterTest, WhatOnlyAServerAnswersIsSaidToBeSo) {
  const Response refused = call("PUT", "/projects/digits/journals/run1~1~w.clog");
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(has(refused.body, "cairn serve"));
}

TEST(DoorTest, UsersAndKeysNeedNoStore) {
  const std::string dir =
      (std::filesystem::temp_directory_path() / ("cairn-door-" + make_id())).string();
  Door door(posix_disk(), dir);
  Request request;
  request.who = auth::local_admin();
  request.path = "/api/v1/keys";
  EXPECT_EQ(door.handle(request).body, "{\"keys\":[],\"total\":0,\"next_cursor\":null}");
  EXPECT_FALSE(std::filesystem::exists(dir));
  request.method = "POST";
  request.body = "{\"scopes\": [\"read\"]}";
  EXPECT_EQ(door.handle(request).status, 200);
  EXPECT_TRUE(std::filesystem::exists(dir + "/auth/access.json"));
  std::filesystem::remove_all(dir);
}

TEST(DoorTest, AFolderThatIsNotThereIsAnErrorOfTheRequest) {
  Door door(posix_disk(), "/nonexistent/cairn-door-test");
  Request request;
  request.path = "/api/v1/projects";
  EXPECT_EQ(door.handle(request).status, 404);
}

}  // namespace
}  // namespace cairn::server
