// Tests of the routes of footprints, over real journals of runs with energy records.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "journal/journal.h"
#include "model/layout.h"
#include "server/door.h"
#include "server/footprint_totals.h"
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

constexpr int64_t kBeganNs = 1'735'700'000'000'000'000;  // 2025-01-01
constexpr double kJoulesPerKwh = 3.6e6;

// A GPU that used so much by its counter, for an hour, on a machine that the run had for itself.
Value record_of(double gpu_kwh, const std::string& host = "box", int64_t began_ns = kBeganNs) {
  model::EnergyRecord record;
  record.machine = {"boot", host, "AMD EPYC 7763 64-Core Processor", 1, 64, int64_t{64} << 30,
                    false};
  record.began_ns = began_ns;
  record.ended_ns = began_ns + 3600 * 1'000'000'000LL;
  record.watched_s = record.share_s = record.even_s = 3600;
  record.cpu_s = 3600;
  record.load_s = 360;
  model::SensorEnergy gpu;
  gpu.sensor = "nvml:GPU-1";
  gpu.name = "NVIDIA H200";
  gpu.part = model::EnergyPart::kGpu;
  gpu.share = model::EnergyShare::kExclusive;
  gpu.device_j = gpu.run_j = gpu_kwh * kJoulesPerKwh;
  gpu.covered_s = 3600;
  record.sensors.push_back(gpu);
  return model::to_value(record);
}

struct Told {
  double gpu_kwh = 1;
  std::string zone = "FR";
  std::string project = "digits", job_type, user = "ada", group;
  std::vector<std::string> tags;
  Object config, summary, metrics;
  bool has_energy = true;
};

