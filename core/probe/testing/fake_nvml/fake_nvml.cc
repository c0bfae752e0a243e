// A library that looks like NVML and answers for fake GPUs.
#include "fake_nvml.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

// NVML's: NOLINTBEGIN(readability-identifier-naming, performance-no-int-to-ptr)
#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED FakeNvml fake_nvml;
FakeNvml fake_nvml = {};

namespace {

constexpr int kSuccess = 0, kInvalidArgument = 2, kNotSupported = 3, kInsufficientSize = 7,
              kGpuIsLost = 15;
[[maybe_unused]] constexpr int kNotFound = 6;  // what only newer drivers answer
constexpr unsigned kInstancesOfGpu = 1000;     // handles of instances: 1000 x GPU's + its number
constexpr double kNsPerSecond = 1e9;

double now_s() {
  return fake_nvml.now_ns ? static_cast<double>(fake_nvml.now_ns()) / kNsPerSecond : 0;
}

int64_t real_now_ns() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// A device's handle is its number and one, so that none is null.
uintptr_t number(void* device) { return reinterpret_cast<uintptr_t>(device); }
void* handle(uintptr_t number) { return reinterpret_cast<void*>(number); }
bool is_instance(void* device) { return number(device) >= kInstancesOfGpu; }
FakeGpu& gpu_of(void* device) {
  return fake_nvml
      .gpus[(is_instance(device) ? number(device) / kInstancesOfGpu : number(device)) - 1];
}
const FakeInstance& instance_of(void* device) {
  return gpu_of(device).instances[number(device) % kInstancesOfGpu];
}

// The status of a question that the device may be unable to answer.
int answer(void* device, const char* what = "") {
  const FakeGpu& gpu = gpu_of(device);
  if (gpu.call_s > 0 && fake_nvml.sleep_ns)
    fake_nvml.sleep_ns(static_cast<int64_t>(gpu.call_s * kNsPerSecond));
  if (now_s() >= gpu.lost_s) return kGpuIsLost;
  return gpu.lacks.contains(what) ? kNotSupported : kSuccess;
}

unsigned milliwatts(double watts) { return static_cast<unsigned>(std::lround(watts * 1e3)); }

void read_script() {
  const char* const path = std::getenv("FAKE_NVML_SCRIPT");
  if (!path || !fake_nvml.gpus.empty()) return;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  fake_nvml.gpus = parse_fake_gpus(text.str());
  static const int64_t begin_ns = real_now_ns();
  fake_nvml.now_ns = [] { return real_now_ns() - begin_ns; };
  fake_nvml.sleep_ns = [](int64_t ns) {
    const timespec time = {ns / 1'000'000'000, ns % 1'000'000'000};
    ::nanosleep(&time, nullptr);
  };
}

struct Process {
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance, compute_instance;
};

int list_processes(void* device, unsigned* count, Process* out) {
  const FakeGpu& gpu = gpu_of(device);
  const unsigned room = *count;
  *count = static_cast<unsigned>(gpu.processes.size());
  if (room < *count) return kInsufficientSize;
  for (const FakeProcess& process : gpu.processes)
    *out++ = {process.pid, gpu.lacks.contains("process_memory") ? ~0ull : process.memory_bytes,
              process.gpu_instance, ~0u};
  return answer(device, "processes");
}

}  // namespace

EXPORTED int nvmlInit_v2() {
  if (fake_nvml.init_status != kSuccess) return fake_nvml.init_status;
  read_script();
  return ++fake_nvml.open_count, kSuccess;
}
EXPORTED int nvmlShutdown() { return --fake_nvml.open_count, kSuccess; }
EXPORTED int nvmlDeviceGetCount_v2(unsigned* count) {
  return *count = static_cast<unsigned>(fake_nvml.gpus.size()), kSuccess;
}
EXPORTED int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index >= fake_nvml.gpus.size()) return kInvalidArgument;
  return *device = handle(uintptr_t{index} + 1), kSuccess;
}
EXPORTED int nvmlSystemGetDriverVersion(char* text, unsigned size) {
  return std::snprintf(text, size, "570.86.15"), kSuccess;
}
EXPORTED int nvmlDeviceGetName(void* device, char* text, unsigned size) {
  return std::snprintf(text, size, "%s", gpu_of(device).name.c_str()), answer(device);
}
EXPORTED int nvmlDeviceGetUUID(void* device, char* text, unsigned size) {
  const std::string& uuid = is_instance(device) ? instance_of(device).uuid : gpu_of(device).uuid;
  return std::snprintf(text, size, "%s", uuid.c_str()), answer(device);
}
EXPORTED int nvmlDeviceGetMemoryInfo(void* device, unsigned long long* total_free_used) {
  const FakeGpu& gpu = gpu_of(device);
  total_free_used[0] = gpu.memory_bytes;
  total_free_used[1] = gpu.memory_bytes - gpu.memory_used_bytes;
  total_free_used[2] = gpu.memory_used_bytes;
  return answer(device, "memory");
}
EXPORTED int nvmlDeviceGetPowerUsage(void* device, unsigned* power) {
  const int status = answer(device, "power");
  const FakeGpu& gpu = gpu_of(device);
  return *power = milliwatts(gpu.reading_w(now_s(), gpu.average_s)), status;
}
EXPORTED int nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* power) {
  return *power = milliwatts(gpu_of(device).limit_w), answer(device);
}
EXPORTED int nvmlDeviceGetTemperature(void* device, int sensor, unsigned* celsius) {
  return *celsius = 60, sensor == 0 ? answer(device) : kInvalidArgument;
}
EXPORTED int nvmlDeviceGetComputeRunningProcesses_v2(void* device, unsigned* count, Process* out) {
  ++fake_nvml.processes_v2_calls;
  return list_processes(device, count, out);
}
#ifndef FAKE_NVML_OLD
struct PciInfo {
  char legacy_bus_id[16];
  unsigned domain, bus, device, device_id, subsystem_id;
  char bus_id[32];
};
struct FieldValue {
  unsigned field, scope;
  long long time_us, latency_us;
  unsigned type;
  int status;
  unsigned long long value;
};
struct ProcessSample {
  unsigned pid;
  unsigned long long time_us;
  unsigned sm, memory, encoder, decoder;
};
struct Attributes {
  unsigned multiprocessors, copy_engines, decoders, encoders, jpegs, ofas;
  unsigned gpu_slices, compute_slices;
  unsigned long long memory_mib;
};

