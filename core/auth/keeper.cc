// One snapshot of access.json in memory, read again when the file changed; changes under a lock.
#include "auth/keeper.h"

#include <arpa/inet.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "auth/access.h"
#include "auth/attempts.h"
#include "auth/audit.h"
#include "auth/private_folder.h"
#include "auth/secrets.h"
#include "base/disk.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "model/layout.h"
#include "wire/settings.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kFile = "access.json";

// Hashes of one purpose are worth nothing for another.
constexpr std::string_view kKeyPurpose = "cairn api key v1";
constexpr std::string_view kSessionPurpose = "cairn browser session v1";
constexpr std::string_view kCsrfPurpose = "cairn csrf token v1";

// One address may try less often than one user may be tried, so that nobody locks another out
// from a single place.
constexpr Attempts::Pace kAddressPace{10, 6 * kNsPerSecond};
constexpr Attempts::Pace kUserPace{20, 3 * kNsPerSecond};
// Refused attempts that are written down, so that a flood of them fills no disk.
constexpr Attempts::Pace kNotePace{5, 60 * kNsPerSecond};

// Everyone behind an IPv6 address usually owns its /64, so that is what counts as one address.
std::string network_of(const std::string& address) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed))
    return address.substr(0, kNameBytesMax);
  return fmt::format("{:02x}/64", fmt::join(parsed.s6_addr, parsed.s6_addr + 8, ""));
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in_addr v4{};
  const std::string text(host);
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "localhost" || host == "::1";
}

Result<void> check_password(const std::string& password) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax)
    return fail(Code::kInvalid, "expected a password of {} to {} bytes, found {}",
                kPasswordBytesMin, kPasswordBytesMax, password.size());
  return {};
}

Result<void> check_grant(const Grant& grant) {
  if (grant.scopes.is_empty())
    return fail(Code::kInvalid, "expected a scope: read, upload, write or admin");
  if (!grant.projects) return {};
  if (grant.projects->empty()) return fail(Code::kInvalid, "expected at least one project");
  if (grant.scopes.has(Scope::kAdmin))
    return fail(Code::kInvalid,
                "expected no projects beside admin: who administers the server has all of them");
  for (const std::string& project : *grant.projects)
    if (!is_safe_name(project))
      return fail(Code::kInvalid, "expected a project's name, found '{}'", project);
  return {};
}

model::Value describe(const Grant& grant) {
  model::Value about;
  const auto scopes = grant.scopes.names();
  about.set("scopes", model::List(scopes.begin(), scopes.end()));
  if (grant.projects)
    about.set("projects", model::List(grant.projects->begin(), grant.projects->end()));
  return about;
}

tl::unexpected<Error> fail_no_user(std::string_view name) {
  return fail(Code::kNotFound, "no user '{}'", name);
}

// Times of use that are newer than those on disk.
class Uses {
 public:
  void set(const std::string& name, int64_t time_ns) {
    x_times[name] = time_ns;
    x_is_dirty = true;
  }
  std::optional<int64_t> find(const std::string& name) const {
    const auto found = x_times.find(name);
    return found == x_times.end() ? std::nullopt : std::optional(found->second);
  }
  void forget_all_but(const auto& is_known) {
    std::erase_if(x_times, [&](const auto& use) { return !is_known(use.first); });
  }
  bool is_dirty() const { return x_is_dirty; }
  void set_dirty(bool is_dirty) { x_is_dirty = is_dirty; }

 private:
  std::map<std::string, int64_t> x_times;
  bool x_is_dirty = false;
};

}  // namespace

struct Keeper::State {
  State(std::string dir, Options its_options)
      : layout(std::move(dir)),
        folder(layout.root() + "/auth"),
        options(its_options),
        decoy_hash(make_decoy_hash(its_options.cost)) {}

  using Snapshot = std::shared_ptr<const Access>;

  // What the file holds now. Damage is an error, not an empty answer.
  Result<Access> read(Stamp& read_stamp) const {
    const std::string path = folder.path_of(kFile);
    auto text = folder.read(kFile, kAccessBytesMax, read_stamp);
    if (!text && text.error().code() == Code::kNotFound) {
      read_stamp = Stamp{};
      return Access{};
    }
    if (!text) return tl::unexpected(std::move(text.error()));
    auto access = parse_access(*text);
    if (!access)
      return fail(access.error().code(),
                  "nobody is let in while the file of users and keys cannot be used: {}; restore "
                  "it, or remove it to begin again without any ({})",
                  access.error().message(), path);
    return access;
  }

