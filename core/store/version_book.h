// VersionBook: which number each content of each artifact of a project has, for ever.
//
// "v3" must mean the same tomorrow, although runs are delivered late or removed: so a number is
// given when somebody first looks, in the order of logging, written down, and never changed.
// The file has the frames of a journal (docs/formats/versions.md); any number of processes write it
// in turn, each holding its lock for as long as that takes. Owned by the store; one thread at a
// time. A number that was answered is on the medium. Where nothing can be written, numbers are the
// ones that would be given.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "journal/journal.h"
#include "store/store.h"

namespace cairn::store {

class VersionBook {
 public:
  VersionBook(Disk& disk, std::string path) : x_disk(disk), x_path(std::move(path)) {}

  // The numbers of `contents`, in their order. Unavailable when another process holds the book for
  // long.
  Result<std::vector<uint32_t>> number(std::span<const ArtifactContent> contents);

  // Bytes of the file that say nothing any more.
  Result<uint64_t> damaged_bytes();

 private:
  struct Numbers {
    std::map<std::string, uint32_t, std::less<>> by_digest;
    uint32_t next = 0;
  };
  struct Entry {
    uint32_t number;
    bool is_new;  // not in the book yet
  };

  std::vector<Entry> look_up(std::span<const ArtifactContent> contents) const;
  Result<void> read_on();
  void take(std::string_view payload);
  Result<void> give(std::span<const ArtifactContent> contents);
  Result<std::unique_ptr<File>> open_locked();

  Disk& x_disk;
  std::string x_path;
  std::unique_ptr<journal::Reader> x_reader;  // null: there is no file yet
  std::map<std::string, Numbers, std::less<>> x_artifacts;
};

}  // namespace cairn::store
