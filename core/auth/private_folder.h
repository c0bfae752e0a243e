// PrivateFolder: a folder that only its owner may enter, for what must not be read by others.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cairn::auth {

// Tells one content of a file from the next: replaced files differ in it. Equality is a proof only
// for stamps of files that had come to rest (see is_settled).
struct Stamp {
  uint64_t inode = 0, bytes = 0;
  int64_t modified_ns = 0, changed_ns = 0;
  bool exists = false;
  friend bool operator==(const Stamp&, const Stamp&) = default;

  // False for so long after a change that a second one could have happened within one tick of the
  // file system's clock, and with it, by chance, look the same.
  bool is_settled(int64_t wall_now_ns) const;
};

// Files of mode 0600 in a folder of mode 0700. It goes past the Disk seam because permissions,
// locks and inodes are all it is about. Thread-safe: holds nothing but its path.
class PrivateFolder {
 public:
  explicit PrivateFolder(std::string path) : x_path(std::move(path)) {}

  const std::string& path() const { return x_path; }
  std::string path_of(std::string_view name) const;

  // Makes it, or closes it to others when it stood open. Its parent must exist.
  Result<void> make() const;

  // The stamp of a file, !exists when there is none.
  Result<Stamp> stamp(std::string_view name) const;
  // The whole file with the stamp it had; NotFound, Limit, Io.
  Result<std::string> read(std::string_view name, uint64_t bytes_max, Stamp& stamp) const;
  // At most `bytes` from `offset`.
  Result<std::string> read_part(std::string_view name, uint64_t offset, size_t bytes) const;
  // All or nothing: written beside its place, synced, renamed, the folder synced.
  Result<void> replace(std::string_view name, std::string_view bytes) const;
  // A line of its own at the file's end, synced; also after a line that a full disk or a power cut
  // left torn. Call it under the lock.
  Result<void> append_line(std::string_view name, std::string_view line) const;

  // Held by one at a time, of all threads and processes, until it goes out of scope.
  class Lock {
   public:
    explicit Lock(int fd) : x_fd(fd) {}
    Lock(Lock&& other) noexcept : x_fd(other.x_fd) { other.x_fd = -1; }
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    int x_fd;
  };
  Result<Lock> lock() const;  // waits

 private:
  std::string x_path;
};

}  // namespace cairn::auth