  Result<Snapshot> look() {
    const std::lock_guard guard(mutex);
    TRY(const Stamp now, folder.stamp(kFile));
    if (snapshot && is_settled && now == stamp) return snapshot;
    Stamp read_stamp;
    const int64_t began_ns = cairn::wall_now_ns();
    TRY(Access access, read(read_stamp));
    keep(std::move(access), read_stamp, began_ns);
    return snapshot;
  }

  // Reads, edits and writes the file while nobody else does, then adds the line that says so.
  // `edit` answers whether there is anything to write, or why it will not.
  Result<void> change(std::string_view event_line, const auto& edit) {
    TRY_VOID(wire::open_settings(posix_disk(), layout, /*create=*/true));
    TRY_VOID(folder.make());
    TRY(const auto lock, folder.lock());
    Stamp stamp_now;
    TRY(Access access, read(stamp_now));
    TRY(bool is_changed, edit(access));
    is_changed |= apply_uses(access);
    if (is_changed) {
      const std::string text = print_access(access);
      if (text.size() > kAccessBytesMax)
        return fail(Code::kLimit, "expected at most {} bytes of users and keys, found {} ({})",
                    kAccessBytesMax, text.size(), folder.path_of(kFile));
      TRY_VOID(parse_access(text));  // what could not be read again would lock everybody out
      TRY_VOID(folder.replace(kFile, text));
    }
    if (event_line.empty()) return {};
    auto noted = append_event(folder, event_line);
    if (!noted)
      return tl::unexpected(std::move(noted.error()).in("done, but not in the audit log"));
    return {};
  }

  // Takes newer times of use into `access` and drops sessions that ended.
  bool apply_uses(Access& access) {
    const std::lock_guard guard(mutex);
    const bool was_dirty = uses.is_dirty();
    for (KeptKey& key : access.keys) key.last_used_ns = last_use(key);
    for (KeptSession& session : access.sessions) session.used_ns = last_use(session);
    const size_t sessions = access.sessions.size();
    const int64_t now_ns = options.wall_now_ns();
    std::erase_if(access.sessions, [&](const KeptSession& session) {
      return now_ns - session.used_ns > kSessionNs || !access.find_user(session.user);
    });
    uses.forget_all_but([&](const std::string& name) {
      return access.find_key(name) || access.find_session(name);
    });
    uses.set_dirty(false);
    flushed_ns = options.monotonic_now_ns();
    return was_dirty || sessions != access.sessions.size();
  }

  // With the mutex held.
  std::optional<int64_t> last_use(const KeptKey& key) const {
    const auto use = uses.find(key.id);
    return use && use > key.last_used_ns ? use : key.last_used_ns;
  }
  int64_t last_use(const KeptSession& session) const {
    return std::max(session.used_ns, uses.find(session.hash).value_or(0));
  }
  void keep(Access access, const Stamp& read_stamp, int64_t began_ns) {
    snapshot = std::make_shared<const Access>(std::move(access));
    stamp = read_stamp;
    is_settled = read_stamp.is_settled(began_ns);
  }

  Result<void> note(std::string_view line) {
    TRY_VOID(wire::open_settings(posix_disk(), layout, /*create=*/true));
    TRY_VOID(folder.make());
    TRY(const auto lock, folder.lock());
    return append_event(folder, line);
  }

  std::string print(const Actor& actor, std::string_view event, const model::Value& about,
                    std::string_view outcome = "done") const {
    return print_event(options.wall_now_ns(), actor, event, outcome, about);
  }

  const model::Layout layout;
  const PrivateFolder folder;
  const Options options;
  const std::string decoy_hash;  // what an unknown user's password is compared with

  std::mutex mutex;  // of all below
  Snapshot snapshot;
  Stamp stamp;
  bool is_settled = false;
  Uses uses;
  int64_t flushed_ns = 0;
  Attempts by_address{kAddressPace}, by_user{kUserPace}, by_note{kNotePace};
};

Keeper::Keeper(std::string store_dir) : Keeper(std::move(store_dir), Options()) {}
Keeper::Keeper(std::string store_dir, Options options)
    : x_state(std::make_unique<State>(std::move(store_dir), options)) {}

// --- who is there --------------------------------------------------------------------------------

Result<bool> Keeper::is_open() {
  TRY(const State::Snapshot access, x_state->look());
  return access->users.empty() && access->keys.empty();
}

