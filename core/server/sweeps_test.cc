// Tests of the routes of sweeps, over a door: what a client says and is told.
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

constexpr char kDefinition[] = R"({"method": "random", "seed": 3,
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"lr": {"min": 0.0, "max": 1.0}, "opt.depth": {"min": 1, "max": 9}}})";

class SweepRoutesTest : public testing::Test {
 protected:
  // A finished run with this configuration and summary, of a program.
  void given_run(const std::string& run, Object config, Object summary,
                 const std::string& entry = "train.py", const std::string& project = "digits") {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.live(project)));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
    auto writer = journal::Writer::create(posix_disk(), x_layout.journal(project, {run, 1, "w"}));
    ASSERT_TRUE(writer) << writer.error().message();
    const Value about(Object{{"project", project},
                             {"name", run},
                             {"created_ns", x_now_ns += 1'000'000'000},
                             {"session", 1},
                             {"config", std::move(config)}});
    for (const model::Event& event :
         {model::Event(model::RunBegan{about}),
          model::Event(model::SummaryChanged{std::move(summary)}),
          model::Event(model::CaptureAdded{Object{{"recall", Object{{"entry", entry}}}}}),
          model::Event(model::RunFinished{x_now_ns + 5'000'000'000, 0, ""})})
      EXPECT_TRUE((*writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
    EXPECT_TRUE((*writer)->close());
  }

  Response call(const std::string& method, const std::string& target, const std::string& body) {
    Request request;
    request.method = method;
    EXPECT_TRUE(parse_target("/api/v1" + target, request)) << target;
    request.body = body;
    request.who = x_who;
    return x_door.handle(request);
  }
  Value send(const std::string& method, const std::string& target, const std::string& body = "",
             int status = 200) {
    const Response response = call(method, target, body);
    EXPECT_EQ(response.status, status) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  Value get(const std::string& target) { return send("GET", target); }
  Value post(const std::string& target, const std::string& body) {
    return send("POST", "/sweeps/" + x_id + target, body);
  }
  std::string refused(const std::string& target, const std::string& body, int status = 400) {
    return text(send("POST", target, body, status), "error.message");
  }
  Value given_sweep(const std::string& also = "", const std::string& project = "digits") {
    Value made = send(
        "POST", "/sweeps",
        fmt::format(R"({{"project": "{}", "definition": {}{}}})", project, kDefinition, also), 201);
    x_id = text(made, "id");
    return made;
  }
  void asks(std::vector<std::string> projects, auth::Scope scope) {
    x_who = {"guest", "", "", {{scope}, std::move(projects)}};
  }
  static const Value& at(const Value& value, std::string_view path) {
    static const Value kNone;
    const Value* found = model::find_path(value, path);
    return found ? *found : kNone;
  }
  static std::string text(const Value& value, std::string_view path) {
    return std::string(at(value, path).string_or(""));
  }
  static List list(const Value& value, std::string_view name) {
    const List* found = at(value, name).as_list();
    return found ? *found : List();
  }

  store::TempFolder x_folder;
  model::Layout x_layout{x_folder.path() + "/.cairn"};
  Door x_door{posix_disk(), x_layout.root()};
  auth::Identity x_who = auth::local_admin();
  int64_t x_now_ns = 1'700'000'000'000'000'000;
  std::string x_id;
};

TEST_F(SweepRoutesTest, AWholeSweepInAFolderThatWasEmpty) {
  const Value made = given_sweep(R"(, "name": "first")");
  EXPECT_EQ(text(made, "state"), "running");
  EXPECT_EQ(text(made, "name"), "first");
  EXPECT_EQ(at(made, "definition.seed"), Value(3));
  EXPECT_EQ(at(made, "counts.running"), Value(0));

  const Value asked = post("/ask", R"({"worker": "anna", "count": 2})");
  ASSERT_EQ(list(asked, "trials").size(), 2u);
  const Value trial = list(asked, "trials")[0];
  EXPECT_EQ(text(trial, "state"), "running");
  ASSERT_TRUE(trial.find("params")->find("opt.depth")) << "flat, with dots";
  EXPECT_TRUE(at(asked, "wait_s").is_null());

  EXPECT_EQ(at(post("/trials/0/report", R"({"step": 1, "values": {"loss": 0.5}})"), "stop"),
            Value(false));
  EXPECT_EQ(text(post("/trials/0/heartbeat", R"({"worker": "anna", "run": "digits/r1"})"), "state"),
            "running");
  const Value told = post("/trials/0/tell", R"({"values": [0.25]})");
  EXPECT_EQ(text(told, "trial.state"), "complete");
  EXPECT_EQ(text(told, "trial.run"), "digits/r1");
  EXPECT_EQ(at(told, "sweep.best.trial"), Value(0));
  post("/trials/1/tell", R"({"state": "failed", "error": "oh"})");

  const Value sweep = get("/sweeps/" + x_id);
  EXPECT_EQ(at(sweep, "counts.complete"), Value(1));
  EXPECT_EQ(at(sweep, "counts.failed"), Value(1));
  EXPECT_EQ(list(get("/sweeps/" + x_id + "/trials"), "trials").size(), 2u);
  EXPECT_EQ(list(get("/sweeps/" + x_id + "/trials?state=failed"), "trials").size(), 1u);
  EXPECT_EQ(list(get("/sweeps/" + x_id + "/trials?cursor=1"), "trials").size(), 1u);
  EXPECT_EQ(text(get("/sweeps/" + x_id + "/trials/1"), "error"), "oh");
  EXPECT_EQ(list(get("/sweeps?project=digits&name=first"), "sweeps").size(), 1u);
  EXPECT_EQ(text(list(get("/sweeps/" + x_id + "/transcript"), "events")[0], "kind"), "create");
  send("DELETE", "/sweeps/" + x_id);
  send("GET", "/sweeps/" + x_id, "", 404);
}

TEST_F(SweepRoutesTest, EarlierRunsOfTheProgramAreLearnedFrom) {
  given_run("a", {{"lr", 0.1}, {"opt", Object{{"depth", 3}}}}, {{"loss", 0.5}});
  given_run("b", {{"lr", 0.2}, {"opt", Object{{"depth", 4}}}}, {{"accuracy", 0.5}});
  given_run("c", {{"lr", 0.3}, {"opt", Object{{"depth", 4}}}}, {{"loss", 0.4}}, "other.py");
  given_run("d", {{"lr", 0.4}, {"opt", Object{{"depth", 99}}}}, {{"loss", 0.4}});
  given_run("e", {{"lr", 0.5}, {"opt", Object{{"depth", 5}}}}, {{"loss", 0.3}}, "train.py", "mine");
  given_sweep(R"(, "program": {"entry": "train.py"})");
  const List priors = list(get("/sweeps/" + x_id + "/trials?state=prior"), "trials");
  ASSERT_EQ(priors.size(), 1u);
  EXPECT_EQ(text(priors[0], "run"), "digits/a");
  EXPECT_EQ(at(priors[0], "cost.seconds"), Value(5.0));
  EXPECT_EQ(list(priors[0], "values"), List{0.5});
}

TEST_F(SweepRoutesTest, WhatWasRunInATrialTeachesTheNextSweep) {
  given_sweep();
  for (int i = 0; i < 4; ++i) {
    post("/ask", R"({"worker": "anna"})");
    post(fmt::format("/trials/{}/tell", i), fmt::format(R"({{"values": [0.{}]}})", i));
  }
  const Value belief = get("/sweeps/" + x_id + "/belief?x=lr&places=8");
  EXPECT_EQ(list(belief, "mean").size(), 8u);
  EXPECT_EQ(list(belief, "sd").size(), 8u);
  const Value importance = get("/sweeps/" + x_id + "/importance");
  EXPECT_EQ(list(importance, "parameters").size(), 2u);
  EXPECT_EQ(text(importance, "reason"), "expected at least 10 results, found 4");
  send("GET", "/sweeps/" + x_id + "/belief?x=nothing", "", 404);
  send("GET", "/sweeps/" + x_id + "/belief", "", 400);
}

TEST_F(SweepRoutesTest, ItIsPausedAndChanged) {
  given_sweep();
  const std::string target = "/sweeps/" + x_id;
  EXPECT_EQ(text(send("PATCH", target, R"({"state": "paused"})"), "state"), "paused");
  EXPECT_EQ(at(post("/ask", R"({"worker": "w"})"), "wait_s"), Value(5.0));
  const Value changed =
      send("PATCH", target, R"({"state": "running", "definition": {"budget": {"trials": 9}}})");
  EXPECT_EQ(at(changed, "version"), Value(2));
  EXPECT_EQ(at(changed, "budget.trials"), Value(9));
  send("PATCH", target, R"({"state": "finished"})", 400);
  send("PATCH", target, R"({"state": "asleep"})", 400);
  send("PATCH", target, R"({})", 400);
  send("PATCH", target, R"({"definition": {"method": "magic"}})", 400);
}

TEST_F(SweepRoutesTest, WhoMayNotSeeTheProjectSeesNoSweepOfIt) {
  given_sweep();
  asks({"another"}, auth::Scope::kWrite);
  send("GET", "/sweeps/" + x_id, "", 404);
  send("POST", "/sweeps/" + x_id + "/ask", R"({"worker": "w"})", 404);
  EXPECT_TRUE(list(get("/sweeps"), "sweeps").empty());
  refused("/sweeps", fmt::format(R"({{"project": "digits", "definition": {}}})", kDefinition), 403);
  asks({"digits"}, auth::Scope::kRead);
  send("GET", "/sweeps/" + x_id);
  send("POST", "/sweeps/" + x_id + "/ask", R"({"worker": "w"})", 403);
}

TEST_F(SweepRoutesTest, BadInputIsToldByName) {
  given_sweep();
  const std::string sweep = "/sweeps/" + x_id;
  EXPECT_EQ(refused("/sweeps", R"({"project": "p"})"), "expected definition as an object");
  EXPECT_EQ(refused("/sweeps", R"({"definition": {}})"), "expected project as a string");
  EXPECT_EQ(refused(sweep + "/ask", "{}"), "expected worker as a string");
  EXPECT_EQ(refused(sweep + "/ask", R"({"worker": "w", "count": 0})"),
            "expected count as an integer of 1 or more");
  EXPECT_EQ(refused(sweep + "/ask", R"({"worker": "w", "lease_s": -1})"),
            "expected lease_s of more than 0 and at most 604800 seconds");
  post("/ask", R"({"worker": "w"})");
  EXPECT_EQ(refused(sweep + "/trials/0/report", R"({"values": [1]})"), "expected step as a number");
  EXPECT_EQ(refused(sweep + "/trials/0/tell", R"({"values": 3})"),
            "expected values as a list by objective or an object by metric");
  EXPECT_EQ(refused(sweep + "/trials/0/tell", R"({"state": "done"})"),
            "expected the state complete, failed, stopped or released, found 'done'");
  EXPECT_EQ(refused(sweep + "/trials/first/tell", "{}"),
            "expected the number of a trial, found 'first'");
  refused(sweep + "/trials/7/tell", R"({"values": [1]})", 404);
  EXPECT_EQ(refused(sweep + "/trials", R"({"trials": [{}]})"), "expected params as an object");
  EXPECT_EQ(text(send("GET", "/sweeps/nothing1", "", 404), "error.message"), "no sweep 'nothing1'");
}

}  // namespace
}  // namespace cairn::server
