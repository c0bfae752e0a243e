// Replay: whether a transcript would be proposed again, point by point.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "trials/event.h"

namespace cairn::trials {

struct Replayed {
  uint64_t proposals = 0;
  std::optional<int64_t> first_difference;  // the trial that would be another one now
};

// Asks a new search wherever one was asked, with all that was known then. Another version of Cairn
// may answer otherwise; the same one never does.
Result<Replayed> replay(std::span<const Event> events);

}  // namespace cairn::trials