Result<void> Keeper::allows_bind(std::string_view host) {
  TRY(const bool is_open_now, is_open());
  if (!is_open_now || is_loopback_host(host)) return {};
  return fail(Code::kInvalid,
              "expected a user or a key before others can reach this store on '{}', found none: "
              "'cairn user add NAME --admin' adds a user, 'cairn key create' a key; without them "
              "use --host 127.0.0.1",
              host);
}

Result<Identity> Keeper::find_key(std::string_view text) {
  const auto id = parse_key_id(text);
  if (!id)
    return fail(Code::kNotFound,
                "expected an API key such as cairn_<id>_<43 characters>, found something else");
  TRY(const State::Snapshot access, x_state->look());
  const KeptKey* key = access->find_key(*id);
  if (!key || !are_equal(key->hash, hash_token(text, kKeyPurpose)))
    return fail(Code::kNotFound,
                "this API key is not known here: it was revoked, or is another server's; 'cairn "
                "key create' on the server's machine makes one");
  const int64_t now_ns = x_state->options.wall_now_ns();
  if (key->expires_ns && now_ns >= *key->expires_ns)
    return fail(Code::kNotFound,
                "this API key ({}) has expired; 'cairn key create' on the server's machine makes a "
                "new one",
                key->id);
  Identity who{key->user, key->id, "", key->grant};
  if (!key->user.empty()) {
    const KeptUser* owner = access->find_user(key->user);
    if (!owner) return fail(Code::kNotFound, "the user of this API key ({}) is gone", key->id);
    who.grant = key->grant.common_with(owner->grant);
  }
  const std::lock_guard guard(x_state->mutex);
  x_state->uses.set(key->id, now_ns);
  return who;
}

Result<Identity> Keeper::find_session(std::string_view token) {
  constexpr std::string_view kOver = "this log-in has ended: please log in again";
  if (!is_token(token)) return fail(Code::kNotFound, "{}", kOver);
  TRY(const State::Snapshot access, x_state->look());
  // Found by its hash, which a guesser cannot steer: here the time of a comparison tells nothing.
  const std::string hash = hash_token(token, kSessionPurpose);
  const KeptSession* session = access->find_session(hash);
  const KeptUser* user = session ? access->find_user(session->user) : nullptr;
  if (!user) return fail(Code::kNotFound, "{}", kOver);
  const int64_t now_ns = x_state->options.wall_now_ns();
  const std::lock_guard guard(x_state->mutex);
  if (now_ns - x_state->last_use(*session) > kSessionNs) return fail(Code::kNotFound, "{}", kOver);
  x_state->uses.set(hash, now_ns);
  return Identity{user->name, "", hash, user->grant};
}

std::string Keeper::csrf_of(std::string_view session_token) {
  return hash_token(session_token, kCsrfPurpose);
}

bool Keeper::is_csrf_of(std::string_view csrf, std::string_view session_token) {
  return are_equal(csrf, csrf_of(session_token));
}

// --- logging in ----------------------------------------------------------------------------------

Result<LogIn> Keeper::log_in(const std::string& user, const std::string& password,
                             const std::string& from) {
  TRY(const State::Snapshot access, x_state->look());
  const KeptUser* known = access->find_user(user);
  // Who typed his password where his name belongs shall not find it in the log.
  const Actor actor{known ? user : "unknown user", from};
  LogIn answer = try_password(user, password, known, actor, "log in");
  if (answer.outcome != LogIn::Outcome::kDone) return answer;
  TRY(answer.token, begin_session(*known, actor));
  answer.who = {user, "", hash_token(answer.token, kSessionPurpose), known->grant};
  return answer;
}

Result<LogIn> Keeper::change_password(const std::string& user, const std::string& present,
                                      const std::string& future, const std::string& from) {
  TRY_VOID(check_password(future));
  TRY(const State::Snapshot access, x_state->look());
  const KeptUser* known = access->find_user(user);
  const Actor actor{known ? user : "unknown user", from};
  LogIn answer = try_password(user, present, known, actor, "change password");
  if (answer.outcome == LogIn::Outcome::kDone) TRY_VOID(set_password(user, future, actor));
  return answer;
}

