// Content-addressed files: blobs/ab/<sha256>, written once, shared by all runs of a store.
//
// A guest may write here from any number of processes at once: a blob is written under a temporary
// name in tmp/, synced and renamed, so it is there whole or not at all, and writing it twice is
// harmless: the second time only renews its age, so that a sweep of old unused blobs spares it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace cairn::blobs {

struct BlobRef {
  std::string sha256;  // 64 hex digits
  uint64_t bytes = 0;
};

// `root` is the blobs folder. Thread-safe.
class Blobs {
 public:
  Blobs(Disk& disk, std::string root) : x_disk(disk), x_root(std::move(root)) {}

  Result<BlobRef> put(std::string_view content);
  // Hashes and copies in one pass; where the file system can share blocks, a snapshot is taken and
  // hashed instead. Error Conflict when the file changed while it was copied.
  Result<BlobRef> put_file(const std::string& path);

  // Gives a whole and synced file of this folder its place; it is gone from `path` in any case.
  Result<BlobRef> adopt(const std::string& path, const BlobRef& blob);

  bool has(std::string_view sha256) const;
  Result<std::string> path_of(std::string_view sha256) const;  // NotFound, Invalid
  Result<std::string> get(std::string_view sha256, uint64_t bytes_max) const;
  Result<void> verify(std::string_view sha256) const;  // Corrupt when the content has another hash

  // Calls visit(sha256, bytes, modified_ns) for every blob; strangers and leftovers of writers that
  // died go to `stray` (as may a blob that is being written; the file's age tells).
  using Visit = std::function<void(std::string_view sha256, uint64_t bytes, int64_t modified_ns)>;
  using VisitStray = std::function<void(const std::string& path)>;
  Result<void> for_each(const Visit& visit, const VisitStray& stray = {}) const;
  Result<void> remove(std::string_view sha256);  // a missing one is no error

 private:
  class Temporary;
  std::string dir_of(std::string_view sha256) const;
  std::string place_of(std::string_view sha256) const;
  Result<Temporary> begin();
  Result<BlobRef> adopt(Temporary temporary, BlobRef blob);
  bool renew(const BlobRef& blob);

  Disk& x_disk;
  std::string x_root;
};

}  // namespace cairn::blobs
