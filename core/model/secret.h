// What hides a secret, by its name or by its looks, so that it is never stored.
//
// The rule, in order:
//   1. A string that looks like a known credential (sk-..., ghp_..., AKIA..., a JWT, a private key,
//   a
//      URL's password) is replaced wherever it stands, whatever its name.
//   2. Under a name that speaks of a secret (password, secret, credential, auth, bearer, or
//   anything
//      with key or token in it) every string is replaced; numbers, bools and null are kept, because
//      a secret is a string. Only a name that ends in a password word hides numbers too.
//   3. Names of learning's vocabulary (pad_token, max_tokens, key_dim, tokenizer, monkey) are no
//      secrets, as long as the text under the doubtful ones is short and does not look random.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace cairn::model {

// True for names that speak of a secret: "api_key", "apiKey", "HF_TOKEN", "--db-password", "auth".
// False for "tokenizer", "max_tokens", "keys_per_row", "key_dim", "monkey", "author" and their
// like.
bool is_secret_name(std::string_view name);

// Whether `text` under `name` is to be replaced as a whole.
bool is_secret(std::string_view name, std::string_view text);

constexpr std::string_view kRedacted = "[redacted]";

// Replaces secrets in a tree, at any depth. Below a secret name every string is a secret.
void redact(Value& value);
// "--api-key X", "--api-key=X", "TOKEN=X", "https://user:password@host": the secret part is
// replaced.
std::vector<std::string> redact_argv(std::vector<std::string> argv);
// A URL without user name and password, and with the secret parameters of its query replaced.
std::string redact_url(std::string_view url);
// Free text (a diff, a message): the known credentials in it are replaced, the rest is as it was.
std::string redact_text(std::string_view text);

}  // namespace cairn::model
