// ProjectStore: one project of the embedded engine: its index, its packs and its living runs.
//
// Owned by EmbeddedStore; one thread at a time. What survives a crash: packs (synced before the
// index names them) and journals (removed only after the index that names their pack is on the
// medium). Memory holds nothing that cannot be read again.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "store/index.h"
#include "store/live_run.h"
#include "store/pack.h"
#include "store/store.h"

namespace cairn::store {

// Where a project's derived files lie. On a network file system they are on the local disk of this
// host, and journals are never removed, because other hosts cannot be asked.
struct ProjectPlace {
  std::string live, packs, index;  // index: the database's path
  std::string shared_packs;        // packs that another host may have written; may equal `packs`
  bool may_remove_journals = true;
  size_t tails_bytes_max = kTailsBytesMax;  // of all living runs together

  bool is_shared() const { return packs != shared_packs; }
};

using Listeners = std::vector<Listener*>;

class ProjectStore {
 public:
  // Revisions of this view start at `revision`. Refers to `listeners` for as long as it lives.
  static Result<std::unique_ptr<ProjectStore>> open(Disk& disk, std::string name,
                                                    ProjectPlace place, uint64_t revision,
                                                    const Listeners& listeners);

  bool is_writable() const { return x_writable; }
  Result<std::optional<uint64_t>> position(const model::JournalName& journal);
  Result<std::vector<model::ShapeDefined>> shapes(const model::JournalName& journal);
  Result<void> apply(const model::JournalName& journal, Batch batch);
  Result<void> set_writer(const model::JournalName& journal, model::Liveness liveness);
  Result<void> checkpoint(bool all);
  Result<void> remove_run(std::string_view run);
  Result<void> rebuild();

  Result<uint64_t> revision();
  uint64_t last_revision() const { return x_revision; }  // without a look
  Result<Store::Changes> for_each_changed(uint64_t revision,
                                          const std::function<void(const model::RunInfo&)>& visit);
  Result<Store::ChangedRuns> list_changed(uint64_t revision);
  Result<model::RunInfo> get_run(std::string_view run);
  Result<std::vector<Store::FoundRun>> find_by_identity(const IdentityKey& key, size_t limit);
  Result<std::vector<model::SeriesInfo>> list_series(std::string_view run);
  Result<std::vector<Store::KeyCount>> list_keys();
  Result<void> for_each_stats(std::string_view key, const Store::VisitStats& visit);
  Result<std::optional<model::SeriesStats>> find_stats(std::string_view run, std::string_view key);
  Result<void> for_each_meta(const Store::VisitMeta& visit);
  Result<Store::SeriesPieces> pieces(std::string_view run, std::string_view key);
  Result<std::vector<Store::SeriesPieces>> pieces_of(std::string_view run,
                                                     std::span<const std::string> keys);
  Result<void> read_steps(const Piece& piece, size_t first, std::span<int64_t> out);
  Result<void> read_times(const Piece& piece, size_t first, std::span<int64_t> out);
  Result<void> read_values(const Piece& piece, size_t first, std::span<double> out);
  Result<void> scan_values(const Piece& piece, size_t first, std::span<const size_t> ends,
                           std::span<Extent> out);
  Result<Groups> read_groups(const Piece& piece);
  Result<std::vector<ConsoleLine>> read_console(std::string_view run, uint64_t first, size_t limit);
  Result<uint64_t> count_console(std::string_view run);
  Result<std::vector<Record>> read_records(std::string_view run);
  Result<std::vector<model::Value>> read_artifacts(std::string_view run);
  Result<void> for_each_artifact(const Store::VisitArtifact& visit);

  Result<std::optional<uint64_t>> find_packed_journal(const model::JournalName& journal);

  Result<void> verify(Check& check);
  Result<std::vector<std::string>> unindexed_packs();

 private:
  // Where a piece handed out lies: in a pack, or in the memory of a living run.
  struct Source {
    std::string pack;
    FrameRef axis, values, groups;
    const TableRows* rows = nullptr;
    size_t column = 0;
    size_t count = 0;
  };

