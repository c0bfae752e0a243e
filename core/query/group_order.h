// In which order groups of runs are shown, and what filter means each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/run_table.h"

namespace cairn::query {

struct GroupSortKey {
  enum class What : uint8_t { kRuns, kValue, kCount, kMin, kMax, kMean, kStd };
  What what = What::kRuns;
  size_t at = 0;  // kValue: among the columns grouped by; else among the measures
  bool descending = false;
};

// "-mean:summary.loss,config.lr,-runs": measures as STATISTIC:COLUMN, columns grouped by, `runs`.
Result<std::vector<GroupSortKey>> parse_group_sort(std::string_view text,
                                                   const RunTable::GroupBy& by);
// What has no value comes last in both directions; equal groups stay in order.
void sort_groups(std::vector<RunTable::Group>& groups, const std::vector<GroupSortKey>& keys);

// The filter that just this group's runs meet, apart from the one that all groups share. Empty
// where the language has none, as for a list.
std::string print_group_filter(const RunTable::GroupBy& by, const RunTable::Group& group);

}  // namespace cairn::query
