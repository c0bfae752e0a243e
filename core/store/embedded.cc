// EmbeddedStore: the engine of one folder, one ProjectStore per project, opened when first used.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include "base/id.h"
#include "blobs/blobs.h"
#include "store/project_store.h"
#include "store/store.h"
#include "store/version_book.h"
#include "wire/settings.h"

namespace cairn::store {
namespace {

// A piece belongs to a project; its number rides in the upper bits of the handle.
constexpr int kProjectShift = 48;

std::string cache_root() {
  if (const char* dir = std::getenv("CAIRN_CACHE_DIR"); dir && *dir) return dir;
  if (const char* dir = std::getenv("XDG_CACHE_HOME"); dir && *dir)
    return std::string(dir) + "/cairn";
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : "/tmp") + "/.cache/cairn";
}

class EmbeddedStore : public Store {
 public:
  EmbeddedStore(Disk& disk, model::Layout layout, std::string uuid, size_t tails_bytes_max)
      : x_disk(disk),
        x_layout(std::move(layout)),
        x_uuid(std::move(uuid)),
        x_tails_bytes_max(tails_bytes_max),
        x_is_local(disk.is_local(x_layout.root())) {}

  const model::Layout& layout() const override { return x_layout; }

  Result<std::vector<std::string>> projects() override {
    std::vector<std::string> names;
    const auto entries = x_disk.list(x_layout.projects());
    if (!entries && entries.error().code() == Code::kNotFound) return names;
    if (!entries) return tl::unexpected(entries.error());
    for (const DirEntry& entry : *entries)
      if (entry.is_dir && is_safe_name(entry.name)) names.push_back(entry.name);
    return names;
  }

  Result<void> recover(std::string_view project) override {
    const auto found = x_open.find(project);
    if (found == x_open.end() || found->second->is_writable()) return {};
    TRY(const ProjectPlace place, place_of(project));
    if (!Index::open(place.index)) return {};
    return open_again(project);
  }
  Result<std::optional<uint64_t>> position(std::string_view project,
                                           const model::JournalName& journal) override {
    TRY(ProjectStore * p, open(project));
    return p->position(journal);
  }
  Result<std::vector<model::ShapeDefined>> shapes(std::string_view project,
                                                  const model::JournalName& journal) override {
    TRY(ProjectStore * p, open(project));
    return p->shapes(journal);
  }
  Result<void> apply(std::string_view project, const model::JournalName& journal,
                     Batch batch) override {
    TRY(ProjectStore * p, open(project));
    return p->apply(journal, std::move(batch));
  }
  Result<void> set_writer(std::string_view project, const model::JournalName& journal,
                          model::Liveness liveness) override {
    TRY(ProjectStore * p, open(project));
    return p->set_writer(journal, liveness);
  }
  Result<void> checkpoint(std::string_view project, bool all) override {
    TRY(ProjectStore * p, open(project));
    return p->checkpoint(all);
  }
  Result<void> remove_run(std::string_view project, std::string_view run) override {
    TRY(ProjectStore * p, open(project));
    return p->remove_run(run);
  }

  void add_listener(Listener& listener) override { x_listeners.push_back(&listener); }
  void remove_listener(Listener& listener) override { std::erase(x_listeners, &listener); }

