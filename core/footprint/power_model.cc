// The power model: see docs/footprint.md for where each formula comes from.
#include "footprint/power_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::footprint {
namespace {

// Utilisation of a GPU says that some kernel ran, not how much of the device it kept busy.
constexpr double kGpuUncertainty = 0.40;
// A GPU that is in no table: 30 W of a laptop to 1,200 W of a B200's package.
constexpr double kUnknownGpuWatts = 250, kUnknownGpuUncertainty = 0.8;

}  // namespace

CpuPower cpu_power(std::string_view cpu_model, int64_t sockets, int64_t threads, bool is_virtual,
                   const Tables& tables) {
  CpuPower power;
  power.rest_share = tables.constant("cpu.rest").value.value;
  power.load_share = tables.constant("cpu.load").value.value;
  const Device* cpu = cpu_model.empty() ? nullptr : tables.find_device(cpu_model);
  const Quantity per_thread = tables.constant("cpu.power_per_thread").value;
  const Quantity by_threads = per_thread * static_cast<double>(std::max<int64_t>(threads, 1));
  if (cpu) {
    const double tdp_w = cpu->tdp_w * static_cast<double>(std::max<int64_t>(sockets, 1));
    // A virtual machine has some threads of a processor that it shares with others.
    const bool is_part = is_virtual && threads > 0 && by_threads.value < tdp_w;
    if (!is_part) {
      const double share = tables.constant("cpu.uncertainty").value.value;
      power.full_w = quantity(tdp_w, share, Method::kModelled);
      power.source = fmt::format("TDP model ({:.0f} W)", tdp_w);
      return power;
    }
    power.full_w = {by_threads.value, by_threads.low, std::min(by_threads.high, tdp_w),
                    Method::kAssumed};
  } else {
    power.full_w = by_threads;
  }
  power.source = fmt::format("{:.3g} W per thread, {} threads", per_thread.value,
                             std::max<int64_t>(threads, 1));
  return power;
}

GpuPower gpu_power(std::string_view name, const Tables& tables) {
  GpuPower power{kUnknownGpuWatts, 0, kUnknownGpuUncertainty, "a GPU that is in no table"};
  const Device* device = tables.find_device(name);
  if (device) {
    power.tdp_w = device->tdp_w;
    power.uncertainty = kGpuUncertainty;
    power.source = fmt::format("TDP model ({:.0f} W)", device->tdp_w);
  }
  power.rest_w = device && device->idle_w
                     ? *device->idle_w
                     : power.tdp_w * tables.constant("gpu.rest_share").value.value;
  return power;
}

Quantity memory_power(double gigabytes, const Tables& tables) {
  Quantity power = tables.constant("memory.power").value * gigabytes;
  power.method = Method::kModelled;
  return power;
}

}  // namespace cairn::footprint
