// The room's cryptography, all of it by libsodium: random tokens, their hashes, passwords.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cairn::auth {

struct PasswordCost;  // auth/keeper.h

// 256 random bits as 43 characters of base64url. Nobody can guess one, so what is kept of it may be
// a fast hash; a password can be guessed, so what is kept of it must be slow to compute.
std::string make_token();
bool is_token(std::string_view text);

// BLAKE2b-256 in hex, with `purpose` as its key so that no two uses share a hash.
std::string hash_token(std::string_view token, std::string_view purpose);
// In a time that does not tell where they differ.
bool are_equal(std::string_view a, std::string_view b);

// argon2id with its salt and cost, as text. Unavailable where there is not enough memory.
Result<std::string> hash_password(const std::string& password, const PasswordCost& cost);
bool is_password_of(const std::string& hash, const std::string& password);
// A hash of the cost that no password fits: checking it takes the time of a real one.
std::string make_decoy_hash(const PasswordCost& cost);
bool is_password_hash(const std::string& text);

std::optional<std::string> decode_base64(std::string_view text);  // of HTTP's Basic

struct KeyText {
  std::string id;
  std::string text;
};
KeyText make_key_text();                                         // "cairn_<id>_<token>"
std::optional<std::string> parse_key_id(std::string_view text);  // nullopt: no such shape

}  // namespace cairn::auth
