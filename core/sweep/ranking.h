// Ranking: which results are better than which, whatever a sweep is after.
//
// What keeps to all limits comes before what does not, and that by how far it goes beyond them.
// One objective ranks by its value; several rank in fronts (Deb et al. 2002): a row is behind all
// that are as good in everything and better in something, and within a front the lonely come first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sweep/evidence.h"

namespace cairn::sweep {

using Rows = std::vector<uint32_t>;

// The rows with a result of their own: complete, or stopped with an estimate.
Rows rows_with_result(const Evidence& evidence);
// The best `count` of rows with results, best first.
Rows best_of(const Evidence& evidence, Rows rows, size_t count);

// How far a row goes beyond its limits, in all; 0: it keeps to them, infinite: unknown.
double violation(const Evidence& evidence, size_t row);
// By front, the best one first, until `count` rows are in one. Limits left aside.
std::vector<Rows> fronts_of(const surrogate::Matrix& y, Rows rows, size_t count);
// Sorts a front: its ends first, then those with the most room around them.
void sort_by_room(const surrogate::Matrix& y, Rows& front);

}  // namespace cairn::sweep
