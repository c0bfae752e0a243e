// A table of 100,000 sealed runs with 60 columns: loading it, asking it, and `cairn ls` on it.
//
// Usage: table_bench folder [cairn binary] [runs]
#include "base/disk.h"
#include "made_table.h"
#include "measure.h"
#include "query/catalog.h"
#include "store/store.h"

// The store is made without waiting for the medium, and never outlives the benchmark. What is
// measured afterwards only reads.
extern "C" int fdatasync(int) { return 0; }
extern "C" int fsync(int) { return 0; }

namespace cairn::bench {
namespace {

constexpr int kRounds = 31, kLoadRounds = 3;

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
    query::RunTable::Select select{filter, get(query::parse_sort(sort)), 0, 50, kTableBeganNs, {}};
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

// What a page of groups costs, and columns that are made when somebody first asks for them.
void measure_groups_and_statistics(const std::string& root) {
  const auto store = get(store::open_embedded(posix_disk(), root, false));
  query::Catalog catalog(*store);
  get(catalog.columns("bench"));
  const query::RunTable::GroupBy by{"",
                                    {"config.kind_0", "config.size_0"},
                                    {"summary.best_0", "config.rate_0"},
                                    kTableBeganNs,
                                    {}};
  const query::RunTable::Select best{"min:val/metric_0 > 0.1",
                                     get(query::parse_sort("-max:val/metric_0")),
                                     0,
                                     50,
                                     kTableBeganNs,
                                     {}};
  const Stopwatch first;
  get(catalog.cells("bench", best, {"last:val/metric_0"}));
  figure("table.statistics.first", first.wall_s() * 1000, "ms");
  std::vector<double> groups_ms, best_ms;
  for (int round = 0; round < kRounds; ++round) {
    const Stopwatch groups;
    get(catalog.groups("bench", by));
    groups_ms.push_back(groups.wall_s() * 1000);
    const Stopwatch statistics;
    get(catalog.cells("bench", best, {"last:val/metric_0"}));
    best_ms.push_back(statistics.wall_s() * 1000);
  }
  figure("table.groups", percentile(groups_ms, 0.5), "ms");
  figure("table.statistics.page", percentile(best_ms, 0.5), "ms");
}

void measure_ls(const std::string& root, const std::string& binary) {
  const std::vector<std::string> plain = {binary, "--dir", root, "ls", "bench"};
  std::vector<std::string> asked = plain;
  for (const char* arg : {"--filter", "config.size_0 >= 50 and summary.best_0 > 0.9", "--sort",
                          "-summary.best_1", "--columns", "name,state,config.rate_0,duration"})
    asked.emplace_back(arg);
  // What every run cost is computed for it.
  std::vector<std::string> costly = plain;
  for (const char* arg : {"--sort", "-summary.footprint.kwh", "--columns",
                          "name,summary.footprint.kwh,summary.footprint.gco2e"})
    costly.emplace_back(arg);
  const std::vector<std::string> total = {binary, "--dir", root, "footprint", "bench"};
  std::vector<double> plain_ms, asked_ms, cold_ms, costly_ms, total_ms;
  for (int round = 0; round < kLoadRounds; ++round) {
    plain_ms.push_back(run_program_ms(plain));
    asked_ms.push_back(run_program_ms(asked));
    evict(model::Layout(root).index("bench"));
    cold_ms.push_back(run_program_ms(asked));
    costly_ms.push_back(run_program_ms(costly));
    total_ms.push_back(run_program_ms(total));
  }
  figure("table.ls", percentile(plain_ms, 0.5) / 1000, "s");
  figure("table.ls.filtered", percentile(asked_ms, 0.5) / 1000, "s");
  figure("table.ls.cold", percentile(cold_ms, 0.5) / 1000, "s");
  figure("table.ls.costs", percentile(costly_ms, 0.5) / 1000, "s");
  figure("table.footprint", percentile(total_ms, 0.5) / 1000, "s");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  const Folder root(argc > 1 ? argv[1] : "/tmp");
  const size_t runs = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100'000;
  get(cairn::store::open_embedded(cairn::posix_disk(), root.path(), true));
  write_table(root.path(), runs);
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
  measure_groups_and_statistics(root.path());
  if (argc > 2) measure_ls(root.path(), argv[2]);
}
