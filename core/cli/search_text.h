// What `cairn replay` and `cairn compare-search` print alike: which search it is, and which others.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "model/value.h"

namespace cairn::cli {

// "digits  sweep 7k2m, val_acc, more is better, 120 runs"
std::string print_search_title(const model::Value& answer, const Terminal& terminal);
// The project's other searches, and how to ask for them; empty where there are none.
std::string print_other_searches(const model::Value& answer);

}  // namespace cairn::cli
