// Tests of the route of waste, over real journals.
#include <gtest/gtest.h>

#include <cmath>

#include "journal/journal.h"
#include "model/energy.h"
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

constexpr int64_t kNs = 1'000'000'000;
constexpr int64_t kBeganNs = 1'735'700'000 * kNs;
constexpr int64_t kHourNs = 3600 * kNs;

struct Told {
  std::string project = "digits", user = "ada", key, end_reason;
  List tags;
  int exit_code = 0;
  bool is_sealed = true, has_gpu = true;
  Object recall, meta;
  std::vector<double> losses;     // evenly over the hour
  std::vector<double> busy;       // percent of the GPU, the same
  std::optional<int64_t> kept_s;  // since it began
};

// Runs of an hour, one after another.
class WasteRouteTest : public testing::Test {
 protected:
  WasteRouteTest() {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.root()));
    EXPECT_TRUE(wire::open_settings(posix_disk(), x_layout, /*create=*/true));
  }

  void given(const std::string& run, Told told) {
    EXPECT_TRUE(posix_disk().make_dirs(x_layout.live(told.project)));
    auto writer =
        journal::Writer::create(posix_disk(), x_layout.journal(told.project, {run, 1, "w"}));
    ASSERT_TRUE(writer) << writer.error().message();
    x_writer = &*writer;
    x_began_ns += 2 * kHourNs;
    append(model::RunBegan{Object{{"project", told.project},
                                  {"name", "the " + run},
                                  {"created_ns", x_began_ns},
                                  {"session", 1},
                                  {"tags", told.tags}}});
    append(model::CaptureAdded{facts_of(told)});
    append(model::MetricDefined{"loss", Object{{"goal", "minimize"}}});
    append_rows(0, model::Stream::kHistory, {"loss"}, {told.losses});
    append_rows(1, model::Stream::kSystem,
                {"gpu.0.util_percent", "gpu.0.process.memory.used_bytes"},
                {told.busy, std::vector<double>(told.busy.size(), 60e9)});
    if (told.kept_s)
      append(model::ArtifactLogged{Object{{"name", "last.ckpt"},
                                          {"sha256", std::string(64, 'a')},
                                          {"bytes", 1},
                                          {"time_ns", x_began_ns + *told.kept_s * kNs}}});
    append(model::RunFinished{x_began_ns + kHourNs, told.exit_code, told.end_reason});
    EXPECT_TRUE((*writer)->close());
  }

  Response call(const std::string& target) {
    Request request;
    request.method = "GET";
    request.who = auth::local_admin();
    EXPECT_TRUE(parse_target("/api/v1" + target, request)) << target;
    return x_door.handle(request);
  }
  Value get(const std::string& target) {
    const Response response = call(target);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  // Hours of GPUs in a class.
  static double hours(const Value& answer, std::string_view wanted) {
    for (const Value& of : *answer.find("classes")->as_list())
      if (of.find("class")->string_or("") == wanted)
        return model::find_path(of, "gpu_s.value")->number_or(-1) / 3600;
    return -1;
  }
  static double number(const Value& answer, std::string_view path) {
    const Value* found = model::find_path(answer, path);
    return found && found->is_number() ? found->number_or(0) : std::nan("");
  }

 private:
  void append(const model::Event& event) {
    EXPECT_TRUE((*x_writer)->append(static_cast<uint16_t>(wire::kind_of(event)),
                                    wire::encode_event(event)));
  }
  void append_rows(uint32_t shape, model::Stream stream, std::vector<std::string> keys,
                   const std::vector<std::vector<double>>& columns) {
    if (columns.front().empty()) return;
    append(model::ShapeDefined{shape, stream, std::move(keys)});
    const size_t rows = columns.front().size();
    for (size_t i = 0; i < rows; ++i) {
      const auto step = static_cast<int64_t>(i);
      const int64_t time_ns = x_began_ns + (step + 1) * kHourNs / static_cast<int64_t>(rows);
      std::vector<double> values;
      for (const std::vector<double>& column : columns) values.push_back(column[i]);
      append(model::RowLogged{shape, stream == model::Stream::kHistory ? step : time_ns / 1'000'000,
                              time_ns, values.data(), values.size()});
    }
  }
  Value facts_of(const Told& told) const {
    Value meta = Value(told.meta);
    meta.set("host", Object{{"hostname", "box"}, {"user", told.user}});
    meta.set("gpus", List{Object{{"index", 0}, {"memory_bytes", 80e9}}});
    if (told.has_gpu) meta.set("energy", Object{{"w", energy()}});
    Value recall = Value(told.recall);
    if (!told.key.empty()) {
      recall.set("R", told.key);
      recall.set("X", told.key);
      recall.set("sealed", told.is_sealed);
    }
    if (!recall.is_null()) meta.set("recall", std::move(recall));
    return meta;
  }
  Value energy() const {
    model::EnergyRecord record;
    record.machine = {"boot", "box", "AMD EPYC 7763 64-Core Processor", 1, 64, int64_t{64} << 30,
                      false};
    record.began_ns = x_began_ns;
    record.ended_ns = x_began_ns + kHourNs;
    record.watched_s = record.share_s = record.even_s = record.cpu_s = 3600;
    record.load_s = 360;
    model::SensorEnergy gpu;
    gpu.sensor = "nvml:GPU-1";
    gpu.name = "NVIDIA H200";
    gpu.part = model::EnergyPart::kGpu;
    gpu.share = model::EnergyShare::kExclusive;
    gpu.device_j = gpu.run_j = 3.6e6;
    gpu.covered_s = 3600;
    record.sensors.push_back(gpu);
    return model::to_value(record);
  }

  store::TempFolder x_folder;
  model::Layout x_layout{x_folder.path() + "/.cairn"};
  int64_t x_began_ns = kBeganNs;
  std::unique_ptr<journal::Writer>* x_writer = nullptr;

 protected:
  Door x_door{posix_disk(), x_layout.root()};
};

