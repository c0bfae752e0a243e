// What the fake NVML answers; a test finds it in the loaded library by the name "fake_nvml".
#pragma once

struct FakeNvml {
  int init_status;
  int open_count;  // nvmlInit_v2 less nvmlShutdown
  unsigned device_count;
  unsigned lost_device;                                    // answers "GPU is lost"; kNoDevice: none
  int power_status, energy_status, process_memory_status;  // 3: not supported
  unsigned processes;  // running on each device: process ids first_pid, first_pid + 1, ...
  unsigned first_pid;
  int processes_v2_calls;
};

constexpr unsigned kNoDevice = ~0u;
constexpr int kNotSupported = 3;
