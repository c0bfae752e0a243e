// Tests of the routes of recall and of leases, over real journals in projects of several people.
#include <gtest/gtest.h>

#include "journal/journal.h"
#include "model/layout.h"
#include "server/door.h"
#include "server/target.h"
#include "store/testing/temp_folder.h"
#include "wire/event_codec.h"
#include "wire/json.h"
#include "wire/settings.h"

namespace cairn::server {
namespace {

using model::List;
using model::Object;
using model::Value;
using Names = std::vector<std::string>;

// A key of 32 digits, all of them the same.
std::string digits(char digit) { return std::string(32, digit); }

class RecallTest : public testing::Test {
 protected:
  RecallTest() {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.root()));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
  }

  // Each a second younger than the one before.
  void given(const std::string& run, Object facts, Object config = {},
             const std::string& project = "digits") {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.live(project)));
    auto writer = journal::Writer::create(posix_disk(), x_layout.journal(project, {run, 1, "w"}));
    ASSERT_TRUE(writer) << writer.error().message();
    Value about;
    about.set("project", project);
    about.set("name", "the " + run);
    about.set("created_ns", x_now_ns += 1'000'000'000);
    about.set("session", 1);
    about.set("config", std::move(config));
    for (const model::Event& event :
         {model::Event(model::RunBegan{std::move(about)}),
          model::Event(model::CaptureAdded{Object{{"recall", std::move(facts)}}}),
          model::Event(model::RunFinished{x_now_ns, 0, ""})})
      EXPECT_TRUE((*writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
    EXPECT_TRUE((*writer)->close());
  }
  // Facts by which a run of one program is found: each letter is a digit of its key.
  static Object facts(char x, char r, char f, char f0 = 'f', char c = 'c') {
    return {{"P", digits('a')}, {"F", digits(f)}, {"F0", digits(f0)},    {"R", digits(r)},
            {"X", digits(x)},   {"C", digits(c)}, {"entry", "train.py"}, {"sealed", true}};
  }

  Response call(const std::string& method, const std::string& target,
                const std::string& body = "") {
    Request request;
    request.method = method;
    EXPECT_TRUE(parse_target("/api/v1" + target, request)) << target;
    request.body = body;
    request.who = x_who;
    return x_door.handle(request);
  }
  Value get(const std::string& target) { return send("GET", target); }
  Value send(const std::string& method, const std::string& target, const std::string& body = "") {
    const Response response = call(method, target, body);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  void asks(Names projects, auth::Scope scope = auth::Scope::kRead) {
    x_who = {"guest", "", "", {{scope}, std::move(projects)}};
  }
  static List list(const Value& value, std::string_view member) {
    const Value* found = value.find(member);
    return found && found->as_list() ? *found->as_list() : List();
  }
  static std::string text(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found ? std::string(found->string_or("")) : "";
  }
  // "project/run: kinds that matched"
  Names found(const std::string& query) {
    Names lines;
    for (const Value& run : list(get("/recall/runs?" + query), "runs")) {
      std::string line = text(run, "project") + "/" + text(run, "id") + ":";
      for (const Value& kind : list(run, "matched")) line += " " + std::string(kind.string_or(""));
      lines.push_back(std::move(line));
    }
    return lines;
  }
  // "relation project/run name..." with the names of what differs
  Names relatives(const std::string& run, const std::string& project = "digits") {
    Names lines;
    const Value answer = get("/projects/" + project + "/runs/" + run + "/relatives");
    for (const Value& one : list(answer, "relatives")) {
      std::string line =
          text(one, "relation") + " " + text(one, "run.project") + "/" + text(one, "run.id");
      for (const Value& difference : list(one, "differences"))
        line += " " + text(difference, "name");
      lines.push_back(std::move(line));
    }
    return lines;
  }

  store::TempFolder x_folder;
  model::Layout x_layout{x_folder.path() + "/.cairn"};
  Door x_door{posix_disk(), x_layout.root()};
  auth::Identity x_who = auth::local_admin();
  int64_t x_now_ns = 1'700'000'000'000'000'000;
};

TEST_F(RecallTest, RunsAreFoundByTheirKeysInEveryProject) {
  given("one", facts('1', '1', '1'));
  given("two", facts('2', '2', '2'), {}, "letters");
  given("three", facts('3', '2', '2'));
  EXPECT_EQ(found("key=F:" + digits('2')), (Names{"digits/three: F", "letters/two: F"}));
  EXPECT_EQ(found("key=R:" + digits('1') + "&key=P:" + digits('a')),
            (Names{"digits/three: P", "letters/two: P", "digits/one: P R"}));
  EXPECT_EQ(found("key=entry:train.py&limit=1"), Names{"digits/three: entry"});
  EXPECT_EQ(found("key=X:" + digits('0')), Names{});
}

TEST_F(RecallTest, AFoundRunComesWithItsFacts) {
  given("one", facts('1', '1', '1'));
  const Value run = list(get("/recall/runs?key=F:" + digits('1')), "runs").at(0);
  EXPECT_EQ(text(run, "meta.recall.entry"), "train.py");
  EXPECT_EQ(text(run, "state"), "finished");
}

TEST_F(RecallTest, WhoIsLimitedToAProjectFindsNothingElsewhere) {
  given("mine", facts('1', '1', '1'));
  given("theirs", facts('1', '1', '1'), {}, "secret");
  given("copy", {{"source", "secret/theirs"}, {"F", digits('1')}});
  asks({"digits"});
  EXPECT_EQ(found("key=F:" + digits('1')), Names{"digits/mine: F"});
  EXPECT_EQ(relatives("mine"), Names{});
  const Response copy = call("GET", "/projects/digits/runs/copy/relatives");
  EXPECT_EQ(copy.body.find("theirs"), std::string::npos) << copy.body;
  EXPECT_NE(copy.body.find("\"source\":null"), std::string::npos) << copy.body;
  EXPECT_EQ(call("GET", "/projects/secret/runs/theirs/relatives").status, 403);
  asks({"digits"}, auth::Scope::kUpload);
  EXPECT_EQ(call("GET", "/recall/runs?key=entry:train.py").status, 403);
  EXPECT_EQ(call("GET", "/projects/digits/runs/mine/relatives").status, 403);
  x_who = {};
  EXPECT_EQ(call("GET", "/recall/runs?key=entry:train.py").status, 401);
}

TEST_F(RecallTest, WhatIsNoKeyIsRefused) {
  std::string many = "key=entry:a";
  for (int i = 0; i < 32; ++i) many += "&key=entry:a";
  for (const std::string& query :
       {std::string(), std::string("key="), std::string("key=F"), std::string("key=F:12"),
        "key=Q:" + digits('1'), "key=F:" + digits('g'), "key=F:" + digits('1') + "&key=F:",
        "key=F:" + digits('1') + "&limit=0", "key=F:" + digits('1') + "&limit=1001", many}) {
    const Response refused = call("GET", "/recall/runs?" + query);
    EXPECT_EQ(refused.status, 400) << query << " " << refused.body;
  }
}

TEST_F(RecallTest, TheRelativesOfARunAreListedFromTheClosest) {
  const auto config = [](double lr, int seed) {
    return Object{{"lr", lr}, {"seed", seed}, {"opt", Object{{"name", "sgd"}}}};
  };
  given("code2", facts('7', '7', '7', '7'), config(0.3, 2));
  given("code1", facts('6', '6', '6', '6'), config(0.2, 1));
  given("budget", facts('5', '5', '5'), config(0.1, 1));
  given("replicate", facts('4', '4', '1'), config(0.1, 2));
  given("equivalent", facts('3', '1', '1'), config(0.1, 1));
  given("exact", facts('1', '1', '1'), config(0.1, 1), "letters");
  given("other", facts('8', '8', '8', '8', '8'));
  given("run", facts('1', '1', '1'), config(0.1, 1));
  given("exact2", facts('1', '1', '1'), config(0.1, 1));
  given("reused", {{"source", "digits/run"}, {"level", "exact"}, {"F", digits('1')}},
        config(0.1, 1));
  EXPECT_EQ(
      relatives("run"),
      (Names{"exact digits/exact2", "exact letters/exact", "equivalent digits/equivalent",
             "replicate digits/replicate seed", "budget digits/budget", "reused_by digits/reused",
             "same_code digits/code1 lr", "same_code digits/code2 lr seed"}));
}

TEST_F(RecallTest, ADifferenceTellsBothSides) {
  given("past", facts('1', '1', '1'), {{"lr", 0.1}, {"same", 3}, {"gone", "x"}});
  given("run", facts('2', '1', '1'), {{"lr", 0.2}, {"same", 3.0}, {"new", Value(List{1})}});
  const Value answer = get("/projects/digits/runs/run/relatives");
  const List differences = list(list(answer, "relatives").at(0), "differences");
  EXPECT_EQ(wire::print_json(Value(differences)),
            R"([{"name":"gone","before":null,"after":"x"},{"name":"lr","before":0.2,"after":0.1},)"
            R"({"name":"new","before":[1],"after":null}])");
}

TEST_F(RecallTest, TheIdentityOfARunIsWhatWasCaptured) {
  given("run", facts('1', '1', '1'));
  const Value answer = get("/projects/digits/runs/run/relatives");
  EXPECT_EQ(text(answer, "identity.X"), digits('1'));
  EXPECT_EQ(text(answer, "identity.entry"), "train.py");
  EXPECT_EQ(*find_path(answer, "identity.sealed"), Value(true));
  EXPECT_TRUE(answer.find("source")->is_null());
}

TEST_F(RecallTest, ARunThatWasNotTracedHasNone) {
  EXPECT_EQ(call("GET", "/projects/none/runs/run/relatives").status, 404);
  given("run", {});
  EXPECT_EQ(call("GET", "/projects/digits/runs/none/relatives").status, 404);
  given("parent", {});
  given("child", {}, {{"forked_from", Object{{"run", "parent"}, {"step", 3}}}});
  EXPECT_EQ(relatives("run"), Names{});
  EXPECT_EQ(relatives("parent"), Names{"resumed_by digits/child forked_from.run forked_from.step"});
  EXPECT_EQ(relatives("child"),
            Names{"resumed_from digits/parent forked_from.run forked_from.step"});
}

TEST_F(RecallTest, ARunThatWasReusedHasTheRelativesOfItsSource) {
  given("source", facts('1', '1', '1'));
  given("replicate", facts('2', '2', '1'));
  given("reused", {{"source", "digits/source"}, {"F", digits('1')}});
  EXPECT_EQ(text(get("/projects/digits/runs/reused/relatives"), "source.id"), "source");
  EXPECT_EQ(relatives("reused"), Names{"replicate digits/replicate"});
  ASSERT_EQ(call("DELETE", "/projects/digits/runs/source").status, 200);
  EXPECT_EQ(relatives("reused"), Names{"replicate digits/replicate"}) << "by what it knows itself";
}

TEST_F(RecallTest, OfManyRelativesTheNewestAreListed) {
  for (int i = 0; i < 60; ++i) given("run" + std::to_string(i), facts('1', '1', '1'));
  const Names all = relatives("run30");
  ASSERT_EQ(all.size(), 50u);
  EXPECT_EQ(all.front(), "exact digits/run59");
  EXPECT_EQ(all.back(), "exact digits/run9");
}

TEST_F(RecallTest, ALeaseIsTakenSeenAndGivenBack) {
  EXPECT_EQ(call("GET", "/leases/R:1").status, 404);
  const Value mine =
      send("POST", "/leases/R:1", R"({"holder": "anna", "ttl_s": 30.5, "detail": {"done": 0.6}})");
  EXPECT_EQ(*mine.find("granted"), Value(true));
  const int64_t lasts_ns = mine.find("expires_ns")->int_or(0) - mine.find("since_ns")->int_or(0);
  EXPECT_EQ(lasts_ns, 30'500'000'000);
  const Value theirs = send("POST", "/leases/R:1", R"({"holder": "bob", "ttl_s": 1})");
  EXPECT_EQ(*theirs.find("granted"), Value(false));
  EXPECT_EQ(text(theirs, "holder"), "anna");
  EXPECT_EQ(*find_path(get("/leases/R:1"), "detail.done"), Value(0.6));
  EXPECT_EQ(call("DELETE", "/leases/R:1?holder=bob").status, 409);
  EXPECT_EQ(call("DELETE", "/leases/R:1?holder=anna").status, 200);
  EXPECT_EQ(call("GET", "/leases/R:1").status, 404);
}

TEST_F(RecallTest, WhatIsNoLeaseIsRefused) {
  for (const char* body :
       {"{}", R"({"holder": "a"})", R"({"ttl_s": 1})", R"({"holder": "a", "ttl_s": 0})",
        R"({"holder": "a", "ttl_s": "1"})", R"({"holder": "a", "ttl_s": NaN})",
        R"({"holder": "a", "ttl_s": 1e300})", R"({"holder": "a", "ttl_s": 1, "detail": 3})"})
    EXPECT_EQ(call("POST", "/leases/k", body).status, 400) << body;
  EXPECT_EQ(call("POST", "/leases/a%20b", R"({"holder": "a", "ttl_s": 1})").status, 400);
  EXPECT_EQ(call("DELETE", "/leases/k").status, 400);
}

TEST_F(RecallTest, ALeaseIsTakenByWhoeverMayWrite) {
  given("run", {});
  const std::string body = R"({"holder": "a", "ttl_s": 1})";
  asks({"digits"});
  EXPECT_EQ(call("POST", "/leases/k", body).status, 403);
  EXPECT_EQ(call("DELETE", "/leases/k?holder=a").status, 403);
  EXPECT_EQ(call("GET", "/leases/k").status, 404);
  asks({"digits"}, auth::Scope::kWrite);
  EXPECT_EQ(call("POST", "/leases/k", body).status, 200);
}

}  // namespace
}  // namespace cairn::server
