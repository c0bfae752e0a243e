// Watch: which sweeps of a project have changed, at the cost of a look at the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/disk.h"
#include "base/result.h"
#include "trials/book.h"

namespace cairn::trials {

// Only reads, with a connection of its own, beside whoever writes. One thread at a time. Owned by
// the Door, for those who follow a project live.
class Watch {
 public:
  Watch(Disk& disk, std::string path) : x_disk(disk), x_path(std::move(path)) {}

  // The last event of each sweep, by id; none while there is no file. Valid until the next call.
  using Heads = std::map<std::string, uint64_t, std::less<>>;
  Result<const Heads*> heads(std::string_view project);

 private:
  Disk& x_disk;
  std::string x_path;
  std::optional<Book> x_book;
  int64_t x_version = 0;                                 // of the file, when it was looked at
  std::map<std::string, Heads, std::less<>> x_projects;  // as of then
};

}  // namespace cairn::trials
