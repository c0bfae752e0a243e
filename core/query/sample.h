// Sampling: a series of any length as at most N buckets with exact envelopes.
//
// Deterministic: the same request on the same points gives the same buckets, and every point of the
// range lies between its bucket's min and max, so a single spike always shows. Work per series is
// bounded by about 256 x buckets values whatever the length (level 1 of the store takes over beyond
// that). Of several points of one step the latest counts, by its time.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/series.h"
#include "store/store.h"

namespace cairn::query {

struct StepRange {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();  // inclusive
};

enum class Axis { kStep, kTime };

struct SampleRequest {
  Axis axis = Axis::kStep;
  StepRange range;        // in the axis' unit: steps, or nanoseconds since the epoch
  size_t buckets = 1000;  // 1..kSampleBucketsMax
};

// Columns of equal length, one entry per bucket that holds a point, ascending in x. When the range
// holds no more points than buckets, every point is a bucket of its own.
struct Buckets {
  std::vector<double> x;                     // axis value of the bucket's last point
  std::vector<double> min, max, mean, last;  // NaN points are left out, but for `last`
  std::vector<uint32_t> count;               // NaN points included
  // False: summaries of kLevelGroupPoints points were used. Bucket edges are accurate to as many,
  // and points that were overwritten by a later one of the same step may be in the envelope.
  bool exact = true;
};

Result<Buckets> sample_series(store::Store& store, const store::Store::SeriesPieces& series,
                              const SampleRequest& request);
Result<model::Points> read_series(store::Store& store, const store::Store::SeriesPieces& series,
                                  const StepRange& range);

}  // namespace cairn::query