  ProjectStore(Disk& disk, std::string name, ProjectPlace place, Index index, uint64_t revision,
               const Listeners& listeners);

  // ---- what others do ----
  Result<Transaction> look();  // the index as it is now; nothing moves until the answer is gone
  Result<void> refresh();
  void mark_changed(std::string_view run);
  void drop(std::string_view run);
  void forget(std::string_view run);  // it was removed

  // ---- what listeners are told ----
  void tell_rows(const model::JournalName& journal, const Batch& batch);
  void tell_break(std::string_view run);

  // ---- packs that the index does not know ----
  using PacksByRun = std::map<std::string, std::map<int, std::string>>;  // run, segment -> file
  struct Reindexing {
    PacksByRun outdated;  // runs to be forgotten, and this host's packs of them
    std::vector<std::pair<std::string, std::string>> unknown;  // (run, file), oldest segment first
  };
  PacksByRun list_packs(const std::string& dir) const;
  Result<Reindexing> plan_reindexing();
  Result<void> reindex(const Reindexing& plan, int64_t revision);
  Result<void> settle_view(const std::string& run);
  Result<void> index_packs();

  // ---- living runs ----
  Result<LiveRun*> live(std::string_view run);
  LiveRun* find_live(std::string_view run);
  Result<void> write_out(const std::string& run, bool may_seal);
  // Writes the longest tails out where all of them together have become too large.
  void relieve_memory();
  Result<PackDirectory> write_pack(const LiveRun& run, const model::RunInfo& seen, bool sealing,
                                   const model::PackName& name);
  Result<void> remove_unused_journals(const std::string& run);
  Result<void> remove_sealed_journals();

  // ---- answers, on the index as it stands ----
  Result<std::optional<model::RunInfo>> find_run(std::string_view run);
  Result<model::RunInfo> view(LiveRun& run);
  Result<const StatsByKey*> seen_stats(LiveRun& run);
  Result<StatsByKey> read_seen_stats(std::string_view run, const StatsByKey& known);
  Result<model::SeriesStats> read_seen_stats(std::string_view run, std::string_view key,
                                             const model::SeriesStats& known);
  Result<Store::SeriesPieces> find_pieces(std::string_view run, std::string_view key);
  Result<std::optional<model::SeriesStats>> find_seen_stats(std::string_view run,
                                                            std::string_view key);
  // What is the same for all series of a run.
  struct Standing {
    int64_t id = 0;  // in the index; 0: only in memory
    const LiveRun* live = nullptr;
    StepsBySession steps;
  };
  Result<Standing> find_standing(std::string_view run);
  Result<Store::SeriesPieces> find_pieces(const Standing& run, std::string_view key);
  void take_back_pieces();
  void hand_out(Store::SeriesPieces& series, Piece piece, Source source);
  Result<const Source*> source(const Piece& piece, size_t first, size_t n) const;
  std::string pack_path(const std::string& name);
  Result<PackReader*> pack(const std::string& name);

  Disk& x_disk;
  std::string x_name;
  ProjectPlace x_place;
  Index x_index;
  int64_t x_index_revision = 0;  // the index's revision that this view has
  uint64_t x_first_revision;     // caches that are older know nothing of this view
  uint64_t x_revision;           // of this view
  std::map<std::string, LiveRun, std::less<>> x_live;
  std::map<std::string, uint64_t, std::less<>> x_changed, x_gone;  // run -> revision of this view
  std::set<std::string> x_sealed;                                  // journals contained in packs
  const Listeners& x_listeners;
  std::map<std::string, uint64_t> x_heard;     // by journal: how far listeners were told
  bool x_writable = true;                      // else the index is in memory
  size_t x_grown_bytes = 0;                    // what was applied since the tails were weighed
  std::optional<std::string> x_write_trouble;  // why tails stay in memory
  std::vector<Source> x_sources;               // of the pieces handed out last
  uint64_t x_first_source = 0;                 // the handle of the first of them
  std::list<std::pair<std::string, std::unique_ptr<PackReader>>> x_packs;  // most recent first
  std::map<std::string, decltype(x_packs)::iterator, std::less<>> x_packs_by_name;
};

}  // namespace cairn::store
