// Content-addressed files: blobs/ab/<sha256>, written once, shared by all runs of a store.
//
// A guest may write here from any number of processes at once: a blob is written under a temporary
// name, synced and renamed, so it is there whole or not at all, and writing it twice is harmless.
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
  // Hashes and copies in one pass (reflink where the file system can). Error Conflict when the file
  // changed while it was read.
  Result<BlobRef> put_file(const std::string& path);

  bool has(std::string_view sha256) const;
  Result<std::string> path_of(std::string_view sha256) const;  // NotFound, Invalid
  Result<std::string> get(std::string_view sha256, uint64_t bytes_max) const;
  Result<void> verify(std::string_view sha256) const;  // Corrupt when the content has another hash

  // Calls visit(sha256, bytes, modified_ns) for every blob; strangers and leftovers go to `stray`.
  Result<void> for_each(const std::function<void(std::string_view, uint64_t, int64_t)>& visit,
                        const std::function<void(const std::string& path)>& stray = {}) const;
  Result<void> remove(std::string_view sha256);

 private:
  Disk& x_disk;
  std::string x_root;
};

}  // namespace cairn::blobs
