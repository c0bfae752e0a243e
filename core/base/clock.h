// Time as a seam: nanoseconds since the Unix epoch, and a monotonic clock that no one can set.
#pragma once

#include <cstdint>

namespace cairn {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kNsPerMillisecond = 1'000'000;

int64_t wall_now_ns();       // CLOCK_REALTIME; may jump
int64_t monotonic_now_ns();  // CLOCK_MONOTONIC; never goes back, stands still in suspend

}  // namespace cairn
