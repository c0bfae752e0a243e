// Literals of Python by their value: numbers, and the text between the quotes of strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trace/python_token.h"

namespace cairn::trace {

// The one spelling of a number's value: "1_000" is "1000", "0x10" is "16", "1.50" is "15e-1",
// "2J" is "2j". Nothing for what is no number of Python 3.
std::optional<std::string> number_literal_form(std::string_view literal);

// Appends the value of the text between two quotes as the one way to write it between double
// quotes; \N{...} stays as it is, and braces are doubled in kFormat. False for a broken escape.
bool append_string_form(std::string_view content, bool is_raw, Flavour flavour, std::string& out);

// The same, for a text that is its own normal form already: nothing to escape, no quotes.
bool is_string_form(std::string_view content);

// A form of kText as a part of a format string: "{" becomes "{{".
std::string as_format_form(std::string_view form);

}  // namespace cairn::trace
