// See cluster_bootstrap.h.
#include "report/cluster_bootstrap.h"

#include <algorithm>
#include <numeric>

#include "surrogate/random.h"

namespace cairn::report {

ClusterBootstrap::ClusterBootstrap(std::span<const double> sums, size_t columns,
                                   size_t clusters_max, size_t count, uint64_t seed)
    : x_count(count), x_resamples(columns * count) {
  std::vector<size_t> used;  // columns with anything in them
  for (size_t column = 0; column < columns; ++column)
    for (size_t i = column; i < sums.size(); i += columns)
      if (sums[i] != 0) {
        used.push_back(column);
        break;
      }
  surrogate::Random random(seed);
  const size_t clusters = sums.size() / columns, groups = std::min(clusters, clusters_max);
  std::vector<double> rows(groups * used.size());
  std::vector<size_t> order(clusters);
  std::iota(order.begin(), order.end(), size_t{0});
  if (clusters > groups) random.choose(std::span(order), clusters);
  for (size_t i = 0; i < clusters; ++i) {
    const size_t cluster = order[i], group = i % groups;  // of one size: else it adds to the spread
    for (size_t u = 0; u < used.size(); ++u)
      rows[group * used.size() + u] += sums[cluster * columns + used[u]];
  }
  std::vector<double> total(used.size());
  for (size_t resample = 0; resample < count; ++resample) {
    std::ranges::fill(total, 0.0);
    for (size_t draw = 0; draw < groups; ++draw) {
      const double* row = rows.data() + random.below(groups) * used.size();
      for (size_t u = 0; u < used.size(); ++u) total[u] += row[u];
    }
    for (size_t u = 0; u < used.size(); ++u) x_resamples[used[u] * count + resample] = total[u];
  }
}

}  // namespace cairn::report