LogIn Keeper::try_password(const std::string& user, const std::string& password,
                           const KeptUser* known, const Actor& actor, std::string_view event) {
  const std::string network = network_of(actor.from);
  const std::string name = user.substr(0, kNameBytesMax);
  int64_t wait_ns = 0;
  {
    const std::lock_guard guard(x_state->mutex);
    const int64_t now_ns = x_state->options.monotonic_now_ns();
    wait_ns = x_state->by_address.take(network, now_ns);
    if (wait_ns == 0) wait_ns = x_state->by_user.take(name, now_ns);
  }
  if (wait_ns > 0) {
    note_refusal(actor, event, "too often");
    return {LogIn::Outcome::kTooOften, "", {}, (wait_ns + kNsPerSecond - 1) / kNsPerSecond};
  }
  // The same work whoever is asked for; whether there is such a user counts only when it is done.
  const std::string& hash = known ? known->password_hash : x_state->decoy_hash;
  const bool is_right = is_password_of(hash, password) && known;
  if (!is_right) {
    note_refusal(actor, event, "wrong user or password");
    return {};
  }
  const std::lock_guard guard(x_state->mutex);
  x_state->by_address.give_back(network);
  x_state->by_user.give_back(name);
  return {LogIn::Outcome::kDone, "", {}, 0};
}

Result<std::string> Keeper::begin_session(const KeptUser& user, const Actor& actor) {
  const std::string token = make_token();
  const int64_t now_ns = x_state->options.wall_now_ns();
  TRY_VOID(
      x_state->change(x_state->print(actor, "log in", {}), [&](Access& access) -> Result<bool> {
        const KeptUser* still = access.find_user(user.name);
        if (!still || still->password_hash != user.password_hash)
          return fail(Code::kConflict, "the password was changed just now: please log in again");
        const auto is_his = [&](const KeptSession& s) { return s.user == user.name; };
        const auto count = std::count_if(access.sessions.begin(), access.sessions.end(), is_his);
        if (static_cast<size_t>(count) >= kSessionsPerUserMax)  // they are in the order they began
          access.sessions.erase(
              std::find_if(access.sessions.begin(), access.sessions.end(), is_his));
        access.sessions.push_back({hash_token(token, kSessionPurpose), user.name, now_ns, now_ns});
        return true;
      }));
  return token;
}

Result<void> Keeper::log_out(const Identity& who, const Actor& actor) {
  return x_state->change(x_state->print(actor, "log out", {}), [&](Access& access) -> Result<bool> {
    const auto is_it = [&](const KeptSession& session) { return session.hash == who.session; };
    if (std::erase_if(access.sessions, is_it) == 0)
      return fail(Code::kNotFound, "this log-in has ended already");
    return true;
  });
}

// --- users ---------------------------------------------------------------------------------------

Result<std::vector<User>> Keeper::users() {
  TRY(const State::Snapshot access, x_state->look());
  return std::vector<User>(access->users.begin(), access->users.end());
}

Result<User> Keeper::add_user(const std::string& name, const std::string& password,
                              const Grant& grant, const Actor& actor) {
  if (!is_safe_name(name))
    return fail(Code::kInvalid,
                "expected a user's name of letters, digits, '.', '-' and '_', found '{}'", name);
  if (name == local_admin().user || name == Identity().print())
    return fail(Code::kInvalid, "expected another name than '{}': the audit log uses it", name);
  TRY_VOID(check_grant(grant));
  TRY_VOID(check_password(password));
  KeptUser user;
  user.name = name;
  user.grant = grant;
  user.created_ns = x_state->options.wall_now_ns();
  TRY(user.password_hash, hash_password(password, x_state->options.cost));
  model::Value about = describe(grant);
  about.set("user", name);
  TRY_VOID(x_state->change(x_state->print(actor, "add user", about),
                           [&](Access& access) -> Result<bool> {
                             if (access.find_user(name))
                               return fail(Code::kConflict, "there is a user '{}' already", name);
                             if (access.users.size() >= kUsersMax)
                               return fail(Code::kLimit, "expected at most {} users", kUsersMax);
                             access.users.push_back(user);
                             return true;
                           }));
  return user;
}

Result<void> Keeper::set_password(const std::string& name, const std::string& password,
                                  const Actor& actor) {
  TRY_VOID(check_password(password));
  TRY(const std::string hash, hash_password(password, x_state->options.cost));
  model::Value about;
  about.set("user", name);
  return x_state->change(
      x_state->print(actor, "change password", about), [&](Access& access) -> Result<bool> {
        KeptUser* user = access.find_user(name);
        if (!user) return fail_no_user(name);
        user->password_hash = hash;
        std::erase_if(access.sessions, [&](const KeptSession& s) { return s.user == name; });
        return true;
      });
}

