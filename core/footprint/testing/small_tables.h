// Small tables for tests: few rows, made to be reckoned with by hand.
#pragma once

#include <memory>

#include "footprint/tables.h"

namespace cairn::footprint::testing {

std::shared_ptr<const Tables> small_tables();

}  // namespace cairn::footprint::testing
