// Arrivals: blobs that come over the network piece by piece, and can be taken up again after a cut.
//
// Owned by a server. Thread-safe; pieces of one blob wait for each other. What has come of a blob
// lies in tmp/<sha256>.part until its hash is right, so a restarted server goes on from there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/result.h"
#include "blobs/blobs.h"

namespace cairn::blobs {

class Arrivals {
 public:
  // `root` is the blobs folder. At most `open_max` blobs are held open.
  Arrivals(Disk& disk, std::string root, size_t open_max = 64);
  ~Arrivals();

  struct Progress {
    uint64_t bytes = 0;  // of the blob are here, from its beginning
    bool complete = false;
  };
  // Takes the bytes of a blob from offset `from` on; what is here already is stepped over, and
  // nothing is taken when bytes before `from` are missing. Errors: Invalid (the content has another
  // hash: it begins anew), Limit (the disk is full; what was here stays), Unavailable (another
  // server takes this blob), Io.
  Result<Progress> take(const BlobRef& blob, uint64_t from, std::string_view bytes);

 private:
  struct Arrival;
  using ArrivalPtr = std::shared_ptr<Arrival>;

  ArrivalPtr find(const std::string& sha256);
  void drop(const std::string& sha256);
  Result<void> begin(Arrival& arrival, const BlobRef& blob);
  Result<Progress> finish(Arrival& arrival, const BlobRef& blob);
  std::string path_of(const std::string& sha256) const;

  Disk& x_disk;
  const std::string x_root;
  const size_t x_open_max;
  Blobs x_blobs;
  std::mutex x_mutex;  // guards the map; never held during input and output
  std::map<std::string, ArrivalPtr> x_arrivals;
  uint64_t x_uses = 0;
};

}  // namespace cairn::blobs
