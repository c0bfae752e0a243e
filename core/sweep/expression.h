// Ranges as a command line writes them: "~loguniform(1e-5, 1e-1)", and Hydra's sweeps: "1,2,3",
// "choice(a, b)", "int(interval(4, 16))" (docs/sweep.md has all functions).
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "model/value.h"

namespace cairn::sweep {

// How the user spells what a program gets: as Python (True, None) or as most others (true, null).
enum class Spelling { kPython, kPlain, kHydra };

struct Expression {
  model::Value parameter;  // as under `parameters:` of a sweep file
  Spelling spelling = Spelling::kPython;
};

// Of a text that begins with '~'. Keyword arguments are keys of the parameter:
// "~int(1, 8, default=3)".
Result<Expression> read_expression(std::string_view text);
// Of what follows "key=" in an override of Hydra; nothing where it is one value.
Result<std::optional<Expression>> read_hydra_sweep(std::string_view text);

}  // namespace cairn::sweep
