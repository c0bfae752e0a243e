// Tests of replays and of comparisons of searches over a door: which runs, which search, at what
// cost.
#include <gtest/gtest.h>

#include <cmath>

#include "journal/journal.h"
#include "model/layout.h"
#include "server/door.h"
#include "server/target.h"
#include "store/testing/temp_folder.h"
#include "surrogate/random.h"
#include "wire/event_codec.h"
#include "wire/json.h"
#include "wire/settings.h"

namespace cairn::server {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr int64_t kSecondNs = 1'000'000'000;

class SearchReplayTest : public testing::Test {
 protected:
  SearchReplayTest() {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.live("digits")));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
  }

  // A run after the others that logs "acc" every ten seconds, the last time at its end.
  void given(const std::string& run, const std::string& sweep, double lr,
             const std::vector<double>& curve, int exit_code = 0) {
    auto writer = journal::Writer::create(posix_disk(), x_layout.journal("digits", {run, 1, "w"}));
    ASSERT_TRUE(writer) << writer.error().message();
    Object meta;
    if (!sweep.empty()) meta.emplace_back("sweep", Object{{"id", sweep}});
    std::vector<model::Event> events = {
        model::RunBegan{Object{{"project", "digits"},
                               {"name", run},
                               {"created_ns", x_now_ns},
                               {"session", 1},
                               {"config", Object{{"lr", lr}, {"seed", 3}}}}},
        model::CaptureAdded{std::move(meta)},
        model::ShapeDefined{0, model::Stream::kHistory, {"acc"}}};
    for (size_t i = 0; i < curve.size(); ++i) {
      x_now_ns += 10 * kSecondNs;
      events.push_back(model::RowLogged{0, static_cast<int64_t>(i + 1), x_now_ns, &curve[i], 1});
    }
    events.push_back(model::RunFinished{x_now_ns, exit_code, ""});
    for (const model::Event& event : events)
      EXPECT_TRUE((*writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
    EXPECT_TRUE((*writer)->close());
  }
  // Curves that rise to lr and never cross.
  void given_search(const std::string& sweep, size_t runs, size_t steps = 6) {
    surrogate::Random random(7);
    for (size_t i = 0; i < runs; ++i) {
      const double lr = random.unit();
      std::vector<double> curve;
      for (size_t step = 1; step <= steps; ++step)
        curve.push_back(lr - 0.5 / static_cast<double>(step));
      given(sweep + "r" + std::to_string(i), sweep, lr, curve);
    }
  }

  Value get(const std::string& target, int status = 200) {
    Request request;
    request.method = "GET";
    EXPECT_TRUE(parse_target("/api/v1/projects/digits/report/" + target, request)) << target;
    request.who = auth::local_admin();
    const Response response = x_door.handle(request);
    EXPECT_EQ(response.status, status) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  static double number(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found && found->is_number() ? found->number_or(0) : NAN;
  }
  static std::string text(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found ? std::string(found->string_or("")) : "";
  }
  static List list(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found && found->as_list() ? *found->as_list() : List();
  }

  store::TempFolder x_folder;
  model::Layout x_layout{x_folder.path() + "/.cairn"};
  Door x_door{posix_disk(), x_layout.root()};
  int64_t x_now_ns = 1'735'700'000 * kSecondNs;
};

TEST_F(SearchReplayTest, CurvesAreReadWithTheirTimes) {
  given_search("", 20);
  const Value answer = get("replay?metric=acc&policy=median&orders=20");
  EXPECT_EQ(text(answer, "reason"), "");
  EXPECT_EQ(text(answer, "goal"), "maximize");
  EXPECT_EQ(number(answer, "runs"), 20);
  EXPECT_EQ(number(answer, "cost_s"), 20 * 60);
  EXPECT_EQ(number(answer, "workers"), 1);
  const Value policy = list(answer, "policies").at(0);
  EXPECT_EQ(number(policy, "best_kept.value"), 1);
  EXPECT_GT(number(policy, "saved.value"), 0.1);
  EXPECT_EQ(number(policy, "regret.max"), 0);
  EXPECT_GT(number(answer, "best"), 0.5);  // in the metric's own sense
}

TEST_F(SearchReplayTest, TheSearchThatRanLongestIsReplayedAndOthersChooseTheParameters) {
  given_search("small", 12);
  given_search("large", 24);
  given_search("", 4);
  const Value answer = get("replay?metric=acc&policy=median&orders=10");
  EXPECT_EQ(text(answer, "search"), "large");
  EXPECT_EQ(number(answer, "runs"), 24);
  EXPECT_EQ(list(answer, "searches").size(), 3U);
  EXPECT_EQ(number(list(answer, "policies").at(0), "chosen_on"), 1);  // the third has too few runs
  EXPECT_EQ(number(get("replay?metric=acc&policy=none&sweep=small"), "runs"), 12);
}

TEST_F(SearchReplayTest, RunsThatFailedAreCutAndThoseWithoutACurveAreCounted) {
  given_search("", 14);
  given("failed", "", 0.9, {0.1, 0.2}, 1);
  given("silent", "", 0.9, {});
  const Value answer = get("replay?metric=acc&policy=none&orders=5");
  EXPECT_EQ(number(answer, "cut"), 1);
  EXPECT_EQ(number(answer, "without_curve"), 1);
  EXPECT_EQ(number(answer, "runs"), 15);
}

TEST_F(SearchReplayTest, SamplersPickAmongTheRunsOfTheSearch) {
  given_search("", 40, 2);
  const Value answer = get("compare_search?metric=acc&samplers=tpe");
  EXPECT_EQ(text(answer, "reason"), "");
  EXPECT_EQ(number(answer, "configurations"), 40);
  EXPECT_EQ(number(list(answer, "samplers").at(0), "orders"), 30);
  EXPECT_EQ(text(list(answer, "samplers").at(0), "verdict_picks"), "better");
}

TEST_F(SearchReplayTest, WhatIsAskedWrongIsRefused) {
  given_search("", 3, 2);
  get("replay?metric=acc&policy=medain", 400);
  get("replay?metric=acc&workers=0", 400);
  get("replay?metric=acc&sweep=none", 404);
  get("compare_search?metric=acc&samplers=tpee", 400);
  get("compare_search?metric=acc&seeds=3", 400);
  EXPECT_NE(text(get("compare_search?metric=acc"), "reason"), "");
}

}  // namespace
}  // namespace cairn::server
