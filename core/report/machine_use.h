// MachineUse: how busy a run kept its devices, and what that says of idle time and of their size.
//
// Pure. NVML's utilisation says that some kernel ran, not how well the device was filled: idle time
// found by it is idle, busy time need not be.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace cairn::report {

constexpr double kIdleBusyMax = 0.05, kIdleSecondsMin = 10;
constexpr double kOversizedMax = 0.4;  // of memory at its peak, and of the 90 % quantile of busy
constexpr double kPackedShare = 0.5;   // of such a device's time: two runs fit
constexpr double kPackedShareLow = 0.25;

struct Stretch {
  double from_s = 0, to_s = 0;  // since the run began

  double seconds() const { return to_s - from_s; }
};

// Samples of a run's devices: the mean of its GPUs, or without any the share of a core that its
// processes used.
struct MachineUse {
  bool is_gpu = false;
  std::vector<double> at_s, busy;  // since the run began; 0 to 1 and, of processors, above
  std::optional<double> memory_peak_share;
};

// Stretches of kIdleSecondsMin and more below kIdleBusyMax. Where samples are missing nothing is
// claimed.
std::vector<Stretch> find_idle(const MachineUse& use);
// Of the time that is not in `idle`: how much its devices were not busy, in seconds.
double stalled_seconds(const MachineUse& use, const std::vector<Stretch>& idle);

// The share of a run's device time that a smaller device, a slice of one or a second run on it
// would have left to others.
struct Oversize {
  double share = 0, low = 0, high = 0;
  double memory_peak_share = 0, busy_p90 = 0;
};
std::optional<Oversize> find_oversize(const MachineUse& use);

}  // namespace cairn::report
