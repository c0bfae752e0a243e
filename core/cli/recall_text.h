// What recall says to people: one line for a match, one for each difference, one of advice.
#pragma once

#include <string>

#include "cli/past_runs.h"
#include "cli/terminal.h"

namespace cairn::cli {

// "exact: digits/quiet-ridge-417 (2h ago, took 18m, val_acc 0.9312)"
std::string describe(const Relative& relative, const Terminal& terminal);
// Indented lines: what differs, from what to what. "" when nothing does.
std::string describe_differences(const Relative& relative, const Terminal& terminal);
// A sentence that says what to do; `best` may be null.
std::string advise(const Relative* best);

}  // namespace cairn::cli
