// Scopes against needs, and the sentences for those who lack them.
#include "server/access.h"

#include <fmt/ranges.h>

#include "base/result.h"
#include "server/call.h"

namespace cairn::server {
namespace {

using auth::Scope;

Response answer_refusal(int status, std::string_view message) {
  Response response = answer_error(Error(Code::kInvalid, std::string(message)));
  response.status = status;
  return response;
}

}  // namespace

std::string_view print_need(Need need) {
  switch (need) {
    case Need::kRead:
      return "read";
    case Need::kUpload:
      return "upload";
    case Need::kReadOrUpload:
      return "read or upload";
    case Need::kWrite:
      return "write";
    case Need::kAdmin:
      return "admin";
    case Need::kAnyScope:
      return "any";
    case Need::kPublic:
      return "public";
    case Need::kDenied:
      break;
  }
  return "nobody's";
}

bool satisfies(const auth::Identity& who, Need need) {
  switch (need) {
    case Need::kDenied:
      return false;
    case Need::kPublic:
      return true;
    case Need::kAnyScope:
      return !who.grant.scopes.is_empty();
    case Need::kRead:
      return who.may(Scope::kRead);
    case Need::kUpload:
      return who.may(Scope::kUpload);
    case Need::kReadOrUpload:
      return who.may(Scope::kRead) || who.may(Scope::kUpload);
    case Need::kWrite:
      return who.may(Scope::kWrite);
    case Need::kAdmin:
      return who.may(Scope::kAdmin);
  }
  return false;
}

Response answer_unknown(std::string_view message) {
  Response response = answer_refusal(401, message);
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"cairn\"");
  return response;
}

Response answer_forbidden(std::string_view message) { return answer_refusal(403, message); }

std::optional<Response> refuse_access(const auth::Identity& who, const FoundRoute& route) {
  if (route.need == Need::kPublic) return std::nullopt;
  if (who.grant.scopes.is_empty())
    return answer_unknown(
        "expected an API key or a log-in: set CAIRN_API_KEY, send 'Authorization: Bearer "
        "cairn_...', or log in on the page; 'cairn key create' on the server's machine makes a "
        "key");
  if (!satisfies(who, route.need))
    return answer_forbidden(fmt::format("expected the scope {}, found {} ({})",
                                        print_need(route.need),
                                        fmt::join(who.grant.scopes.names(), ", "), who.print()));
  if (route.is_project && !who.sees_project(route.names[0]))
    return answer_forbidden(fmt::format("expected leave to use project '{}', found none ({})",
                                        route.names[0], who.print()));
  return std::nullopt;
}

}  // namespace cairn::server
