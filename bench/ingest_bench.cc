// Journal to store: points a second on one core with sealing, and stored bytes a point, all in.
//
// Usage: ingest_bench [folder] [rows]
#include "ingest/ingest.h"
#include "made_run.h"
#include "store/store.h"

namespace cairn::bench {
namespace {

constexpr int kRounds = 3;  // the best counts for speed: noise only ever adds time

// Ten metrics of one training loop, from the curve mix: what a program logs at every step.
constexpr const char* kTenOfTheMix[] = {
    "loss f32",      "loss mean 50", "acc k/256",   "acc 4 decimals", "lr cosine",
    "grad norm f32", "gpu util %",   "gpu power W", "gpu temp C",     "step time s"};

MadeRun run_of(const std::vector<Curve>& curves) {
  MadeRun run;
  for (const Curve& curve : curves) {
    run.keys.push_back(curve.name);
    run.columns.emplace_back(curve.values);
  }
  return run;
}

std::vector<Curve> ten_of(std::vector<Curve> all) {
  std::vector<Curve> ten;
  for (const char* name : kTenOfTheMix)
    for (Curve& curve : all)
      if (curve.name == name) ten.push_back(std::move(curve));
  return ten;
}

std::vector<Curve> float32_noise(size_t rows) {
  std::vector<Curve> curves;
  for (size_t k = 0; k < 10; ++k) {
    Curve& curve = curves.emplace_back(Curve{fmt::format("loss {}", k), {}});
    Noise noise(100 + k);
    for (size_t i = 0; i < rows; ++i) {
      const double t = static_cast<double>(i) / static_cast<double>(rows);
      curve.values.push_back(as_float32(smooth_loss(t) * (1 + 0.04 * noise.normal())));
    }
  }
  return curves;
}

// Reads the journal into a fresh store until it is sealed and gone.
void measure(const std::string& parent, const std::string& name, const std::vector<Curve>& curves) {
  MadeRun run = run_of(curves);
  run.id = "ingested";
  const double points = static_cast<double>(curves[0].values.size() * curves.size());
  double best_wall = 0, best_cpu = 0, packs = 0, index = 0, journal = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Folder root(parent);
    const auto store = get(store::open_embedded(posix_disk(), root.path(), true));
    journal = static_cast<double>(write_journal(root.path(), run));
    const model::Layout layout(root.path());
    const std::string path = layout.journal(run.project, {run.id, 1, "w"});
    ingest::Ingest ingest(posix_disk(), *store);
    const Stopwatch watch;
    while (posix_disk().exists(path)) get(ingest.catch_up(run.project));
    best_wall = std::max(best_wall, points / watch.wall_s());
    best_cpu = std::max(best_cpu, points / watch.cpu_s());
    packs = static_cast<double>(bytes_below(layout.packs(run.project)));
    index = static_cast<double>(bytes_below(layout.project(run.project))) - packs;
  }
  figure("ingest." + name + ".rate", best_wall / 1e6, "Mpoints/s");
  figure("ingest." + name + ".rate_of_cpu_time", best_cpu / 1e6, "Mpoints/s");
  figure("ingest." + name + ".journal", journal / points, "B/point");
  figure("ingest." + name + ".stored", (packs + index) / points, "B/point");
  figure("ingest." + name + ".stored.packs", packs / points, "B/point");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  const std::string parent = argc > 1 ? argv[1] : "/tmp";
  const size_t rows = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000;
  std::vector<Curve> mix = make_curves(rows);
  measure(parent, "mix_of_15", mix);
  measure(parent, "mix_of_10", ten_of(std::move(mix)));
  measure(parent, "float32_noise", float32_noise(rows));
}
