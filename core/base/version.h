// The version of this build, as CMakeLists.txt states it.
#pragma once

#include <string_view>

namespace cairn {

std::string_view version();  // "0.1.0"

}  // namespace cairn
