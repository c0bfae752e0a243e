// A table of 100,000 sealed runs with 60 columns: loading it, asking it, and `cairn ls` on it.
//
// Usage: table_bench folder [cairn binary] [runs]
//
// The store is made by writing one pack a run and letting the engine index them, as after the loss
// of an index; through journals it would be the same files after minutes of syncing.
#include "base/disk.h"
#include "curves.h"
#include "measure.h"
#include "model/layout.h"
#include "query/catalog.h"
#include "store/pack.h"
#include "store/store.h"

// The store is made without waiting for the medium, and never outlives the benchmark. What is
// measured afterwards only reads.
extern "C" int fdatasync(int) { return 0; }
extern "C" int fsync(int) { return 0; }

namespace cairn::bench {
namespace {

constexpr size_t kSeries = 8;  // metrics, whose last values are in the summary
constexpr size_t kBests = 20;  // values that the program put into the summary itself
constexpr size_t kFloats = 12, kWholes = 10, kWords = 8;  // of the config
// With name and created: 60 columns.
constexpr int64_t kBeganNs = 1'750'000'000 * kNsPerSecond;
constexpr int kRounds = 31, kLoadRounds = 3;

struct Keys {
  std::vector<std::string> series, bests, floats, wholes, words;

  Keys() {
    const auto name = [](std::vector<std::string>& into, const char* stem, size_t count) {
      for (size_t i = 0; i < count; ++i) into.push_back(stem + std::to_string(i));
    };
    name(series, "val/metric_", kSeries);
    name(bests, "best_", kBests);
    name(floats, "rate_", kFloats);
    name(wholes, "size_", kWholes);
    name(words, "kind_", kWords);
  }
};

model::RunInfo make_info(const Keys& keys, size_t number, Noise& noise) {
  model::RunInfo info;
  info.id = fmt::format("r{:06}", number);
  info.project = "bench";
  info.name = fmt::format("quiet-ridge-{}", number);
  info.state = noise.uniform() < 0.9 ? model::RunState::kFinished : model::RunState::kFailed;
  info.created_ns = kBeganNs + static_cast<int64_t>(number) * kNsPerSecond;
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

void write_packs(const std::string& root, size_t runs) {
  const Keys keys;
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
    for (size_t k = 0; k < kSeries; ++k) rows.columns.push_back({noise.uniform()});
    store::PackWriter writer;
    writer.add_table(1, rows);
    get(writer.write(posix_disk(), layout.pack("bench", {directory.run.id, 1, 1}), directory));
  }
}

void measure_load(const std::string& root) {
  std::vector<double> wall_s;
  for (int round = 0; round < kLoadRounds; ++round) {
    const Stopwatch watch;
    const auto store = get(store::open_embedded(posix_disk(), root, false));
    query::Catalog catalog(*store);
    get(catalog.columns("bench"));
    wall_s.push_back(watch.wall_s());
  }
  figure("table.load", percentile(wall_s, 0.5), "s");
}

void measure_pages(const std::string& root) {
  const auto store = get(store::open_embedded(posix_disk(), root, false));
  query::Catalog catalog(*store);
  const std::vector<std::string> shown = {"name", "state", "config.rate_0", "summary.best_0"};
  const std::tuple<const char*, const char*, const char*> questions[] = {
      {"narrow", "config.size_0 >= 50 and summary.best_0 > 0.9", "-summary.best_1"},
      {"wide", "config.size_0 >= 10 and summary.best_0 > 0.1", "-summary.best_1"},
      {"words", "config.kind_0 = word-3 and state = finished", "summary.val/metric_0"},
      {"newest", "", "-created"},
  };
  for (const auto& [name, filter, sort] : questions) {
    query::RunTable::Select select{filter, get(query::parse_sort(sort)), 0, 50, kBeganNs};
    std::vector<double> cells_ms, runs_ms;
    for (int round = 0; round < kRounds; ++round) {
      const Stopwatch cells;
      get(catalog.cells("bench", select, shown));
      cells_ms.push_back(cells.wall_s() * 1000);
      const Stopwatch runs;
      get(catalog.runs("bench", select));
      runs_ms.push_back(runs.wall_s() * 1000);
    }
    figure(fmt::format("table.page.{}", name), percentile(cells_ms, 0.5), "ms");
    figure(fmt::format("table.page.{}.whole_runs", name), percentile(runs_ms, 0.5), "ms");
  }
}

void measure_ls(const std::string& root, const std::string& binary) {
  const std::vector<std::string> plain = {binary, "--dir", root, "ls", "bench"};
  std::vector<std::string> asked = plain;
  for (const char* arg : {"--filter", "config.size_0 >= 50 and summary.best_0 > 0.9", "--sort",
                          "-summary.best_1", "--columns", "name,state,config.rate_0,duration"})
    asked.emplace_back(arg);
  std::vector<double> plain_ms, asked_ms, cold_ms;
  for (int round = 0; round < kLoadRounds; ++round) {
    plain_ms.push_back(run_program_ms(plain));
    asked_ms.push_back(run_program_ms(asked));
    evict(model::Layout(root).index("bench"));
    cold_ms.push_back(run_program_ms(asked));
  }
  figure("table.ls", percentile(plain_ms, 0.5) / 1000, "s");
  figure("table.ls.filtered", percentile(asked_ms, 0.5) / 1000, "s");
  figure("table.ls.cold", percentile(cold_ms, 0.5) / 1000, "s");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  const Folder root(argc > 1 ? argv[1] : "/tmp");
  const size_t runs = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100'000;
  get(cairn::store::open_embedded(cairn::posix_disk(), root.path(), true));
  write_packs(root.path(), runs);
  {
    const Stopwatch watch;
    const auto store = get(cairn::store::open_embedded(cairn::posix_disk(), root.path(), false));
    get(store->revision("bench"));
    figure("table.index_from_packs", watch.wall_s(), "s");
  }
  const cairn::model::Layout layout(root.path());
  figure("table.index", static_cast<double>(bytes_below(layout.index("bench"))) / 1e6, "MB");
  measure_load(root.path());
  measure_pages(root.path());
  if (argc > 2) measure_ls(root.path(), argv[2]);
}
