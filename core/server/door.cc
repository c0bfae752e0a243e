// Opens a store's folder and wires the rooms that answer for it.
#include "server/door.h"

#include "blobs/blobs.h"
#include "ingest/ingest.h"
#include "query/catalog.h"
#include "server/accounts.h"
#include "server/router.h"
#include "store/store.h"

namespace cairn::server {

struct Door::Opened {
  Opened(Disk& disk, std::unique_ptr<store::Store> opened_store, ingest::Ingest::Presence presence)
      : store(std::move(opened_store)),
        ingest(disk, *store, std::move(presence)),
        catalog(*store),
        blobs(disk, store->layout().blobs()),
        leases(disk, store->layout().leases()),
        rooms{disk, *store, ingest, catalog, blobs, leases},
        router(rooms) {}

  std::unique_ptr<store::Store> store;
  ingest::Ingest ingest;
  query::Catalog catalog;
  blobs::Blobs blobs;
  Leases leases;
  Rooms rooms;
  Router router;
};

Door::Door(Disk& disk, std::string dir, ingest::Ingest::Presence presence)
    : x_disk(disk), x_dir(std::move(dir)), x_presence(std::move(presence)) {}
Door::~Door() = default;

Response Door::handle_account(const Request& request) {
  if (!x_keeper) x_keeper = std::make_unique<auth::Keeper>(x_dir);
  return Accounts(*x_keeper).handle(request);
}

Response Door::handle(const Request& request) noexcept {
  if (const auto route = find_route(request); route && route->station == Station::kAccounts)
    return handle_account(request);
  if (const auto rooms = open(); !rooms) return answer_error(rooms.error());
  return x_opened->router.handle(request);
}

Result<Rooms*> Door::open() {
  if (!x_opened) {
    TRY(auto store, store::open_embedded(x_disk, x_dir, /*create=*/false));
    x_opened = std::make_unique<Opened>(x_disk, std::move(store), x_presence);
  }
  return &x_opened->rooms;
}

}  // namespace cairn::server
