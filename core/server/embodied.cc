// The share of a machine's making that falls to a run.
#include "server/embodied.h"

#include <algorithm>
#include <string>

#include "footprint/estimate.h"

namespace cairn::server {
namespace {

constexpr double kSecondsPerYear = 365.25 * 86400;
constexpr double kBytesPerGb = 1e9;

double lifetime_s(const footprint::Tables& tables) {
  constexpr double kYears = 4;  // of the servers of most life cycle analyses
  const footprint::Constant* years = tables.find_constant("embodied.lifetime");
  return (years ? years->value.value : kYears) * kSecondsPerYear;
}

std::vector<footprint::DeviceCount> accelerators_of(const model::EnergyRecord& record) {
  std::vector<footprint::DeviceCount> devices;
  const auto add = [&](model::EnergyPart part, const std::string& name) {
    if (part == model::EnergyPart::kGpu) devices.push_back({name, 1});
  };
  for (const model::SensorEnergy& sensor : record.sensors) add(sensor.part, sensor.name);
  for (const model::UnmeasuredDevice& device : record.unmeasured) add(device.part, device.name);
  return devices;
}

}  // namespace

double embodied_kg(const std::vector<model::EnergyRecord>& records,
                   const footprint::Tables& tables) {
  double kg = 0;
  for (const model::EnergyRecord& record : records) {
    if (record.watched_s <= 0) continue;
    const auto memory_gb = static_cast<double>(record.machine.memory_bytes) / kBytesPerGb;
    const double host =
        footprint::embodied_kg({}, std::max<int64_t>(record.machine.sockets, 1), memory_gb, tables)
            .value;
    const auto devices = accelerators_of(record);
    const double accelerators = devices.empty()
                                    ? 0
                                    : footprint::embodied_kg(devices, 0, 0, tables).value -
                                          footprint::embodied_kg({}, 0, 0, tables).value;
    kg += (host * record.share_s + accelerators * record.watched_s) / lifetime_s(tables);
  }
  return kg;
}

}  // namespace cairn::server
