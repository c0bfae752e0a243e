// The files of artifacts on this machine's disk: found to be put, and written when they are got.
//
// What is put may hold links to anywhere, what is got may have been made by anybody: neither leads
// out of its folder. A file that is got appears under its name when it is whole and its hash is
// right; a folder that is not there yet appears when all its files are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/door_client.h"
#include "model/value.h"

namespace cairn::cli {

struct FoundFile {
  std::string path;    // inside the artifact
  std::string source;  // on the disk; empty for a reference
  std::string ref;     // "s3://bucket/key"
};
// Files as they are, folders with all that is below them (a single folder without its own name),
// URIs as references. Invalid for a link that leads out of its folder, unless links are followed.
Result<std::vector<FoundFile>> find_files(const std::vector<std::string>& paths, bool follow_links);

struct Written {
  std::string folder;
  size_t files = 0;
  uint64_t bytes = 0;                   // of all files
  uint64_t fetched_bytes = 0;           // that were not there yet
  std::vector<std::string> references;  // which stay where they are
};
// Writes the files of a manifest that was checked (model::check_manifest) below `folder`. Goes on
// where an earlier call was cut off.
Result<Written> write_files(DoorClient& client, const model::Value& manifest,
                            const std::string& folder);

}  // namespace cairn::cli
