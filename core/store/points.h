// Walking over the points of a series that are in view.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace cairn::store {

// The step below which points of this piece's session are in view.
inline int64_t visible_below(const Store::SeriesPieces& series, const Piece& piece) {
  const auto session = static_cast<size_t>(piece.session);
  return session >= 1 && session <= series.visible_below.size()
             ? series.visible_below[session - 1]
             : std::numeric_limits<int64_t>::max();
}

// Calls visit(step, time_ns, value) in arrival order. `Reader` is a Store or one of its projects.
template <typename Reader, typename Visit>
Result<void> for_each_point_in_view(Reader& reader, const Store::SeriesPieces& series,
                                    const Visit& visit) {
  std::vector<int64_t> steps, times_ns;
  std::vector<double> values;
  for (const Piece& piece : series.pieces) {
    const int64_t below = visible_below(series, piece);
    if (piece.min_step >= below) continue;
    steps.resize(piece.count);
    times_ns.resize(piece.count);
    values.resize(piece.count);
    TRY_VOID(reader.read_steps(piece, 0, std::span(steps)));
    TRY_VOID(reader.read_times(piece, 0, std::span(times_ns)));
    TRY_VOID(reader.read_values(piece, 0, std::span(values)));
    for (size_t i = 0; i < piece.count; ++i)
      if (steps[i] < below) visit(steps[i], times_ns[i], values[i]);
  }
  return {};
}

}  // namespace cairn::store
