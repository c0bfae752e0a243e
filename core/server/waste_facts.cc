// Facts of runs for the accounting of waste: from the project's table and from what was captured.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "model/artifact.h"
#include "model/energy.h"
#include "model/run.h"
#include "server/waste_reading.h"

namespace cairn::server {

using model::Value;
using report::RunEnd;
using report::WasteRun;

namespace {

// In the order in which the cells are asked for.
enum Cell : size_t {
  kName,
  kCreated,
  kDuration,
  kUser,
  kState,
  kTags,
  kLastStep,
  kExitCode,
  kKwh,
  kMoney,
  kCurrency
};
constexpr const char* kColumns[] = {"name",
                                    "created",
                                    "duration",
                                    "user",
                                    "state",
                                    "tags",
                                    "last_step",
                                    "exit_code",
                                    "summary.footprint.kwh",
                                    "summary.footprint.money",
                                    "summary.footprint.currency"};
constexpr const char* kNoInference = "job_type is null or job_type != inference";
constexpr int64_t kInterrupted = 128 + 2, kTerminated = 128 + 15;  // exit codes of shells
constexpr std::string_view kRecallFiles = "recall/";               // kept beside what the run made

std::string_view text_at(const Value& value, std::string_view path) {
  const Value* found = model::find_path(value, path);
  return found ? found->string_or("") : std::string_view();
}

std::optional<double> number_in(const Value& cell) {
  return cell.is_number() ? std::optional(cell.number_or(0)) : std::nullopt;
}

// Tags of docs/recall.md.
bool has_tag(const Value& tags, std::initializer_list<std::string_view> wanted) {
  const model::List* list = tags.as_list();
  return list && std::ranges::any_of(*list, [&](const Value& tag) {
           return std::ranges::find(wanted, tag.string_or("")) != wanted.end();
         });
}

// Somebody ended it, or its sweep did: that is no failure.
bool was_cancelled(const Value& exit_code, const Value& meta) {
  const std::string_view reason = text_at(meta, "end_reason");
  const int64_t code = exit_code.int_or(0);
  const bool is_terminated = reason == "SIGTERM" || code == kTerminated;
  return reason == "SIGINT" || reason.starts_with("KeyboardInterrupt") || code == kInterrupted ||
         (is_terminated && meta.find("sweep"));
}

RunEnd end_of(std::string_view state, const Value& exit_code, const Value& meta) {
  const auto parsed = model::parse_state(state);
  if (parsed == model::RunState::kRunning) return RunEnd::kRunning;
  if (parsed == model::RunState::kFinished) return RunEnd::kFinished;
  return was_cancelled(exit_code, meta) ? RunEnd::kCancelled : RunEnd::kFailed;
}

// The time for which the run held GPUs, by all that measured them.
double gpu_seconds(const Value& meta) {
  double seconds = 0;
  for (const model::EnergyRecord& record : model::energy_records(meta)) {
    for (const model::SensorEnergy& sensor : record.sensors) {
      if (sensor.part != model::EnergyPart::kGpu || sensor.run_j <= 0) continue;
      const bool is_whole = sensor.share == model::EnergyShare::kExclusive ||
                            sensor.share == model::EnergyShare::kVisible || sensor.device_j <= 0;
      seconds += sensor.covered_s * (is_whole ? 1 : sensor.run_j / sensor.device_j);
    }
    for (const model::UnmeasuredDevice& device : record.unmeasured) seconds += device.held_s;
  }
  return seconds;
}

std::vector<double> gpu_memory(const Value& meta) {
  std::vector<double> bytes;
  for (const char* path : {"gpus", "host.gpus"}) {
    const Value* gpus = model::find_path(meta, path);
    if (!gpus || !gpus->as_list()) continue;
    for (const Value& gpu : *gpus->as_list()) {
      const Value* index = gpu.find("index");
      const Value* memory = gpu.find("memory_bytes");
      const int64_t at = index ? index->int_or(-1) : -1;
      constexpr int64_t kGpusMax = 1024;
      if (at < 0 || at >= kGpusMax || !memory) continue;
      bytes.resize(std::max(bytes.size(), static_cast<size_t>(at) + 1));
      bytes[static_cast<size_t>(at)] = memory->number_or(0);
    }
  }
  return bytes;
}

void add_recall(const Value& meta, const Value& tags, WasteRun& run) {
  const Value* recall = meta.find("recall");
  if (!recall) return;
  if (const Value* sealed = recall->find("sealed"); sealed && sealed->int_or(0) != 0) {
    run.exact_key = text_at(*recall, "X");
    run.result_key = text_at(*recall, "R");
  }
  run.can_be_reused = !has_tag(tags, {"disowned", "nondeterministic"});
  run.is_check = has_tag(tags, {"audit", "verify"});
  run.was_reused = !text_at(*recall, "source").empty();
  if (const Value* saved = recall->find("saved_s")) run.saved_s = saved->number_or(0);
  run.would_have_hit = !text_at(*recall, "decision.would_reuse").empty();
}

WasteRun read_run(std::string_view id, const std::vector<Value>& cells, const Value& meta) {
  WasteRun run;
  run.id = id;
  run.name = cells[kName].string_or("");
  run.user = cells[kUser].string_or("");
  run.sweep = text_at(meta, "sweep.id");
  run.end = end_of(cells[kState].string_or(""), cells[kExitCode], meta);
  run.began_ns = cells[kCreated].int_or(0);
  run.ended_ns = run.began_ns + std::max(int64_t{0}, cells[kDuration].int_or(0));
  run.gpu_s = gpu_seconds(meta);
  run.kwh = number_in(cells[kKwh]);
  run.money = number_in(cells[kMoney]);
  run.has_logged = !cells[kLastStep].is_null();
  add_recall(meta, cells[kTags], run);
  return run;
}

// When each run last kept something that it could have gone on from.
Result<std::unordered_map<std::string, int64_t>> read_kept(const Call& call,
                                                           const std::string& project) {
  std::unordered_map<std::string, int64_t> kept;
  const auto note = [&](std::string_view run, const Value& artifact) {
    const model::ArtifactAct act = model::act_of(artifact);
    const bool is_kept = act == model::ArtifactAct::kMade || act == model::ArtifactAct::kKeptFile;
    const Value* time = artifact.find("time_ns");
    const Value* name = artifact.find("name");
    if (!is_kept || !time || (name && name->string_or("").starts_with(kRecallFiles))) return;
    int64_t& last = kept[std::string(run)];
    last = std::max(last, time->int_or(0));
  };
  TRY_VOID(call.rooms.store.for_each_artifact(project, note));
  return kept;
}

}  // namespace

Result<void> read_waste_facts(const Call& call, const std::string& project, int64_t since_ns,
                              WasteReading& reading) {
  TRY(const auto kept, read_kept(call, project));
  query::RunTable::Select select;
  select.now_ns = wall_now_ns();
  select.filter = kNoInference;
  const size_t first = reading.runs.size();
  const auto add = [&](std::string_view id, const std::vector<Value>& cells, const Value& meta) {
    WasteRun run = read_run(id, cells, meta);
    run.project = project;
    run.is_counted = run.began_ns >= since_ns;
    if (const auto last = kept.find(run.id); last != kept.end()) run.kept_ns = last->second;
    if (const std::string_view currency = cells[kCurrency].string_or(""); run.money) {
      if (reading.currency.empty()) reading.currency = currency;
      if (reading.currency != currency) run.money.reset();
    }
    reading.gpu_memory_bytes.push_back(gpu_memory(meta));
    reading.runs.push_back(std::move(run));
  };
  TRY_VOID(call.rooms.catalog.for_each_match(project, select,
                                             {std::begin(kColumns), std::end(kColumns)}, add));
  // In an order that does not depend on the store's.
  std::vector<size_t> order(reading.runs.size() - first);
  for (size_t i = 0; i < order.size(); ++i) order[i] = first + i;
  std::ranges::sort(order, {}, [&](size_t i) {
    return std::pair<int64_t, std::string_view>(reading.runs[i].began_ns, reading.runs[i].id);
  });
  WasteReading sorted;
  for (const size_t i : order) {
    sorted.runs.push_back(std::move(reading.runs[i]));
    sorted.gpu_memory_bytes.push_back(std::move(reading.gpu_memory_bytes[i]));
  }
  std::ranges::move(sorted.runs, reading.runs.begin() + static_cast<ptrdiff_t>(first));
  std::ranges::move(sorted.gpu_memory_bytes,
                    reading.gpu_memory_bytes.begin() + static_cast<ptrdiff_t>(first));
  return {};
}

}  // namespace cairn::server
