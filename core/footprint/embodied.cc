// What the making of a machine emitted, from its parts.
#include <array>
#include <cmath>

#include "footprint/estimate.h"
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

// Silicon of a server's processor: from 2 cm2 (few cores) to 15 cm2 (chiplets with 96).
constexpr Quantity kCpuDieCm2{7, 2, 15, Method::kAssumed};
constexpr double kStripGb = 32;
constexpr double kServerDevices = 8;           // accelerators of a server that is made for them
constexpr double kPowerSuppliesKg = 2 * 2.99;  // Boavizta's default, two for each machine
// Of what nobody weighed: boards differ.
constexpr double kBoardShare = 0.5;

Quantity of_device(const DeviceCount& wanted, const Tables& tables) {
  const Device* device = tables.find_device(wanted.device);
  if (!device || !device->embodied_kg) return tables.constant("embodied.gpu").value * wanted.count;
  constexpr double kToldShare = 0.3;  // one maker's report of one card
  return quantity(*device->embodied_kg * wanted.count, kToldShare, Method::kAssumed);
}

Quantity of_processor(const Tables& tables) {
  const std::array parts{tables.constant("embodied.cpu").value,
                         tables.constant("embodied.die_per_cm2").value * kCpuDieCm2};
  return add_related(parts);
}

Quantity of_memory(double gb, const Tables& tables) {
  const Quantity& density = tables.constant("embodied.memory_density").value;
  // More in a square centimetre is less silicon.
  const Quantity cm2 = between(gb / density.high, gb / density.value, gb / density.low);
  const std::array parts{tables.constant("embodied.memory_strip").value * std::ceil(gb / kStripGb),
                         tables.constant("embodied.memory_die_per_cm2").value * cm2};
  return add_related(parts);
}

Quantity of_board(const Tables& tables) {
  const auto kg = [&](std::string_view name) { return tables.constant(name).value.value; };
  const double sum = kg("embodied.motherboard") + kg("embodied.rack_case") +
                     kg("embodied.assembly") + kg("embodied.power_supply") * kPowerSuppliesKg;
  return quantity(sum, kBoardShare, Method::kAssumed);
}

}  // namespace

Quantity embodied_kg(const std::vector<DeviceCount>& devices, int64_t sockets, double memory_gb,
                     const Tables& tables) {
  std::vector<Quantity> parts;
  double accelerators = 0;
  for (const DeviceCount& device : devices) {
    parts.push_back(of_device(device, tables));
    accelerators += device.count;
  }
  if (sockets > 0 && accelerators >= kServerDevices) {
    // Built around them, with switches, power supplies and heat sinks that no list of parts has.
    parts.push_back(tables.constant("embodied.gpu_server").value * (accelerators / kServerDevices));
    return add_independent(parts);
  }
  if (sockets > 0) {
    parts.push_back(of_processor(tables) * static_cast<double>(sockets));
    parts.push_back(of_board(tables));
  }
  if (memory_gb > 0) parts.push_back(of_memory(memory_gb, tables));
  return add_independent(parts);
}

}  // namespace cairn::footprint
