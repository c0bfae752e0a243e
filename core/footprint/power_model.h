// PowerModel: watts of what has no sensor, by the constants of the tables. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "footprint/quantity.h"
#include "footprint/tables.h"

namespace cairn::footprint {

// CPU: TDP x (rest + load x u^0.75), u being the utilisation of the machine (0 to 1).
struct CpuPower {
  Quantity full_w;  // of all sockets: rest + load
  double rest_share = 0, load_share = 0;
  std::string source;
};
CpuPower cpu_power(std::string_view cpu_model, int64_t sockets, int64_t threads, bool is_virtual,
                   const Tables& tables);

// GPU: at rest + (TDP - at rest) x utilisation.
struct GpuPower {
  double tdp_w = 0, rest_w = 0;
  double uncertainty = 0;
  std::string source;
};
GpuPower gpu_power(std::string_view name, const Tables& tables);

Quantity memory_power(double gigabytes, const Tables& tables);

}  // namespace cairn::footprint
