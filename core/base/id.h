// Random identifiers and friendly run names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

uint64_t random_u64();                 // from getrandom(2); safe after fork
std::string make_id(int length = 12);  // Crockford base32, lower-case, 5 bits a character
std::string make_name();               // two words and a number, such as "quiet-ridge-417"

// A name that is safe as a file name and in a URL: 1..128 of [A-Za-z0-9._-], not starting with '.'.
bool is_safe_name(std::string_view text);

}  // namespace cairn
