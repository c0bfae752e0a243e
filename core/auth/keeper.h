// Keeper: who may do what with a store: users, API keys, browser sessions, and the log of all of
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/value.h"

namespace cairn::auth {

struct KeptUser;

// What one password hash costs: passes over memory, and that memory. The default is libsodium's
// "moderate" (docs/decisions/0010-libsodium.md has figures).
struct PasswordCost {
  uint64_t passes = 3;
  uint64_t memory_bytes = 256 << 20;
};

struct User {
  std::string name;
  Grant grant;
  int64_t created_ns = 0;
};

struct Key {
  std::string id;
  std::string name;  // free text for people; may be empty
  std::string user;  // whose grant limits it; "" when it is nobody's
  Grant grant;       // as it was made, before its user's limits
  int64_t created_ns = 0;
  std::optional<int64_t> expires_ns;    // nullopt: never
  std::optional<int64_t> last_used_ns;  // known to within kLastUsedFlushNs
};

// A key that was just made. `text` is shown once and kept nowhere.
struct NewKey {
  Key key;
  std::string text;  // cairn_<id>_<43 characters>
};

// Who does something to users and keys, and from where, for the audit log.
struct Actor {
  std::string who;
  std::string from;
};

struct LogIn {
  enum class Outcome { kDone, kWrong, kTooOften };
  Outcome outcome = Outcome::kWrong;
  std::string token;          // kDone: what the browser keeps
  Identity who;               // kDone
  int64_t retry_after_s = 0;  // kTooOften
};

// How long a browser stays logged in after its last request.
constexpr int64_t kSessionNs = 14 * 24 * 3600 * kNsPerSecond;
// How old `last_used_ns` on disk may be.
constexpr int64_t kLastUsedFlushNs = 600 * kNsPerSecond;

// Everything lies in `<store>/auth/` (docs/formats/access.md): access.json, which is read again
// whenever it changed, so that what one process does counts in all others with their next request;
// and audit.jsonl, to which each event adds a line. Only its owner may enter the folder.
//
// Owned by whoever serves the store. Thread-safe. Nothing is read or made before the first call.
// Changes are on disk when they return; of a crash's last minutes only times of use are lost.
// A damaged or unreadable access.json is an error of every call: nobody gets in by breaking it.
//
// Errors: NotFound where a credential is not (or no longer) good, with a sentence for its bearer;
// Corrupt, Io and Limit when the folder is in trouble.
class Keeper {
 public:
  struct Options {
    PasswordCost cost;
    int64_t (*wall_now_ns)() = cairn::wall_now_ns;
    int64_t (*monotonic_now_ns)() = cairn::monotonic_now_ns;
  };
  explicit Keeper(std::string store_dir);
  Keeper(std::string store_dir, Options options);
  ~Keeper();  // writes down what was last used, as flush() does

  // True while there is neither user nor key.
  Result<bool> is_open();
  // Invalid, with the command that mends it, where `host` (an address or name to listen on) can be
  // reached from elsewhere while is_open().
  Result<void> allows_bind(std::string_view host);

  // Microseconds; for every request.
  Result<Identity> find_key(std::string_view text);
  Result<Identity> find_session(std::string_view token);
  // What requests that change something must repeat in X-Cairn-CSRF.
  static std::string csrf_of(std::string_view session_token);
  static bool is_csrf_of(std::string_view csrf, std::string_view session_token);

  // Takes as long as a password hash, whoever and whatever is asked: not for a thread that others
  // wait for.
  Result<LogIn> log_in(const std::string& user, const std::string& password,
                       const std::string& from);
  Result<void> log_out(const Identity& who, const Actor& actor);
  // A user changes his own, for which he must know the present one. Ends his sessions.
  Result<LogIn> change_password(const std::string& user, const std::string& present,
                                const std::string& future, const std::string& from);

  Result<std::vector<User>> users();
  Result<User> add_user(const std::string& name, const std::string& password, const Grant& grant,
                        const Actor& actor);
  Result<void> set_password(const std::string& name, const std::string& password,
                            const Actor& actor);                          // ends his sessions
  Result<void> remove_user(const std::string& name, const Actor& actor);  // with keys and sessions

  Result<std::vector<Key>> keys();
  // `about`: name, user, grant and expires_ns count.
  Result<NewKey> create_key(const Key& about, const Actor& actor);
  Result<void> revoke_key(const std::string& id, const Actor& actor);

  // One line of the audit log; `about` adds members to who, from, event, outcome and time_ns.
  Result<void> note(const Actor& actor, std::string_view event, std::string_view outcome,
                    const model::Value& about = {});
  // The same for what strangers can bring about as often as they like: a few lines a minute for
  // each address, so that they fill no disk. A line that cannot be written is left out.
  void note_refusal(const Actor& actor, std::string_view event, std::string_view outcome);
  struct AuditPage {
    std::vector<model::Value> events;     // newest first
    std::optional<uint64_t> next_before;  // nullopt: the page holds the oldest
    uint64_t damaged = 0;                 // lines on the way that cannot be read
  };
  Result<AuditPage> audit(size_t limit, std::optional<uint64_t> before = std::nullopt);

  // Writes times of use down when they are older than kLastUsedFlushNs; call it about once a
  // minute.
  Result<void> flush();

 private:
  struct State;

  LogIn try_password(const std::string& user, const std::string& password, const KeptUser* known,
                     const Actor& actor, std::string_view event);
  Result<std::string> begin_session(const KeptUser& user, const Actor& actor);
  Result<void> write_uses();

  std::unique_ptr<State> x_state;
};

}  // namespace cairn::auth
