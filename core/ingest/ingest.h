// Ingest: applies the journals' events to a store, once each, in order, and edits runs.
//
// The only writer above the store. Idempotent by (run, writer, offset): a journal may be read again
// from anywhere the store says. Several processes may ingest one folder at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "ingest/follower.h"
#include "ingest/receiver.h"
#include "model/value.h"
#include "store/store.h"
#include "wire/blob_names.h"

namespace cairn::ingest {

class Ingest {
 public:
  // What a receiver in this process knows of a journal that comes over the network, without a look
  // at its file; nothing when it knows nothing.
  using Presence = std::function<std::optional<Heard>(std::string_view project,
                                                      const model::JournalName& journal)>;

  Ingest(Disk& disk, store::Store& store, Presence presence = {});
  ~Ingest();

  // Reads what is new in every journal of the project, notices writers that have ended, checkpoints
  // and seals what is due. True when anything changed. A journal that cannot be read does not hide
  // the others; see unreadable().
  Result<bool> catch_up(std::string_view project);
  Result<bool> catch_up_all();

  // Journals that could not be read when last looked at: path -> why. One whose writer has not
  // begun yet is none of them.
  const std::map<std::string, std::string>& unreadable() const { return x_unreadable; }

  // Changes attributes of a run (see AttributesChanged) that may have ended long ago, by an event
  // of its own journal. `change` is an object of the attributes to replace.
  Result<void> edit(std::string_view project, std::string_view run, const model::Value& change);
  // An artifact more of such a run; and other aliases for one: {"name", "sha256", "aliases"}.
  Result<void> add_artifact(std::string_view project, std::string_view run, model::Value manifest);
  Result<void> edit_artifact(std::string_view project, std::string_view run, model::Value change);

  // Conflict when the run may be alive and `force` is not set.
  Result<void> remove(std::string_view project, std::string_view run, bool force);

  struct GarbageReport {
    uint64_t blobs_removed = 0, bytes_removed = 0, blobs_kept = 0, bytes_kept = 0;
    uint64_t strays_removed = 0;
  };
  // Removes blobs that no run refers to and that are older than the grace period, and leftovers of
  // packs that were never finished. With `dry_run` it only counts. Corrupt, and nothing is removed,
  // when anything that may refer to a blob cannot be read.
  Result<GarbageReport> collect_garbage(int64_t grace_ns, bool dry_run);

 private:
  Result<void> follow(std::string_view project, const model::JournalName& name);
  Result<void> read_on(std::string_view project, const model::JournalName& name, Follower& follower,
                       std::optional<uint64_t> position);
  Result<wire::BlobNames> find_used_hashes();
  Result<void> add_edit(std::string_view project, std::string_view run, const model::Event& event);
  void forget_absent(const std::string& dir, const std::vector<DirEntry>& entries);

  Disk& x_disk;
  store::Store& x_store;
  Presence x_presence;
  std::map<std::string, std::unique_ptr<Follower>> x_followers;  // by path of living journals
  std::map<std::string, std::string> x_unreadable;
};

}  // namespace cairn::ingest