TEST_F(WasteRouteTest, GpuTimeComesFromEnergyRecords) {
  given("a", {});
  given("b", {.has_gpu = false});
  const Value waste = get("/waste");
  EXPECT_EQ(waste.find("unit")->string_or(""), "gpu_s");
  EXPECT_DOUBLE_EQ(number(waste, "total.gpu_s.value"), 3600);
  EXPECT_DOUBLE_EQ(number(waste, "total.processor_s.value"), 3600);
  EXPECT_GT(number(waste, "total.kwh.value"), 1);
}

TEST_F(WasteRouteTest, RepeatsAreFoundByTheKeysOfRecall) {
  given("a", {.key = "k"});
  given("b", {.key = "k"});
  given("c", {.key = "k", .is_sealed = false});
  given("d", {.key = "k", .tags = {"audit"}});
  const Value waste = get("/waste");
  EXPECT_DOUBLE_EQ(hours(waste, "repeated_exact"), 1);
  EXPECT_DOUBLE_EQ(number(waste, "unknown.untraced_runs"), 1) << "what is not sealed";
}

TEST_F(WasteRouteTest, AFailureLosesWhatCameAfterTheLastFileThatWasKept) {
  given("a", {.exit_code = 1, .losses = {3, 2, 1}, .kept_s = 2700});
  EXPECT_DOUBLE_EQ(hours(get("/waste"), "lost"), 0.25);
}

TEST_F(WasteRouteTest, WhoInterruptsARunLosesNothing) {
  given("a", {.end_reason = "KeyboardInterrupt", .exit_code = 130, .losses = {1}});
  given("b", {.end_reason = "SIGTERM",
              .exit_code = 143,
              .meta = {{"sweep", Object{{"id", "s"}}}},
              .losses = {1}});
  given("c", {.end_reason = "SIGTERM", .exit_code = 143, .losses = {1}});
  EXPECT_DOUBLE_EQ(hours(get("/waste"), "lost"), 1) << "c alone: nobody says why";
}

TEST_F(WasteRouteTest, TheInsideIsLookedAt) {
  const double nan = std::nan("");
  given("a", {.losses = {3, 2, 1, nan, nan, nan, nan, nan}});
  std::vector<double> busy(360, 90);
  std::fill(busy.begin() + 180, busy.begin() + 270, 0);
  given("b", {.losses = {3, 2, 1, 0.5}, .busy = busy});
  const Value waste = get("/waste");
  EXPECT_DOUBLE_EQ(hours(waste, "after_divergence"), 0.25);
  EXPECT_NEAR(hours(waste, "idle"), 0.25, 0.01);
  EXPECT_EQ(number(waste, "looked_inside.runs"), 2);
}

TEST_F(WasteRouteTest, WhatWasBeforeIsComparedWithAndNotCounted) {
  given("a", {.key = "k"});
  given("b", {.key = "k"});
  const Value waste =
      get("/waste?since=" + std::to_string(kBeganNs + 3 * kHourNs) + "&by=user,project");
  EXPECT_EQ(number(waste, "runs"), 1);
  EXPECT_DOUBLE_EQ(hours(waste, "repeated_exact"), 1);
  EXPECT_EQ(waste.find("groups")->as_list()->size(), 1u);
}

TEST_F(WasteRouteTest, InferenceAndOtherProjectsAreApart) {
  given("a", {});
  given("b", {.project = "letters"});
  EXPECT_EQ(number(get("/waste"), "runs"), 2);
  EXPECT_EQ(number(get("/waste?project=letters"), "runs"), 1);
  EXPECT_EQ(call("/waste?project=none").status, 404);
  EXPECT_EQ(call("/waste?by=day").status, 400);
  EXPECT_EQ(call("/waste?metric=thing").status, 400);
}

TEST_F(WasteRouteTest, WithoutRunsThereIsNothing) {
  EXPECT_EQ(number(get("/waste?by=user"), "runs"), 0);
}

}  // namespace
}  // namespace cairn::server