class FootprintTest : public testing::Test {
 protected:
  FootprintTest() {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.root()));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
  }

  void given(const std::string& run, Told told) {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.live(told.project)));
    auto writer =
        journal::Writer::create(posix_disk(), x_layout.journal(told.project, {run, 1, "w"}));
    ASSERT_TRUE(writer) << writer.error().message();
    Value meta = Object{{"host", Object{{"hostname", "box"}, {"user", told.user}}}};
    if (!told.zone.empty()) meta.set("place", Object{{"zone", told.zone}});
    if (told.has_energy) meta.set("energy", Object{{"w", record_of(told.gpu_kwh)}});
    List tags(told.tags.begin(), told.tags.end());
    std::vector<model::Event> events = {
        model::RunBegan{Object{{"project", told.project},
                               {"name", "the " + run},
                               {"created_ns", x_created_ns += 1'000'000'000},
                               {"session", 1},
                               {"tags", std::move(tags)},
                               {"job_type", told.job_type},
                               {"group", told.group},
                               {"config", std::move(told.config)}}},
        model::CaptureAdded{std::move(meta)}, model::SummaryChanged{std::move(told.summary)}};
    for (auto& [name, definition] : told.metrics)
      events.push_back(model::MetricDefined{name, std::move(definition)});
    events.push_back(model::RunFinished{x_created_ns + 3600 * 1'000'000'000LL, 0, ""});
    for (const model::Event& event : events)
      EXPECT_TRUE((*writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
    EXPECT_TRUE((*writer)->close());
  }

  Response call(const std::string& method, const std::string& target, const Value& body = {}) {
    Request request;
    request.method = method;
    EXPECT_TRUE(parse_target("/api/v1" + target, request)) << target;
    if (!body.is_null()) request.body = wire::print_json(body);
    request.who = x_who;
    return x_door.handle(request);
  }
  Value send(const std::string& method, const std::string& target, const Value& body = {}) {
    const Response response = call(method, target, body);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  Value get(const std::string& target) { return send("GET", target); }
  void expect_refusal(const std::string& target, int status, const std::string& part) {
    const Response response = call("GET", target);
    EXPECT_EQ(response.status, status) << target << ": " << response.body;
    EXPECT_NE(response.body.find(part), std::string::npos) << response.body;
  }
  static double number(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found && found->is_number() ? found->number_or(0) : -1;
  }
  static bool is_null(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found && found->is_null();
  }
  static std::string text(const Value& value, std::string_view path) {
    const Value* found = find_path(value, path);
    return found ? std::string(found->string_or("")) : "";
  }
  static List list(const Value& value, std::string_view member) {
    const Value* found = value.find(member);
    return found && found->as_list() ? *found->as_list() : List();
  }
  // "ada 3, bob 1": what each group has of runs.
  static std::string groups(const Value& totals, const std::string& by) {
    std::string out;
    for (const Value& group : list(totals, "groups")) {
      const Value* key = find_path(group, "key." + by);
      out += (out.empty() ? "" : ", ") + std::string(key ? key->string_or("-") : "?") + " " +
             std::to_string(static_cast<int64_t>(number(group, "runs")));
    }
    return out;
  }
  void keep_file(const std::string& name, const std::string& content) {
    const std::filesystem::path path = x_layout.root() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

  store::TempFolder x_folder;
  model::Layout x_layout{x_folder.path() + "/.cairn"};
  Door x_door{posix_disk(), x_layout.root()};
  auth::Identity x_who = auth::local_admin();
  int64_t x_created_ns = kBeganNs;
};

TEST_F(FootprintTest, ARunHasItsCostInItsSummaryAndItsColumns) {
  given("one", {.gpu_kwh = 1});
  given("two", {.gpu_kwh = 5});
  const Value run = get("/projects/digits/runs/one");
  EXPECT_GT(number(run, "summary.footprint.kwh"), 1);
  EXPECT_GT(number(run, "summary.footprint.gco2e"), 0);
  const Value footprint = get("/projects/digits/runs/one/footprint");
  EXPECT_DOUBLE_EQ(number(footprint, "energy_kwh.value"), number(run, "summary.footprint.kwh"));
  EXPECT_LE(number(footprint, "energy_kwh.low"), number(footprint, "energy_kwh.value"));
  EXPECT_EQ(text(footprint, "zone"), "FR");
  EXPECT_NE(text(footprint, "line").find("GPU"), std::string::npos);
  const Value sorted =
      get("/projects/digits/runs?columns=summary.footprint.kwh&sort=-summary.footprint.kwh&"
          "filter=summary.footprint.kwh+%3E+2");
  ASSERT_EQ(list(sorted, "runs").size(), 1u);
  EXPECT_EQ(text(list(sorted, "runs")[0], "id"), "two");
}

TEST_F(FootprintTest, AReaderSaysWhereElse) {
  given("one", {});
  const auto carbon = [&](const std::string& params) {
    return number(get("/projects/digits/runs/one/footprint?" + params), "carbon_kg.value");
  };
  EXPECT_GT(carbon("zone=PL"), 5 * carbon(""));
  const Value given = get("/projects/digits/runs/one/footprint?kg_per_kwh=0.5&pue=2");
  EXPECT_NEAR(number(given, "carbon_kg.value"), 0.5 * number(given, "energy_kwh.value"), 1e-9);
  EXPECT_NEAR(number(given, "energy_kwh.value"), 2 * number(given, "it_kwh.value"), 1e-9);
  expect_refusal("/projects/digits/runs/one/footprint?zone=FRR", 400, "did you mean");
  expect_refusal("/projects/digits/runs/one/footprint?pue=0.5", 400, "pue");
  expect_refusal("/projects/digits/runs/one/footprint?idle=some", 400, "idle");
}

TEST_F(FootprintTest, AZoneThatARunMisspellsIsNotedAndNotGuessed) {
  given("one", {.zone = "Frankreich-West"});
  const Value footprint = get("/projects/digits/runs/one/footprint");
  EXPECT_TRUE(is_null(footprint, "carbon_kg"));
  EXPECT_GT(number(footprint, "carbon_range_kg.high"), number(footprint, "carbon_range_kg.low"));
  EXPECT_NE(wire::print_json(*footprint.find("notes")).find("Frankreich-West"), std::string::npos);
  EXPECT_GT(number(get("/projects/digits/runs/one"), "summary.footprint.kwh"), 1);
}

TEST_F(FootprintTest, TotalsAreInGroups) {
  given("a", {.gpu_kwh = 1, .user = "ada"});
  given("b", {.gpu_kwh = 2, .user = "ada"});
  given("c", {.gpu_kwh = 9, .user = "bob"});
  const Value totals = get("/projects/digits/footprint?by=user");
  EXPECT_EQ(groups(totals, "user"), "bob 1, ada 2") << "the largest first";
  EXPECT_EQ(number(totals, "runs"), 3);
  double sum = 0;
  for (const Value& group : list(totals, "groups"))
    sum += number(group, "footprint.energy_kwh.value");
  EXPECT_NEAR(number(totals, "total.energy_kwh.value"), sum, 1e-9);
  EXPECT_EQ(groups(get("/projects/digits/footprint?by=day,device"), "day"), "2025-01-01 3");
  EXPECT_EQ(groups(get("/projects/digits/footprint?by=device"), "device"), "NVIDIA H200 3");
  EXPECT_EQ(groups(get("/projects/digits/footprint?by=user&filter=id+%3D+a"), "user"), "ada 1");
  EXPECT_EQ(number(get("/projects/digits/footprint?since=2026-01-01"), "runs"), 0);
  EXPECT_EQ(number(get("/projects/digits/footprint?since=2025-01-01"), "runs"), 3);
  expect_refusal("/projects/digits/footprint?by=users", 400, "did you mean user?");
  expect_refusal("/projects/digits/footprint?since=soon", 400, "90d");
}

TEST(FootprintSumTest, ManyRunsAreAddedAsOne) {
  const FootprintDesk desk(posix_disk(), "/nowhere");
  footprint::Place place;
  place.zone = "FR";
  std::vector<footprint::Footprint> runs;
  FootprintSum sum;
  for (int i = 0; i < 600; ++i) {
    const Value meta = Object{{"energy", Object{{"w", record_of(1 + i)}}}};
    const auto assessed = desk.assess(energy_of(meta, kBeganNs, 3600), place);
    ASSERT_TRUE(assessed && *assessed);
    runs.push_back(**assessed);
    sum.add(**assessed);
  }
  const footprint::Footprint wanted = footprint::add(runs), found = *sum.total();
  EXPECT_EQ(sum.runs(), 600u);
  EXPECT_NEAR(found.energy_kwh.value, wanted.energy_kwh.value, 1e-6);
  EXPECT_NEAR(found.energy_kwh.low, wanted.energy_kwh.low, 1e-6);
  EXPECT_NEAR(found.energy_kwh.high, wanted.energy_kwh.high, 1e-6);
  EXPECT_NEAR(found.carbon_kg->high, wanted.carbon_kg->high, 1e-6);
  EXPECT_EQ(found.parts.size(), wanted.parts.size());
}

TEST(FootprintSumTest, OfNothingIsNothing) { EXPECT_FALSE(FootprintSum().total()); }

TEST_F(FootprintTest, TheUnknownIsUnknown) {
  given("blind", {.zone = "", .has_energy = false});
  const Value totals = get("/projects/digits/footprint?by=user");
  EXPECT_EQ(number(totals, "unknown"), 1);
  EXPECT_TRUE(is_null(totals, "total"));
  EXPECT_TRUE(is_null(totals, "offset"));
  EXPECT_TRUE(is_null(list(totals, "groups")[0], "footprint"));
  expect_refusal("/projects/digits/runs/blind/footprint", 404, "nothing is known");
  EXPECT_EQ(find_path(get("/projects/digits/runs/blind"), "summary.footprint"), nullptr);
}

TEST_F(FootprintTest, TheFinalRunIsTheBestByTheProjectsMetric) {
  const Object metrics = {{"val_acc", Object{{"goal", "maximize"}}}};
  given("bad", {.gpu_kwh = 1, .summary = {{"val_acc", 0.5}}, .metrics = metrics});
  given("best", {.gpu_kwh = 2, .summary = {{"val_acc", 0.9}}, .metrics = metrics});
  given("late", {.gpu_kwh = 4, .summary = {{"val_acc", 0.7}}, .metrics = metrics});
  given("serve", {.gpu_kwh = 8, .job_type = "inference"});
  const Value totals = get("/projects/digits/footprint");
  EXPECT_EQ(wire::print_json(*totals.find("final_runs")), "[\"digits/best\"]");
  EXPECT_EQ(text(totals, "final_by"), "digits: highest val_acc");
  const double final_kwh = number(totals, "final.energy_kwh.value");
  EXPECT_NEAR(final_kwh, number(get("/projects/digits/runs/best/footprint"), "energy_kwh.value"),
              1e-9);
  EXPECT_NEAR(number(totals, "training.energy_kwh.value"),
              final_kwh + number(totals, "search.energy_kwh.value"), 1e-9);
  EXPECT_NEAR(
      number(totals, "total.energy_kwh.value"),
      number(totals, "training.energy_kwh.value") + number(totals, "inference.energy_kwh.value"),
      1e-9);
  const Value by_loss = get("/projects/digits/footprint?metric=val_acc&goal=minimize");
  EXPECT_EQ(wire::print_json(*by_loss.find("final_runs")), "[\"digits/bad\"]");
}

TEST_F(FootprintTest, WhatSomebodyTaggedFinalGoesBeforeTheMetric) {
  given("a", {.gpu_kwh = 1, .tags = {"final"}});
  given("b", {.gpu_kwh = 2});
  const Value totals = get("/projects/digits/footprint?metric=val_acc");
  EXPECT_EQ(text(totals, "final_by"), "digits: tagged 'final'");
  EXPECT_LT(number(totals, "final.energy_kwh.value"), number(totals, "search.energy_kwh.value"));
}

TEST_F(FootprintTest, WithoutAWordOfWhatIsFinalNothingIsSearch) {
  given("a", {});
  const Value totals = get("/projects/digits/footprint");
  for (const char* member : {"final", "search", "final_by"})
    EXPECT_TRUE(is_null(totals, member)) << member;
}

TEST_F(FootprintTest, BesideTheNumberStandsWhatItMeans) {
  given("a", {});
  const Value totals = get("/projects/digits/footprint");
  EXPECT_FALSE(list(totals, "equivalents").empty());
  EXPECT_GT(number(totals, "offset.value"), 0);
  EXPECT_GT(number(totals, "sci.per_unit_g"), number(totals, "sci.operational_g") / 2);
  EXPECT_GT(number(totals, "sci.embodied_g"), 0);
}

TEST_F(FootprintTest, ProjectsOfOthersAreNotCounted) {
  given("a", {.gpu_kwh = 1});
  given("b", {.gpu_kwh = 1, .project = "letters"});
  EXPECT_EQ(groups(get("/footprint?by=project"), "project"), "digits 1, letters 1");
  x_who = {"guest", "", "", {{auth::Scope::kRead}, std::vector<std::string>{"letters"}}};
  EXPECT_EQ(groups(get("/footprint?by=project"), "project"), "letters 1");
  EXPECT_EQ(call("GET", "/projects/digits/footprint").status, 403);
  EXPECT_EQ(call("POST", "/tables", Object{{"text", "x"}}).status, 403);
}

TEST_F(FootprintTest, InferencePassesTrainingAfterSoManyRequests) {
  given("search", {.gpu_kwh = 10});
  given("model", {.gpu_kwh = 5, .tags = {"final"}});
  given("serve", {.gpu_kwh = 1,
                  .project = "service",
                  .job_type = "inference",
                  .config = {{"model", "digits"}},
                  .summary = {{"inference", Object{{"requests", 1000.0}}}}});
  const Value even = get("/footprint/break_even?model=digits");
  EXPECT_EQ(number(even, "training_runs"), 2);
  EXPECT_LT(number(even, "training_kwh"), number(even, "search_kwh"));
  EXPECT_NEAR(
      number(even, "requests"),
      (number(even, "training_kwh") + number(even, "search_kwh")) / number(even, "per_request_kwh"),
      1);
  EXPECT_NEAR(number(even, "requests_per_day"), 24'000, 1) << "1,000 in an hour";
  EXPECT_NEAR(number(even, "days"), number(even, "requests") / 24'000, 0.1);
  expect_refusal("/footprint/break_even?model=nothing", 404, "nothing");
  expect_refusal("/footprint/break_even?model=service", 404, "expected runs of which");
}

TEST_F(FootprintTest, OtherZonesAreComparedBestFirst) {
  given("a", {.zone = "PL"});
  const Value answer = get("/projects/digits/runs/a/footprint/alternatives?zones=FR,SE,PL");
  const List alternatives = list(answer, "alternatives");
  ASSERT_GE(alternatives.size(), 3u);
  EXPECT_GT(number(alternatives[0], "saved_share"), 0.5);
  for (size_t i = 1; i < alternatives.size(); ++i)
    EXPECT_GE(number(alternatives[i], "carbon_kg"), number(alternatives[i - 1], "carbon_kg"));
  given("nowhere", {.zone = ""});
  expect_refusal("/projects/digits/runs/nowhere/footprint/alternatives", 400, "zone");
}

TEST_F(FootprintTest, AWallMeterCorrectsTheRestOfItsMachine) {
  given("a", {.gpu_kwh = 1});
  const Value found =
      send("POST", "/projects/digits/runs/a/footprint/calibration", Object{{"wall_kwh", 3.0}});
  EXPECT_EQ(text(found, "hostname"), "box");
  EXPECT_NEAR(number(get("/projects/digits/runs/a/footprint"), "it_kwh.value"), 3.0, 1e-6);
  EXPECT_NEAR(number(get("/projects/digits/runs/a"), "summary.footprint.kwh") /
                  number(get("/projects/digits/runs/a/footprint"), "pue.value"),
              3.0, 1e-6)
      << "also where it was computed before";
  EXPECT_EQ(call("POST", "/projects/digits/runs/a/footprint/calibration", Object{{"wall_kwh", 0.5}})
                .status,
            400)
      << "less than the GPU alone";
  Door another(posix_disk(), x_layout.root());
  Request request;
  ASSERT_TRUE(parse_target("/api/v1/projects/digits/runs/a/footprint", request));
  request.who = x_who;
  EXPECT_NEAR(
      number(wire::parse_json(another.handle(request).body).value_or(Value()), "it_kwh.value"), 3.0,
      1e-6)
      << "and for other processes";
}

constexpr char kHours[] =
    "datetime,zone,g_per_kwh\n2025-01-01T00:00Z,FR,10\n2025-01-01T01:00Z,FR,10\n"
    "2025-01-01T02:00Z,FR,10\n2025-01-01T03:00Z,FR,10\n2025-01-01T04:00Z,FR,10\n";

TEST_F(FootprintTest, ATableIsCheckedAndThenInUse) {
  given("a", {});
  const double before = number(get("/projects/digits/runs/a"), "summary.footprint.gco2e");
  EXPECT_EQ(call("POST", "/tables", Object{{"text", "# name: x\nnonsense\n"}}).status, 400);
  EXPECT_EQ(number(get("/projects/digits/runs/a"), "summary.footprint.gco2e"), before);
  const Value taken = send("POST", "/tables", Object{{"text", kHours}, {"file", "fr.csv"}});
  EXPECT_EQ(number(taken, "rows"), 5);
  const Value tables = get("/tables");
  EXPECT_EQ(list(tables, "hourly").size(), 1u);
  EXPECT_GT(list(tables, "zones").size(), 100u);
  EXPECT_TRUE(is_null(tables, "problem"));
  EXPECT_EQ(call("POST", "/tables", Object{{"text", "datetime,g_per_kwh\n2025-01-01,5\n"}}).status,
            400)
      << "no zone";
}

TEST_F(FootprintTest, AFileThatCannotBeReadIsSaidAndTheTablesOfTheBinaryStandIn) {
  given("a", {});
  keep_file("data/broken.csv", "# name: intensity_zones\nzone,g\nFR,-5\n");
  EXPECT_GT(number(get("/projects/digits/runs/a"), "summary.footprint.gco2e"), 0);
  EXPECT_NE(text(get("/tables"), "problem").find("broken.csv"), std::string::npos);
}

TEST_F(FootprintTest, WhatNeedsNoStoreIsAnsweredWithoutOne) {
  Door nowhere(posix_disk(), x_folder.path() + "/none");
  const auto ask = [&](const std::string& target, const Value& body = {}) {
    Request request;
    request.method = body.is_null() ? "GET" : "POST";
    EXPECT_TRUE(parse_target("/api/v1" + target, request));
    if (!body.is_null()) request.body = wire::print_json(body);
    request.who = x_who;
    const Response response = nowhere.handle(request);
    EXPECT_EQ(response.status, 200) << response.body;
    return wire::parse_json(response.body).value_or(Value());
  };
  const Value estimate = ask("/footprint/estimate?gpus=8xV100&hours=40&zone=FR&year=2022");
  EXPECT_GT(number(estimate, "footprint.energy_kwh.value"), 40);
  EXPECT_FALSE(list(estimate, "steps").empty());
  EXPECT_FALSE(list(ask("/footprint/estimate?presets=1"), "presets").empty());
  EXPECT_FALSE(list(ask("/footprint/estimate?scenario=essay-2019"), "lines").empty());
  const Value assessed = ask("/footprint/assess", Object{{"records", List{record_of(1)}},
                                                         {"place", Object{{"zone", "FR"}}}});
  EXPECT_GT(number(assessed, "carbon_kg.value"), 0);
  EXPECT_GT(number(assessed, "energy_kwh.value"), 1);
  EXPECT_FALSE(list(ask("/tables"), "tables").empty());
}

TEST_F(FootprintTest, EstimatesRefuseWhatCannotBe) {
  expect_refusal("/footprint/estimate?hours=4", 400, "gpus");
  expect_refusal("/footprint/estimate?gpus=8xV1000", 400, "V100");
  expect_refusal("/footprint/estimate?gpus=V100&watts=3", 400, "both");
  expect_refusal("/footprint/estimate?gpus=V100&hours=-1", 400, "hours");
  expect_refusal("/footprint/estimate?gpus=V100&hours=x", 400, "number for hours");
  expect_refusal("/footprint/estimate?gpus=V100&year=1066", 400, "year");
  expect_refusal("/footprint/estimate?scenario=essay", 400, "essay-2019");
}

TEST_F(FootprintTest, TheEnergyOfRequestsAndIdleIsThatOfTheMeter) {
  constexpr int64_t kSecond = 1'000'000'000;
  const Object body = {
      {"meter", List{List{kSecond, 0.0}, List{2 * kSecond, 100.0}, List{3 * kSecond, 300.0}}},
      {"requests", List{Object{{"began_ns", 2 * kSecond}, {"ended_ns", 3 * kSecond}}}},
      {"idle_w", 100.0}};
  const Value report = send("POST", "/footprint/inference", body);
  const List request_j = list(report, "request_j");
  ASSERT_EQ(request_j.size(), 1u);
  EXPECT_NEAR(request_j[0].number_or(0) + number(report, "idle_j"), 300, 1e-6);
  EXPECT_EQ(call("POST", "/footprint/inference",
                 Object{{"meter", List{List{5, 5.0}, List{6, 1.0}}}, {"requests", List{}}})
                .status,
            400);
}

TEST_F(FootprintTest, PapersAndOtherToolsGetItInTheirWords) {
  given("a", {});
  const Response csv = call("GET", "/projects/digits/footprint/export");
  EXPECT_EQ(csv.status, 200);
  EXPECT_EQ(csv.content_type, "text/csv; charset=utf-8");
  EXPECT_TRUE(csv.body.starts_with("timestamp,project_name,run_id")) << csv.body.substr(0, 80);
  EXPECT_NE(call("GET", "/footprint/export?format=latex").body.find("\\begin{table}"),
            std::string::npos);
  EXPECT_NE(call("GET", "/projects/digits/runs/a/footprint?format=markdown").body.find("| "),
            std::string::npos);
  expect_refusal("/footprint/export?format=word", 400, "codecarbon");
}

}  // namespace
}  // namespace cairn::server
