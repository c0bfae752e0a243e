// Router: one request in, one response out; what is not in its table is denied.
//
// Owned by the Door and used by one thread at a time. Before a handler reads, the router lets
// ingest apply what is new in the journals, so every answer sees what was written when the request
// came.
#pragma once

#include "server/call.h"
#include "server/http_types.h"

namespace cairn::server {

constexpr std::string_view kApiPrefix = "/api/v1";

class Router {
 public:
  explicit Router(Rooms rooms) : x_rooms(rooms) {}

  // Never throws; every failure is a Response with a JSON error.
  Response handle(const Request& request) noexcept;

 private:
  Result<Response> route(const Request& request);

  Rooms x_rooms;
};

}  // namespace cairn::server
