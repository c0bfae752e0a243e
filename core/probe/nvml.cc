// The few functions of NVML's stable binary interface that are needed, declared by hand.
#include "probe/nvml.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "probe/facts.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

constexpr int kSuccess = 0;
constexpr int kNotFound = 6;
constexpr int kInsufficientSize = 7;
constexpr int kTemperatureOfGpu = 0;
constexpr unsigned kDevicesMax = 256;
constexpr size_t kProcessesMax = 1024;
constexpr unsigned kInstancesMax = 64;
constexpr uint64_t kMemoryUnknown = ~uint64_t{0};
constexpr unsigned kNoInstance = ~0u;
constexpr unsigned kMigEnabled = 1;
constexpr unsigned kFieldPowerAverage = 185, kFieldPowerInstant = 186;

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
struct ProcessSample {  // nvmlProcessUtilizationSample_t, in percent
  unsigned pid;
  unsigned long long time_us;
  unsigned sm, memory, encoder, decoder;
};
struct FieldValue {  // nvmlFieldValue_t
  unsigned field, scope;
  long long time_us, latency_us;
  unsigned type;
  int status;
  union {
    double real;
    unsigned int small;
    unsigned long long large;
  } value;
};
struct PciInfo {  // nvmlPciInfo_t
  char legacy_bus_id[16];
  unsigned domain, bus, device, device_id, subsystem_id;
  char bus_id[32];
};
struct Attributes {  // nvmlDeviceAttributes_t
  unsigned multiprocessors, copy_engines, decoders, encoders, jpegs, ofas;
  unsigned gpu_slices, compute_slices;
  unsigned long long memory_mib;
};
static_assert(sizeof(Process) == 24 && sizeof(ProcessSample) == 32 && sizeof(FieldValue) == 40 &&
                  sizeof(PciInfo) == 68 && sizeof(Attributes) == 40,
              "the layout of the binary interface");

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
  int (*process_busy)(void*, ProcessSample*, unsigned*, unsigned long long) = nullptr;
  int (*fields)(void*, int, FieldValue*) = nullptr;
  int (*power_limit_mw)(void*, unsigned*) = nullptr;
  int (*pci)(void*, PciInfo*) = nullptr;
  int (*mig_mode)(void*, unsigned*, unsigned*) = nullptr;
  int (*instances_max)(void*, unsigned*) = nullptr;
  int (*instance_handle)(void*, unsigned, void**) = nullptr;
  int (*gpu_instance)(void*, unsigned*) = nullptr;
  int (*compute_instance)(void*, unsigned*) = nullptr;
  int (*attributes)(void*, Attributes*) = nullptr;

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
    find(library, process_busy, "nvmlDeviceGetProcessUtilization");
    find(library, fields, "nvmlDeviceGetFieldValues");
    find(library, power_limit_mw, "nvmlDeviceGetEnforcedPowerLimit");
    find(library, pci, "nvmlDeviceGetPciInfo_v3");
    find(library, mig_mode, "nvmlDeviceGetMigMode");
    find(library, instances_max, "nvmlDeviceGetMaxMigDeviceCount");
    find(library, instance_handle, "nvmlDeviceGetMigDeviceHandleByIndex");
    find(library, gpu_instance, "nvmlDeviceGetGpuInstanceId");
    find(library, compute_instance, "nvmlDeviceGetComputeInstanceId");
    find(library, attributes, "nvmlDeviceGetAttributes_v2");
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

std::optional<unsigned> ask_number(int (*function)(void*, unsigned*), void* device) {
  unsigned number = 0;
  const bool is_known = function && function(device, &number) == kSuccess;
  return is_known ? std::optional(number) : std::nullopt;
}

