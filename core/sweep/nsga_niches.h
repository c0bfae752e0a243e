// Niches: which of many results keep a population spread along a front of many objectives.
#pragma once

#include <cstddef>

#include "sweep/ranking.h"

namespace cairn::sweep {

// NSGA-III's choice (Deb and Jain 2014): whole fronts while they fit, and of the next one those
// that lie nearest to reference directions with few others. Best first, at most `count`.
Rows choose_by_niches(const surrogate::Matrix& y, Rows rows, size_t count);

// The most evenly spread directions with shares in steps of 1/p (Das and Dennis 1998), as many as
// are at most `count`, at least one per objective.
surrogate::Matrix reference_directions(size_t objectives, size_t count);

}  // namespace cairn::sweep
