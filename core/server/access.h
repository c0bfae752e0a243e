// What a route asks of whoever asks for it, and the answers that turn him away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "base/result.h"
#include "server/http_types.h"

namespace cairn::server {

// What whoever asks must be allowed to do.
enum class Need : uint8_t {
  kDenied,    // a route that forgot to say so is nobody's
  kPublic,    // nothing
  kAnyScope,  // to be known here
  kRead,
  kUpload,
  kReadOrUpload,
  kWrite,
  kAdmin,
};
bool satisfies(const auth::Identity& who, Need need);
std::string_view print_need(Need need);  // "read", "read or upload", "any", "public"

// Who answers: the thread that owns the Router, or parts of a server that answer beside it.
enum class Station : uint8_t { kReader, kReceiver, kLive, kAccounts, kSweeps, kFootprint };

struct AccountCall;
using AccountHandler = Result<Response> (*)(const AccountCall&);
struct SweepCall;
using SweepHandler = Result<Response> (*)(const SweepCall&);
struct FootprintCall;
using FootprintHandler = Result<Response> (*)(const FootprintCall&);

// What the table of routes says of a request.
struct FoundRoute {
  std::string_view pattern;  // "/projects/{}/runs"
  Need need = Need::kDenied;
  Station station = Station::kReader;
  AccountHandler account = nullptr;      // of Station::kAccounts
  SweepHandler sweep = nullptr;          // of Station::kSweeps
  FootprintHandler footprint = nullptr;  // of Station::kFootprint
  std::vector<std::string> names;        // what stood for each {} of the route, decoded
  bool is_project = false;               // names[0] is a project
};

// 401 for nobody, 403 for somebody who lacks the scope or the project, with its name; else nullopt.
std::optional<Response> refuse_access(const auth::Identity& who, const FoundRoute& route);

Response answer_unknown(std::string_view message);    // 401
Response answer_forbidden(std::string_view message);  // 403

}  // namespace cairn::server
