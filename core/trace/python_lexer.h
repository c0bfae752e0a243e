// Bytes of a Python program → its tokens, as every version from 3.8 to 3.13 reads them.
#pragma once

#include <optional>
#include <string_view>

#include "trace/python_token.h"

namespace cairn::trace {

enum class Dialect : uint8_t {
  kModule,
  kCell,  // of a notebook: a line may be IPython's, "%matplotlib inline", "!ls"
};

// Without comments, blank lines and joins; a block of one line ("if a: b") is an indented one, and
// neighbouring strings are one. `source` is UTF-8 with "\n" line ends and outlives the tokens.
// Nothing for what Python would not compile, as far as tokens tell.
std::optional<TokenList> lex_python(std::string_view source, Dialect dialect);

// Whether a comment is "# cairn: impure", with or without a reason behind it.
bool is_impure_pragma(std::string_view comment);

}  // namespace cairn::trace
