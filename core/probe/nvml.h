// NVML: NVIDIA's management library, loaded at run time; absent on a machine without its driver.
// Internal to the room.
//
// Owned by one sampler and used by its thread. Loading may take seconds where the driver has to
// wake a device, so it never happens on a user's thread. The library is never unloaded: other parts
// of the process may use it too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/machine.h"

namespace cairn::probe {

// What a device answers now. A member it does not support, or answers with an error, is nothing.
struct GpuReading {
  std::optional<double> util_percent;         // of the time, in which any kernel ran
  std::optional<double> memory_util_percent;  // of the time, in which memory was moved
  std::optional<double> memory_used_bytes;
  std::optional<double> power_w;
  std::optional<double> temperature_c;
  std::optional<double> energy_j;                   // since the driver was loaded
  std::optional<double> process_memory_used_bytes;  // of the processes asked for
};

struct GpuFacts {
  int index = 0;  // NVML's: by PCI bus, whatever CUDA_VISIBLE_DEVICES says
  std::string name, uuid;
  std::optional<int64_t> memory_bytes;
};

class Nvml {
 public:
  // Nothing when there is no NVIDIA driver, no library, no needed function or no device.
  static std::unique_ptr<Nvml> load(const Machine& machine);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  size_t device_count() const { return x_devices.size(); }
  int index(size_t device) const { return x_devices[device].index; }
  std::string driver() const;
  GpuFacts facts(size_t device) const;
  // `pids`, sorted: whose memory is meant. Left out when none of them is on the device, which is
  // also what a container that hides the host's process ids looks like.
  GpuReading read(size_t device, const std::vector<int>& pids) const;

 private:
  struct Functions;
  explicit Nvml(std::unique_ptr<Functions> functions);

  std::unique_ptr<Functions> x_functions;
  struct Device {
    int index = 0;
    void* handle = nullptr;
  };
  std::vector<Device> x_devices;
};

}  // namespace cairn::probe
