// Clocks by clock_gettime, which needs no system call on Linux.
#include "base/clock.h"

#include <ctime>

namespace cairn {
namespace {
int64_t read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<int64_t>(now.tv_sec) * kNsPerSecond + now.tv_nsec;
}
}  // namespace

int64_t wall_now_ns() { return read_clock(CLOCK_REALTIME); }
int64_t monotonic_now_ns() { return read_clock(CLOCK_MONOTONIC); }

}  // namespace cairn
