// Router: one request in, one response out; what is not in its table, or not allowed, is denied.
//
// Owned by the Door and used by one thread at a time. Before a handler reads, the router lets
// ingest apply what is new in the journals, so every answer sees what was written when the request
// came.
#pragma once

#include <string_view>
#include <vector>

#include "server/access.h"
#include "server/call.h"
#include "server/http_types.h"

namespace cairn::server {

constexpr std::string_view kApiPrefix = "/api/v1";
constexpr std::string_view kLeasePath = "/leases/{}";
constexpr std::string_view kNoSuchPath = "no such path in the API";  // begins that 404's message

// 404, 405 and 400 are Responses already.
tl::expected<FoundRoute, Response> find_route(const Request& request);

// A line of the table of routes.
struct RouteLine {
  std::string_view method, path;  // {} stands for a name
  Need need;
};
std::vector<RouteLine> list_routes();

// NotFound unless the project in names[0] is there.
Result<void> check_project(const Call& call);

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
