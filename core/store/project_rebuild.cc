// Making the index again from packs, and living beside packs that another host wrote.
#include <algorithm>
#include <set>
#include <utility>

#include "store/project_store.h"

namespace cairn::store {

using namespace model;

ProjectStore::PacksByRun ProjectStore::list_packs(const std::string& dir) const {
  PacksByRun packs;
  const auto entries = x_disk.list(dir);
  if (!entries) return packs;
  for (const DirEntry& entry : *entries)
    if (const auto name = parse_pack_name(entry.name))
      packs[name->run][name->segment] = entry.name;  // of two, the one of the later session
  return packs;
}

// What has to be done to the index so that it tells what lies on the disk.
Result<ProjectStore::Reindexing> ProjectStore::plan_reindexing() {
  Reindexing plan;
  PacksByRun packs = list_packs(x_place.shared_packs);
  if (x_place.is_shared()) {
    std::set<std::string> living;
    if (const auto journals = x_disk.list(x_place.live))
      for (const DirEntry& entry : *journals)
        if (const auto name = parse_journal_name(entry.name)) living.insert(name->run);
    // Packs that lie beside the journals are the truth; what this host derived gives way to them.
    for (auto& [run, own] : list_packs(x_place.packs)) {
      if (packs.count(run) || !living.count(run))
        plan.outdated.emplace(run, own);
      else
        packs.emplace(run, own);
    }
    TRY(const auto runs, x_index.all_runs());
    for (const std::string& run : runs)
      if (!packs.count(run) && !living.count(run)) plan.outdated.try_emplace(run);
  }
  TRY(const auto names, x_index.all_packs());
  const std::set<std::string> known(names.begin(), names.end());
  for (const auto& [run, segments] : packs)
    for (const auto& [segment, file] : segments)
      if (!known.count(file) || plan.outdated.count(run)) plan.unknown.emplace_back(run, file);
  return plan;
}

// Inside a transaction.
Result<void> ProjectStore::reindex(const Reindexing& plan, int64_t revision) {
  for (const auto& [run, packs] : plan.outdated) {
    TRY_VOID(x_index.remove_run(run, revision));
    for (const auto& [segment, file] : packs) TRY_VOID(x_disk.remove(x_place.packs + "/" + file));
  }
  std::set<std::string> touched;
  for (const auto& [run, file] : plan.unknown) {
    const auto reader = PackReader::open(x_disk, pack_path(file));
    const auto directory = reader ? (*reader)->directory() : tl::unexpected(reader.error());
    // Doctor reports one that cannot be read; the others stay usable.
    if (!directory || directory->run.id != run) continue;
    TRY_VOID(x_index.add_pack(file, *directory, revision));
    for (const auto& [journal, stored] : directory->journals)
      TRY_VOID(x_index.save_journal(journal, run, stored));
    touched.insert(run);
  }
  for (const std::string& run : touched) TRY_VOID(settle_view(run));
  return {};
}

// The run as readers see it, from what its packs say.
Result<void> ProjectStore::settle_view(const std::string& run) {
  TRY(const auto stored, x_index.load_run(run));
  if (!stored) return {};
  TRY(StatsByKey stats, x_index.load_stats(stored->id));
  if (is_rewound(stored->steps)) {
    TRY(stats, read_seen_stats(run, stats));
  }
  RunInfo info = stored->info;
  info.summary = summarise_run(info.summary, info.metrics, stats);
  // Losses of writers that live on are counted again when their journals are read.
  return x_index.save_view(info);
}

// Puts every pack into the index that it does not know yet, oldest segment first.
Result<void> ProjectStore::index_packs() {
  TRY(const Reindexing look, plan_reindexing());
  if (look.outdated.empty() && look.unknown.empty()) return {};
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  TRY(const int64_t revision, x_index.next_revision());
  TRY(const Reindexing plan, plan_reindexing());  // others may have been here
  TRY_VOID(reindex(plan, revision));
  return transaction.commit();
}

Result<std::vector<std::string>> ProjectStore::unindexed_packs() {
  TRY(const Reindexing plan, plan_reindexing());
  std::vector<std::string> paths;
  for (const auto& [run, file] : plan.unknown) paths.push_back(pack_path(file));
  return paths;
}

// In place, in one transaction: other processes go on with their connections and see all runs
// change.
Result<void> ProjectStore::rebuild() {
  {
    TRY(Statement quick, x_index.database().prepare("PRAGMA quick_check(1)"));
    TRY(const bool row, quick.step());
    if (row && quick.bytes(0) != "ok")
      return fail(Code::kCorrupt, "expected a sound index, found: {} ({})", quick.bytes(0),
                  x_place.index);
  }
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  TRY_VOID(refresh());
  TRY(const int64_t revision, x_index.next_revision());
  TRY_VOID(x_index.clear(revision));
  // Here the host's own packs are derived from journals that are all still there.
  if (x_place.is_shared())
    for (const auto& [run, own] : list_packs(x_place.packs))
      for (const auto& [segment, file] : own) TRY_VOID(x_disk.remove(x_place.packs + "/" + file));
  x_packs.clear();
  x_packs_by_name.clear();
  TRY(const Reindexing plan, plan_reindexing());
  TRY_VOID(reindex(plan, revision));
  TRY_VOID(transaction.commit());
  x_index_revision = revision;
  x_live.clear();
  x_changed.clear();
  x_gone.clear();
  x_heard.clear();
  x_first_revision = ++x_revision;
  take_back_pieces();
  tell_break({});
  TRY(x_sealed, x_index.sealed_journals());
  return {};
}

}  // namespace cairn::store
