// RAPL: the energy counters of processors and memory that Linux shows as powercap zones. Internal
// to the room.
#pragma once

#include <memory>
#include <vector>

#include "probe/energy_sensor.h"

namespace cairn::probe {

// One sensor for each zone of /sys/class/powercap that counts energy. Used are packages and dram;
// zones that lie within another or tell the same again are told with the reason.
std::vector<std::unique_ptr<EnergySensor>> find_rapl_sensors(const Machine& machine);

}  // namespace cairn::probe
