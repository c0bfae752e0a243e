// StatIndex: digests of files that were hashed before, found again without reading the files.
//
// One file in the cache folder, a hash table of 64-byte slots mapped into memory: a process that
// asks for seventy files touches seventy pages, not the whole. A slot holds a hash of the path, one
// of the path with size, mtime, ctime, inode and device, the digest, and a check over all of it.
//
// Safe for any number of processes and threads without a lock: a slot that two write at once fails
// its check and is a miss, and so does one that a crash left half written. Growing copies into a
// new file that takes the old one's name; what others write into the old one meanwhile is
// forgotten. It is a cache: losing it costs time.
//
// The racy rule (git's): what changed less than 10 ms (2 s where clocks are coarse) before it was
// hashed is not kept, because a second change could leave the same times. Where ctime cannot be
// trusted (network and user-space file systems) nothing is kept and every file is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/disk.h"
#include "base/hash.h"
#include "base/result.h"
#include "trace/file_state.h"

namespace cairn::trace {

class StatIndex {
 public:
  // Opens or makes the file. One that cannot be used (damaged, foreign, not writable) is made anew,
  // and where that fails the index works in memory for this process alone.
  static StatIndex open(const std::string& path);
  static StatIndex in_memory();
  ~StatIndex();
  StatIndex(StatIndex&&) noexcept;
  StatIndex& operator=(StatIndex&&) = delete;

  // From any thread.
  std::optional<Sha256Digest> find(const std::string& path, const FileState& state) const;
  // `hashed_at_ns`: by the wall clock, read before the first byte of the file was.
  void put(const std::string& path, const FileState& state, const Sha256Digest& digest,
           int64_t hashed_at_ns);

  // Whether times on the file system of `path` say anything. Asked once for each device.
  bool is_reliable(const std::string& path, const FileState& state) const;

  // Makes room for `files` more at once, which is cheaper than growing on the way.
  void reserve(uint64_t files);

 private:
  struct Table;
  explicit StatIndex(std::unique_ptr<Table> table);

  std::unique_ptr<Table> x_table;
};

}  // namespace cairn::trace
