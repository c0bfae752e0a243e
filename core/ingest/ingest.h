// Ingest: applies the journals' events to a store, once each, in order, and edits runs.
//
// The only writer above the store. Idempotent by (run, writer, offset): a journal may be read again
// from anywhere the store says. Several processes may ingest one folder at once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "ingest/follower.h"
#include "model/value.h"
#include "store/store.h"

namespace cairn::ingest {

class Ingest {
 public:
  Ingest(Disk& disk, store::Store& store);
  ~Ingest();

  // Reads what is new in every journal of the project, notices writers that have ended, checkpoints
  // and seals what is due. True when anything changed.
  Result<bool> catch_up(std::string_view project);
  Result<bool> catch_up_all();

  // Changes name, tags, notes, group or job_type of a run that may have ended long ago, by an event
  // of its own journal. `change` is an object of the attributes to replace.
  Result<void> edit(std::string_view project, std::string_view run, const model::Value& change);

  // Conflict when the run is alive and `force` is not set.
  Result<void> remove(std::string_view project, std::string_view run, bool force);

  struct GarbageReport {
    uint64_t blobs_removed = 0, bytes_removed = 0, blobs_kept = 0, bytes_kept = 0;
    uint64_t strays_removed = 0;
  };
  // Removes blobs that no run refers to and that are older than the grace period. With `dry_run` it
  // only counts.
  Result<GarbageReport> collect_garbage(int64_t grace_ns, bool dry_run);

 private:
  Result<void> follow(std::string_view project, const model::JournalName& name);

  Disk& x_disk;
  store::Store& x_store;
  std::map<std::string, std::unique_ptr<Follower>> x_followers;  // by path of living journals
};

}  // namespace cairn::ingest
