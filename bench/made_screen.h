// What charts are drawn of: many runs of many metrics, and a run of very many keys.
#pragma once

#include <string>
#include <vector>

#include "ingest/ingest.h"
#include "made_run.h"
#include "store/store.h"

namespace cairn::bench {

inline constexpr size_t kScreenRuns = 100, kScreenSteps = 10'000, kScreenKeys = 20;
inline constexpr size_t kManyKeys = 10'000;

inline std::string id_of(size_t run) { return fmt::format("run-{:03}", run); }

// Fifteen metrics as programs log them, the first five of them twice, and a clock's column that
// serves as another axis. Each run begins elsewhere in the curves.
inline void make_screen(const std::string& root) {
  const auto store = get(store::open_embedded(posix_disk(), root, true));
  ingest::Ingest ingest(posix_disk(), *store);
  const std::vector<Curve> curves = make_curves(2 * kScreenSteps);
  for (size_t r = 0; r < kScreenRuns; ++r) {
    MadeRun run;
    run.id = id_of(r);
    for (size_t k = 0; k < kScreenKeys; ++k) {
      run.keys.push_back(fmt::format("train/key-{:02}", k));
      run.columns.push_back(
          std::span(curves[k % curves.size()].values)
              .subspan((r + k) * kScreenSteps / (kScreenRuns + kScreenKeys), kScreenSteps));
    }
    write_journal(root, run);
    const std::string path = model::Layout(root).journal(run.project, {run.id, 1, "w"});
    while (posix_disk().exists(path)) get(ingest.catch_up(run.project));
  }
}

// A run of 10,000 keys beside them, in a project of its own.
inline void make_keys(const std::string& root) {
  const auto store = get(store::open_embedded(posix_disk(), root, false));
  ingest::Ingest ingest(posix_disk(), *store);
  const std::vector<double> values = {1, 2};
  MadeRun run;
  run.project = "wide";
  run.id = "wide";
  for (size_t k = 0; k < kManyKeys; ++k) {
    run.keys.push_back(fmt::format("layer.{}/grad_norm", k));
    run.columns.emplace_back(values);
  }
  write_journal(root, run);
  get(ingest.catch_up("wide"));
}

}  // namespace cairn::bench
