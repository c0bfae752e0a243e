// One spelling per decimal number, so that 0.10, .1 and 1e-1 are the same text and nothing else is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cairn::trace {

// "[-+]digits[.digits][e[-+]digits]" exactly by value, never rounded: "1e-1" for 0.10, "25e2" for
// 2.5e3, "0e0" for 0.0; what has neither point nor exponent stays an integer: "+007" is "7". The
// sign of a zero is kept for floats only. Nothing for any other text.
std::optional<std::string> decimal_form(std::string_view text);

// Digits of a base of 2, 8, 10 or 16 without prefix: in decimal where they fit into 64 bits, else
// as they stand behind their prefix, lower-case and without leading zeros. Nothing for other text.
std::optional<std::string> integer_form(std::string_view digits, unsigned base);

}  // namespace cairn::trace
