// Digests of what files hold: SHA-256, by all cores, and without reading what did not change.
//
// A file of up to 16 MiB has the SHA-256 of its bytes. A larger one has that of "chunks16\0", its
// size and the SHA-256 of each 16 MiB, so that many cores can read it. A folder has that of "dir\0"
// and, for each entry by name, its name, NUL, what it is ('f', 'x' for an executable, 'd', 'l') and
// its digest: contents and names, no times and no owners.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "trace/file_state.h"
#include "trace/stat_index.h"

namespace cairn::trace {

constexpr uint64_t kDigestChunkBytes = 16 << 20;

struct FileDigest {
  std::string hex;
  FileState state;       // when it was read, before and after
  bool was_read = true;  // false: its digest was known
};

// Conflict when the file changed while it was read; NotFound; Invalid for what is no regular file.
Result<FileDigest> digest_file(const std::string& path, StatIndex& index);

// All of them, in their order, by all cores.
std::vector<Result<FileDigest>> digest_files(std::span<const std::string> paths, StatIndex& index);

struct FolderDigest {
  std::string hex;
  uint64_t files = 0, bytes = 0, files_read = 0;
};
// Links inside are taken by the file they lead to; one that leads to a folder counts by its
// target's name, so that none can go in a circle.
Result<FolderDigest> digest_folder(const std::string& path, StatIndex& index);

// SHA-256 of a file's bytes, whatever its size: the name of a blob.
Result<std::string> content_sha256(const std::string& path);

// Of the sorted names in a folder, without those that `is_hidden` names.
Result<std::string> digest_listing(const std::string& folder,
                                   const std::vector<std::string>& hidden_sorted);

}  // namespace cairn::trace
