// See groups.h.
#include "surrogate/groups.h"

#include <bit>
#include <cmath>
#include <map>

namespace cairn::surrogate {

std::vector<uint32_t> groups_of(const Matrix& x) {
  std::map<std::vector<uint64_t>, uint32_t> known;
  std::vector<uint32_t> groups;
  for (size_t i = 0; i < x.rows(); ++i) {
    std::vector<uint64_t> bits;
    for (const double place : x.row(i))
      bits.push_back(std::isnan(place) ? ~uint64_t{0} : std::bit_cast<uint64_t>(place));
    groups.push_back(
        known.emplace(std::move(bits), static_cast<uint32_t>(known.size())).first->second);
  }
  return groups;
}

}  // namespace cairn::surrogate
