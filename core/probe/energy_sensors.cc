// All energy sensors of a machine, and which of different kinds tell the same.
#include <algorithm>
#include <iterator>

#include "probe/energy_sensor.h"
#include "probe/gpu_sensor.h"
#include "probe/hwmon.h"
#include "probe/rapl.h"

namespace cairn::probe {
namespace {

constexpr double kPlatformWattsMax = 100'000;  // a rack may stand behind one power meter

using Sensors = std::vector<std::unique_ptr<EnergySensor>>;

void append(Sensors& sensors, Sensors more) {
  sensors.insert(sensors.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

// RAPL's packages are the sockets that other drivers count too.
void prefer_rapl(const Sensors& sensors) {
  const auto is_package = [](const std::unique_ptr<EnergySensor>& sensor) {
    return sensor->part == model::EnergyPart::kCpu && sensor->is_used && sensor->error == 0;
  };
  const auto is_rapl = [](const std::unique_ptr<EnergySensor>& sensor) {
    return sensor->sensor.starts_with("rapl:");
  };
  const bool has_rapl = std::any_of(sensors.begin(), sensors.end(), [&](const auto& sensor) {
    return is_rapl(sensor) && is_package(sensor);
  });
  for (const std::unique_ptr<EnergySensor>& sensor : sensors) {
    if (!has_rapl || is_rapl(sensor) || !is_package(sensor)) continue;
    sensor->is_used = false;
    sensor->problem = "tells the same as RAPL's packages";
  }
}

}  // namespace

Sensors find_energy_sensors(const Machine& machine) {
  Sensors sensors = find_rapl_sensors(machine);
  append(sensors, find_hwmon_sensors(machine));
  append(sensors, find_gpu_sensors(machine));
  prefer_rapl(sensors);
  for (const std::unique_ptr<EnergySensor>& sensor : sensors)
    if (sensor->part == model::EnergyPart::kPlatform) sensor->power_w_max = kPlatformWattsMax;
  std::sort(sensors.begin(), sensors.end(),
            [](const auto& a, const auto& b) { return a->sensor < b->sensor; });
  return sensors;
}

}  // namespace cairn::probe