  Result<uint64_t> revision(std::string_view project) override {
    TRY(ProjectStore * p, open(project));
    return p->revision();
  }
  Result<Changes> for_each_changed(
      std::string_view project, uint64_t revision,
      const std::function<void(const model::RunInfo&)>& visit) override {
    TRY(ProjectStore * p, open(project));
    return p->for_each_changed(revision, visit);
  }
  Result<ChangedRuns> list_changed(std::string_view project, uint64_t revision) override {
    TRY(ProjectStore * p, open(project));
    return p->list_changed(revision);
  }
  Result<model::RunInfo> get_run(std::string_view project, std::string_view run) override {
    TRY(ProjectStore * p, open(project));
    return p->get_run(run);
  }
  Result<std::vector<FoundRun>> find_by_identity(std::string_view project, const IdentityKey& key,
                                                 size_t limit) override {
    TRY(ProjectStore * p, open(project));
    return p->find_by_identity(key, limit);
  }
  Result<std::vector<model::SeriesInfo>> list_series(std::string_view project,
                                                     std::string_view run) override {
    TRY(ProjectStore * p, open(project));
    return p->list_series(run);
  }
  Result<SeriesPieces> pieces(std::string_view project, std::string_view run,
                              std::string_view key) override {
    TRY(ProjectStore * p, open(project));
    TRY(SeriesPieces series, p->pieces(run, key));
    for (Piece& piece : series.pieces) piece.handle |= number_of(p) << kProjectShift;
    return series;
  }
  Result<std::vector<SeriesPieces>> pieces_of(std::string_view project, std::string_view run,
                                              std::span<const std::string> keys) override {
    TRY(ProjectStore * p, open(project));
    TRY(auto all, p->pieces_of(run, keys));
    const uint64_t number = number_of(p) << kProjectShift;
    for (SeriesPieces& series : all)
      for (Piece& piece : series.pieces) piece.handle |= number;
    return all;
  }
  Result<std::vector<KeyCount>> list_keys(std::string_view project) override {
    TRY(ProjectStore * p, open(project));
    return p->list_keys();
  }
  Result<void> for_each_stats(std::string_view project, std::string_view key,
                              const VisitStats& visit) override {
    TRY(ProjectStore * p, open(project));
    return p->for_each_stats(key, visit);
  }
  Result<std::optional<model::SeriesStats>> find_stats(std::string_view project,
                                                       std::string_view run,
                                                       std::string_view key) override {
    TRY(ProjectStore * p, open(project));
    return p->find_stats(run, key);
  }
  Result<void> for_each_meta(std::string_view project, const VisitMeta& visit) override {
    TRY(ProjectStore * p, open(project));
    return p->for_each_meta(visit);
  }
  Result<void> read_steps(const Piece& piece, size_t first, std::span<int64_t> out) override {
    TRY(const auto where, owner(piece));
    return where.first->read_steps(where.second, first, out);
  }
  Result<void> read_times(const Piece& piece, size_t first, std::span<int64_t> out) override {
    TRY(const auto where, owner(piece));
    return where.first->read_times(where.second, first, out);
  }
  Result<void> read_values(const Piece& piece, size_t first, std::span<double> out) override {
    TRY(const auto where, owner(piece));
    return where.first->read_values(where.second, first, out);
  }
  Result<void> scan_values(const Piece& piece, size_t first, std::span<const size_t> ends,
                           std::span<Extent> out) override {
    TRY(const auto place, owner(piece));
    return place.first->scan_values(place.second, first, ends, out);
  }
  Result<Groups> read_groups(const Piece& piece) override {
    TRY(const auto where, owner(piece));
    return where.first->read_groups(where.second);
  }
  Result<std::vector<ConsoleLine>> read_console(std::string_view project, std::string_view run,
                                                uint64_t first, size_t limit) override {
    TRY(ProjectStore * p, open(project));
    return p->read_console(run, first, limit);
  }
  Result<uint64_t> count_console(std::string_view project, std::string_view run) override {
    TRY(ProjectStore * p, open(project));
    return p->count_console(run);
  }
  Result<std::vector<Record>> read_records(std::string_view project,
                                           std::string_view run) override {
    TRY(ProjectStore * p, open(project));
    return p->read_records(run);
  }
  Result<std::vector<model::Value>> read_artifacts(std::string_view project,
                                                   std::string_view run) override {
    TRY(ProjectStore * p, open(project));
    return p->read_artifacts(run);
  }
  Result<void> for_each_artifact(std::string_view project, const VisitArtifact& visit) override {
    TRY(ProjectStore * p, open(project));
    return p->for_each_artifact(visit);
  }
  Result<std::vector<uint32_t>> number_versions(
      std::string_view project, std::span<const ArtifactContent> contents) override {
    TRY_VOID(open(project));
    return book(project).number(contents);
  }

  Result<std::optional<uint64_t>> find_packed_journal(std::string_view project,
                                                      const model::JournalName& journal) override {
    const auto p = open(project);
    if (!p && p.error().code() == Code::kNotFound) return std::nullopt;
    if (!p) return tl::unexpected(p.error());
    return (*p)->find_packed_journal(journal);
  }

  Result<Check> verify() override {
    Check check;
    TRY(const auto names, projects());
    for (const std::string& name : names) {
      const auto p = open(name);
      if (!p) {
        check.damage.push_back(p.error().message());
        continue;
      }
      TRY_VOID((*p)->verify(check));
      verify_book(name, check);
    }
    blobs::Blobs blobs(x_disk, x_layout.blobs());
    TRY_VOID(blobs.for_each(
        [&](std::string_view sha256, uint64_t bytes, int64_t) {
          ++check.blobs;
          check.bytes += bytes;
          if (const auto ok = blobs.verify(sha256); !ok)
            check.damage.push_back(ok.error().message());
        },
        [&](const std::string& path) {
          check.notes.push_back(fmt::format("a leftover of an unfinished copy ({})", path));
        }));
    return check;
  }

  Result<std::vector<std::string>> unindexed_packs(std::string_view project) override {
    TRY(ProjectStore * p, open(project));
    return p->unindexed_packs();
  }

