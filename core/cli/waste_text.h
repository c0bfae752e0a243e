// A report of waste as the command line writes it for people.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "model/value.h"

namespace cairn::cli {

// `answer`: of GET /waste. `what`: whose runs these are.
std::string print_waste(const model::Value& answer, const std::string& what,
                        const Terminal& terminal);

}  // namespace cairn::cli
