// Opens a store's folder and wires the rooms that answer for it.
#include "server/door.h"

#include <exception>
#include <utility>

#include "blobs/blobs.h"
#include "ingest/ingest.h"
#include "query/catalog.h"
#include "server/accounts.h"
#include "server/router.h"
#include "store/store.h"

namespace cairn::server {

struct Door::Opened {
  Opened(Disk& disk, std::unique_ptr<store::Store> opened_store, ingest::Ingest::Presence presence,
         FootprintDesk& footprints)
      : store(std::move(opened_store)),
        ingest(disk, *store, std::move(presence)),
        catalog(*store, &footprints),
        blobs(disk, store->layout().blobs()),
        leases(disk, store->layout().leases()),
        sweeps(disk, sweeps_path(store->layout().root())),
        rooms{disk, *store, ingest, catalog, blobs, leases, sweeps, footprints},
        router(rooms) {}

  std::unique_ptr<store::Store> store;
  ingest::Ingest ingest;
  query::Catalog catalog;
  blobs::Blobs blobs;
  Leases leases;
  trials::Watch sweeps;
  Rooms rooms;
  Router router;
  uint64_t priced_by = 0;

  void follow(const FootprintDesk& footprints) {
    if (std::exchange(priced_by, footprints.revision()) != footprints.revision())
      catalog.forget_costs();
  }
};

Door::Door(Disk& disk, std::string dir, ingest::Ingest::Presence presence)
    : x_disk(disk),
      x_dir(std::move(dir)),
      x_presence(std::move(presence)),
      x_footprints(x_disk, x_dir),
      x_sweeps(x_disk, x_dir, [this](const auto& definition, const auto& wanted, const auto& who) {
        return find_priors(definition, wanted, who);
      }) {}
Door::~Door() = default;

Response Door::handle_account(const Request& request) {
  if (!x_keeper) x_keeper = std::make_unique<auth::Keeper>(x_dir);
  return Accounts(*x_keeper).handle(request);
}

Response Door::handle(const Request& request) noexcept {
  if (const auto route = find_route(request)) {
    if (route->station == Station::kAccounts) return handle_account(request);
    if (route->station == Station::kSweeps) return x_sweeps.handle(request);
    x_footprints.refresh();
    if (x_opened) x_opened->follow(x_footprints);
    if (route->station == Station::kFootprint) return handle_footprint(request, *route);
  }
  if (const auto rooms = open(); !rooms) return answer_error(rooms.error());
  return x_opened->router.handle(request);
}

Response Door::handle_footprint(const Request& request, const FoundRoute& route) {
  try {
    if (auto refusal = refuse_access(request.who, route)) return std::move(*refusal);
    auto response = route.footprint({{request, route.names}, x_footprints});
    return response ? std::move(*response) : answer_error(response.error());
  } catch (const std::exception& e) {  // out of memory, above all
    return answer_error(Error(Code::kUnavailable, fmt::format("cannot answer: {}", e.what())));
  }
}

Result<std::vector<trials::Prior>> Door::find_priors(const sweep::Definition& definition,
                                                     const trials::NewSweep& wanted,
                                                     const auth::Identity& who) {
  TRY(Rooms* const rooms, open());
  return server::find_priors(*rooms, definition, wanted, who);
}

Result<Rooms*> Door::open() {
  if (!x_opened) {
    TRY(auto store, store::open_embedded(x_disk, x_dir, /*create=*/false));
    x_footprints.refresh();
    x_opened = std::make_unique<Opened>(x_disk, std::move(store), x_presence, x_footprints);
  }
  return &x_opened->rooms;
}

}  // namespace cairn::server
