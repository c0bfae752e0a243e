// Waste of 100,000 runs: the accounting alone, and `cairn waste` from the start of its process.
//
// Usage: waste_bench folder [cairn binary] [runs]
//
// Runs are in sweeps of a hundred, four users; a tenth repeats an earlier one. Each has an energy
// record with a GPU; one in twenty also a curve of 200 points and an hour of GPU samples.
#include <cmath>

#include "base/disk.h"
#include "made_table.h"
#include "measure.h"
#include "report/waste.h"
#include "store/store.h"

// The store is made without waiting for the medium, and never outlives the benchmark. What is
// measured afterwards only reads.
extern "C" int fdatasync(int) { return 0; }
extern "C" int fsync(int) { return 0; }

namespace cairn::bench {
namespace {

constexpr int kRounds = 5;
constexpr size_t kRunsPerSweep = 100, kWithCurvesEvery = 20, kCurvePoints = 200, kSamples = 360;
constexpr int64_t kRanNs = 3600 * kNsPerSecond;
constexpr const char* kUsers[] = {"ada", "bob", "cyd", "dan"};

std::string sweep_of(size_t number) { return fmt::format("s{:05}", number / kRunsPerSweep); }
std::string key_of(size_t number) {
  return fmt::format("{:032x}", number % 10 == 9 ? number - 9 : number);
}

model::Value make_facts(size_t number) {
  return model::Object{{"sealed", true}, {"R", key_of(number)}, {"X", key_of(number)}};
}

store::TableRows make_curve(int64_t began_ns, Noise& noise) {
  store::TableRows rows;
  rows.keys = {"val/loss"};
  rows.columns.resize(1);
  const double end = noise.uniform();
  for (size_t i = 0; i < kCurvePoints; ++i) {
    rows.step.push_back(static_cast<int64_t>(i));
    rows.time_ns.push_back(began_ns + static_cast<int64_t>(i + 1) * kRanNs / int64_t{kCurvePoints});
    rows.columns[0].push_back(end + std::exp(-static_cast<double>(i) / 20) +
                              0.01 * noise.uniform());
  }
  return rows;
}

store::TableRows make_samples(int64_t began_ns, Noise& noise) {
  store::TableRows rows;
  rows.keys = {"gpu.0.util_percent", "gpu.0.process.memory.used_bytes"};
  rows.stream = model::Stream::kSystem;
  rows.columns.resize(rows.keys.size());
  for (size_t i = 0; i < kSamples; ++i) {
    rows.time_ns.push_back(began_ns + static_cast<int64_t>(i) * 10 * kNsPerSecond);
    rows.step.push_back(rows.time_ns.back() / 1'000'000);
    rows.columns[0].push_back(i % 60 < 5 ? 0 : 60 + 40 * noise.uniform());
    rows.columns[1].push_back(3e10);
  }
  return rows;
}

void write_history(const std::string& root, size_t runs) {
  const TableKeys keys;
  const model::Layout layout(root);
  get(posix_disk().make_dirs(layout.packs("bench")));
  Noise noise(1);
  for (size_t r = 0; r < runs; ++r) {
    store::PackDirectory directory;
    model::RunInfo& run = directory.run = make_info(keys, r, noise);
    const bool has_curves = r % kWithCurvesEvery == 0;
    run.created_ns = kTableBeganNs + static_cast<int64_t>(r) * 60 * kNsPerSecond;
    run.updated_ns = run.created_ns + (has_curves ? kRanNs : kRanNs / 4);
    run.ended_ns = run.updated_ns;
    run.meta.set("host", model::Object{{"user", kUsers[r / kRunsPerSweep % std::size(kUsers)]}});
    run.meta.set("sweep", model::Object{{"id", sweep_of(r)}});
    run.meta.set("recall", make_facts(r));
    run.metrics.set("val/loss", model::Object{{"goal", "minimize"}});
    store::PackWriter writer;
    if (has_curves) {
      writer.add_table(1, make_curve(run.created_ns, noise));
      writer.add_table(1, make_samples(run.created_ns, noise));
    }
    get(writer.write(posix_disk(), layout.pack("bench", {run.id, 1, 1}), directory));
  }
}

std::vector<report::WasteRun> make_runs(size_t count) {
  Noise noise(2);
  std::vector<report::WasteRun> runs(count);
  for (size_t r = 0; r < count; ++r) {
    report::WasteRun& run = runs[r];
    run.project = "bench";
    run.id = run.name = fmt::format("r{:06}", r);
    run.user = kUsers[r / kRunsPerSweep % std::size(kUsers)];
    run.sweep = sweep_of(r);
    run.end = noise.uniform() < 0.9 ? report::RunEnd::kFinished : report::RunEnd::kFailed;
    run.began_ns = static_cast<int64_t>(r) * 60 * kNsPerSecond;
    run.ended_ns = run.began_ns + kRanNs;
    run.gpu_s = 3600;
    run.exact_key = run.result_key = key_of(r);
    run.has_logged = true;
  }
  return runs;
}

void measure_accounting(size_t count) {
  const std::vector<report::WasteRun> runs = make_runs(count);
  std::vector<double> wall_s;
  for (int round = 0; round < kRounds; ++round) {
    const Stopwatch watch;
    report::account_waste(runs, {.by = {"user", "sweep"}});
    wall_s.push_back(watch.wall_s());
  }
  figure("waste.accounting", percentile(wall_s, 0.5), "s");
}

void measure_command(const std::string& root, const std::string& binary) {
  const std::vector<std::string> words = {binary,  "--dir", root,         "waste",
                                          "bench", "--by",  "user,sweep", "--json"};
  std::vector<double> wall_ms;
  for (int round = 0; round < kRounds; ++round) wall_ms.push_back(run_program_ms(words));
  figure("waste.command", percentile(wall_ms, 0.5) / 1000, "s");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  const Folder root(argc > 1 ? argv[1] : "/tmp");
  const size_t runs = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100'000;
  measure_accounting(runs);
  if (argc <= 2) return 0;
  get(cairn::store::open_embedded(cairn::posix_disk(), root.path(), true));
  write_history(root.path(), runs);
  {
    const auto store = get(cairn::store::open_embedded(cairn::posix_disk(), root.path(), false));
    get(store->revision("bench"));
  }
  measure_command(root.path(), argv[2]);
}
