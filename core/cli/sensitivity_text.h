// Sensitivity as the command line writes it for people.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "model/value.h"

namespace cairn::cli {

// A share of a variance with its interval and the band that shuffled results reach, in `columns`
// characters for 0 to 1: █ up to the interval's low end, ▓ up to the share, ░ up to its high end,
// and ╎ where the band ends. NaN: not known.
struct ShareBar {
  double share, low, high, null_high;
};
std::string print_share_bar(const ShareBar& bar, size_t columns);

// All that the API's answer says: the model's worth, a row for every parameter, pairs, the way from
// the start to the best, and what limits all of it. `answer` as /report/sensitivity gives it.
std::string print_sensitivity(const model::Value& answer, const Terminal& terminal);

}  // namespace cairn::cli
