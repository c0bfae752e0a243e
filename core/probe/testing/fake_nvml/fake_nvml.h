// What the fake NVML answers; a test finds it in the loaded library by the name "fake_nvml".
#pragma once

#include <cstdint>
#include <vector>

#include "fake_gpu.h"

struct FakeNvml {
  int init_status = 0;
  int open_count = 0;  // nvmlInit_v2 less nvmlShutdown
  int processes_v2_calls = 0;
  std::vector<FakeGpu> gpus;
  // Since second 0 of the GPUs' powers; without a clock it is always second 0. Left alone, the GPUs
  // are those of the script in the file that the environment variable FAKE_NVML_SCRIPT names, and
  // the clock is the real one since the library was first opened.
  int64_t (*now_ns)() = nullptr;
  void (*sleep_ns)(int64_t) = nullptr;  // as long as slow calls take
};
