// Tests of the runs that reports see, and of sensitivity and expected performance over a door.
#include "server/report_search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "journal/journal.h"
#include "model/layout.h"
#include "server/door.h"
#include "server/target.h"
#include "store/testing/temp_folder.h"
#include "surrogate/random.h"
#include "sweep/definition.h"
#include "wire/event_codec.h"
#include "wire/json.h"
#include "wire/settings.h"

namespace cairn::server {
namespace {

using model::List;
using model::Object;
using model::Value;

struct Told {
  Object config, summary, metrics, meta;
  std::string job_type;
  std::vector<double> curve;  // of "acc"
  bool has_ended = true;
};

class ReportSearchTest : public testing::Test {
 protected:
  ReportSearchTest() {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.live("digits")));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
  }

  void given(const std::string& run, Told told) {
    auto writer = journal::Writer::create(posix_disk(), x_layout.journal("digits", {run, 1, "w"}));
    ASSERT_TRUE(writer) << writer.error().message();
    x_now_ns += 1'000'000'000;
    std::vector<model::Event> events = {model::RunBegan{Object{{"project", "digits"},
                                                               {"name", "the " + run},
                                                               {"created_ns", x_now_ns},
                                                               {"session", 1},
                                                               {"job_type", told.job_type},
                                                               {"config", std::move(told.config)}}},
                                        model::CaptureAdded{std::move(told.meta)},
                                        model::SummaryChanged{std::move(told.summary)}};
    for (auto& [name, definition] : told.metrics)
      events.push_back(model::MetricDefined{name, std::move(definition)});
    events.push_back(model::ShapeDefined{0, model::Stream::kHistory, {"acc"}});
    for (size_t i = 0; i < told.curve.size(); ++i)
      events.push_back(model::RowLogged{0, static_cast<int64_t>(i), x_now_ns, &told.curve[i], 1});
    if (told.has_ended) events.push_back(model::RunFinished{x_now_ns + 5'000'000'000, 0, ""});
    for (const model::Event& event : events)
      EXPECT_TRUE((*writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
    EXPECT_TRUE((*writer)->close());
  }
  // Random runs whose accuracy is lr, and a little of depth.
  void given_search(size_t runs, const std::string& sweep = "") {
    surrogate::Random random(7);
    for (size_t i = 0; i < runs; ++i) {
      const double lr = random.unit(), depth = std::floor(8 * random.unit());
      Object meta;
      if (!sweep.empty())
        meta.emplace_back("sweep", Object{{"id", sweep}, {"trial", static_cast<int64_t>(i)}});
      given("r" + std::to_string(i), {.config = {{"lr", lr}, {"depth", depth}, {"seed", 1}},
                                      .summary = {{"acc", lr + 0.03 * depth}},
                                      .meta = std::move(meta)});
    }
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
  Value get(const std::string& target) {
    const Response response = call("GET", target);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  void expect_refusal(const std::string& target, const std::string& part) {
    const Response response = call("GET", target);
    EXPECT_EQ(response.status, 400) << target << ": " << response.body;
    EXPECT_NE(response.body.find(part), std::string::npos) << response.body;
  }
  static std::string text(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found ? std::string(found->string_or("")) : "";
  }
  static double number(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found && found->is_number() ? found->number_or(0) : NAN;
  }
  static List list(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found && found->as_list() ? *found->as_list() : List();
  }
  static Value parameter(const Value& answer, const std::string& name) {
    for (const Value& one : list(answer, "parameters"))
      if (text(one, "name") == name) return one;
    return {};
  }
  static bool notes(const Value& answer, const std::string& part) {
    return std::ranges::any_of(list(answer, "notes"), [&](const Value& note) {
      return note.string_or("").find(part) != std::string::npos;
    });
  }
  // The best of each prefix of the runs, by which results can be told apart.
  List bests(const std::string& params) {
    return list(get("/projects/digits/report/expected?" + params), "best_so_far");
  }

  store::TempFolder x_folder;
  model::Layout x_layout{x_folder.path() + "/.cairn"};
  Door x_door{posix_disk(), x_layout.root()};
  int64_t x_now_ns = 1'735'700'000'000'000'000;
};

TEST_F(ReportSearchTest, AResultIsWhatWasAskedForElseTheBestThatWasLogged) {
  const std::vector<double> curve = {0.5, 0.8, 0.6};
  given("plain", {.curve = curve});
  EXPECT_EQ(bests("metric=acc"), (List{0.8}));
  EXPECT_EQ(bests("metric=acc&direction=minimize"), (List{0.5}));
  given("own", {.summary = {{"acc", 0.9}}, .curve = curve});
  EXPECT_EQ(bests("metric=acc"), (List{0.8, 0.9}));
  given("last", {.metrics = {{"acc", Object{{"summary", "last"}}}}, .curve = {0.95, 0.1}});
  EXPECT_EQ(bests("metric=acc"), (List{0.8, 0.9, 0.9}));
  given("diverged", {.curve = {0.99, NAN}});
  EXPECT_EQ(bests("metric=acc"), (List{0.8, 0.9, 0.9, 0.9}));
}

TEST_F(ReportSearchTest, ACrashedRunCountsAndCopiesAndInferenceDoNot) {
  given("one", {.summary = {{"acc", 0.5}}});
  given("crashed", {.summary = {{"acc", 0.6}}, .has_ended = false});
  given("copy", {.summary = {{"acc", 0.7}}, .meta = {{"recall", Object{{"source", "p/one"}}}}});
  given("serves", {.summary = {{"acc", 0.8}}, .job_type = "inference"});
  const Value answer = get("/projects/digits/report/expected?metric=acc");
  EXPECT_EQ(list(answer, "best_so_far"), (List{0.5, 0.6}));
  EXPECT_TRUE(notes(answer, "took over"));
}

TEST_F(ReportSearchTest, TheMetricIsTheOneThatSomebodyHasDefined) {
  given("one", {.summary = {{"cost", 3}}, .metrics = {{"cost", Object{{"goal", "minimize"}}}}});
  const Value answer = get("/projects/digits/report/expected");
  EXPECT_EQ(text(answer, "metric"), "cost");
  EXPECT_EQ(text(answer, "goal"), "minimize");
}

TEST_F(ReportSearchTest, WithoutOneTheMetricsThatThereAreAreListed) {
  given("one", {.curve = {0.5}});
  expect_refusal("/projects/digits/report/sensitivity", "there are: acc");
  expect_refusal("/projects/digits/report/sensitivity?metric=thing", "expected a direction");
  EXPECT_TRUE(notes(get("/projects/digits/report/sensitivity?metric=acc"), "by its name"));
}

TEST_F(ReportSearchTest, WordsOfARequestAreChecked) {
  given_search(3);
  for (const char* target : {"top", "top:0%25", "top:200%25", "best"})
    expect_refusal(std::string("/projects/digits/report/sensitivity?metric=acc&target=") + target,
                   "expected a target");
  expect_refusal("/projects/digits/report/sensitivity?metric=acc&scale=linear", "as_is");
  expect_refusal("/projects/digits/report/sensitivity?metric=acc&direction=up", "direction");
  expect_refusal("/projects/digits/report/expected?metric=acc&confidence=1", "confidence");
  expect_refusal("/projects/digits/report/design?metric=acc", "expected runs");
  EXPECT_EQ(call("GET", "/projects/digits/report/sensitivity?metric=acc&sweep=none").status, 404);
}

TEST_F(ReportSearchTest, SensitivityOfRunsIsToldWithoutTheirSeeds) {
  given_search(40);
  const Value answer = get("/projects/digits/report/sensitivity?metric=acc");
  EXPECT_EQ(text(answer, "reason"), "");
  EXPECT_EQ(list(answer, "parameters").size(), 2u);
  EXPECT_GT(number(parameter(answer, "lr"), "first_order"), 0.8);
  EXPECT_EQ(text(parameter(answer, "lr"), "direction"), "rising");
  EXPECT_EQ(text(answer, "ablation_from"), "the oldest run, the r0");
  EXPECT_EQ(number(answer, "quality.runs"), 40);
}

TEST_F(ReportSearchTest, FewRunsGetASentence) {
  given_search(6);
  const Value answer = get("/projects/digits/report/sensitivity?metric=acc");
  EXPECT_NE(text(answer, "reason").find("14 more would do"), std::string::npos)
      << text(answer, "reason");
}

TEST_F(ReportSearchTest, RunsOfASweepHaveItsRangesAndItsMethod) {
  const Response made = call("POST", "/sweeps", R"({"project": "digits", "definition":
      {"method": "tpe", "metric": {"name": "acc", "goal": "maximize"},
       "parameters": {"lr": {"min": 0.0, "max": 4.0}, "depth": {"min": 0, "max": 9}}}})");
  ASSERT_LT(made.status, 300) << made.body;
  const std::string id = text(wire::parse_json(made.body).value_or(Value()), "id");
  given_search(40, id);
  const Value answer = get("/projects/digits/report/sensitivity");
  EXPECT_EQ(text(answer, "metric"), "acc");
  EXPECT_EQ(list(parameter(answer, "lr"), "range"), (List{0.0, 4.0}));
  EXPECT_TRUE(notes(answer, "chosen by earlier results"));
  const Value expected = get("/projects/digits/report/expected?sweep=" + id);
  EXPECT_EQ(number(expected, "independent_runs"), 0);
  EXPECT_TRUE(list(expected, "curve").empty());
}

TEST_F(ReportSearchTest, ADesignIsASweepOverTheSameSpace) {
  given_search(30);
  const Value answer = get("/projects/digits/report/design?metric=acc&runs=64");
  EXPECT_EQ(text(answer, "space_of"), "runs");
  const auto read = sweep::read_definition(*answer.find("sweep"));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->definition.method, sweep::Method::kSobol);
  EXPECT_EQ(read->definition.budget.trials, 64u);
  EXPECT_EQ(read->definition.space.parameters().size(), 2u);
  EXPECT_TRUE(read->definition.objectives.front().is_maximized);
}

TEST_F(ReportSearchTest, RepeatsOfAConfigurationAreNoFurtherDraws) {
  for (int64_t i = 0; i < 24; ++i)
    given("r" + std::to_string(i),
          {.config = {{"lr", i / 2}, {"seed", i}}, .summary = {{"acc", 0.1 * double(i)}}});
  const Value answer = get("/projects/digits/report/expected?metric=acc");
  EXPECT_EQ(number(answer, "runs"), 24);
  EXPECT_EQ(number(answer, "independent_runs"), 12);
  EXPECT_TRUE(notes(answer, "of no sweep"));
}

}  // namespace
}  // namespace cairn::server
