// Access: the content of access.json as values, printed and parsed (docs/formats/access.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/keeper.h"
#include "base/result.h"

namespace cairn::auth {

constexpr int kAccessVersion = 1;

struct KeptUser : User {
  std::string password_hash;  // argon2id
};

struct KeptKey : Key {
  std::string hash;  // of the text that was shown once
};

struct KeptSession {
  std::string hash;  // of the token that the browser keeps
  std::string user;
  int64_t created_ns = 0;
  int64_t used_ns = 0;  // it ends kSessionNs later
};

struct Access {
  std::vector<KeptUser> users;
  std::vector<KeptKey> keys;
  std::vector<KeptSession> sessions;

  KeptUser* find_user(std::string_view name);
  const KeptUser* find_user(std::string_view name) const;
  KeptKey* find_key(std::string_view id);
  const KeptKey* find_key(std::string_view id) const;
  KeptSession* find_session(std::string_view hash);
  const KeptSession* find_session(std::string_view hash) const;
};

std::string print_access(const Access& access);
// Corrupt, with the member that is wrong or the version that is not ours.
Result<Access> parse_access(std::string_view text);

}  // namespace cairn::auth
