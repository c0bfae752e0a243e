// What recall says to people: one line for a match, one for each difference, one of advice.
#pragma once

#include <string>

#include "cli/expectation.h"
#include "cli/past_runs.h"
#include "cli/terminal.h"

namespace cairn::cli {

// "exact: digits/quiet-ridge-417 (2h ago, took 18m, val_acc 0.9312)"
std::string describe(const Relative& relative, const Terminal& terminal);
// Indented lines: what differs, from what to what. "" when nothing does.
std::string describe_differences(const Relative& relative, const Terminal& terminal);
// {"level", "run", "differences", "reason", "advice"} for programs; `best` may be null.
model::Value print_answer(const Relative* best);
model::Value print_expectation(const Expectation& expected);
// "much like digits/quiet-ridge-417 (lr 0.1 -> 0.11, val_acc 0.9312)": a hint in passing; empty
// when it would be none.
std::string print_quietly(const Relative& relative);
// A sentence that says what to do; `best` may be null.
std::string advise(const Relative* best);

}  // namespace cairn::cli
