// Text in normal forms: characters as UTF-8, and quoted so that one text has one spelling.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::trace {

void append_point(uint32_t point, std::string& out);  // a character other than half a pair

// Between double quotes, with backslash, quote and control characters escaped.
void append_quoted(std::string_view text, std::string& out);

}  // namespace cairn::trace
