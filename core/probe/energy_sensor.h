// EnergySensor: one device of the machine that tells joules, watts or both. Internal to the room.
//
// Found once, read again and again by the one thread that owns it; keeps its files open. A device
// that vanishes answers nothing from then on and hurts nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/energy.h"
#include "probe/energy.h"
#include "probe/machine.h"

namespace cairn::probe {

struct EnergyReading {
  int64_t time_ns = 0;              // monotonic: the middle of the reading
  std::optional<uint64_t> counter;  // in EnergySensor::counter_unit_j, as the device has it
  std::optional<double> power_w;    // now, or its mean since the last reading
};

class EnergySensor {
 public:
  virtual ~EnergySensor() = default;
  virtual void read(EnergyReading& out) = 0;

  std::string sensor, name;  // as model::SensorEnergy
  model::EnergyPart part = model::EnergyPart::kCpu;
  std::string source;
  bool is_used = true;  // false: told by the doctor, left out of sums
  double counter_unit_j = 1e-6;
  uint64_t counter_range = 0;  // after which it begins at 0 again; 0: it never does
  double power_w_max = 2000;   // more than this between two readings is no wrap but a reset
  double power_window_s = 0;   // the time that power_w is a mean of; 0: an instant
  int gpu_index = -1;          // NVML's, of a GPU
  int error = 0;
  std::string problem, remedy;
};

// Sensors of every kind, in order of name: powercap (RAPL), hwmon (AMD and Intel GPUs, power
// meters of ACPI and BMC, Jetson's rails), NVML. Those that cannot be read are among them, with
// their error.
std::vector<std::unique_ptr<EnergySensor>> find_energy_sensors(const Machine& machine);

// Turns readings of a counter and of power into joules that only grow. Plain values: it lies in
// the ledger, in memory that processes share.
struct EnergyCount {
  // Since the count began. A wrap is bridged, a reset or a jump that no device can make is counted
  // and adds nothing. Power is added by trapezoids.
  double counter_j = 0, power_j = 0;
  double counter_s = 0, power_s = 0;  // that those cover
  uint64_t resets = 0;
  // The last reading.
  uint64_t last_counter = 0;
  double last_power_w = 0;
  int64_t last_counter_ns = 0, last_power_ns = 0;  // 0: none yet
};
// `gap_ns_max`: between readings further apart than this a counter that can wrap twice meanwhile,
// or a power that nobody saw, adds nothing.
void add_reading(EnergyCount& count, const EnergySensor& sensor, const EnergyReading& reading,
                 int64_t gap_ns_max);

}  // namespace cairn::probe
