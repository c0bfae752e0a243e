// The few functions of NVML's stable binary interface that are needed, declared by hand.
#include "probe/nvml.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>

#include "probe/facts.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

constexpr int kSuccess = 0;
constexpr int kInsufficientSize = 7;
constexpr int kTemperatureOfGpu = 0;
constexpr unsigned kDevicesMax = 256;
constexpr size_t kProcessesMax = 1024;
constexpr uint64_t kMemoryUnknown = ~uint64_t{0};

struct Utilization {  // nvmlUtilization_t, in percent
  unsigned gpu, memory;
};
struct Memory {  // nvmlMemory_t, in bytes
  unsigned long long total, free, used;
};
struct Process {  // nvmlProcessInfo_v2_t
  unsigned pid;
  unsigned long long used_bytes;
  unsigned gpu_instance, compute_instance;
};
static_assert(sizeof(Process) == 24, "the layout of the binary interface");

}  // namespace

// Optional functions are null in a library that lacks them.
struct Nvml::Functions {
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*device_count)(unsigned*) = nullptr;
  int (*device_handle)(unsigned, void**) = nullptr;
  int (*driver_version)(char*, unsigned) = nullptr;
  int (*name)(void*, char*, unsigned) = nullptr;
  int (*uuid)(void*, char*, unsigned) = nullptr;
  int (*utilization)(void*, Utilization*) = nullptr;
  int (*memory)(void*, Memory*) = nullptr;
  int (*power_mw)(void*, unsigned*) = nullptr;
  int (*temperature)(void*, int, unsigned*) = nullptr;
  int (*energy_mj)(void*, unsigned long long*) = nullptr;
  int (*processes)(void*, unsigned*, Process*) = nullptr;

  explicit Functions(void* library) {
    find(library, init, "nvmlInit_v2");
    find(library, shutdown, "nvmlShutdown");
    find(library, device_count, "nvmlDeviceGetCount_v2");
    find(library, device_handle, "nvmlDeviceGetHandleByIndex_v2");
    find(library, driver_version, "nvmlSystemGetDriverVersion");
    find(library, name, "nvmlDeviceGetName");
    find(library, uuid, "nvmlDeviceGetUUID");
    find(library, utilization, "nvmlDeviceGetUtilizationRates");
    find(library, memory, "nvmlDeviceGetMemoryInfo");
    find(library, power_mw, "nvmlDeviceGetPowerUsage");
    find(library, temperature, "nvmlDeviceGetTemperature");
    find(library, energy_mj, "nvmlDeviceGetTotalEnergyConsumption");
    find(library, processes, "nvmlDeviceGetComputeRunningProcesses_v3");
    if (!processes) find(library, processes, "nvmlDeviceGetComputeRunningProcesses_v2");
  }
  bool is_usable() const { return init && shutdown && device_count && device_handle; }

 private:
  template <typename Function>
  static void find(void* library, Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(::dlsym(library, symbol));
  }
};

namespace {

std::string ask_text(int (*function)(void*, char*, unsigned), void* device) {
  std::array<char, 128> text = {};
  const bool is_known = function && function(device, text.data(), text.size() - 1) == kSuccess;
  return is_known ? to_utf8(text.data()) : std::string();
}

std::optional<double> process_memory(int (*processes)(void*, unsigned*, Process*), void* device,
                                     const std::vector<int>& pids) {
  if (!processes || pids.empty()) return std::nullopt;
  std::vector<Process> running(16);
  unsigned count = static_cast<unsigned>(running.size());
  int status = processes(device, &count, running.data());
  if (status == kInsufficientSize) {  // `count` is now how many there are; more may come meanwhile
    running.resize(std::min<size_t>(size_t{count} + 16, kProcessesMax));
    count = static_cast<unsigned>(running.size());
    status = processes(device, &count, running.data());
  }
  if (status != kSuccess) return std::nullopt;
  running.resize(std::min<size_t>(count, running.size()));
  std::optional<double> bytes;
  for (const Process& process : running)
    if (process.used_bytes != kMemoryUnknown &&
        std::binary_search(pids.begin(), pids.end(), static_cast<int>(process.pid)))
      bytes = bytes.value_or(0) + static_cast<double>(process.used_bytes);
  return bytes;
}

}  // namespace

