// Catching up with journals, editing and removing runs, collecting garbage.
#include "ingest/ingest.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/id.h"
#include "blobs/blobs.h"
#include "journal/journal.h"
#include "wire/event_codec.h"

namespace cairn::ingest {

using model::JournalName;
using model::Liveness;
using model::Value;

namespace {

constexpr size_t kFollowersMax = 256;              // living journals held open
constexpr std::string_view kUnfinished = ".tmp-";  // see write_file_atomically()

Liveness liveness_of(journal::Life life) {
  switch (life) {
    case journal::Life::kAlive:
      return Liveness::kAlive;
    case journal::Life::kDead:
      return Liveness::kEnded;
    case journal::Life::kUnknown:
      return Liveness::kUnknown;
  }
  return Liveness::kUnknown;
}

}  // namespace

Ingest::Ingest(Disk& disk, store::Store& store, Presence presence)
    : x_disk(disk), x_store(store), x_presence(std::move(presence)) {}
Ingest::~Ingest() = default;

Result<bool> Ingest::catch_up_all() {
  bool changed = false;
  TRY(const auto projects, x_store.projects());
  for (const std::string& project : projects) {
    TRY(const bool here, catch_up(project));
    changed |= here;
  }
  return changed;
}

Result<bool> Ingest::catch_up(std::string_view project) {
  const std::string dir = x_store.layout().live(project);
  TRY_VOID(x_store.recover(project));
  TRY(const uint64_t before, x_store.revision(project));
  const auto entries = x_disk.list(dir);
  if (!entries && entries.error().code() != Code::kNotFound) return tl::unexpected(entries.error());
  if (entries) {
    forget_absent(dir, *entries);
    for (const DirEntry& entry : *entries)
      if (const auto name = model::parse_journal_name(entry.name)) TRY_VOID(follow(project, *name));
  }
  TRY_VOID(x_store.checkpoint(project, false));
  TRY(const uint64_t after, x_store.revision(project));
  return before != after;
}

// Lets go of journals that are no longer in the folder.
void Ingest::forget_absent(const std::string& dir, const std::vector<DirEntry>& entries) {
  const auto is_absent = [&](const auto& known) {
    const std::string& path = known.first;
    if (parent_of(path) != dir) return false;
    const std::string_view name = std::string_view(path).substr(dir.size() + 1);
    const auto found = std::lower_bound(
        entries.begin(), entries.end(), name,
        [](const DirEntry& entry, std::string_view n) { return entry.name.compare(n) < 0; });
    return found == entries.end() || found->name != name;
  };
  std::erase_if(x_followers, is_absent);
  std::erase_if(x_unreadable, is_absent);
}

// Applies what is new in one journal, then says whether its writer still lives. An error is the
// store's; what is wrong with the journal itself is noted.
Result<void> Ingest::follow(std::string_view project, const JournalName& name) {
  const std::string path = x_store.layout().journal(project, name);
  TRY(const auto position, x_store.position(project, name));
  auto follower = std::move(x_followers[path]);
  x_followers.erase(path);
  if (!position) return {};
  const auto heard = x_presence ? x_presence(project, name) : std::nullopt;
  const bool is_heard = heard && heard->is_alive;
  if (is_heard && *position >= heard->offset) {  // nothing new: spare the look at the file
    if (follower) x_followers[path] = std::move(follower);
    return x_store.set_writer(project, name, Liveness::kAlive);
  }
  // Only while the file is there is the position to be trusted: a journal is removed before the
  // store forgets that it was sealed, and would seem new to us.
  if (!x_disk.exists(path)) return {};
  if (!follower) {
    auto opened = Follower::open(x_disk, path);
    if (!opened) {
      const bool is_unborn =
          opened.error().code() == Code::kUnavailable || opened.error().code() == Code::kNotFound;
      if (!is_unborn) x_unreadable[path] = opened.error().message();
      return {};
    }
    follower = std::move(*opened);
  }
  x_unreadable.erase(path);
  // Asked before reading, so that whatever a writer wrote before it died is in what is read; and
  // after the header was seen, because a writer takes its lock before it writes that.
  Liveness liveness = liveness_of(journal::writer_life(x_disk, path));
  if (liveness == Liveness::kUnknown && is_heard) liveness = Liveness::kAlive;
  TRY_VOID(read_on(project, name, *follower, position));
  if (x_unreadable.count(path)) return {};
  TRY_VOID(x_store.set_writer(project, name, liveness));
  // A journal that will not grow needs no open file, and there are only so many.
  if (liveness != Liveness::kEnded && x_followers.size() < kFollowersMax)
    x_followers[path] = std::move(follower);
  return {};
}

Result<void> Ingest::read_on(std::string_view project, const JournalName& name, Follower& follower,
                             std::optional<uint64_t> position) {
  while (position) {
    if (!follower.stands_at(*position)) {
      TRY(auto shapes, x_store.shapes(project, name));
      follower.seek(*position, std::move(shapes));
    }
    auto batch = follower.read();
    if (!batch) {
      x_unreadable[x_store.layout().journal(project, name)] = batch.error().message();
      return {};
    }
    if (batch->is_empty()) return {};
    batch->from = *position;  // the header counts as read with the first batch
    TRY_VOID(x_store.apply(project, name, std::move(*batch)));
    TRY(position, x_store.position(project, name));
  }
  return {};
}

Result<void> Ingest::edit(std::string_view project, std::string_view run, const Value& change) {
  return add_edit(project, run, model::AttributesChanged{change});
}

Result<void> Ingest::add_artifact(std::string_view project, std::string_view run, Value manifest) {
  manifest.set("time_ns", wall_now_ns());
  return add_edit(project, run, model::ArtifactLogged{std::move(manifest)});
}

Result<void> Ingest::edit_artifact(std::string_view project, std::string_view run, Value change) {
  change.set("edit", true);
  change.set("time_ns", wall_now_ns());
  return add_edit(project, run, model::ArtifactLogged{std::move(change)});
}

Result<void> Ingest::add_edit(std::string_view project, std::string_view run,
                              const model::Event& change) {
  TRY(const model::RunInfo info, x_store.get_run(project, run));
  const JournalName name{std::string(run), info.sessions, make_id()};
  TRY_VOID(x_disk.make_dirs(x_store.layout().live(project)));
  TRY(auto writer, journal::Writer::create(x_disk, x_store.layout().journal(project, name)));
  Value about;
  about.set("edit", true);
  about.set("created_ns", wall_now_ns());
  for (const model::Event& event : {model::Event(model::RunBegan{about}), change})
    TRY_VOID(
        writer->append(static_cast<uint16_t>(wire::kind_of(event)), wire::encode_event(event)));
  TRY_VOID(writer->close());
  TRY_VOID(catch_up(project));
  return {};
}

Result<void> Ingest::remove(std::string_view project, std::string_view run, bool force) {
  TRY(const model::RunInfo info, x_store.get_run(project, run));
  if (info.liveness != Liveness::kEnded && !force)
    return fail(Code::kConflict, "expected a run that has ended, found '{}' {}", run,
                info.liveness == Liveness::kAlive ? "still running"
                                                  : "perhaps still running on another host");
  return x_store.remove_run(project, run);
}

Result<wire::BlobNames> Ingest::find_used_hashes() {
  wire::BlobNames used;
  TRY(const auto projects, x_store.projects());
  for (const std::string& project : projects) {
    std::vector<std::string> runs;
    TRY_VOID(x_store.for_each_changed(
        project, 0, [&](const model::RunInfo& info) { runs.push_back(info.id); }));
    for (const std::string& run : runs) {
      TRY(const model::RunInfo info, x_store.get_run(project, run));
      for (const Value* part : {&info.config, &info.meta, &info.summary})
        wire::collect_blob_names(*part, used);
      TRY(const auto records, x_store.read_records(project, run));
      for (const store::Record& record : records) wire::collect_blob_names(record.record, used);
      TRY(const auto artifacts, x_store.read_artifacts(project, run));
      for (const Value& artifact : artifacts) wire::collect_blob_names(artifact, used);
    }
    TRY(const auto unindexed, x_store.unindexed_packs(project));
    if (!unindexed.empty())
      return fail(Code::kCorrupt,
                  "expected to know every run before blobs are removed, found a pack that could "
                  "not be read ({})",
                  unindexed.front());
  }
  if (!x_unreadable.empty())
    return fail(Code::kCorrupt,
                "expected to read every run before blobs are removed, found a journal that cannot "
                "be: {}",
                x_unreadable.begin()->second);
  return used;
}

Result<Ingest::GarbageReport> Ingest::collect_garbage(int64_t grace_ns, bool dry_run) {
  TRY_VOID(catch_up_all());
  TRY(const auto used, find_used_hashes());
  blobs::Blobs blobs(x_disk, x_store.layout().blobs());
  GarbageReport report;
  std::vector<std::string> unused, strays;
  const int64_t now_ns = wall_now_ns();
  const auto offer_stray = [&](const std::string& path) {
    const auto info = x_disk.info(path);
    if (info && now_ns - info->modified_ns >= grace_ns) strays.push_back(path);
  };
  TRY(const auto projects, x_store.projects());
  for (const std::string& project : projects) {
    const std::string packs = x_store.layout().packs(project);
    if (const auto entries = x_disk.list(packs))
      for (const DirEntry& entry : *entries)
        if (entry.name.find(kUnfinished) != std::string::npos)
          offer_stray(packs + "/" + entry.name);
  }
  TRY_VOID(blobs.for_each(
      [&](std::string_view sha256, uint64_t bytes, int64_t modified_ns) {
        // Young blobs may belong to a record that is only now being written.
        if (used.count(sha256) || now_ns - modified_ns < grace_ns) {
          ++report.blobs_kept;
          report.bytes_kept += bytes;
        } else {
          ++report.blobs_removed;
          report.bytes_removed += bytes;
          unused.emplace_back(sha256);
        }
      },
      offer_stray));
  report.strays_removed = strays.size();
  if (dry_run) return report;
  for (const std::string& sha256 : unused) TRY_VOID(blobs.remove(sha256));
  for (const std::string& path : strays) TRY_VOID(x_disk.remove(path));
  return report;
}

}  // namespace cairn::ingest
