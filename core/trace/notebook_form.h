// The normal form of a Jupyter notebook: its code cells in their order.
#pragma once

#include <optional>
#include <string_view>

#include "trace/code_form.h"

namespace cairn::trace {

// Text, outputs, counters and ids are gone; each cell is in the normal form of its language, with
// its tags, because papermill runs by them. Nothing for what is no notebook of version 4.
std::optional<CodeForm> notebook_form(std::string_view bytes, Docstrings docstrings);

}  // namespace cairn::trace