Nvml::Nvml(std::unique_ptr<Functions> functions) : x_functions(std::move(functions)) {}

Nvml::~Nvml() { x_functions->shutdown(); }

std::unique_ptr<Nvml> Nvml::load(const Machine& machine) {
  // Where there is no driver the library, if any, would only search for one.
  if (!exists(machine.path("/proc/driver/nvidia")) && !exists(machine.path("/dev/nvidiactl")))
    return nullptr;
  void* const library = ::dlopen(machine.nvml_library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return nullptr;
  auto functions = std::make_unique<Functions>(library);
  if (!functions->is_usable() || functions->init() != kSuccess) return nullptr;
  std::unique_ptr<Nvml> nvml(new Nvml(std::move(functions)));
  const Functions& ask = *nvml->x_functions;
  unsigned count = 0;
  if (ask.device_count(&count) != kSuccess) return nullptr;
  for (unsigned i = 0; i < std::min(count, kDevicesMax); ++i) {
    Device device{static_cast<int>(i)};
    if (ask.device_handle(i, &device.handle) == kSuccess) nvml->x_devices.push_back(device);
  }
  return nvml->x_devices.empty() ? nullptr : std::move(nvml);
}

std::string Nvml::driver() const {
  std::array<char, 128> text = {};
  const auto ask = x_functions->driver_version;
  return ask && ask(text.data(), text.size() - 1) == kSuccess ? to_utf8(text.data()) : "";
}

GpuFacts Nvml::facts(size_t device) const {
  const auto [index, handle] = x_devices[device];
  GpuFacts facts{index, ask_text(x_functions->name, handle), ask_text(x_functions->uuid, handle)};
  Memory memory;
  if (x_functions->memory && x_functions->memory(handle, &memory) == kSuccess)
    facts.memory_bytes = static_cast<int64_t>(memory.total);
  return facts;
}

GpuReading Nvml::read(size_t device, const std::vector<int>& pids) const {
  void* const handle = x_devices[device].handle;
  const Functions& ask = *x_functions;
  GpuReading reading;
  if (Utilization busy; ask.utilization && ask.utilization(handle, &busy) == kSuccess) {
    reading.util_percent = busy.gpu;
    reading.memory_util_percent = busy.memory;
  }
  if (Memory memory; ask.memory && ask.memory(handle, &memory) == kSuccess)
    reading.memory_used_bytes = static_cast<double>(memory.used);
  if (unsigned mw; ask.power_mw && ask.power_mw(handle, &mw) == kSuccess)
    reading.power_w = mw / 1e3;
  if (unsigned c; ask.temperature && ask.temperature(handle, kTemperatureOfGpu, &c) == kSuccess)
    reading.temperature_c = c;
  if (unsigned long long mj; ask.energy_mj && ask.energy_mj(handle, &mj) == kSuccess)
    reading.energy_j = static_cast<double>(mj) / 1e3;
  reading.process_memory_used_bytes = process_memory(ask.processes, handle, pids);
  return reading;
}

model::Value read_gpu_facts(const Machine& machine) {
  const std::unique_ptr<Nvml> nvml = Nvml::load(machine);
  if (!nvml) return {};
  const std::string driver = nvml->driver();
  model::List gpus;
  for (size_t i = 0; i < nvml->device_count(); ++i) {
    const GpuFacts known = nvml->facts(i);
    model::Value gpu;
    gpu.set("index", known.index);
    if (!known.name.empty()) gpu.set("name", known.name);
    if (!known.uuid.empty()) gpu.set("uuid", known.uuid);
    if (known.memory_bytes) gpu.set("memory_bytes", *known.memory_bytes);
    if (!driver.empty()) gpu.set("driver", driver);
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

model::Value gpu_facts() { return read_gpu_facts(this_machine()); }

}  // namespace cairn::probe
