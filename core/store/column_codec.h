// The column codec: values, axes and group summaries of a chunk as few bytes, exact to the bit.
//
// Pure functions over the caller's memory, safe from any thread. The format is
// docs/formats/chunk.md (frozen by tests/golden/chunk_v1). Integrity and identity of the bytes are
// the business of the frame around them; but decoding is safe on any bytes: it answers Corrupt, or
// some values of the right number, and its memory is bounded by the lengths the caller gave.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace cairn::store {

// ---- Values ----

// At most kChunkPointsMax values; NaN payloads, -0, denormals and infinities are kept bit-exact.
std::string encode_values(std::span<const double> values);
// Exactly out.size() values; Corrupt when the bytes are malformed or hold another number of values.
Result<void> decode_values(std::string_view bytes, std::span<double> out);

// What a chart needs of a range of points. min, max and sum ignore NaN; min and max are NaN where
// the range has no number. first and last are the bit-exact ends, NaN for an empty range. sum is
// exact to the last bits but not a function of the order in which others would add.
struct Extent {
  double min, max, sum, first, last;
  size_t count;  // points that are not NaN
  size_t nan_count;
};
// The extents of consecutive ranges of a chunk of n values: range i is [ends[i-1], ends[i]), the
// ends ascend and the last is n. One Extent for each end. Never materialises the doubles where the
// latents can be reduced instead.
Result<void> scan_values(std::string_view bytes, size_t n, std::span<const uint32_t> ends,
                         std::span<Extent> out);

// ---- Axis: the steps and times that all series of a row group share ----

// At most kChunkPointsMax rows. Times are kept in the coarsest of ms, us, ns that is exact.
std::string encode_axis(std::span<const int64_t> steps, std::span<const int64_t> times_ns);
Result<void> decode_steps(std::string_view bytes, std::span<int64_t> steps);
Result<void> decode_times(std::string_view bytes, std::span<int64_t> times_ns);

struct AxisFacts {
  size_t n = 0;
  bool arithmetic = false;  // step i is first_step + i * step_stride
  int64_t first_step = 0;
  int64_t step_stride = 0;  // 0 unless arithmetic
  bool sorted = true;       // steps never descend
  int64_t min_step = 0, max_step = 0;
  int64_t first_time_ns = 0, last_time_ns = 0;
};
Result<AxisFacts> read_axis_facts(std::string_view bytes);  // O(1)

// ---- Groups: level 1, one summary for each kLevelGroupPoints points of a series ----

struct Groups {
  std::vector<double> min, max, mean;  // NaN where a group has no number
  std::vector<double> last;            // the group's last point, bit-exact
  std::vector<uint32_t> count;         // points that are not NaN

  size_t size() const { return count.size(); }
};
// The last group may be short. Means are rounded to float32, within [min, max]: they are drawn,
// and half their bits would be noise.
Groups summarise(std::span<const double> values);
std::string encode_groups(const Groups& groups);  // at most kChunkPointsMax groups
Result<Groups> decode_groups(std::string_view bytes, size_t n_groups);

}  // namespace cairn::store
