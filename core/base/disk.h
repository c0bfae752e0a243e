// Disk and File: the operating system's files as a seam, so that tests can lie to everything above.
//
// PosixDisk is the real one. FakeDisk (base/testing/fake_disk.h) keeps two images of every file,
// what programs see and what a power cut would leave, and can stop the world after any write.
// A Disk may be used from any thread. A File belongs to one thread at a time, except that sync(),
// reserve() and map() may run beside its other calls. Callers build paths inside a store from
// checked names only, so nothing here has to guard against strange ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cairn {

// A writable window onto a file's pages, shared with every reader of the file. What is stored here
// survives the death of the process at once and a power cut after the next File::sync().
// Not inherited by a forked child (MADV_DONTFORK).
class Window {
 public:
  virtual ~Window() = default;
  char* data() const { return x_data; }
  size_t size() const { return x_size; }

 protected:
  char* x_data = nullptr;
  size_t x_size = 0;
};

enum class OpenMode {
  kRead,       // must exist
  kCreate,     // must not exist
  kReadWrite,  // created when missing
};

class File {
 public:
  virtual ~File() = default;  // closes; unsynced bytes stay in the page cache

  // Up to `size` bytes; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, char* out, size_t size) = 0;
  virtual Result<void> write_at(uint64_t offset, std::string_view bytes) = 0;
  // fdatasync. NotFound when the file's name was deleted meanwhile: its bytes will die with us.
  virtual Result<void> sync() = 0;
  virtual Result<uint64_t> size() = 0;
  virtual Result<void> truncate(uint64_t size) = 0;

  // Makes room for [offset, offset + size) on the medium, so that a Window over it cannot run out
  // of space. The file grows to include it, filled with zeros. Unavailable where the file system
  // cannot.
  virtual Result<void> reserve(uint64_t offset, size_t size) = 0;
  // `offset` must be a multiple of kPageBytes and the range reserved. Unavailable when the process
  // may map no more.
  virtual Result<std::unique_ptr<Window>> map(uint64_t offset, size_t size) = 0;

  // The lock that tells a living writer: exclusive, held until this File closes or the process dies
  // (an open-file-description lock: reading the file elsewhere in the process does not drop it).
  virtual Result<bool> try_lock() = 0;
  virtual Result<bool> is_locked_by_another() = 0;
};

struct DirEntry {
  std::string name;
  bool is_dir = false;
};

struct FileInfo {
  uint64_t bytes = 0;
  int64_t modified_ns = 0;
  bool is_dir = false;
};

constexpr size_t kPageBytes = 4096;

class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  virtual Result<std::vector<DirEntry>> list(const std::string& dir) = 0;  // sorted by name
  virtual Result<void> make_dirs(const std::string& dir) = 0;              // mode 0777 & ~umask
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;  // or an empty folder; missing is fine
  virtual Result<void> sync_dir(const std::string& dir) = 0;
  virtual Result<void> touch(const std::string& path) = 0;  // modified now
  // A new file `to` that shares the blocks of `from`: a snapshot that costs no space. Unavailable
  // where the file system cannot.
  virtual Result<void> clone(const std::string& from, const std::string& to) = 0;

  // Whether locks and shared mappings of `path` can be trusted (false on NFS, Lustre, CIFS, FUSE
  // ...).
  virtual bool is_local(const std::string& path) = 0;
};

Disk& posix_disk();

std::string parent_of(const std::string& path);  // "." for a bare name

// The whole file; Limit when it is larger than `bytes_max`.
Result<std::string> read_file(Disk& disk, const std::string& path, uint64_t bytes_max);
// All or nothing: written to a temporary neighbour, synced, renamed over `path`, folder synced.
Result<void> write_file_atomically(Disk& disk, const std::string& path, std::string_view bytes);

}  // namespace cairn
