// Handlers of log-ins, users, API keys and the audit log.
#include "server/accounts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

#include "server/browser.h"
#include "server/handlers.h"
#include "server/listing.h"
#include "server/router.h"

namespace cairn::server {

using auth::Grant;
using model::List;
using model::Value;

namespace {

constexpr int64_t kAuditEventsDefault = 100;
constexpr int64_t kAuditEventsMax = 10'000;

// --- bodies --------------------------------------------------------------------------------------

Result<std::string> text_of(const Value& body, std::string_view name) {
  const Value* member = body.find(name);
  if (!member || !member->as_string())
    return fail(Code::kInvalid, "expected \"{}\" as a string", name);
  return *member->as_string();
}

Result<std::string> maybe_text_of(const Value& body, std::string_view name) {
  const Value* member = body.find(name);
  if (!member || member->is_null()) return std::string();
  return text_of(body, name);
}

Result<std::vector<std::string>> names_of(const Value& body, std::string_view name) {
  const Value* member = body.find(name);
  const List* list = member ? member->as_list() : nullptr;
  const bool are_strings = list && std::all_of(list->begin(), list->end(), [](const Value& item) {
                             return item.as_string() != nullptr;
                           });
  if (!are_strings) return fail(Code::kInvalid, "expected \"{}\" as a list of strings", name);
  std::vector<std::string> names;
  for (const Value& item : *list) names.push_back(*item.as_string());
  return names;
}

// Scopes must be named; projects absent or null are all of them.
Result<Grant> grant_of(const Value& body) {
  Grant grant;
  TRY(const std::vector<std::string> names, names_of(body, "scopes"));
  for (const std::string& name : names) {
    const auto scope = auth::parse_scope(name);
    if (!scope)
      return fail(Code::kInvalid, "expected the scopes read, upload, write or admin, found '{}'",
                  name);
    grant.scopes.add(*scope);
  }
  const Value* projects = body.find("projects");
  if (projects && !projects->is_null()) {
    TRY(grant.projects, names_of(body, "projects"));
  }
  return grant;
}

// --- answers -------------------------------------------------------------------------------------

Value print_names(const std::vector<std::string>& names) {
  return List(names.begin(), names.end());
}

Value print_time(const std::optional<int64_t>& time_ns) {
  return time_ns ? Value(*time_ns) : Value();
}

void set_grant(Value& out, const Grant& grant) {
  out.set("scopes", print_names(grant.scopes.names()));
  out.set("projects", grant.projects ? print_names(*grant.projects) : Value());
}

Value print_user(const auth::User& user) {
  Value out;
  out.set("name", user.name);
  set_grant(out, user.grant);
  out.set("created_ns", user.created_ns);
  return out;
}

Value print_key(const auth::Key& key) {
  Value out;
  out.set("id", key.id);
  out.set("name", key.name);
  out.set("user", key.user.empty() ? Value() : Value(key.user));
  set_grant(out, key.grant);
  out.set("created_ns", key.created_ns);
  out.set("expires_ns", print_time(key.expires_ns));
  out.set("last_used_ns", print_time(key.last_used_ns));
  return out;
}

Value print_me(const auth::Identity& who, std::string_view session_token) {
  Value out;
  out.set("user", who.user.empty() ? Value() : Value(who.user));
  out.set("key", who.key.empty() ? Value() : Value(who.key));
  set_grant(out, who.grant);
  out.set("csrf", who.session.empty() ? Value() : Value(auth::Keeper::csrf_of(session_token)));
  return out;
}

Response answer_too_often(int64_t retry_after_s) {
  Response response = answer_error(
      Error(Code::kUnavailable,
            fmt::format("too many attempts: please try again in {} s", retry_after_s)));
  response.status = 429;
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

// The answer to an attempt that failed; whether there is such a user is nobody's business.
std::optional<Response> refuse_attempt(const auth::LogIn& attempt) {
  switch (attempt.outcome) {
    case auth::LogIn::Outcome::kDone:
      return std::nullopt;
    case auth::LogIn::Outcome::kWrong:
      return answer_unknown("wrong user or password");
    case auth::LogIn::Outcome::kTooOften:
      return answer_too_often(attempt.retry_after_s);
  }
  return std::nullopt;
}

}  // namespace

auth::Actor actor_of(const Request& request) {
  return {request.who.print(), request.peer.address.empty()
                                   ? fmt::format("this machine (uid {})", ::getuid())
                                   : request.peer.address};
}

auth::Actor AccountCall::actor() const { return actor_of(request); }

Response Accounts::handle(const Request& request) noexcept {
  try {
    auto response = route(request);
    return response ? std::move(*response) : answer_error(response.error());
  } catch (const std::exception& e) {  // out of memory, above all
    return answer_error(Error(Code::kUnavailable, fmt::format("cannot answer: {}", e.what())));
  }
}

Result<Response> Accounts::route(const Request& request) {
  auto found = find_route(request);
  if (!found) return std::move(found.error());
  if (auto refusal = refuse_access(request.who, *found)) return std::move(*refusal);
  if (!found->account)
    return fail(Code::kNotFound, "expected a path of users and keys, found '{}'", request.path);
  return found->account({{request, std::move(found->names)}, x_keeper});
}

// --- log-ins -------------------------------------------------------------------------------------

Result<Response> log_in(const AccountCall& call) {
  TRY(const Value body, call.object());
  TRY(const std::string user, text_of(body, "user"));
  TRY(const std::string password, text_of(body, "password"));
  TRY(const auth::LogIn attempt, call.keeper.log_in(user, password, call.actor().from));
  if (auto refusal = refuse_attempt(attempt)) return std::move(*refusal);
  Response response = answer(print_me(attempt.who, attempt.token));
  response.headers.emplace_back("Set-Cookie", print_session_cookie(call.request, attempt.token));
  return response;
}

Result<Response> log_out(const AccountCall& call) {
  if (call.request.who.session.empty())
    return fail(Code::kInvalid, "expected the cookie of a log-in, found {}",
                call.request.who.print());
  TRY_VOID(call.keeper.log_out(call.request.who, call.actor()));
  Response response = answer(model::Object{{"logged_out", true}});
  response.headers.emplace_back("Set-Cookie", print_ended_cookie(call.request));
  return response;
}

Result<Response> get_me(const AccountCall& call) {
  return answer(print_me(call.request.who, find_session_token(call.request)));
}

// --- users ---------------------------------------------------------------------------------------

Result<Response> list_users(const AccountCall& call) {
  TRY(const std::vector<auth::User> users, call.keeper.users());
  List printed;
  for (const auth::User& user : users) printed.push_back(print_user(user));
  return answer_list(call, "users", std::move(printed));
}

Result<Response> add_user(const AccountCall& call) {
  TRY(const Value body, call.object());
  TRY(const std::string name, text_of(body, "name"));
  TRY(const std::string password, text_of(body, "password"));
  TRY(const Grant grant, grant_of(body));
  TRY(const auth::User user, call.keeper.add_user(name, password, grant, call.actor()));
  return answer(print_user(user));
}

Result<Response> set_password(const AccountCall& call) {
  const std::string& name = call.names[0];
  TRY(const Value body, call.object());
  TRY(const std::string password, text_of(body, "password"));
  const auth::Identity& who = call.request.who;
  const bool is_own = who.user == name && !who.session.empty();
  if (is_own) {  // also an admin's: who finds his browser open shall not take his account
    TRY(const std::string present, text_of(body, "present"));
    TRY(const auth::LogIn attempt,
        call.keeper.change_password(name, present, password, call.actor().from));
    if (auto refusal = refuse_attempt(attempt)) return std::move(*refusal);
  } else if (who.may(auth::Scope::kAdmin)) {
    TRY_VOID(call.keeper.set_password(name, password, call.actor()));
  } else {
    return answer_forbidden(
        fmt::format("expected the scope admin, or user '{}' logged in on the page, found {}", name,
                    who.print()));
  }
  return answer(model::Object{{"changed", name}});
}

Result<Response> remove_user(const AccountCall& call) {
  TRY_VOID(call.keeper.remove_user(call.names[0], call.actor()));
  return answer(model::Object{{"removed", call.names[0]}});
}

// --- keys ----------------------------------------------------------------------------------------

Result<Response> list_api_keys(const AccountCall& call) {
  TRY(const std::vector<auth::Key> keys, call.keeper.keys());
  List printed;
  for (const auth::Key& key : keys) printed.push_back(print_key(key));
  return answer_list(call, "keys", std::move(printed));
}

Result<Response> create_api_key(const AccountCall& call) {
  TRY(const Value body, call.object());
  auth::Key about;
  TRY(about.name, maybe_text_of(body, "name"));
  TRY(about.user, maybe_text_of(body, "user"));
  TRY(about.grant, grant_of(body));
  if (const Value* expires = body.find("expires_ns"); expires && !expires->is_null()) {
    if (!expires->as_int())
      return fail(Code::kInvalid, "expected \"expires_ns\" as nanoseconds since the epoch");
    about.expires_ns = *expires->as_int();
  }
  TRY(const auth::NewKey made, call.keeper.create_key(about, call.actor()));
  Value out = print_key(made.key);
  out.set("text", made.text);
  Response response = answer(out);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<Response> revoke_api_key(const AccountCall& call) {
  TRY_VOID(call.keeper.revoke_key(call.names[0], call.actor()));
  return answer(model::Object{{"revoked", call.names[0]}});
}

// --- audit ---------------------------------------------------------------------------------------

Result<Response> read_audit(const AccountCall& call) {
  TRY(const auto limit, call.integer("limit", 1, kAuditEventsMax));
  TRY(const auto before, call.integer("cursor", 0));  // opaque to clients
  TRY(auth::Keeper::AuditPage page,
      call.keeper.audit(static_cast<size_t>(limit.value_or(kAuditEventsDefault)),
                        before ? std::optional(static_cast<uint64_t>(*before)) : std::nullopt));
  Value out;
  out.set("events", List(std::move(page.events)));
  out.set("next_cursor", page.next_before ? Value(std::to_string(*page.next_before)) : Value());
  out.set("damaged", static_cast<int64_t>(page.damaged));
  return answer(out);
}

}  // namespace cairn::server
