// NVML's counters and powers as sensors.
#include "probe/gpu_sensor.h"

#include <cerrno>

#include "probe/nvml.h"

namespace cairn::probe {
namespace {

constexpr double kMillijoule = 1e-3;
constexpr double kGpuWattsMax = 3000;  // what no device of one handle draws

// Which of NVML's powers is the device's own.
enum class PowerSource {
  kUsage,    // the oldest call: of the device, an instant or the mean of a second
  kAverage,  // the field that says what it is, in newer drivers
  kModule,   // that of the module around the device
  kNone,
};

class GpuSensor final : public EnergySensor {
 public:
  GpuSensor(const Machine& machine, std::shared_ptr<const Nvml> nvml, size_t device,
            bool has_counter, PowerSource power)
      : x_now_ns(machine.now_ns),
        x_nvml(std::move(nvml)),
        x_device(device),
        x_has_counter(has_counter),
        x_power(power) {
    part = model::EnergyPart::kGpu;
    counter_unit_j = kMillijoule;
    power_w_max = kGpuWattsMax;
    if (power != PowerSource::kUsage) power_window_s = 1;
  }

  void read(EnergyReading& out) override {
    out = {};
    const int64_t begin_ns = x_now_ns();
    if (x_has_counter) out.counter = x_nvml->energy_mj(x_device);
    out.time_ns = begin_ns + (x_now_ns() - begin_ns) / 2;
    if (x_power == PowerSource::kUsage) out.power_w = x_nvml->power_w(x_device);
    if (x_power == PowerSource::kAverage) out.power_w = average_w(PowerScope::kGpu);
    if (x_power == PowerSource::kModule) out.power_w = average_w(PowerScope::kModule);
  }

 private:
  std::optional<double> average_w(PowerScope scope) const {
    return x_nvml->power_w(x_device, PowerField::kAverage, scope);
  }

  int64_t (*const x_now_ns)();
  const std::shared_ptr<const Nvml> x_nvml;
  const size_t x_device;
  const bool x_has_counter;
  const PowerSource x_power;
};

void try_once(EnergySensor& sensor) {
  EnergyReading reading;
  sensor.read(reading);
  if (reading.counter || reading.power_w) return;
  sensor.error = ENOTSUP;
  sensor.problem = "the driver tells neither energy nor power of this device";
}

}  // namespace

std::vector<std::unique_ptr<EnergySensor>> find_gpu_sensors(const Machine& machine,
                                                            std::string* problem) {
  std::vector<std::unique_ptr<EnergySensor>> sensors;
  const std::shared_ptr<const Nvml> nvml = Nvml::load(machine, problem);
  for (size_t i = 0; nvml && i < nvml->device_count(); ++i) {
    const GpuFacts facts = nvml->facts(i);
    const auto add = [&](bool has_counter, PowerSource power) -> GpuSensor& {
      auto sensor = std::make_unique<GpuSensor>(machine, nvml, i, has_counter, power);
      GpuSensor& added = *sensor;
      added.sensor = "nvml:" + (facts.uuid.empty() ? std::to_string(facts.index) : facts.uuid);
      added.name = facts.name;
      added.gpu_index = facts.index;
      added.source = machine.nvml_library;
      if (has_counter) added.source += ", nvmlDeviceGetTotalEnergyConsumption";
      if (power == PowerSource::kUsage) added.source += ", nvmlDeviceGetPowerUsage";
      if (power == PowerSource::kAverage || power == PowerSource::kModule)
        added.source += ", nvmlDeviceGetFieldValues(POWER_AVERAGE)";
      sensors.push_back(std::move(sensor));
      return added;
    };
    const bool has_average = nvml->power_w(i, PowerField::kAverage, PowerScope::kGpu).has_value();
    const bool has_module = nvml->power_w(i, PowerField::kAverage, PowerScope::kModule).has_value();
    // Where only the module tells its power, the oldest call may mean the module too.
    const PowerSource power = has_average  ? PowerSource::kAverage
                              : has_module ? PowerSource::kNone
                                           : PowerSource::kUsage;
    try_once(add(true, power));
    if (!has_module) continue;
    GpuSensor& module = add(false, PowerSource::kModule);
    module.sensor += ":module";
    module.part = model::EnergyPart::kPlatform;
    module.is_used = false;
    module.problem = "the module around the device: contains it, and its processor if it has one";
  }
  return sensors;
}

}  // namespace cairn::probe
