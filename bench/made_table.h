// A table of sealed runs with 60 columns.
//
// The store is made by writing one pack a run and letting the engine index them, as after the loss
// of an index; through journals it would be the same files after minutes of syncing.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/disk.h"
#include "curves.h"
#include "measure.h"
#include "model/energy.h"
#include "model/layout.h"
#include "store/pack.h"

namespace cairn::bench {

inline constexpr size_t kTableSeries = 8;  // metrics, whose last values are in the summary
inline constexpr size_t kTableBests = 20;  // values that the program put into the summary itself
inline constexpr size_t kTableFloats = 12, kTableWholes = 10, kTableWords = 8;  // of the config
// With name and created: 60 columns.
inline constexpr int64_t kTableBeganNs = 1'750'000'000 * kNsPerSecond;

struct TableKeys {
  std::vector<std::string> series, bests, floats, wholes, words;

  TableKeys() {
    const auto name = [](std::vector<std::string>& into, const char* stem, size_t count) {
      for (size_t i = 0; i < count; ++i) into.push_back(stem + std::to_string(i));
    };
    name(series, "val/metric_", kTableSeries);
    name(bests, "best_", kTableBests);
    name(floats, "rate_", kTableFloats);
    name(wholes, "size_", kTableWholes);
    name(words, "kind_", kTableWords);
  }
};

// An hour with a sensor of the CPU and one of a GPU.
inline model::Value make_energy(const model::RunInfo& info, Noise& noise) {
  model::EnergyRecord record;
  record.machine = {"boot",           "node-1", "AMD EPYC 7763 64-Core Processor", 2, 256,
                    int64_t{1} << 40, false};
  record.began_ns = info.created_ns;
  record.ended_ns = info.updated_ns;
  record.watched_s = record.cpu_s = record.even_s = 3600;
  record.share_s = record.load_s = 360;
  model::SensorEnergy cpu, gpu;
  cpu.sensor = "rapl:intel-rapl:0";
  cpu.name = "package-0";
  gpu.sensor = "nvml:GPU-5a0e6ea0-9dd3-11ef-b3a2-0242ac120002";
  gpu.name = "NVIDIA H200";
  gpu.part = model::EnergyPart::kGpu;
  gpu.share = model::EnergyShare::kExclusive;
  for (model::SensorEnergy* sensor : {&cpu, &gpu}) {
    sensor->device_j = 3.6e6 * (1 + noise.uniform());
    sensor->run_j = sensor->device_j / 2;
    sensor->covered_s = 3600;
    record.sensors.push_back(*sensor);
  }
  return model::to_value(record);
}

inline model::RunInfo make_info(const TableKeys& keys, size_t number, Noise& noise) {
  model::RunInfo info;
  info.id = fmt::format("r{:06}", number);
  info.project = "bench";
  info.name = fmt::format("quiet-ridge-{}", number);
  info.state = noise.uniform() < 0.9 ? model::RunState::kFinished : model::RunState::kFailed;
  info.created_ns = kTableBeganNs + static_cast<int64_t>(number) * kNsPerSecond;
  info.updated_ns = info.created_ns + static_cast<int64_t>(noise.uniform() * 1e12);
  info.ended_ns = info.updated_ns;
  info.exit_code = info.state == model::RunState::kFinished ? 0 : 1;
  for (const std::string& key : keys.floats) info.config.set(key, noise.uniform());
  for (const std::string& key : keys.wholes)
    info.config.set(key, static_cast<int64_t>(noise.bits() % 100));
  for (const std::string& key : keys.words)
    info.config.set(key, fmt::format("word-{}", noise.bits() % 12));
  for (const std::string& key : keys.bests) info.summary.set(key, noise.uniform());
  info.meta.set("energy", model::Object{{"w", make_energy(info, noise)}});
  info.meta.set("place", model::Object{{"zone", "FR"}});
  return info;
}

inline void write_table(const std::string& root, size_t runs) {
  const TableKeys keys;
  const model::Layout layout(root);
  get(posix_disk().make_dirs(layout.packs("bench")));
  Noise noise(1);
  for (size_t r = 0; r < runs; ++r) {
    store::PackDirectory directory;
    directory.run = make_info(keys, r, noise);
    store::TableRows rows;
    rows.keys = keys.series;
    rows.step = {0};
    rows.time_ns = {directory.run.created_ns};
    for (size_t k = 0; k < kTableSeries; ++k) rows.columns.push_back({noise.uniform()});
    store::PackWriter writer;
    writer.add_table(1, rows);
    get(writer.write(posix_disk(), layout.pack("bench", {directory.run.id, 1, 1}), directory));
  }
}

}  // namespace cairn::bench
