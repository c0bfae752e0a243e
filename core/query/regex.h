// How a filter's regular expressions are compiled: the same when checked and when used.
#pragma once

#include <re2/re2.h>

namespace cairn::query {

inline re2::RE2::Options regex_options() {
  constexpr int64_t kRegexBytesMax = 1 << 20;  // the program and its automaton
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexBytesMax);
  return options;
}

}  // namespace cairn::query
