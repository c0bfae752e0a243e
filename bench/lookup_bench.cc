// Finding past runs by what identifies them, among 10,000 and among 1,000,000, in a process that is
// started for it.
//
// Usage: lookup_bench folder [most runs]; with a store and "ask" it is the process that asks.
//
// The index is filled directly, as sealing runs would: packs are never read by a look-up. All runs
// are of one program and of 100 versions of its code; a tenth have replicates.
#include <array>

#include "base/disk.h"
#include "base/hash.h"
#include "made_run.h"
#include "made_table.h"
#include "measure.h"
#include "model/layout.h"
#include "server/door.h"
#include "server/target.h"
#include "store/index.h"
#include "store/store.h"

namespace cairn::bench {
namespace {

constexpr int kRounds = 31;
constexpr size_t kVersions = 100;
constexpr std::array<size_t, 2> kSizes = {10'000, 1'000'000};

std::string key_of(std::string_view kind, size_t number) {
  return fmt::format("{:016x}{:016x}", xxh3_64(kind, number), xxh3_64(kind, ~number));
}

model::Value make_facts(size_t number) {
  const size_t experiment = number % 10 == 0 ? number / 100 : number;  // with replicates
  model::Value program, facts;
  for (const char* kind : {"P", "F", "F0"}) {
    facts.set(kind, key_of(kind, experiment));
    program.set(kind, key_of(fmt::format("program {}", kind), experiment));
  }
  for (const char* kind : {"R", "X"}) {
    facts.set(kind, key_of(kind, number));
    program.set(kind, key_of(fmt::format("program {}", kind), number));
  }
  facts.set("C", key_of("C", number % kVersions));
  facts.set("entry", "train.py");
  facts.set("sealed", true);
  facts.set("manifest", std::string(64, 'a'));
  facts.set("program", std::move(program));
  return facts;
}

void write_index(const std::string& root, size_t runs) {
  const model::Layout layout(root);
  get(posix_disk().make_dirs(layout.packs("bench")));
  store::Index index = get(store::Index::open(layout.index("bench")));
  // Keys lie anywhere in the table: what does not fit into memory is written again and again.
  get(index.database().execute("PRAGMA cache_size=-1048576"));
  const TableKeys keys;
  Noise noise(1);
  auto transaction = get(store::Transaction::begin(index.database()));
  const int64_t revision = get(index.next_revision());
  for (size_t r = 0; r < runs; ++r) {
    store::PackDirectory directory;
    directory.run = make_info(keys, r, noise);
    directory.run.meta.set("recall", make_facts(r));
    get(index.add_pack(model::print_pack_name({directory.run.id, 1, 1}), directory, revision));
  }
  get(transaction.commit());
  get(index.database().checkpoint_log());
}

// What `cairn check` asks first; `number` is the run that is planned again.
std::string target_of(size_t number) {
  return fmt::format("/api/v1/recall/runs?key=P:{}&key=C:{}&key=entry:train.py&limit=32",
                     key_of("P", number), key_of("C", number % kVersions));
}

void ask(const std::string& root, size_t number) {
  server::Door door(posix_disk(), root);
  server::Request request;
  get(server::parse_target(target_of(number), request));
  request.who = auth::local_admin();
  const server::Response response = door.handle(request);
  if (response.status != 200 || response.body.size() < 100) give_up(response.body);
}

void measure(const std::string& parent, const std::string& self, size_t runs) {
  const std::string name = fmt::format("lookup.{}", runs);
  const Folder folder(parent);
  const std::string root = folder.path() + "/.cairn";
  get(store::open_embedded(posix_disk(), root, true));
  const Stopwatch making;
  write_index(root, runs);
  figure(name + ".made", making.wall_s(), "s");
  const std::string path = model::Layout(root).index("bench");
  figure(name + ".index", static_cast<double>(bytes_below(path)) / 1e6, "MB");
  std::vector<double> process_ms, request_ms;
  for (int round = 0; round <= kRounds; ++round) {
    const size_t number = static_cast<size_t>(round) * (runs / 64) + 1;
    const Stopwatch asking;
    ask(root, number);  // the folder is opened for it, as in a process of its own
    const double asked_ms = asking.wall_s() * 1000;
    const double ran_ms = run_program_ms({self, root, "ask", std::to_string(number)});
    if (round == 0) continue;  // finds everything on the disk
    request_ms.push_back(asked_ms);
    process_ms.push_back(ran_ms);
  }
  figure(name + ".process.p50", percentile(process_ms, 0.5), "ms");
  figure(name + ".process.max", percentile(process_ms, 1), "ms");
  figure(name + ".request.p50", percentile(request_ms, 0.5), "ms");
  figure(name + ".request.max", percentile(request_ms, 1), "ms");
  // The first look after a training: its journal is read and sealed on the way.
  const std::vector<double> column(10'000, 0.5);
  MadeRun fresh{"bench", "fresh", {}, {}, {}, {}};
  for (int k = 0; k < 10; ++k) {
    fresh.keys.push_back(fmt::format("key_{}", k));
    fresh.columns.emplace_back(column);
  }
  write_journal(root, fresh);
  figure(name + ".after_a_run", run_program_ms({self, root, "ask", "1"}), "ms");
  evict(path);
  figure(name + ".cold", run_program_ms({self, root, "ask", "12345"}), "ms");
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  const std::string folder = argc > 1 ? argv[1] : "/tmp";
  if (argc > 3 && std::string_view(argv[2]) == "ask") {
    ask(folder, std::strtoull(argv[3], nullptr, 10));
    return 0;
  }
  const size_t most = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : kSizes.back();
  for (const size_t runs : kSizes) measure(folder, argv[0], std::min(runs, most));
}
