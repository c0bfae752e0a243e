// SweepDesk: the API's sweeps and trials, and where a sweep's earlier runs are
// found.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "server/call.h"
#include "server/http_types.h"
#include "trials/sweeps.h"

namespace cairn::server {

// Earlier runs that a new sweep may learn from, of projects that whoever asks
// may read. Called on the desk's thread.
using FindPriors = std::function<Result<std::vector<trials::Prior>>(
    const sweep::Definition& definition, const trials::NewSweep& wanted,
    const auth::Identity& who)>;

// Looks them up in the store, on the thread that owns it.
Result<std::vector<trials::Prior>> find_priors(Rooms& rooms, const sweep::Definition& definition,
                                               const trials::NewSweep& wanted,
                                               const auth::Identity& who);

// Answers the routes at Station::kSweeps once they are admitted. One thread at
// a time: a server has one for it, since a model may think for 0.3 s about what
// to try next, and who reads the store is not to wait for that. Owned by the
// Door, or by the server beside its Door.
class SweepDesk {
 public:
  SweepDesk(Disk& disk, std::string dir, FindPriors find_priors);

  Response handle(const Request& request) noexcept;

 private:
  Result<Response> route(const Request& request);

  Disk& x_disk;
  const std::string x_dir;
  FindPriors x_find_priors;
  trials::Sweeps x_sweeps;
};

// What a handler of sweeps.cc sees.
struct SweepCall : Ask {
  trials::Sweeps& sweeps;
  const FindPriors& find_priors;
  const std::function<Result<void>()>& make_store;

  // The sweep of names[0]; NotFound where whoever asks may not see its project.
  Result<const trials::Ledger*> sweep() const;
  Result<int64_t> number() const;  // of the trial in names[1]
};

// sweeps.db in the folder of a store.
std::string sweeps_path(const std::string& dir);

}  // namespace cairn::server
