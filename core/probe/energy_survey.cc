// What `cairn energy doctor` shows: every sensor asked once, and what is missing where one would be
// expected.
#include <algorithm>

#include "probe/energy_sensor.h"
#include "probe/facts.h"
#include "probe/gpu_sensor.h"

namespace cairn::probe {
namespace {

SensorState ask(EnergySensor& sensor, const Machine& machine) {
  SensorState state{sensor.sensor, sensor.name, sensor.part, sensor.source, sensor.is_used};
  EnergyReading reading;
  const int64_t begin_ns = machine.now_ns();
  sensor.read(reading);
  state.cost_ns = machine.now_ns() - begin_ns;
  if (reading.counter)
    state.counter_j = static_cast<double>(*reading.counter) * sensor.counter_unit_j;
  state.power_w = reading.power_w;
  state.is_readable = reading.counter || reading.power_w;
  state.error = sensor.error;
  state.problem = sensor.problem;
  state.remedy = sensor.remedy;
  return state;
}

bool has_kind(const std::vector<SensorState>& states, std::string_view prefix) {
  return std::any_of(states.begin(), states.end(), [prefix](const SensorState& state) {
    return state.sensor.starts_with(prefix);
  });
}

SensorState missing(const char* sensor, const char* name, model::EnergyPart part) {
  SensorState state;
  state.sensor = sensor;
  state.name = name;
  state.part = part;
  return state;
}

// Processors that count their energy do so for the machine that they are in.
std::optional<SensorState> why_no_rapl(const Machine& machine) {
  const auto cpuinfo = read_text(machine.path("/proc/cpuinfo"), 4096);
  const auto is_of = [&](std::string_view vendor) {
    return cpuinfo && cpuinfo->find(vendor) != std::string::npos;
  };
  if (!is_of("GenuineIntel") && !is_of("AuthenticAMD")) return std::nullopt;
  SensorState state = missing("rapl", "RAPL", model::EnergyPart::kCpu);
  state.source = machine.path("/sys/class/powercap");
  if (find_is_virtual(machine).value_or(false)) {
    state.problem = "a virtual machine: its host does not show it what its processors use";
  } else {
    state.problem = "the kernel's driver of these counters is not loaded";
    state.remedy =
        "echo intel_rapl_msr | sudo tee /etc/modules-load.d/energy.conf && "
        "sudo modprobe intel_rapl_msr";
  }
  return state;
}

std::optional<SensorState> why_no_nvml(const Machine& machine) {
  std::string problem;
  find_gpu_sensors(machine, &problem);
  if (problem.empty()) return std::nullopt;
  SensorState state = missing("nvml", "NVIDIA", model::EnergyPart::kGpu);
  state.source = machine.nvml_library;
  state.problem = std::move(problem);
  return state;
}

}  // namespace

std::vector<SensorState> survey_energy(const Machine& machine) {
  std::vector<SensorState> states;
  for (const auto& sensor : find_energy_sensors(machine)) states.push_back(ask(*sensor, machine));
  if (!has_kind(states, "rapl:"))
    if (auto state = why_no_rapl(machine)) states.push_back(std::move(*state));
  if (!has_kind(states, "nvml:"))
    if (auto state = why_no_nvml(machine)) states.push_back(std::move(*state));
  return states;
}

std::vector<SensorState> survey_energy() { return survey_energy(this_machine()); }

}  // namespace cairn::probe
