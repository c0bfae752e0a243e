// Watch: which sweeps of a project changed, at the cost of a look at the file, and what one is.
// is.
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
#include "trials/ledger.h"

namespace cairn::trials {

// Only reads, with a connection of its own, beside whoever writes. One thread at a time. Owned by
// the Door, for those who follow a project live, and for reports.
class Watch {
 public:
  Watch(Disk& disk, std::string path) : x_disk(disk), x_path(std::move(path)) {}

  // The last event of each sweep, by id; none while there is no file. Valid until the next call.
  using Heads = std::map<std::string, uint64_t, std::less<>>;
  Result<const Heads*> heads(std::string_view project);
  // A sweep as it stands; nothing where there is none of this id.
  Result<std::optional<Ledger>> find(std::string_view id);

 private:
  Result<Book*> book();  // null while there is no file

  Disk& x_disk;
  std::string x_path;
  std::optional<Book> x_book;
  int64_t x_version = 0;                                 // of the file, when it was looked at
  std::map<std::string, Heads, std::less<>> x_projects;  // as of then
};

}  // namespace cairn::trials
