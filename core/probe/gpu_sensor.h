// The energy sensors of NVIDIA GPUs. Internal to the room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probe/energy_sensor.h"

namespace cairn::probe {

// One for each device, with its counter and its power; one more, not used, for a device that tells
// the power of a module of which it is a part. `problem`: why there are none, as Nvml::load().
std::vector<std::unique_ptr<EnergySensor>> find_gpu_sensors(const Machine& machine,
                                                            std::string* problem = nullptr);

}  // namespace cairn::probe
