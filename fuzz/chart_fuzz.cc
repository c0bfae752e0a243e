// Fuzz target: any body asked for series or bands is answered by columns that can be read, or by an
// error; a filter, sort or search in a query likewise.
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "ingest/ingest.h"
#include "server/columns.h"
#include "server/footprint_desk.h"
#include "server/router.h"
#include "server/target.h"
#include "store/store.h"
#include "trials/watch.h"

namespace {

using namespace cairn;

// A store with one run, in a folder that goes with the process.
class Small {
 public:
  Small() {
    char path[] = "/tmp/cairn-chart-fuzz-XXXXXX";
    CHECK(mkdtemp(path) != nullptr);
    x_root = path;
    x_store = *store::open_embedded(posix_disk(), x_root, /*create=*/true);
    const model::JournalName journal{"r", 1, "w"};
    CHECK(posix_disk().make_dirs(x_store->layout().live("p")));
    store::Batch batch;
    batch.to = 1000;
    batch.facts.push_back(model::RunBegan{model::Object{{"created_ns", 5}}});
    batch.first_step = 0;
    store::TableRows rows{{"loss", "epoch"}, model::Stream::kHistory, {}, {}, {{}, {}}};
    for (int64_t i = 0; i < 100; ++i) {
      rows.step.push_back(i * 3);
      rows.time_ns.push_back(1'000'000'000 * i);
      rows.columns[0].push_back(1 / static_cast<double>(i));
      rows.columns[1].push_back(static_cast<double>(i / 10));
    }
    batch.tables.push_back(std::move(rows));
    batch.tables.push_back({{"gpu.0.power_w"},
                            model::Stream::kSystem,
                            {0, 50'000},
                            {0, 50'000'000'000},
                            {{100, 200}}});
    CHECK(x_store->apply("p", journal, std::move(batch)));
    x_ingest = std::make_unique<ingest::Ingest>(posix_disk(), *x_store);
    x_catalog = std::make_unique<query::Catalog>(*x_store);
    x_blobs = std::make_unique<blobs::Blobs>(posix_disk(), x_store->layout().blobs());
    x_leases = std::make_unique<server::Leases>(posix_disk(), x_store->layout().leases());
    x_sweeps = std::make_unique<trials::Watch>(posix_disk(), x_root + "/sweeps.db");
    x_footprints = std::make_unique<server::FootprintDesk>(posix_disk(), x_root);
    x_router = std::make_unique<server::Router>(server::Rooms{posix_disk(), *x_store, *x_ingest,
                                                              *x_catalog, *x_blobs, *x_leases,
                                                              *x_sweeps, *x_footprints});
  }
  ~Small() { std::filesystem::remove_all(x_root); }

  server::Response ask(std::string_view method, std::string_view target, std::string_view body) {
    server::Request request;
    if (!server::parse_target(target, request)) return {};
    request.method = method;
    request.who = auth::local_admin();
    request.body = body;
    return x_router->handle(request);
  }

 private:
  std::string x_root;
  std::unique_ptr<store::Store> x_store;
  std::unique_ptr<ingest::Ingest> x_ingest;
  std::unique_ptr<query::Catalog> x_catalog;
  std::unique_ptr<blobs::Blobs> x_blobs;
  std::unique_ptr<server::Leases> x_leases;
  std::unique_ptr<trials::Watch> x_sweeps;
  std::unique_ptr<server::FootprintDesk> x_footprints;
  std::unique_ptr<server::Router> x_router;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Small store;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const char* path : {"/api/v1/projects/p/series", "/api/v1/projects/p/bands"}) {
    const server::Response response = store.ask("POST", path, input);
    CHECK(response.status == 200 || response.status >= 400);
    if (response.status == 200) CHECK(server::decode_columns(response.body));
  }
  for (const char* path : {"groups", "keys", "columns", "runs"})
    (void)store.ask("GET", "/api/v1/projects/p/" + std::string(path) + "?" + std::string(input),
                    {});
  return 0;
}
