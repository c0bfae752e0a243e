// Search: which names a user means by an expression, as he types it.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace cairn::query {

// A regular expression found anywhere in a name; an empty one is found in all. A value.
class Search {
 public:
  static Result<Search> parse(std::string_view expression);
  bool matches(std::string_view name) const;

 private:
  std::shared_ptr<const re2::RE2> x_regex;  // null: everything
};

}  // namespace cairn::query
