// Which runs had been made before. Internal to the room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "report/waste.h"

namespace cairn::report {

struct Repeat {
  enum class Kind : uint8_t { kNone, kExact, kEquivalent, kConcurrent };
  Kind kind = Kind::kNone;
  bool is_own = false;  // the earlier run was the same user's
  size_t source = 0;    // the earlier run
};

// In the order of the runs. Earlier is what began earlier, equal times as they stand.
std::vector<Repeat> find_repeats(std::span<const WasteRun> runs);

}  // namespace cairn::report