// What `ask(count, room)` lists: it is asked again with room for all when it says there are more.
template <typename Item, typename Ask>
std::optional<std::vector<Item>> ask_list(const Ask& ask) {
  std::vector<Item> items(16);
  unsigned count = static_cast<unsigned>(items.size());
  int status = ask(&count, items.data());
  if (status == kInsufficientSize) {  // `count` is now how many there are; more may come meanwhile
    items.resize(std::min<size_t>(size_t{count} + 16, kProcessesMax));
    count = static_cast<unsigned>(items.size());
    status = ask(&count, items.data());
  }
  if (status == kNotFound) count = 0;
  if (status != kSuccess && status != kNotFound) return std::nullopt;
  items.resize(std::min<size_t>(count, items.size()));
  return items;
}

// "00000000:3B:00.0" as "0000:3b:00.0".
std::string pci_name(const PciInfo& pci) {
  std::string name(pci.bus_id, ::strnlen(pci.bus_id, sizeof pci.bus_id));
  if (name.size() == 16 && name.starts_with("0000")) name.erase(0, 4);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return to_utf8(name);
}

}  // namespace

Nvml::Nvml(std::unique_ptr<Functions> functions) : x_functions(std::move(functions)) {}

Nvml::~Nvml() { x_functions->shutdown(); }

