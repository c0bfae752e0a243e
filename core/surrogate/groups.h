// Groups: which rows are runs of one configuration.
#pragma once

#include <cstdint>
#include <vector>

#include "surrogate/matrix.h"

namespace cairn::surrogate {

// Rows of equal places are of one group; groups are 0, 1, ... in the order of their first rows.
std::vector<uint32_t> groups_of(const Matrix& x);

}  // namespace cairn::surrogate
