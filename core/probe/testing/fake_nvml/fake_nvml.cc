// A fake NVML with devices of round numbers: device i draws 100 + i watts, and so on.
#include "fake_nvml.h"

#include <cstdint>
#include <cstdio>

// NVML's: NOLINTBEGIN(readability-identifier-naming, performance-no-int-to-ptr)
#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED FakeNvml fake_nvml;
FakeNvml fake_nvml = {};

namespace {

constexpr int kSuccess = 0, kInvalidArgument = 2, kInsufficientSize = 7, kGpuIsLost = 15;

// A device's handle is its number and one, so that none is null.
unsigned number(void* device) {
  return static_cast<unsigned>(reinterpret_cast<uintptr_t>(device)) - 1;
}
int answer(void* device, int status = kSuccess) {
  return number(device) == fake_nvml.lost_device ? kGpuIsLost : status;
}

struct Process {
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance, compute_instance;
};

int list_processes(void* device, unsigned* count, Process* out) {
  const unsigned room = *count;
  *count = fake_nvml.processes;
  if (room < fake_nvml.processes) return kInsufficientSize;
  for (unsigned i = 0; i < fake_nvml.processes; ++i)
    out[i] = {fake_nvml.first_pid + i,
              fake_nvml.process_memory_status == kSuccess ? 1000 + i : ~0ull, 0, 0};
  return answer(device);
}

}  // namespace

EXPORTED int nvmlInit_v2() {
  if (fake_nvml.init_status == kSuccess) ++fake_nvml.open_count;
  return fake_nvml.init_status;
}
EXPORTED int nvmlShutdown() { return --fake_nvml.open_count, kSuccess; }
EXPORTED int nvmlDeviceGetCount_v2(unsigned* count) {
  return *count = fake_nvml.device_count, kSuccess;
}
EXPORTED int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index >= fake_nvml.device_count) return kInvalidArgument;
  *device = reinterpret_cast<void*>(uintptr_t{index} + 1);
  return kSuccess;
}
EXPORTED int nvmlSystemGetDriverVersion(char* text, unsigned size) {
  return std::snprintf(text, size, "570.86.15"), kSuccess;
}
EXPORTED int nvmlDeviceGetName(void* device, char* text, unsigned size) {
  return std::snprintf(text, size, "Fake H%u", number(device)), answer(device);
}
EXPORTED int nvmlDeviceGetUUID(void* device, char* text, unsigned size) {
  return std::snprintf(text, size, "GPU-%u", number(device)), answer(device);
}
EXPORTED int nvmlDeviceGetMemoryInfo(void* device, unsigned long long* total_free_used) {
  total_free_used[0] = 80'000;
  total_free_used[1] = 50'000;
  total_free_used[2] = 30'000;
  return answer(device);
}
EXPORTED int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  return *milliwatts = 1000 * (100 + number(device)), answer(device, fake_nvml.power_status);
}
EXPORTED int nvmlDeviceGetTemperature(void* device, int sensor, unsigned* celsius) {
  return *celsius = 60, sensor == 0 ? answer(device) : kInvalidArgument;
}
EXPORTED int nvmlDeviceGetComputeRunningProcesses_v2(void* device, unsigned* count, Process* out) {
  ++fake_nvml.processes_v2_calls;
  return list_processes(device, count, out);
}
#ifndef FAKE_NVML_OLD
EXPORTED int nvmlDeviceGetUtilizationRates(void* device, unsigned* gpu_memory) {
  gpu_memory[0] = 90;
  gpu_memory[1] = 40;
  return answer(device);
}
EXPORTED int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  return *millijoules = 5'000'500, answer(device, fake_nvml.energy_status);
}
EXPORTED int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, Process* out) {
  return list_processes(device, count, out);
}
#endif
// NOLINTEND(readability-identifier-naming, performance-no-int-to-ptr)
