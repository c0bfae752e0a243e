// Guard: stands before a server that others can reach and decides who comes in (docs/auth.md).
//
// It knows bearer keys, browser sessions, and the local admin while there is neither user nor key.
// What is not in the table of routes, or names no scope there, is turned away.
#pragma once

#include <optional>

#include "auth/keeper.h"
#include "server/access.h"
#include "server/http_types.h"

namespace cairn::server {

// Owned by the server beside its Keeper. Thread-safe: the io threads ask it for every request,
// which takes microseconds. Holds nothing of its own.
class Guard {
 public:
  explicit Guard(auth::Keeper& keeper) : x_keeper(keeper) {}

  // For every request below /api/v1, once `request.peer` is filled in. Sets `request.who` and
  // returns nullopt, or returns the answer that turns the request away: 400 or 404 or 405 for what
  // is not in the table, 401 and 403, 500 while access.json is damaged.
  std::optional<Response> admit(Request& request);
  // The same for a path outside of the table, such as /metrics.
  std::optional<Response> admit(Request& request, Need need);
  // After the answer, on any thread that may wait for the disk: writes into the audit log who
  // removed or administered something. Most requests are none of these and cost a look at the
  // table.
  void note(const Request& request, int status);

 private:
  std::optional<Response> admit_to(Request& request, const FoundRoute& route);

  auth::Keeper& x_keeper;
};

}  // namespace cairn::server
