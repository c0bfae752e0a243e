// Text as others may read it: valid UTF-8, whatever bytes came in.
#pragma once

#include <string>
#include <string_view>

namespace cairn {

bool is_utf8(std::string_view bytes);
// The same text, with U+FFFD for every byte that is no part of a character.
std::string to_utf8(std::string_view bytes);

}  // namespace cairn
