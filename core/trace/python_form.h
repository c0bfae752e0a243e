// The normal form of Python source: see docs/formats/code_form.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trace/code_form.h"
#include "trace/python_lexer.h"

namespace cairn::trace {

// Nothing for what does not compile and for encodings other than UTF-8; the bytes for programs that
// look at their own source text.
std::optional<CodeForm> python_form(std::string_view bytes, Docstrings docstrings);
// The same for a cell of a notebook, which has no docstring of its own.
std::optional<CodeForm> python_cell_form(std::string_view bytes, Docstrings docstrings);

// Whether a line ends with the comment "# cairn: impure".
bool has_impure_line(std::string_view bytes);

}  // namespace cairn::trace
