// FakeDisk: a disk in memory that can stop after any write, lose power, fill up or vanish.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"

namespace cairn {

// What a power cut does to bytes and names that were not synced.
enum class Crash {
  kLost,  // all gone
  kKept,  // all there
  kTorn,  // each sector and each name is there or not, chosen by a seed
};

// Keeps two images of every file and folder: what programs see, and what the medium holds (the
// content at the last File::sync(), the names at the last sync_dir()). Folders themselves are on
// the medium at once: file systems that journal their metadata write them with the first file
// synced in them. A Window is memory of the visible image.
//
// Every call that changes something counts as one operation; stop_after() lets the machine die at
// any of them. crash() and kill() answer with the disk that the next boot or the next process
// finds; the old disk, with whoever still holds its files, stays behind. Thread-safe except for
// stores into a Window beside sync() or read_at().
class FakeDisk final : public Disk {
 public:
  FakeDisk();
  ~FakeDisk() override;

  std::unique_ptr<FakeDisk> crash(Crash policy, uint64_t seed = 0) const;  // the power is cut
  std::unique_ptr<FakeDisk> kill() const;  // the process dies: what was visible stays, locks go

  uint64_t operations() const;
  // After `operations` more, the next one and all later ones fail; a write gets half way.
  void stop_after(uint64_t operations);
  bool stopped() const;

  void set_free_bytes(uint64_t bytes);  // then the disk is full
  void set_read_only(bool read_only);
  void set_can_reserve(bool can_reserve);  // false: File::reserve() is Unavailable
  void set_local(bool local);
  void set_now_ns(int64_t now_ns);      // the time that files changed from now on will show
  void vanish(const std::string& dir);  // deleted under us; open files stay usable, nameless

  // The visible bytes of a file, for tests that damage them; empty when there is none.
  std::string content(const std::string& path) const;
  void set_content(const std::string& path, std::string_view bytes);  // visible and durable

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  bool exists(const std::string& path) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::vector<DirEntry>> list(const std::string& dir) override;
  Result<void> make_dirs(const std::string& dir) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_dir(const std::string& dir) override;
  Result<void> touch(const std::string& path) override;
  Result<void> clone(const std::string& from, const std::string& to) override;
  bool is_local(const std::string& path) override;

 private:
  class FakeFile;
  struct Inode;
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  // Counts one operation; an error when the machine has stopped or may not write.
  Result<void> begin_change(std::string_view doing, const std::string& path);
  Result<void> resize(Inode& inode, uint64_t bytes, const std::string& path);
  Result<void> write(Inode& inode, uint64_t offset, std::string_view bytes,
                     const std::string& path);
  bool dir_exists(const std::string& dir) const;
  bool has_name(const Inode& inode) const;

  mutable std::mutex x_mutex;
  Names x_visible, x_durable;  // full path -> file
  std::set<std::string> x_dirs;
  uint64_t x_operations = 0;
  std::optional<uint64_t> x_operations_max;
  bool x_stopped = false;
  bool x_read_only = false;
  bool x_can_reserve = true;
  bool x_local = true;
  uint64_t x_free_bytes = UINT64_MAX;
  int64_t x_now_ns = 0;
};

}  // namespace cairn
