// The [footprint] table of cairn.toml: where this machine stands and under which terms it is
// priced.
#pragma once

#include "base/result.h"

namespace cairn::cli {

// Puts what the project's cairn.toml, and below it the user's, say into the environment, where it
// says nothing itself: CAIRN_ZONE, CAIRN_PUE and so on, by which this process and those that it
// starts know their place. To be called once, before there are threads. Invalid with the file and
// the key; the environment is then as it was.
Result<void> take_footprint_settings();

}  // namespace cairn::cli
