// Access ↔ JSON. Reading is strict: what is not understood could be a limit that somebody set.
#include "auth/access.h"

#include <algorithm>

#include "auth/secrets.h"
#include "base/hash.h"
#include "base/id.h"
#include "model/value.h"
#include "wire/json.h"

namespace cairn::auth {
namespace {

using model::List;
using model::Object;
using model::Value;

template <typename Items, typename Member>
auto find_in(Items& items, Member member, std::string_view wanted) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](auto& item) { return item.*member == wanted; });
  return found == items.end() ? nullptr : &*found;
}

// --- printing ------------------------------------------------------------------------------------

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

Value print_user(const KeptUser& user) {
  Value out;
  out.set("name", user.name);
  out.set("password", user.password_hash);
  set_grant(out, user.grant);
  out.set("created_ns", user.created_ns);
  return out;
}

Value print_key(const KeptKey& key) {
  Value out;
  out.set("id", key.id);
  out.set("name", key.name);
  out.set("user", key.user);
  out.set("hash", key.hash);
  set_grant(out, key.grant);
  out.set("created_ns", key.created_ns);
  out.set("expires_ns", print_time(key.expires_ns));
  out.set("last_used_ns", print_time(key.last_used_ns));
  return out;
}

Value print_session(const KeptSession& session) {
  Value out;
  out.set("hash", session.hash);
  out.set("user", session.user);
  out.set("created_ns", session.created_ns);
  out.set("used_ns", session.used_ns);
  return out;
}

template <typename Item>
Value print_list(const std::vector<Item>& items, Value (*print)(const Item&)) {
  List out;
  for (const Item& item : items) out.push_back(print(item));
  return out;
}

// --- parsing -------------------------------------------------------------------------------------

// Takes members out of an object and remembers the first that was missing or of another type, so
// that a reader is straight-line code that asks once at the end.
class Members {
 public:
  explicit Members(const Value& value) : x_value(value) {}

  std::string text(std::string_view name) {
    const Value* member = x_value.find(name);
    if (!member || !member->as_string()) return miss(name), "";
    return *member->as_string();
  }
  int64_t time(std::string_view name) { return maybe_time(name, /*required=*/true).value_or(0); }
  std::optional<int64_t> maybe_time(std::string_view name, bool required = false) {
    const Value* member = x_value.find(name);
    if (member && member->as_int()) return *member->as_int();
    if (!member || !member->is_null() || required) miss(name);
    return std::nullopt;
  }
  std::vector<std::string> names(std::string_view name) {
    const Value* member = x_value.find(name);
    if (!member || !member->as_list()) return miss(name), std::vector<std::string>();
    std::vector<std::string> names;
    for (const Value& item : *member->as_list()) {
      if (!item.as_string()) miss(name);
      names.emplace_back(item.string_or(""));
    }
    return names;
  }
  Grant grant() {
    Grant grant;
    for (const std::string& name : names("scopes")) {
      const auto scope = parse_scope(name);
      if (scope)
        grant.scopes.add(*scope);
      else
        miss("scopes");
    }
    const Value* projects = x_value.find("projects");
    if (!projects || !projects->is_null()) grant.projects = names("projects");
    return grant;
  }
  void expect(bool is_good, std::string_view name) {
    if (!is_good) miss(name);
  }
  const std::string& first_missing() const { return x_missing; }

 private:
  void miss(std::string_view name) {
    if (x_missing.empty()) x_missing = name;
  }

  const Value& x_value;
  std::string x_missing;
};

KeptUser parse_user(Members& members) {
  KeptUser user;
  user.name = members.text("name");
  user.password_hash = members.text("password");
  user.grant = members.grant();
  user.created_ns = members.time("created_ns");
  members.expect(is_safe_name(user.name), "name");
  members.expect(is_password_hash(user.password_hash), "password");
  return user;
}

KeptKey parse_key(Members& members) {
  KeptKey key;
  key.id = members.text("id");
  key.name = members.text("name");
  key.user = members.text("user");
  key.hash = members.text("hash");
  key.grant = members.grant();
  key.created_ns = members.time("created_ns");
  key.expires_ns = members.maybe_time("expires_ns");
  key.last_used_ns = members.maybe_time("last_used_ns");
  members.expect(is_safe_name(key.id), "id");
  members.expect(is_sha256_hex(key.hash), "hash");  // the same shape
  return key;
}

KeptSession parse_session(Members& members) {
  KeptSession session;
  session.hash = members.text("hash");
  session.user = members.text("user");
  session.created_ns = members.time("created_ns");
  session.used_ns = members.time("used_ns");
  members.expect(is_sha256_hex(session.hash), "hash");
  return session;
}

template <typename Item>
Result<std::vector<Item>> parse_list(const Value& json, std::string_view name,
                                     Item (*parse)(Members&)) {
  const Value* list = json.find(name);
  if (!list || !list->as_list()) return fail(Code::kCorrupt, "expected a list of {}", name);
  std::vector<Item> items;
  for (const Value& value : *list->as_list()) {
    Members members(value);
    items.push_back(parse(members));
    if (!members.first_missing().empty())
      return fail(Code::kCorrupt, "expected a good '{}' in {}[{}]", members.first_missing(), name,
                  items.size() - 1);
  }
  return items;
}

}  // namespace

KeptUser* Access::find_user(std::string_view name) { return find_in(users, &KeptUser::name, name); }
const KeptUser* Access::find_user(std::string_view name) const {
  return find_in(users, &KeptUser::name, name);
}
KeptKey* Access::find_key(std::string_view id) { return find_in(keys, &KeptKey::id, id); }
const KeptKey* Access::find_key(std::string_view id) const {
  return find_in(keys, &KeptKey::id, id);
}
KeptSession* Access::find_session(std::string_view hash) {
  return find_in(sessions, &KeptSession::hash, hash);
}
const KeptSession* Access::find_session(std::string_view hash) const {
  return find_in(sessions, &KeptSession::hash, hash);
}

std::string print_access(const Access& access) {
  Value out;
  out.set("version", kAccessVersion);
  out.set("users", print_list(access.users, print_user));
  out.set("keys", print_list(access.keys, print_key));
  out.set("sessions", print_list(access.sessions, print_session));
  return wire::print_json(out, wire::Json::kPretty) + "\n";
}

Result<Access> parse_access(std::string_view text) {
  const auto json = wire::parse_json(text);
  if (!json) return fail(Code::kCorrupt, "{}", json.error().message());
  const Value* version = json->find("version");
  if (!version || !version->as_int()) return fail(Code::kCorrupt, "expected a version");
  if (*version->as_int() != kAccessVersion)
    return fail(Code::kCorrupt,
                "expected version {}, found {}: another Cairn wrote it, please update this one",
                kAccessVersion, *version->as_int());
  Access access;
  TRY(access.users, parse_list(*json, "users", parse_user));
  TRY(access.keys, parse_list(*json, "keys", parse_key));
  TRY(access.sessions, parse_list(*json, "sessions", parse_session));
  return access;
}

}  // namespace cairn::auth
