// Opens a store's folder and wires the rooms that answer for it.
#include "server/door.h"

#include "blobs/blobs.h"
#include "ingest/ingest.h"
#include "query/catalog.h"
#include "server/router.h"
#include "store/store.h"

namespace cairn::server {

struct Door::Opened {
  Opened(Disk& disk, std::unique_ptr<store::Store> opened_store)
      : store(std::move(opened_store)),
        ingest(disk, *store),
        catalog(*store),
        blobs(disk, store->layout().blobs()),
        router({disk, *store, ingest, catalog, blobs}) {}

  std::unique_ptr<store::Store> store;
  ingest::Ingest ingest;
  query::Catalog catalog;
  blobs::Blobs blobs;
  Router router;
};

Door::Door(Disk& disk, std::string dir) : x_disk(disk), x_dir(std::move(dir)) {}
Door::~Door() = default;

Response Door::handle(const Request& request) noexcept {
  if (!x_opened) {
    auto store = store::open_embedded(x_disk, x_dir, /*create=*/false);
    if (!store) return answer_error(store.error());
    x_opened = std::make_unique<Opened>(x_disk, std::move(*store));
  }
  return x_opened->router.handle(request);
}

}  // namespace cairn::server
