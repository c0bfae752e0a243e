// Intervals of sums over runs that are not independent: whole clusters of them are drawn anew.
//
// A cluster is what one user did for one purpose (a sweep): its runs waste alike. Pure; the same
// sums, count and seed give the same intervals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cairn::report {

class ClusterBootstrap {
 public:
  // `sums`: row by row what each cluster adds to each of `columns` columns. More than
  // `clusters_max` clusters are put together by chance, whole: the spread of sums stays what it is.
  ClusterBootstrap(std::span<const double> sums, size_t columns, size_t clusters_max, size_t count,
                   uint64_t seed);

  // The column's sums in each resample, in no order; empty columns cost nothing.
  std::span<const double> resamples(size_t column) const {
    return std::span(x_resamples).subspan(column * x_count, x_count);
  }

 private:
  size_t x_count;
  std::vector<double> x_resamples;  // [column][resample]
};

}  // namespace cairn::report
