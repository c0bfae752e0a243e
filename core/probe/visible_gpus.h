// Which GPUs CUDA lets a process see, by its environment. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "probe/facts.h"
#include "probe/nvml.h"

namespace cairn::probe {

struct VisibleGpu {
  int index = 0;     // NVML's
  std::string uuid;  // the device's
  std::string mig;   // the instance's uuid, where one was named; empty: the whole device
  double share = 1;  // of the device's slices
};

struct VisibleGpus {
  std::vector<VisibleGpu> gpus;
  // Why they may be others or fewer, empty when that is certain.
  std::string doubt;
};

// CUDA_VISIBLE_DEVICES as CUDA reads it: numbers, beginnings of uuids and MIG uuids, up to the
// first that fits no device; "" and "-1" are none; unset, all. NVIDIA_VISIBLE_DEVICES is what a
// container's runtime granted: "none" or uuids; its numbers count another machine's devices.
VisibleGpus find_visible_gpus(Environment environment, const std::vector<GpuFacts>& gpus);

}  // namespace cairn::probe
