// ComparePool: the configurations of a search that was run, of which other searches may pick.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "report/recorded_search.h"
#include "sweep/sampler.h"
#include "sweep/space.h"

namespace cairn::report {

// One configuration; its replicates are one.
struct PoolPoint {
  sweep::Point point;
  double value = kUnknown;  // mean result, signed: less is better
  double cost_s = 0;        // mean
};

// A value of its owner.
struct ComparePool {
  sweep::Space space;
  std::vector<PoolPoint> points;  // in the order in which they were first run
  size_t without_result = 0;      // configurations that diverged
  size_t outside = 0;             // whose values are none of the space's
  double best = kUnknown;
};

ComparePool make_pool(const RecordedSearch& search, std::span<const uint32_t> configurations,
                      sweep::Space space);

// Indices of points in the order in which a sampler picks them, at most `picks`; it ends with the
// best one. What the sampler proposes is taken to mean the nearest point that was not picked yet:
// nothing is said of configurations that were never run.
Result<std::vector<size_t>> pick_with(const ComparePool& pool, sweep::Method method, uint64_t seed,
                                      size_t picks);

}  // namespace cairn::report
