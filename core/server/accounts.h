// Accounts: log in and out, and the API's users, keys and audit log.
#pragma once

#include <string>

#include "auth/keeper.h"
#include "server/call.h"
#include "server/http_types.h"

namespace cairn::server {

// Answers the routes at Station::kAccounts once the Guard has admitted them. Owned by the server or
// the door beside its Keeper. Thread-safe, but a log-in takes as long as a password hash and 256
// MiB meanwhile: a server calls it on one thread of its own, so that one hash is computed at a
// time.
class Accounts {
 public:
  explicit Accounts(auth::Keeper& keeper) : x_keeper(keeper) {}

  Response handle(const Request& request) noexcept;

 private:
  Result<Response> route(const Request& request);

  auth::Keeper& x_keeper;
};

// What a handler of accounts.cc sees.
struct AccountCall : Ask {
  auth::Keeper& keeper;

  auth::Actor actor() const;
};

// Who a request is, and from where, for the audit log.
auth::Actor actor_of(const Request& request);

}  // namespace cairn::server
