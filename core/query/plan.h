// Plan: which bin each point of a table belongs to, worked out once for all keys logged together.
//
// Twenty charts of a run share steps and times, so their bucket edges are the same: the axis is
// read and cut once, and each key is then only reduced, in the store, between the cuts. Exact: of
// several points of one step only the latest counts, points out of view do not. Lives for one
// request, refers to nothing.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/bins.h"
#include "query/sample.h"
#include "store/store.h"

namespace cairn::query {

// How a point's place on an axis follows from its step or its time.
struct Placing {
  Axis of = Axis::kStep;
  StepRange range;                                        // of steps or times
  std::function<double(int64_t)> to_x;                    // unset: as it is; NaN: it has no place
  double min = -std::numeric_limits<double>::infinity();  // of x, included
  double max = std::numeric_limits<double>::infinity();
  size_t bins = 1;
  bool log = false;  // bins are equal in the logarithm of x; what is not above 0 has no place
  // Cut between these ends whatever the points, so that bins of several series align. Unset:
  // between the first and the last point, and no more points than bins get one each.
  std::optional<std::pair<double, double>> ends;

  double x_of(int64_t position) const {
    return to_x ? to_x(position) : static_cast<double>(position);
  }
  bool has_place(double x) const {
    return std::isfinite(x) && x >= min && x <= max && (!log || x > 0);
  }
  // The edges for points between two ends.
  Edges edges(double first, double last) const;
};

class Plan {
 public:
  static Result<Plan> make(store::Store& store, const store::Store::SeriesPieces& series,
                           const Placing& placing);

  // Whether these pieces, of the same run, lie on the axes that this plan was made of.
  bool fits(const store::Store::SeriesPieces& series) const;
  // The values of one key, in the plan's bins.
  Result<void> fill(store::Store& store, const store::Store::SeriesPieces& series,
                    Bins& bins) const;

 private:
  friend class PlanMaker;
  static constexpr uint32_t kNoBin = ~uint32_t{0};
  // Of one piece: consecutive ranges of its points, within which x never descends; or where points
  // jump between bins, each point by itself.
  struct Part {
    uint64_t axis = 0;
    bool is_scattered = false;
    std::vector<size_t> ends;    // of ranges
    std::vector<uint32_t> bins;  // of each range or point; kNoBin: passed over
    std::vector<double> last_x;  // of each range or point
  };
  static Result<void> fill_scattered(store::Store& store, const Part& part,
                                     const store::Piece& piece, Bins& bins);

  std::vector<Part> x_parts;
  size_t x_bins = 0;
};

}  // namespace cairn::query
