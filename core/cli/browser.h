// The web browser of whoever sits at this machine.
#pragma once

#include <string>

namespace cairn::cli {

// False where there is none: no desktop, or no program that opens addresses.
bool open_browser(const std::string& url);

}  // namespace cairn::cli
