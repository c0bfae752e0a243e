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
};

class ProjectStore {
 public:
  static Result<std::unique_ptr<ProjectStore>> open(Disk& disk, std::string name,
                                                    ProjectPlace place);

  Result<std::optional<uint64_t>> position(const model::JournalName& journal);
  Result<std::vector<model::ShapeDefined>> shapes(const model::JournalName& journal);
  Result<void> apply(const model::JournalName& journal, Batch batch);
  Result<void> set_writer(const model::JournalName& journal, model::Liveness liveness);
  Result<void> checkpoint(bool all);
  Result<void> remove_run(std::string_view run);

  Result<uint64_t> revision();
  Result<Store::Changes> for_each_changed(uint64_t revision,
                                          const std::function<void(const model::RunInfo&)>& visit);
  Result<model::RunInfo> get_run(std::string_view run);
  Result<std::vector<model::SeriesInfo>> list_series(std::string_view run);
  Result<Store::SeriesPieces> pieces(std::string_view run, std::string_view key);
  Result<void> read_steps(const Piece& piece, size_t first, std::span<int64_t> out);
  Result<void> read_times(const Piece& piece, size_t first, std::span<int64_t> out);
  Result<void> read_values(const Piece& piece, size_t first, std::span<double> out);
  Result<Groups> read_groups(const Piece& piece);
  Result<std::vector<ConsoleLine>> read_console(std::string_view run, uint64_t first, size_t limit);
  Result<uint64_t> count_console(std::string_view run);
  Result<std::vector<Record>> read_records(std::string_view run);
  Result<std::vector<model::Value>> read_artifacts(std::string_view run);

  Result<void> verify(Check& check);

 private:
  // Where a piece handed out lies: in a pack, or in the memory of a living run.
  struct Source {
    std::string pack;
    FrameRef axis, values, groups;
    const TableRows* rows = nullptr;
    size_t column = 0;
    size_t count = 0;
  };

  ProjectStore(Disk& disk, std::string name, ProjectPlace place, Index index);
  Result<void> index_packs();
  Result<void> refresh();
  Result<LiveRun*> live(std::string_view run);
  const LiveRun* find_live(std::string_view run) const;
  void drop(std::string_view run);
  void mark_changed(std::string_view run);
  Result<void> write_out(LiveRun& run);
  Result<void> remove_sealed_journals();
  Result<model::RunInfo> view(const LiveRun& run);
  Result<StatsByKey> stats_in_view(std::string_view run, const StatsByKey& known);
  Result<std::string> pack_path(const std::string& name);
  Result<PackReader*> pack(const std::string& name);
  const Source& source(const Piece& piece) const;

  Disk& x_disk;
  std::string x_name;
  ProjectPlace x_place;
  Index x_index;
  int64_t x_index_revision = 0;  // the index's revision that this view has
  uint64_t x_revision = 1;       // of this view
  std::map<std::string, LiveRun, std::less<>> x_live;
  std::map<std::string, uint64_t, std::less<>> x_changed, x_gone;  // run -> revision of this view
  std::set<std::string> x_sealed;                                  // journals contained in packs
  std::vector<Source> x_sources;
  std::list<std::pair<std::string, std::unique_ptr<PackReader>>> x_packs;  // most recent first
  std::map<std::string, decltype(x_packs)::iterator, std::less<>> x_packs_by_name;
};

}  // namespace cairn::store
