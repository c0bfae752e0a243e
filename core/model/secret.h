// Which names hide secrets, so that their values are never stored.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace cairn::model {

// True for names that contain key, token, password, passwd, secret, credential or auth as a word or
// word part after a boundary: "api_key", "HF_TOKEN", "--db-password". Not for "monkey",
// "keys_per_row", "tokens", "max_tokens", "tokenizer", "key_dim" and the like that learning is full
// of.
bool is_secret_name(std::string_view name);

constexpr std::string_view kRedacted = "[redacted]";

// Replaces the values of secret members, at any depth.
void redact(Value& value);
// "--api-key X", "--api-key=X", "TOKEN=X", "https://user:password@host": the secret part is
// replaced.
std::vector<std::string> redact_argv(std::vector<std::string> argv);
// A URL without user name and password.
std::string redact_url(std::string_view url);

}  // namespace cairn::model