  Result<void> rebuild(std::string_view project) override {
    const auto opened = open(project);
    const auto done = opened ? (*opened)->rebuild() : tl::unexpected(opened.error());
    if (done || done.error().code() != Code::kCorrupt) return done;
    // The file itself is damaged: a new one in its place.
    close(project);
    TRY(const ProjectPlace place, place_of(project));
    for (const char* ending : {"", "-wal", "-shm"}) TRY_VOID(x_disk.remove(place.index + ending));
    return open_again(project);
  }

 private:
  void close(std::string_view project) {
    const auto found = x_open.find(project);
    if (found == x_open.end()) return;
    if (const auto revision = found->second->last_revision(); revision >= x_next_revision)
      x_next_revision = revision + 1;
    std::replace(x_numbered.begin(), x_numbered.end(), found->second.get(),
                 static_cast<ProjectStore*>(nullptr));
    x_open.erase(found);
  }

  Result<void> open_again(std::string_view project) {
    close(project);
    for (Listener* listener : x_listeners) listener->on_break(project, {});
    return open(project).map([](ProjectStore*) {});
  }

  VersionBook& book(std::string_view project) {
    auto found = x_books.find(project);
    if (found == x_books.end())
      found = x_books.try_emplace(std::string(project), x_disk, x_layout.versions(project)).first;
    return found->second;
  }

  void verify_book(const std::string& project, Check& check) {
    const std::string path = x_layout.versions(project);
    if (!x_disk.exists(path)) return;
    ++check.files;
    if (const auto info = x_disk.info(path)) check.bytes += info->bytes;
    VersionBook fresh(x_disk, path);  // the one in use has perhaps seen better days
    const auto damaged = fresh.damaged_bytes();
    if (!damaged)
      check.damage.push_back(damaged.error().message());
    else if (*damaged > 0)
      check.damage.push_back(
          fmt::format("{} bytes with numbers of artifacts' versions ({})", *damaged, path));
  }

  Result<ProjectPlace> place_of(std::string_view project) {
    if (!is_safe_name(project))
      return fail(Code::kInvalid, "expected a project's name, found '{}'", project.substr(0, 200));
    ProjectPlace place;
    place.live = x_layout.live(project);
    place.shared_packs = x_layout.packs(project);
    place.tails_bytes_max = x_tails_bytes_max;
    if (x_is_local) {
      place.packs = place.shared_packs;
      place.index = x_layout.index(project);
      return place;
    }
    // SQLite and file removal are safe on one host only; every host keeps what it derives at home.
    const std::string home = fmt::format("{}/{}/{}", cache_root(), x_uuid, project);
    place.packs = home + "/packs";
    place.index = home + "/index.db";
    place.may_remove_journals = false;
    return place;
  }

  Result<ProjectStore*> open(std::string_view project) {
    const auto found = x_open.find(project);
    if (found != x_open.end()) return found->second.get();
    TRY(ProjectPlace place, place_of(project));
    if (!x_disk.exists(x_layout.project(project)))
      return fail(Code::kNotFound, "expected a project '{}', found none by that name ({})", project,
                  x_layout.root());
    TRY(auto opened, ProjectStore::open(x_disk, std::string(project), std::move(place),
                                        x_next_revision, x_listeners));
    ProjectStore* p = opened.get();
    x_open.emplace(project, std::move(opened));
    x_numbered.push_back(p);
    return p;
  }

  uint64_t number_of(const ProjectStore* project) const {
    return static_cast<uint64_t>(std::distance(
        x_numbered.begin(), std::find(x_numbered.begin(), x_numbered.end(), project)));
  }
  Result<std::pair<ProjectStore*, Piece>> owner(const Piece& piece) const {
    const uint64_t number = piece.handle >> kProjectShift;
    if (number >= x_numbered.size() || !x_numbered[number])
      return fail(Code::kUnavailable, "the project was made again: please ask again");
    Piece own = piece;
    own.handle &= (uint64_t{1} << kProjectShift) - 1;
    return std::pair(x_numbered[number], own);
  }

  Disk& x_disk;
  model::Layout x_layout;
  std::string x_uuid;
  size_t x_tails_bytes_max;
  bool x_is_local;
  Listeners x_listeners;
  std::map<std::string, std::unique_ptr<ProjectStore>, std::less<>> x_open;
  std::map<std::string, VersionBook, std::less<>> x_books;
  uint64_t x_next_revision = 1;           // where the view of a project opened next begins
  std::vector<ProjectStore*> x_numbered;  // in the order of opening: what handles refer to
};

}  // namespace

Result<std::unique_ptr<Store>> open_embedded(Disk& disk, const std::string& root, bool create,
                                             size_t tails_bytes_max) {
  model::Layout layout(root);
  TRY(const wire::StoreSettings settings, wire::open_settings(disk, layout, create));
  return std::make_unique<EmbeddedStore>(disk, std::move(layout), settings.uuid, tails_bytes_max);
}

}  // namespace cairn::store
