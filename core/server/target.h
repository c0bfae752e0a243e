// The target of a request, "/path%20parts?name=value": parsing and printing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/http_types.h"

namespace cairn::server {

std::string percent_encode(std::string_view text);  // everything but A-Z a-z 0-9 - . _ ~
Result<std::string> percent_decode(std::string_view text);

// Fills path and params. In the query '+' is a space, as forms write it.
Result<void> parse_target(std::string_view target, Request& request);
std::string print_target(const Request& request);

// "/a/b%2Fc" is {"a", "b/c"}: split first, then decoded, so that an encoded slash stays in its
// name.
Result<std::vector<std::string>> split_path(std::string_view path);

}  // namespace cairn::server
