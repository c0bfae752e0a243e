// Catching up with journals, editing and removing runs, collecting garbage.
#include "ingest/ingest.h"

#include <set>
#include <utility>

#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "blobs/blobs.h"
#include "journal/journal.h"
#include "wire/event_codec.h"

namespace cairn::ingest {

using model::JournalName;
using model::Liveness;
using model::Value;

namespace {

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

// Every string in a value that is a content hash: whatever a record looks like, what it names is
// kept.
void collect_hashes(const Value& value, std::set<std::string, std::less<>>& hashes) {
  if (const std::string* text = value.as_string()) {
    if (is_sha256_hex(*text)) hashes.insert(*text);
  } else if (const model::List* list = value.as_list()) {
    for (const Value& item : *list) collect_hashes(item, hashes);
  } else if (const model::Object* object = value.as_object()) {
    for (const auto& [key, member] : *object) collect_hashes(member, hashes);
  }
}

}  // namespace

Ingest::Ingest(Disk& disk, store::Store& store) : x_disk(disk), x_store(store) {}
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
  TRY(const uint64_t before, x_store.revision(project));
  const auto entries = x_disk.list(dir);
  if (entries) {
    for (const DirEntry& entry : *entries) {
      const auto name = model::parse_journal_name(entry.name);
      if (!name) continue;
      // One journal that cannot be read must not hide the others; doctor tells what is wrong with
      // it.
      if (const auto read = follow(project, *name); !read)
        x_followers.erase(dir + "/" + entry.name);
    }
  } else if (entries.error().code() != Code::kNotFound) {
    return tl::unexpected(entries.error());
  }
  TRY_VOID(x_store.checkpoint(project, false));
  TRY(const uint64_t after, x_store.revision(project));
  return before != after;
}

// Applies what is new in one journal, then says whether its writer still lives. Life is asked
// first: whatever a writer wrote before it died is then in what is read.
Result<void> Ingest::follow(std::string_view project, const JournalName& name) {
  const std::string path = x_store.layout().journal(project, name);
  TRY(auto position, x_store.position(project, name));
  if (!position) {
    x_followers.erase(path);
    return {};
  }
  const Liveness liveness = liveness_of(journal::writer_life(x_disk, path));
  auto& follower = x_followers[path];
  if (!follower) {
    TRY(follower, Follower::open(x_disk, path));
  }
  while (true) {
    const uint64_t from = std::max<uint64_t>(*position, journal::kHeaderBytes);
    if (follower->offset() != from || *position == 0) {
      TRY(auto shapes, x_store.shapes(project, name));
      follower->seek(from, std::move(shapes));
    }
    TRY(store::Batch batch, follower->read());
    if (batch.from == batch.to) break;
    batch.from = *position;  // the header counts as read with the first batch
    TRY_VOID(x_store.apply(project, name, std::move(batch)));
    TRY(position, x_store.position(project, name));
    if (!position) return {};
  }
  TRY_VOID(x_store.set_writer(project, name, liveness));
  // A journal that will not grow needs no open file.
  if (liveness == Liveness::kEnded) x_followers.erase(path);
  return {};
}

Result<void> Ingest::edit(std::string_view project, std::string_view run, const Value& change) {
  TRY(const model::RunInfo info, x_store.get_run(project, run));
  const JournalName name{std::string(run), info.sessions, make_id()};
  TRY_VOID(x_disk.make_dirs(x_store.layout().live(project)));
  TRY(auto writer, journal::Writer::create(x_disk, x_store.layout().journal(project, name)));
  Value about;
  about.set("edit", true);
  about.set("created_ns", wall_now_ns());
  for (const model::Event& event :
       {model::Event(model::RunBegan{about}), model::Event(model::AttributesChanged{change})})
    TRY_VOID(
        writer->append(static_cast<uint16_t>(wire::kind_of(event)), wire::encode_event(event)));
  TRY_VOID(writer->close());
  TRY_VOID(catch_up(project));
  return {};
}

Result<void> Ingest::remove(std::string_view project, std::string_view run, bool force) {
  TRY(const model::RunInfo info, x_store.get_run(project, run));
  if (info.liveness == Liveness::kAlive && !force)
    return fail(Code::kConflict, "expected a run that has ended, found '{}' still running", run);
  return x_store.remove_run(project, run);
}

Result<Ingest::GarbageReport> Ingest::collect_garbage(int64_t grace_ns, bool dry_run) {
  TRY_VOID(catch_up_all());
  std::set<std::string, std::less<>> used;
  TRY(const auto projects, x_store.projects());
  for (const std::string& project : projects) {
    std::vector<std::string> runs;
    TRY_VOID(x_store.for_each_changed(
        project, 0, [&](const model::RunInfo& info) { runs.push_back(info.id); }));
    for (const std::string& run : runs) {
      TRY(const model::RunInfo info, x_store.get_run(project, run));
      collect_hashes(info.meta, used);
      collect_hashes(info.summary, used);
      TRY(const auto records, x_store.read_records(project, run));
      for (const store::Record& record : records) collect_hashes(record.record, used);
      TRY(const auto artifacts, x_store.read_artifacts(project, run));
      for (const Value& artifact : artifacts) collect_hashes(artifact, used);
    }
  }
  blobs::Blobs blobs(x_disk, x_store.layout().blobs());
  GarbageReport report;
  std::vector<std::string> unused, strays;
  const int64_t now_ns = wall_now_ns();
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
      [&](const std::string& path) {
        const auto info = x_disk.info(path);
        if (info && now_ns - info->modified_ns >= grace_ns) strays.push_back(path);
      }));
  report.strays_removed = strays.size();
  if (dry_run) return report;
  for (const std::string& sha256 : unused) TRY_VOID(blobs.remove(sha256));
  for (const std::string& path : strays) TRY_VOID(x_disk.remove(path));
  return report;
}

}  // namespace cairn::ingest
