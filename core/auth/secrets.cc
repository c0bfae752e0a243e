// The only file that includes libsodium.
#include "auth/secrets.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "auth/keeper.h"
#include "base/check.h"
#include "base/id.h"

namespace cairn::auth {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenCharacters = 43;
constexpr size_t kHashBytes = 32;
constexpr std::string_view kKeyPrefix = "cairn_";
constexpr std::string_view kPasswordPrefix = crypto_pwhash_argon2id_STRPREFIX;

const auto* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void start_sodium() {
  static const bool is_started = sodium_init() >= 0;
  CHECK(is_started);
}

std::string random_bytes(size_t size) {
  start_sodium();
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string print_base64(std::string_view bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), unsigned_bytes(bytes), bytes.size(), variant);
  text.pop_back();  // the terminating zero
  return text;
}

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

std::string make_token() {
  return print_base64(random_bytes(kTokenBytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool is_token(std::string_view text) {
  return text.size() == kTokenCharacters && std::all_of(text.begin(), text.end(), is_base64url);
}

std::string hash_token(std::string_view token, std::string_view purpose) {
  start_sodium();
  CHECK(purpose.size() >= crypto_generichash_KEYBYTES_MIN);
  std::array<unsigned char, kHashBytes> hash{};
  crypto_generichash(hash.data(), hash.size(), unsigned_bytes(token), token.size(),
                     unsigned_bytes(purpose), purpose.size());
  std::string hex(2 * kHashBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  hex.pop_back();
  return hex;
}

bool are_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<std::string> hash_password(const std::string& password, const PasswordCost& cost) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), cost.passes,
                        static_cast<size_t>(cost.memory_bytes)) != 0)
    return fail(Code::kUnavailable, "expected {} MiB of memory to hash a password, found less",
                cost.memory_bytes >> 20);
  return std::string(hash.data());
}

bool is_password_of(const std::string& hash, const std::string& password) {
  start_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string make_decoy_hash(const PasswordCost& cost) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  return fmt::format("{}v=19$m={},t={},p=1${}${}", kPasswordPrefix, cost.memory_bytes >> 10,
                     cost.passes, print_base64(random_bytes(crypto_pwhash_SALTBYTES), kVariant),
                     print_base64(random_bytes(kHashBytes), kVariant));
}

bool is_password_hash(const std::string& text) {
  // Asked with any cost at all, the answer is -1 only for what cannot be read.
  return text.starts_with(kPasswordPrefix) && text.size() < crypto_pwhash_STRBYTES &&
         crypto_pwhash_str_needs_rehash(text.c_str(), crypto_pwhash_OPSLIMIT_MODERATE,
                                        crypto_pwhash_MEMLIMIT_MODERATE) != -1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

KeyText make_key_text() {
  const std::string id = make_id();
  return {id, fmt::format("{}{}_{}", kKeyPrefix, id, make_token())};
}

std::optional<std::string> parse_key_id(std::string_view text) {
  if (!text.starts_with(kKeyPrefix)) return std::nullopt;
  text.remove_prefix(kKeyPrefix.size());
  const size_t end = text.find('_');
  if (end == std::string_view::npos || end == 0 || !is_token(text.substr(end + 1)))
    return std::nullopt;
  return std::string(text.substr(0, end));
}

}  // namespace cairn::auth