std::unique_ptr<Nvml> Nvml::load(const Machine& machine, std::string* problem) {
  const auto fail = [&](std::string_view why) {
    if (problem) *problem = why;
    return nullptr;
  };
  // Where there is no driver the library, if any, would only search for one.
  if (!exists(machine.path("/proc/driver/nvidia")) && !exists(machine.path("/dev/nvidiactl")))
    return fail("");
  void* const library = ::dlopen(machine.nvml_library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail("the driver is there, but its library cannot be loaded");
  auto functions = std::make_unique<Functions>(library);
  if (!functions->is_usable()) return fail("the driver's library lacks what every one has");
  if (const int status = functions->init(); status != kSuccess)
    return fail("the driver's library does not start: NVML error " + std::to_string(status));
  std::unique_ptr<Nvml> nvml(new Nvml(std::move(functions)));
  const Functions& ask = *nvml->x_functions;
  unsigned count = 0;
  if (ask.device_count(&count) != kSuccess) count = 0;
  for (unsigned i = 0; i < std::min(count, kDevicesMax); ++i) {
    Device device{static_cast<int>(i)};
    if (ask.device_handle(i, &device.handle) == kSuccess) nvml->x_devices.push_back(device);
  }
  if (nvml->x_devices.empty()) return fail("the driver shows no device");
  return nvml;
}

std::string Nvml::driver() const {
  std::array<char, 128> text = {};
  const auto ask = x_functions->driver_version;
  return ask && ask(text.data(), text.size() - 1) == kSuccess ? to_utf8(text.data()) : "";
}

GpuFacts Nvml::facts(size_t device) const {
  const auto [index, handle] = x_devices[device];
  const Functions& ask = *x_functions;
  GpuFacts facts{index, ask_text(ask.name, handle), ask_text(ask.uuid, handle)};
  if (Memory memory; ask.memory && ask.memory(handle, &memory) == kSuccess)
    facts.memory_bytes = static_cast<int64_t>(memory.total);
  if (PciInfo pci = {}; ask.pci && ask.pci(handle, &pci) == kSuccess) facts.pci = pci_name(pci);
  if (const auto mw = ask_number(ask.power_limit_mw, handle)) facts.power_limit_w = *mw / 1e3;
  add_instances(facts, handle);
  return facts;
}

void Nvml::add_instances(GpuFacts& facts, void* handle) const {
  const Functions& ask = *x_functions;
  unsigned mode = 0, pending = 0;
  if (!ask.mig_mode || ask.mig_mode(handle, &mode, &pending) != kSuccess) return;
  facts.is_mig = mode == kMigEnabled;
  // As many as there can be instances of one slice.
  const unsigned count = std::min(ask_number(ask.instances_max, handle).value_or(0), kInstancesMax);
  facts.slices = static_cast<int>(count);
  for (unsigned i = 0; facts.is_mig && ask.instance_handle && i < count; ++i) {
    void* instance = nullptr;
    if (ask.instance_handle(handle, i, &instance) != kSuccess) continue;  // none of this number
    GpuInstance known{ask_text(ask.uuid, instance)};
    known.gpu_instance = static_cast<int>(ask_number(ask.gpu_instance, instance).value_or(0));
    known.compute_instance =
        static_cast<int>(ask_number(ask.compute_instance, instance).value_or(0));
    // A compute instance may be a part of its GPU instance.
    if (Attributes about = {}; ask.attributes && ask.attributes(instance, &about) == kSuccess)
      known.slices = static_cast<int>(std::min(about.compute_slices, about.gpu_slices));
    facts.instances.push_back(std::move(known));
  }
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
  if (pids.empty()) return reading;
  for (const GpuProcess& process : processes(device).value_or(std::vector<GpuProcess>()))
    if (process.memory_bytes && std::binary_search(pids.begin(), pids.end(), process.pid))
      reading.process_memory_used_bytes =
          reading.process_memory_used_bytes.value_or(0) + *process.memory_bytes;
  return reading;
}

std::optional<uint64_t> Nvml::energy_mj(size_t device) const {
  unsigned long long mj = 0;
  const auto ask = x_functions->energy_mj;
  const bool is_known = ask && ask(x_devices[device].handle, &mj) == kSuccess && mj > 0;
  return is_known ? std::optional<uint64_t>(mj) : std::nullopt;
}

std::optional<double> Nvml::power_w(size_t device) const {
  const auto mw = ask_number(x_functions->power_mw, x_devices[device].handle);
  return mw && *mw > 0 ? std::optional(*mw / 1e3) : std::nullopt;
}

std::optional<double> Nvml::power_w(size_t device, PowerField field, PowerScope scope) const {
  FieldValue value = {};
  value.field = field == PowerField::kAverage ? kFieldPowerAverage : kFieldPowerInstant;
  value.scope = static_cast<unsigned>(scope);
  const auto ask = x_functions->fields;
  if (!ask || ask(x_devices[device].handle, 1, &value) != kSuccess || value.status != kSuccess)
    return std::nullopt;
  return value.value.small > 0 ? std::optional(value.value.small / 1e3) : std::nullopt;
}

std::optional<std::vector<GpuProcess>> Nvml::processes(size_t device) const {
  const auto ask = x_functions->processes;
  if (!ask) return std::nullopt;
  const auto running = ask_list<Process>(
      [&](unsigned* count, Process* out) { return ask(x_devices[device].handle, count, out); });
  if (!running) return std::nullopt;
  std::vector<GpuProcess> processes;
  for (const Process& process : *running) {
    GpuProcess& known = processes.emplace_back();
    known.pid = static_cast<int>(process.pid);
    if (process.used_bytes != kMemoryUnknown)
      known.memory_bytes = static_cast<double>(process.used_bytes);
    if (process.gpu_instance != kNoInstance)
      known.gpu_instance = static_cast<int>(process.gpu_instance);
  }
  return processes;
}

std::optional<std::vector<GpuProcessBusy>> Nvml::process_busy(size_t device,
                                                              int64_t since_us) const {
  const auto ask = x_functions->process_busy;
  if (!ask) return std::nullopt;
  const auto samples = ask_list<ProcessSample>([&](unsigned* count, ProcessSample* out) {
    return ask(x_devices[device].handle, out, count, static_cast<unsigned long long>(since_us));
  });
  if (!samples) return std::nullopt;
  std::vector<GpuProcessBusy> busy;
  for (const ProcessSample& sample : *samples)
    // Samples of no process, or older ones, are what is left over in the driver's buffer.
    if (sample.pid > 0 && sample.sm <= 100 && sample.time_us > static_cast<uint64_t>(since_us))
      busy.push_back({static_cast<int>(sample.pid), static_cast<double>(sample.sm),
                      static_cast<int64_t>(sample.time_us)});
  return busy;
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