EXPORTED int nvmlDeviceGetUtilizationRates(void* device, unsigned* gpu_memory) {
  gpu_memory[0] = 90;
  gpu_memory[1] = 40;
  return answer(device, "utilization");
}
EXPORTED int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  const int status = answer(device, "energy");
  *millijoules = static_cast<unsigned long long>(gpu_of(device).counter_j(now_s()) * 1e3 + 0.5);
  return status;
}
EXPORTED int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count, Process* out) {
  return list_processes(device, count, out);
}
EXPORTED int nvmlDeviceGetProcessUtilization(void* device, ProcessSample* out, unsigned* count,
                                             unsigned long long since_us) {
  const FakeGpu& gpu = gpu_of(device);
  const auto time_us = static_cast<unsigned long long>(now_s() * 1e6);
  const unsigned room = *count;
  *count = static_cast<unsigned>(gpu.processes.size());
  if (gpu.lacks.contains("process_busy")) return kNotSupported;
  if (*count == 0 || time_us <= since_us) return kNotFound;
  if (room < *count) return kInsufficientSize;
  for (const FakeProcess& process : gpu.processes)
    *out++ = {process.pid, time_us, process.sm_percent, 0, 0, 0};
  return answer(device);
}
EXPORTED int nvmlDeviceGetFieldValues(void* device, int count, FieldValue* values) {
  constexpr unsigned kAverage = 185, kInstant = 186, kOfGpu = 0, kOfModule = 1;
  const int status = answer(device, "fields");
  const FakeGpu& gpu = gpu_of(device);
  for (FieldValue* value = values; value < values + count; ++value) {
    value->status = status;
    const bool has_module = value->scope == kOfModule && gpu.module_w >= 0;
    if (!has_module && (value->scope != kOfGpu || gpu.lacks.contains("gpu_scope")))
      value->status = kNotSupported;
    if (value->field != kAverage && value->field != kInstant) value->status = kNotSupported;
    const double watts = gpu.reading_w(now_s(), value->field == kAverage ? 1 : 0);
    value->value = milliwatts(watts + (has_module ? gpu.module_w : 0));
  }
  return kSuccess;
}
EXPORTED int nvmlDeviceGetPciInfo_v3(void* device, PciInfo* info) {
  const FakeGpu& gpu = gpu_of(device);
  std::snprintf(info->bus_id, sizeof info->bus_id, "%s", gpu.pci.c_str());
  return gpu.pci.empty() ? kNotSupported : answer(device);
}
EXPORTED int nvmlDeviceGetMigMode(void* device, unsigned* current, unsigned* pending) {
  const FakeGpu& gpu = gpu_of(device);
  *current = *pending = gpu.is_mig;
  return gpu.slices > 0 ? answer(device) : kNotSupported;
}
EXPORTED int nvmlDeviceGetMaxMigDeviceCount(void* device, unsigned* count) {
  return *count = gpu_of(device).slices, answer(device);
}
EXPORTED int nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned index, void** instance) {
  if (index >= gpu_of(device).instances.size()) return kNotFound;
  return *instance = handle(number(device) * kInstancesOfGpu + index), kSuccess;
}
EXPORTED int nvmlDeviceGetGpuInstanceId(void* device, unsigned* id) {
  return *id = instance_of(device).gpu_instance, kSuccess;
}
EXPORTED int nvmlDeviceGetComputeInstanceId(void* device, unsigned* id) {
  return *id = instance_of(device).compute_instance, kSuccess;
}
EXPORTED int nvmlDeviceGetAttributes_v2(void* device, Attributes* out) {
  *out = {};
  out->gpu_slices = out->compute_slices = instance_of(device).slices;
  return kSuccess;
}
#endif
// NOLINTEND(readability-identifier-naming, performance-no-int-to-ptr)
