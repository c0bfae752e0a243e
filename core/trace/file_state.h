// FileState: what the file system says about a file without reading it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace cairn::trace {

struct FileState {
  uint64_t bytes = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;  // ctime: no program can set it
  uint64_t inode = 0;
  uint64_t device = 0;
  uint32_t mode = 0;

  bool is_file() const { return S_ISREG(mode); }
  bool is_folder() const { return S_ISDIR(mode); }
  bool operator==(const FileState&) const = default;
};

inline FileState state_of(const struct stat& found) {
  return {.bytes = static_cast<uint64_t>(found.st_size),
          .modified_ns = found.st_mtim.tv_sec * kNsPerSecond + found.st_mtim.tv_nsec,
          .changed_ns = found.st_ctim.tv_sec * kNsPerSecond + found.st_ctim.tv_nsec,
          .inode = found.st_ino,
          .device = found.st_dev,
          .mode = found.st_mode};
}

// Links are followed; NotFound where there is nothing, also below what is no folder.
Result<FileState> look_at(const std::string& path);

}  // namespace cairn::trace
