// Call: one request on its way through a handler, with the names from its path, checked parameters
// and the rooms it may enter.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "blobs/blobs.h"
#include "ingest/ingest.h"
#include "model/run.h"
#include "model/value.h"
#include "query/catalog.h"
#include "server/http_types.h"
#include "server/leases.h"
#include "store/store.h"
#include "trials/watch.h"

namespace cairn::server {

class FootprintDesk;

// The rooms a handler may enter. Owned by the Door.
struct Rooms {
  Disk& disk;
  store::Store& store;
  ingest::Ingest& ingest;
  query::Catalog& catalog;
  const blobs::Blobs& blobs;
  Leases& leases;
  trials::Watch& sweeps;
  FootprintDesk& footprints;
};

// A request as its handler reads it.
struct Ask {
  const Request& request;
  std::vector<std::string> names;  // what stood for each {name} of the route, decoded

  std::string_view text(std::string_view param, std::string_view missing = {}) const;
  Result<std::optional<int64_t>> integer(std::string_view param,
                                         int64_t min = std::numeric_limits<int64_t>::min(),
                                         int64_t max = std::numeric_limits<int64_t>::max()) const;
  Result<std::optional<double>> number(std::string_view param) const;  // finite
  Result<bool> flag(std::string_view param) const;  // 1, true, 0, false; absent is false
  std::vector<std::string> list(std::string_view param) const;  // comma-separated; absent is empty
  Result<model::Value> object() const;                          // the body; an empty one is {}
};

struct Call : Ask {
  Rooms& rooms;

  // The run that names[0] (project) and names[1] (reference) point at.
  Result<model::RunInfo> run() const;
};

Response answer(const model::Value& value);
Response answer_error(const Error& error);
int status_of(Code code);
Code code_of(std::string_view printed);  // the inverse of print_code, for clients

}  // namespace cairn::server
