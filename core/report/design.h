// Design: runs that would tell a sensitivity without bias, spread evenly over what was searched.
#pragma once

#include <string>

#include "base/result.h"
#include "report/sensitivity.h"
#include "sweep/definition.h"

namespace cairn::report {

// The space that the runs were in: of declared columns their ranges, of others what was tried.
// Invalid where nothing varies.
Result<sweep::Space> tried_space(const SearchRuns& runs);

// So many points of a Sobol sequence in the space of `like`, each run once and to its end: nothing
// is stopped, repeated or learned from, for all of that would choose among them.
sweep::Definition make_design(sweep::Definition like, size_t runs, const std::string& metric,
                              bool is_maximized);

}  // namespace cairn::report