Result<void> Keeper::remove_user(const std::string& name, const Actor& actor) {
  model::Value about;
  about.set("user", name);
  return x_state->change(
      x_state->print(actor, "remove user", about), [&](Access& access) -> Result<bool> {
        if (std::erase_if(access.users, [&](const KeptUser& u) { return u.name == name; }) == 0)
          return fail_no_user(name);
        std::erase_if(access.keys, [&](const KeptKey& key) { return key.user == name; });
        std::erase_if(access.sessions, [&](const KeptSession& s) { return s.user == name; });
        return true;
      });
}

// --- keys ----------------------------------------------------------------------------------------

Result<std::vector<Key>> Keeper::keys() {
  TRY(const State::Snapshot access, x_state->look());
  const std::lock_guard guard(x_state->mutex);
  std::vector<Key> keys;
  for (const KeptKey& kept : access->keys) {
    keys.push_back(kept);
    keys.back().last_used_ns = x_state->last_use(kept);
  }
  return keys;
}

Result<NewKey> Keeper::create_key(const Key& about, const Actor& actor) {
  TRY_VOID(check_grant(about.grant));
  if (about.name.size() > kDisplayNameBytesMax)
    return fail(Code::kLimit, "expected a name of at most {} bytes, found {}", kDisplayNameBytesMax,
                about.name.size());
  const int64_t now_ns = x_state->options.wall_now_ns();
  if (about.expires_ns && *about.expires_ns <= now_ns)
    return fail(Code::kInvalid, "expected an expiry in the future");
  const KeyText text = make_key_text();
  KeptKey key;
  static_cast<Key&>(key) = about;
  key.name = to_utf8(about.name);
  key.id = text.id;
  key.hash = hash_token(text.text, kKeyPurpose);
  key.created_ns = now_ns;
  key.last_used_ns.reset();
  model::Value event = describe(about.grant);
  event.set("key", key.id);
  if (!key.name.empty()) event.set("name", key.name);
  if (!key.user.empty()) event.set("user", key.user);
  TRY_VOID(x_state->change(
      x_state->print(actor, "create key", event), [&](Access& access) -> Result<bool> {
        if (access.keys.size() >= kApiKeysMax)
          return fail(Code::kLimit, "expected at most {} keys: revoke those that expired",
                      kApiKeysMax);
        if (!key.user.empty()) {
          const KeptUser* owner = access.find_user(key.user);
          if (!owner) return fail_no_user(key.user);
          if (key.grant.common_with(owner->grant).scopes != key.grant.scopes)
            return fail(Code::kInvalid, "expected scopes that user '{}' has: {}", owner->name,
                        fmt::join(owner->grant.scopes.names(), ", "));
        }
        access.keys.push_back(key);
        return true;
      }));
  return NewKey{key, text.text};
}

Result<void> Keeper::revoke_key(const std::string& id, const Actor& actor) {
  model::Value about;
  about.set("key", id);
  return x_state->change(
      x_state->print(actor, "revoke key", about), [&](Access& access) -> Result<bool> {
        if (std::erase_if(access.keys, [&](const KeptKey& key) { return key.id == id; }) == 0)
          return fail(Code::kNotFound, "no key '{}'; 'cairn key ls' lists them", id);
        return true;
      });
}

// --- the log, and times of use -------------------------------------------------------------------

Result<void> Keeper::note(const Actor& actor, std::string_view event, std::string_view outcome,
                          const model::Value& about) {
  return x_state->note(x_state->print(actor, event, about, outcome));
}

void Keeper::note_refusal(const Actor& actor, std::string_view event, std::string_view outcome) {
  {
    const std::lock_guard guard(x_state->mutex);
    const int64_t now_ns = x_state->options.monotonic_now_ns();
    if (x_state->by_note.take(network_of(actor.from), now_ns) > 0) return;
  }
  static_cast<void>(x_state->note(x_state->print(actor, event, {}, outcome)));
}

Result<Keeper::AuditPage> Keeper::audit(size_t limit, std::optional<uint64_t> before) {
  return read_events(x_state->folder, limit, before);
}

Result<void> Keeper::flush() {
  {
    const std::lock_guard guard(x_state->mutex);
    const int64_t now_ns = x_state->options.monotonic_now_ns();
    if (!x_state->uses.is_dirty() || now_ns - x_state->flushed_ns < kLastUsedFlushNs) return {};
  }
  return write_uses();
}

Result<void> Keeper::write_uses() {
  return x_state->change("", [](Access&) -> Result<bool> { return false; });
}

Keeper::~Keeper() {
  if (x_state->uses.is_dirty()) static_cast<void>(write_uses());
}

}  // namespace cairn::auth
