// Declared: what search spaces say of parameters, as columns in the configurations' own units.
#pragma once

#include <span>
#include <vector>

#include "surrogate/features.h"
#include "sweep/space.h"

namespace cairn::report {

// Of several spaces the union of each parameter's range, widened to what was tried. Left out, and
// so learned from the values, is a parameter that is no single value (a subset, a permutation,
// shares), has no bounds, is of another kind in another space, or had values of another kind.
std::vector<surrogate::Column> declared_columns(std::span<const sweep::Space* const> spaces,
                                                std::span<const surrogate::Row> configs);

}  // namespace cairn::report
