// Makes a store for a benchmark that is no C++ program: the page's, in a browser.
//
// Usage: make_store folder table|screen|keys|long [size]
//
// table: sealed runs of 60 columns (100,000); screen: 100 runs of 20 metrics; keys: a run of 10,000
// keys; long: a run with one key of so many points (100 M), and one with 10,000 beside it.
#include <cstdlib>
#include <string_view>

#include "made_screen.h"
#include "made_table.h"
#include "wire/settings.h"

// The store is made without waiting for the medium, and never outlives the benchmark.
extern "C" int fdatasync(int) { return 0; }
extern "C" int fsync(int) { return 0; }

namespace cairn::bench {
namespace {

constexpr size_t kPackRows = 1'000'000;

// One metric in packs of a million rows, as a training that runs for months is sealed.
void write_long_run(const std::string& root, const std::string& id, size_t points) {
  const model::Layout layout(root);
  get(posix_disk().make_dirs(layout.packs("long")));
  Noise noise(1);
  int number = 0;
  for (size_t begun = 0; begun < points; begun += kPackRows) {
    store::PackDirectory directory;
    directory.run.id = id;
    directory.run.project = "long";
    directory.run.name = fmt::format("{} points", points);
    directory.run.state = model::RunState::kFinished;
    directory.run.exit_code = 0;
    directory.run.created_ns = kMadeRunsBeganNs;
    store::PackWriter writer;
    const size_t end = std::min(points, begun + kPackRows);
    store::TableRows rows;
    for (size_t row = begun; row < end;) {
      rows = {};
      rows.keys = {"loss"};
      rows.columns.resize(1);
      for (size_t n = 0; n < 65'536 && row < end; ++n, ++row) {
        const double decay = std::exp(-static_cast<double>(row) / 1e7);
        rows.step.push_back(static_cast<int64_t>(row));
        rows.time_ns.push_back(kMadeRunsBeganNs +
                               static_cast<int64_t>(row) * 20 * kNsPerMillisecond);
        rows.columns[0].push_back(
            static_cast<double>(static_cast<float>(decay + 0.05 * noise.normal())));
      }
      writer.add_table(1, rows);
    }
    directory.run.updated_ns = rows.time_ns.back();
    directory.run.ended_ns = rows.time_ns.back();
    directory.run.last_step = rows.step.back();
    get(writer.write(posix_disk(), layout.pack("long", {id, 1, ++number}), directory));
  }
}

void make(const std::string& root, std::string_view what, size_t size) {
  get(wire::open_settings(posix_disk(), model::Layout(root), true));
  if (what == "table") return write_table(root, size ? size : 100'000);
  if (what == "screen") return make_screen(root);
  if (what == "keys") return make_keys(root);
  if (what != "long") give_up(fmt::format("expected table, screen, keys or long, found {}", what));
  write_long_run(root, "short", 10'000);
  write_long_run(root, "long", size ? size : 100'000'000);
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  if (argc < 3) cairn::bench::give_up("expected a folder and what to make in it");
  cairn::bench::make(argv[1], argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0);
}
