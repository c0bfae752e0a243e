// How much another version of a package may matter to a result. Pure.
#pragma once

#include <string_view>

namespace cairn::recall {

enum class Severity {
  kNone,    // decides nothing about a result: progress bars, plots, formatters
  kLow,     // a repaired version: the same results are expected
  kMedium,  // may change results
  kHigh,    // numerics, frameworks: will change some results
};
std::string_view print_severity(Severity severity);

// Of a change of a distribution, by its name and its two versions; an empty version is none.
Severity severity_of(std::string_view name, std::string_view before, std::string_view after);

}  // namespace cairn::recall
