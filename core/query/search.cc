// Compiling and looking.
#include "query/search.h"

#include <re2/re2.h>

#include "base/limits.h"
#include "query/regex.h"

namespace cairn::query {

Result<Search> Search::parse(std::string_view expression) {
  if (expression.size() > kFilterBytesMax)
    return fail(Code::kLimit, "expected at most {} bytes to search for, found {}", kFilterBytesMax,
                expression.size());
  Search search;
  if (expression.empty()) return search;
  search.x_regex = std::make_shared<const re2::RE2>(expression, regex_options());
  if (!search.x_regex->ok())
    return fail(Code::kInvalid, "expected a regular expression, found an error ({})",
                search.x_regex->error());
  return search;
}

bool Search::matches(std::string_view name) const {
  return !x_regex || re2::RE2::PartialMatch({name.data(), name.size()}, *x_regex);
}

}  // namespace cairn::query
