// One metric of 100 runs as 1,000 buckets each: warm, by a fresh store, and from an empty cache.
//
// Usage: sample_bench [folder] [steps of the long runs, default 1,000,000]
#include "ingest/ingest.h"
#include "made_run.h"
#include "query/catalog.h"
#include "store/store.h"

namespace cairn::bench {
namespace {

constexpr size_t kRuns = 100;
constexpr size_t kBuckets = 1000;
constexpr size_t kShortSteps = 10'000;
constexpr int kWarmRounds = 21, kColdRounds = 3;

std::string id_of(size_t run) { return fmt::format("run-{:03}", run); }

// Runs whose curves differ: each begins elsewhere in one long curve.
void make_store(const std::string& root, size_t steps) {
  const auto store = get(store::open_embedded(posix_disk(), root, true));
  ingest::Ingest ingest(posix_disk(), *store);
  std::vector<double> curve = make_curves(2 * steps)[0].values;
  for (size_t r = 0; r < kRuns; ++r) {
    MadeRun run;
    run.id = id_of(r);
    run.keys = {"loss"};
    run.columns = {std::span(curve).subspan(r * steps / kRuns, steps)};
    write_journal(root, run);
    const std::string path = model::Layout(root).journal(run.project, {run.id, 1, "w"});
    while (posix_disk().exists(path)) get(ingest.catch_up(run.project));
  }
}

void sample_all(query::Catalog& catalog) {
  query::SampleRequest request;
  request.buckets = kBuckets;
  for (size_t r = 0; r < kRuns; ++r) {
    const query::Buckets buckets = get(catalog.sample("bench", id_of(r), "loss", request));
    if (buckets.x.size() != kBuckets)
      give_up(fmt::format("expected {} buckets, found {}", kBuckets, buckets.x.size()));
  }
}

// A look by a process that has just opened the store.
double fresh_ms(const std::string& root) {
  const Stopwatch watch;
  const auto store = get(store::open_embedded(posix_disk(), root, false));
  query::Catalog catalog(*store);
  sample_all(catalog);
  return watch.wall_s() * 1000;
}

void measure(const std::string& parent, const std::string& name, size_t steps) {
  const Folder root(parent);
  make_store(root.path(), steps);
  {
    const auto store = get(store::open_embedded(posix_disk(), root.path(), false));
    query::Catalog catalog(*store);
    sample_all(catalog);
    std::vector<double> wall_ms, cpu_ms;
    for (int i = 0; i < kWarmRounds; ++i) {
      const Stopwatch watch;
      sample_all(catalog);
      wall_ms.push_back(watch.wall_s() * 1000);
      cpu_ms.push_back(watch.cpu_s() * 1000);
    }
    figure(name + ".warm", percentile(wall_ms, 0.5), "ms");
    figure(name + ".warm.min", percentile(wall_ms, 0), "ms");
    figure(name + ".warm.cpu", percentile(cpu_ms, 0.5), "ms");
  }
  std::vector<double> fresh, cold;
  for (int i = 0; i < kColdRounds; ++i) {
    fresh.push_back(fresh_ms(root.path()));
    evict(root.path());
    cold.push_back(fresh_ms(root.path()));
  }
  figure(name + ".fresh_store", percentile(fresh, 0.5), "ms");
  figure(name + ".cold", percentile(cold, 0.5), "ms");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  const std::string parent = argc > 1 ? argv[1] : "/tmp";
  measure(parent, "sample.100x10k", kShortSteps);
  const size_t steps = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000;
  measure(parent, "sample.100x1M", steps);
}
