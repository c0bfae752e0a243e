// The nearest spelling: what to suggest when a name is unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// The candidate that differs from `wanted` by the fewest typed characters, if it differs by few. Of
// equally near ones the first.
std::optional<std::string> nearest_name(std::string_view wanted,
                                        const std::vector<std::string_view>& candidates);

}  // namespace cairn
