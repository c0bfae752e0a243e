// Door: one store's folder behind the HTTP API, in the process that opens it.
//
// The CLI calls handle() directly; `cairn door` serves it on an inherited socket. The folder is
// opened by the first request that needs it, so a door may stand before the first run is recorded;
// users and keys are looked after without opening it. Whoever calls has read access to the folder
// and says in Request::who what else he may do.
// Used by one thread at a time. Holds nothing that is not on disk: any number of doors may stand on
// one folder, and one that is killed loses nothing.
#pragma once

#include <memory>
#include <string>

#include "auth/keeper.h"
#include "base/disk.h"
#include "ingest/ingest.h"
#include "server/access.h"
#include "server/call.h"
#include "server/footprint_desk.h"
#include "server/http_types.h"
#include "server/sweep_desk.h"

namespace cairn::server {

class Door {
 public:
  Door(Disk& disk, std::string dir, ingest::Ingest::Presence presence = {});
  ~Door();

  // Never throws; a folder that cannot be opened is an error of this request and is tried again by
  // the next one.
  Response handle(const Request& request) noexcept;
  // For whoever answers beside the router. They stay where they are as long as the door stands.
  Result<Rooms*> open();
  // Earlier runs for a new sweep; for who answers of sweeps on another thread than the door's.
  Result<std::vector<trials::Prior>> find_priors(const sweep::Definition& definition,
                                                 const trials::NewSweep& wanted,
                                                 const auth::Identity& who);
  const std::string& dir() const { return x_dir; }

 private:
  struct Opened;

  Response handle_account(const Request& request);
  Response handle_footprint(const Request& request, const FoundRoute& route);

  Disk& x_disk;
  std::string x_dir;
  ingest::Ingest::Presence x_presence;
  std::unique_ptr<auth::Keeper> x_keeper;
  FootprintDesk x_footprints;
  std::unique_ptr<Opened> x_opened;
  SweepDesk x_sweeps;
};

}  // namespace cairn::server
