// Levenshtein's distance with an early exit, because a table may have a hundred thousand names.
#include "base/nearest.h"

#include <algorithm>
#include <numeric>

namespace cairn {
namespace {

// The distance of a and b, or anything above `limit` when it is above `limit`.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    size_t least = row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
      least = std::min(least, row[j]);
    }
    if (least > limit) return limit + 1;
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view wanted,
                                        const std::vector<std::string_view>& candidates) {
  size_t limit = wanted.size() >= 8 ? 3 : wanted.size() >= 4 ? 2 : 1;
  std::optional<std::string> nearest;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(wanted, candidate, limit);
    if (distance > limit) continue;
    nearest = candidate;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return nearest;
}

}  // namespace cairn
