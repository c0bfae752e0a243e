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
