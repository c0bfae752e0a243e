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

// A part of a device that MIG made, a device of its own to CUDA.
struct GpuInstance {
  std::string uuid;  // "MIG-..."
  int gpu_instance = 0, compute_instance = 0;
  int slices = 0;  // of the device's; 0: unknown
};

struct GpuFacts {
  int index = 0;  // NVML's: by PCI bus, whatever CUDA_VISIBLE_DEVICES says
  std::string name, uuid;
  std::optional<int64_t> memory_bytes;
  std::string pci;  // "0000:3b:00.0", as /sys has it
  std::optional<double> power_limit_w;
  bool is_mig = false;  // divided into instances, if only into none yet
  int slices = 0;       // that MIG can make of it; 0: it cannot, or unknown
  std::vector<GpuInstance> instances;
};

struct GpuProcess {
  int pid = 0;
  std::optional<double> memory_bytes;
  int gpu_instance = -1;  // -1: on the device as a whole
};

// How long a process's kernels ran, as a share of the driver's last sampling period.
struct GpuProcessBusy {
  int pid = 0;
  double sm_percent = 0;  // of the multiprocessors; sums of processes may exceed 100
  int64_t time_us = 0;    // since the epoch
};

enum class PowerField { kAverage, kInstant };      // average: over a second
enum class PowerScope { kGpu, kModule, kMemory };  // a module: with the processor, if it has one

class Nvml {
 public:
  // Nothing when there is no NVIDIA driver, no library, no needed function or no device; `problem`
  // is then why, and empty where there is no driver at all.
  static std::unique_ptr<Nvml> load(const Machine& machine, std::string* problem = nullptr);
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

  // Since the driver was loaded; 0, which no device used, is nothing. Takes milliseconds on some.
  std::optional<uint64_t> energy_mj(size_t device) const;
  std::optional<double> power_w(size_t device) const;  // of the newest: mean of a second
  std::optional<double> power_w(size_t device, PowerField field, PowerScope scope) const;
  // Those that compute; nothing when the driver does not tell. A container may see none of them.
  std::optional<std::vector<GpuProcess>> processes(size_t device) const;
  // Samples newer than `since_us` in no order, several for one process; nothing when not told.
  std::optional<std::vector<GpuProcessBusy>> process_busy(size_t device, int64_t since_us) const;

 private:
  struct Functions;
  explicit Nvml(std::unique_ptr<Functions> functions);
  void add_instances(GpuFacts& facts, void* handle) const;

  std::unique_ptr<Functions> x_functions;
  struct Device {
    int index = 0;
    void* handle = nullptr;
  };
  std::vector<Device> x_devices;
};

}  // namespace cairn::probe
