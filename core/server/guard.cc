// Credentials to identities, and the checks that a browser's need besides.
#include "server/guard.h"

#include <algorithm>
#include <array>

#include "auth/secrets.h"
#include "server/accounts.h"
#include "server/browser.h"
#include "server/call.h"
#include "server/router.h"

namespace cairn::server {
namespace {

constexpr std::string_view kCsrfHeader = "x-cairn-csrf";

// What a request shows of itself. A browser adds cookies and, once it knows it, a Basic password to
// requests that a strange site makes; a Bearer key is only ever added by a program.
struct Credential {
  enum class Kind { kNone, kBearer, kBasic, kCookie };
  Kind kind = Kind::kNone;
  std::string text;
};

// "Bearer KEY", or "Basic" with the key as the password, as `curl --user me:KEY` sends it.
Credential parse_authorization(std::string_view header) {
  const size_t space = std::min(header.find(' '), header.size());
  std::string scheme(header.substr(0, space));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view rest = header.substr(std::min(space + 1, header.size()));
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (scheme != "basic") return {Credential::Kind::kBearer, std::string(rest)};
  const std::string pair = auth::decode_base64(rest).value_or("");
  const size_t colon = std::min(pair.find(':'), pair.size());
  const std::string password = pair.substr(std::min(colon + 1, pair.size()));
  return {Credential::Kind::kBasic, password.empty() ? pair.substr(0, colon) : password};
}

Credential find_credential(const Request& request) {
  if (const std::string* header = request.header("authorization"))
    return parse_authorization(*header);
  const std::string token = find_session_token(request);
  if (!token.empty()) return {Credential::Kind::kCookie, token};
  return {};
}

bool may_change_something(const Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

// What a browser may have been made to send by a page of another site is looked at twice.
Result<void> check_use(const Request& request, const Credential& shown, Need need) {
  if (shown.kind == Credential::Kind::kBearer) return {};
  TRY_VOID(check_same_origin(request));
  if (shown.kind != Credential::Kind::kCookie || need == Need::kPublic) return {};
  if (!may_change_something(request)) return {};
  const std::string* csrf = request.header(kCsrfHeader);
  if (csrf && auth::Keeper::is_csrf_of(*csrf, shown.text)) return {};
  return fail(Code::kInvalid,
              "expected the header X-Cairn-CSRF with the \"csrf\" of GET {}/me, found {}",
              kApiPrefix, csrf ? "another" : "none");
}

// The local admin, or nobody.
Result<auth::Identity> find_local(const Request& request) {
  if (!request.peer.is_loopback) return auth::Identity();
  if (came_through_proxy(request))
    return fail(Code::kInvalid,
                "expected a request of this machine itself, found one that came through a proxy: "
                "while there is neither user nor key it may be anybody's; 'cairn user add NAME "
                "--admin' adds a user");
  TRY_VOID(check_loopback_host(request));
  return auth::local_admin();
}

// Who shows `shown`, which is emptied where nobody has to show anything.
Result<auth::Identity> identify(auth::Keeper& keeper, const Request& request, Credential& shown) {
  TRY(const bool is_open, keeper.is_open());
  if (is_open) {
    shown = {};
    return find_local(request);
  }
  switch (shown.kind) {
    case Credential::Kind::kBearer:
    case Credential::Kind::kBasic:
      return keeper.find_key(shown.text);
    case Credential::Kind::kCookie:
      return keeper.find_session(shown.text);
    case Credential::Kind::kNone:
      break;
  }
  return auth::Identity();
}

// 401 for a credential that is not good, 403 for a request that must not use it, else trouble.
Response answer_refusal(const Error& error) {
  if (error.code() == Code::kNotFound) return answer_unknown(error.message());
  if (error.code() == Code::kInvalid) return answer_forbidden(error.message());
  return answer_error(error);
}

}  // namespace

std::optional<Response> Guard::admit(Request& request) {
  auto route = find_route(request);
  if (!route) return std::move(route.error());
  return admit_to(request, *route);
}

std::optional<Response> Guard::admit(Request& request, Need need) {
  FoundRoute route;
  route.need = need;
  return admit_to(request, route);
}

std::optional<Response> Guard::admit_to(Request& request, const FoundRoute& route) {
  Credential shown = find_credential(request);
  auto who = identify(x_keeper, request, shown);
  if (!who && who.error().code() == Code::kNotFound && route.need == Need::kPublic)
    who = auth::Identity();  // who logs in may show what is left of an earlier log-in
  request.who = who ? *who : auth::Identity();

  std::optional<Response> refusal;
  if (!who)
    refusal = answer_refusal(who.error());
  else if (auto allowed = check_use(request, shown, route.need); !allowed)
    refusal = answer_refusal(allowed.error());
  else
    refusal = refuse_access(request.who, route);
  if (refusal && refusal->status < 500 && shown.kind != Credential::Kind::kNone)
    x_keeper.note_refusal(actor_of(request), request.method + " " + request.path,
                          fmt::format("refused with {}", refusal->status));
  return refusal;
}

void Guard::note(const Request& request, int status) {
  const auto route = find_route(request);
  if (!route || route->station == Station::kAccounts) return;  // the Keeper writes of these
  if (request.method != "DELETE" && route->need != Need::kAdmin) return;
  if (route->pattern == kLeasePath) return;  // given back by whoever took it: nothing is lost
  const std::string outcome = status < 400 ? "done" : fmt::format("failed with {}", status);
  static_cast<void>(x_keeper.note(actor_of(request), request.method + " " + request.path, outcome));
}

}  // namespace cairn::server
