// Relations between parameters as texts: "lr_min <= lr_max", "2*a + b <= 10",
// "not (opt == sgd and batch in [512, 1024])", "kernel == rbf and depth >= 3".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sweep/space.h"

namespace cairn::sweep {

// A name that is more than letters, digits, '_' and '.' stands in backticks, a word that is in
// quotes. Invalid names the character at which something else was expected.
//
// Constraints: an order (a <= b <= c), linear sums on both sides of <= or >=, or `not` with one
// comparison or, in brackets, comparisons joined by `and` and `or`. Several come of a chain of
// sums, and of `or`.
Result<std::vector<Constraint>> parse_constraints(std::string_view text);
// Of orders and linear sums. What was printed reads to the same constraint.
std::string print_relation(const Constraint& constraint);

// Conditions: comparisons joined by `and`.
Result<std::vector<Condition>> parse_conditions(std::string_view text);

}  // namespace cairn::sweep
