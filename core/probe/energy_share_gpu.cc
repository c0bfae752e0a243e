// Asking the driver, and where it hides processes the files that ours have open.
#include "probe/energy_share_gpu.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "probe/visible_gpus.h"

namespace cairn::probe {
namespace {

// Linux's number for the namespace of processes that the machine itself has.
constexpr std::string_view kOutermostNamespace = "pid:[4026531836]";
constexpr size_t kFilesMax = 4096;  // of a process, that are looked at

std::string read_link(const std::string& path) {
  char target[256];
  const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
  return n > 0 ? std::string(target, static_cast<size_t>(n)) : std::string();
}

bool has(const std::vector<int>& pids, int pid) {
  return std::binary_search(pids.begin(), pids.end(), pid);
}

// The part of `mine` in `all` by memory, or by number where memory is not told.
double memory_share(const std::vector<GpuProcess>& all, const std::vector<GpuProcess>& mine) {
  const auto sum = [](const std::vector<GpuProcess>& processes) {
    return std::accumulate(
        processes.begin(), processes.end(), 0.0,
        [](double bytes, const auto& p) { return bytes + p.memory_bytes.value_or(0); });
  };
  const double bytes = sum(all);
  if (bytes > 0) return sum(mine) / bytes;
  return static_cast<double>(mine.size()) / static_cast<double>(all.size());
}

// Of a device's slices those of the instances that ours use, and of these their part.
double slice_share(const GpuFacts& facts, const std::vector<GpuProcess>& all,
                   const std::vector<GpuProcess>& mine) {
  std::map<int, int> slices;  // by GPU instance
  for (const GpuInstance& instance : facts.instances)
    slices[instance.gpu_instance] += std::max(instance.slices, 1);
  const auto of = [](const std::vector<GpuProcess>& processes, int instance) {
    std::vector<GpuProcess> found;
    std::copy_if(processes.begin(), processes.end(), std::back_inserter(found),
                 [&](const GpuProcess& p) { return p.gpu_instance == instance; });
    return found;
  };
  double used = 0, existing = 0;
  for (const auto& [instance, count] : slices) {
    existing += count;
    if (const auto ours = of(mine, instance); !ours.empty())
      used += count * memory_share(of(all, instance), ours);
  }
  const double total = std::max(existing, static_cast<double>(facts.slices));
  if (used == 0) used = existing * memory_share(all, mine);  // the driver does not tell which
  return total > 0 ? used / total : 0;
}

}  // namespace

struct GpuHolds::Device {
  size_t ordinal = 0;  // Nvml's
  GpuFacts facts;
  GpuHold hold;
  bool is_busy_wanted = false;
  std::optional<double> busy;
  int64_t busy_since_us = 0;  // the newest sample that was seen; at first all that there are
};

GpuHolds::GpuHolds(const Machine& machine, std::vector<std::string> environment, bool has_others)
    : x_machine(machine),
      x_environment(std::move(environment)),
      x_has_others(has_others),
      x_nvml(Nvml::load(machine)) {
  const std::string space = read_link(machine.path("/proc/self/ns/pid"));
  x_is_hidden = !space.empty() && space != kOutermostNamespace;
  for (size_t i = 0; x_nvml && i < x_nvml->device_count(); ++i) {
    x_devices.push_back({i, x_nvml->facts(i)});
    if (!x_nvml->processes(i)) x_is_hidden = true;
  }
}
GpuHolds::~GpuHolds() = default;

void GpuHolds::read(const std::vector<int>& pids) {
  const int64_t begin_ns = x_machine.now_ns();
  if (!x_budget.is_due(begin_ns)) return;
  if (x_is_hidden || x_has_others) x_opened = find_opened(pids);
  for (Device& device : x_devices) {
    device.hold = hold_of(device, pids);
    if (device.is_busy_wanted)
      if (const auto percent = x_nvml->read(device.ordinal, {}).util_percent)
        device.busy = *percent / 100;
  }
  x_budget.spent(begin_ns, x_machine.now_ns());
}

GpuHold GpuHolds::hold_of(Device& device, const std::vector<int>& pids) const {
  const auto all = x_nvml->processes(device.ordinal);
  std::vector<GpuProcess> mine;
  // A number that by chance is also one of ours is not ours.
  for (const GpuProcess& process : all.value_or(std::vector<GpuProcess>()))
    if (has(pids, process.pid) && (!x_is_hidden || has(x_opened.cuda_pids, process.pid)))
      mine.push_back(process);
  if (mine.empty()) return !all || x_is_hidden ? hold_unseen(device) : GpuHold{};
  if (device.facts.is_mig)
    return {slice_share(device.facts, *all, mine), model::EnergyShare::kSlice};
  if (mine.size() == all->size()) return {1, model::EnergyShare::kExclusive};

  double busy = 0, our_busy = 0;
  const auto samples = x_nvml->process_busy(device.ordinal, device.busy_since_us);
  for (const GpuProcessBusy& sample : samples.value_or(std::vector<GpuProcessBusy>())) {
    device.busy_since_us = std::max(device.busy_since_us, sample.time_us);
    busy += sample.sm_percent;
    if (has(pids, sample.pid)) our_busy += sample.sm_percent;
  }
  if (busy > 0) return {our_busy / busy, model::EnergyShare::kBusyTime};
  return {memory_share(*all, mine), model::EnergyShare::kMemory};
}

// Where processes cannot be seen: what the run was shown, once it has opened CUDA at all.
GpuHold GpuHolds::hold_unseen(const Device& device) const {
  if (x_opened.cuda_pids.empty()) return {};
  std::vector<const char*> environment;
  for (const std::string& variable : x_environment) environment.push_back(variable.c_str());
  environment.push_back(nullptr);
  std::vector<GpuFacts> facts;
  for (const Device& each : x_devices) facts.push_back(each.facts);
  GpuHold hold{0, model::EnergyShare::kVisible};
  for (const VisibleGpu& gpu : find_visible_gpus(environment.data(), facts).gpus)
    if (gpu.index == device.facts.index) hold.share = std::min(1.0, hold.share + gpu.share);
  return hold;
}

GpuHolds::Opened GpuHolds::find_opened(const std::vector<int>& pids) const {
  Opened opened;
  for (const int pid : pids) {
    const std::string folder = x_machine.path("/proc/" + std::to_string(pid) + "/fd");
    for (const std::string& name : list_names(folder, kFilesMax)) {
      const std::string target = read_link(folder + "/" + name);
      // NVML opens devices too; only CUDA opens this one.
      if (target == "/dev/nvidia-uvm") opened.cuda_pids.push_back(pid);
      if (!target.starts_with("/dev/dri/renderD")) continue;
      const std::string device = target.substr(target.rfind('/'));
      const std::string pci = read_link(x_machine.path("/sys/class/drm" + device + "/device"));
      if (!pci.empty()) opened.pci.push_back(pci.substr(pci.rfind('/') + 1));
    }
  }
  return opened;
}

GpuHold GpuHolds::find(int nvml_index, const std::string& sensor) const {
  for (const Device& device : x_devices)
    if (device.facts.index == nvml_index) return device.hold;
  for (const std::string& pci : x_opened.pci)
    if (nvml_index < 0 && sensor.ends_with(pci)) return {1, model::EnergyShare::kVisible};
  return {};
}

std::optional<double> GpuHolds::find_busy(int nvml_index) {
  for (Device& device : x_devices) {
    if (device.facts.index != nvml_index) continue;
    device.is_busy_wanted = true;
    return device.busy;
  }
  return std::nullopt;
}

}  // namespace cairn::probe
