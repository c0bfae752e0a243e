// Energy sensors that Linux shows as hwmon chips: AMD and Intel GPUs, power meters of the board,
// the rails of Jetson modules. Internal to the room.
#pragma once

#include <memory>
#include <vector>

#include "probe/energy_sensor.h"

namespace cairn::probe {

// One sensor for each chip or rail that tells power or energy. What contains or repeats others is
// told with the reason.
std::vector<std::unique_ptr<EnergySensor>> find_hwmon_sensors(const Machine& machine);

}  // namespace cairn::probe
