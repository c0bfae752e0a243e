// Reading CUDA_VISIBLE_DEVICES as CUDA does.
#include "probe/visible_gpus.h"

#include <algorithm>

namespace cairn::probe {
namespace {

// The next entry of a list that commas separate.
std::string_view take_entry(std::string_view& list) {
  const size_t end = std::min(list.find(','), list.size());
  const std::string_view entry = trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return entry;
}

// "MIG-GPU-<the device's uuid>/GPU INSTANCE/COMPUTE INSTANCE", as drivers before 470 named them.
bool has_old_name(const GpuFacts& gpu, const GpuInstance& instance, std::string_view name) {
  return name == "MIG-" + gpu.uuid + "/" + std::to_string(instance.gpu_instance) + "/" +
                     std::to_string(instance.compute_instance);
}

VisibleGpu whole(const GpuFacts& gpu) { return {gpu.index, gpu.uuid, {}, 1}; }

VisibleGpu part(const GpuFacts& gpu, const GpuInstance& instance) {
  const bool is_known = gpu.slices > 0 && instance.slices > 0 && instance.slices <= gpu.slices;
  const double share = is_known ? static_cast<double>(instance.slices) / gpu.slices
                                : 1.0 / static_cast<double>(gpu.instances.size());
  return {gpu.index, gpu.uuid, instance.uuid, share};
}

// What a process gets that asks for the device: one that is divided gives its first instance.
std::optional<VisibleGpu> open_device(const GpuFacts& gpu, std::string& doubt) {
  if (!gpu.is_mig) return whole(gpu);
  if (gpu.instances.empty()) return std::nullopt;
  if (gpu.instances.size() > 1)
    doubt = "a device divided by MIG is named as a whole: CUDA takes one of its instances";
  return part(gpu, gpu.instances.front());
}

// The device or instance whose uuid begins so; nothing when several do, or none.
std::optional<VisibleGpu> find_uuid(const std::vector<GpuFacts>& gpus, std::string_view uuid,
                                    std::string& doubt) {
  std::vector<VisibleGpu> found;
  for (const GpuFacts& gpu : gpus) {
    if (uuid.starts_with("GPU-") && gpu.uuid.starts_with(uuid))
      if (const auto opened = open_device(gpu, doubt)) found.push_back(*opened);
    for (const GpuInstance& instance : gpu.instances)
      if (uuid.starts_with("MIG-") &&
          (instance.uuid.starts_with(uuid) || has_old_name(gpu, instance, uuid)))
        found.push_back(part(gpu, instance));
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

// What the container's runtime granted of what NVML shows.
std::vector<GpuFacts> granted(Environment environment, const std::vector<GpuFacts>& gpus) {
  const auto list = find_variable(environment, "NVIDIA_VISIBLE_DEVICES");
  if (!list) return gpus;
  if (*list == "none" || *list == "void") return {};
  std::vector<GpuFacts> named;
  std::string ignored;
  for (std::string_view rest = *list; !rest.empty();) {
    const auto found = find_uuid(gpus, take_entry(rest), ignored);
    if (!found) return gpus;  // "all", or numbers, which are the host's
    const auto gpu = std::find_if(gpus.begin(), gpus.end(),
                                  [&](const GpuFacts& g) { return g.index == found->index; });
    auto known = std::find_if(named.begin(), named.end(),
                              [&](const GpuFacts& g) { return g.index == found->index; });
    if (known == named.end()) {
      known = named.insert(named.end(), *gpu);
      if (!found->mig.empty()) known->instances.clear();
    }
    for (const GpuInstance& instance : gpu->instances)
      if (instance.uuid == found->mig) known->instances.push_back(instance);
  }
  std::sort(named.begin(), named.end(),
            [](const GpuFacts& a, const GpuFacts& b) { return a.index < b.index; });
  return named.empty() ? gpus : named;
}

bool are_alike(const std::vector<GpuFacts>& gpus) {
  return std::all_of(gpus.begin(), gpus.end(),
                     [&](const GpuFacts& gpu) { return gpu.name == gpus.front().name; });
}

}  // namespace

VisibleGpus find_visible_gpus(Environment environment, const std::vector<GpuFacts>& all_gpus) {
  const std::vector<GpuFacts> gpus = granted(environment, all_gpus);
  VisibleGpus visible;
  const auto list = find_variable(environment, "CUDA_VISIBLE_DEVICES");
  if (!list) {
    for (const GpuFacts& gpu : gpus)
      if (const auto opened = open_device(gpu, visible.doubt)) visible.gpus.push_back(*opened);
    return visible;
  }
  bool has_numbers = false;
  for (std::string_view rest = *list; !rest.empty();) {
    const std::string_view entry = take_entry(rest);
    const auto number = parse_int(entry);
    has_numbers |= number.has_value();
    std::optional<VisibleGpu> gpu;
    if (!number)
      gpu = find_uuid(gpus, entry, visible.doubt);
    else if (*number >= 0 && *number < static_cast<int64_t>(gpus.size()))
      gpu = open_device(gpus[static_cast<size_t>(*number)], visible.doubt);
    if (!gpu) break;  // CUDA reads no further
    const bool is_new =
        std::none_of(visible.gpus.begin(), visible.gpus.end(), [&](const VisibleGpu& known) {
          return known.index == gpu->index && known.mig == gpu->mig;
        });
    if (is_new) visible.gpus.push_back(*gpu);
  }
  if (has_numbers && !visible.gpus.empty() && visible.gpus.size() < gpus.size() &&
      !are_alike(gpus) && find_variable(environment, "CUDA_DEVICE_ORDER") != "PCI_BUS_ID")
    visible.doubt =
        "CUDA numbers devices by speed unless CUDA_DEVICE_ORDER is PCI_BUS_ID: these may be others";
  return visible;
}

}  // namespace cairn::probe
