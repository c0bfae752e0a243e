// Which hwmon chips tell energy, and of what.
#include "probe/hwmon.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "probe/file_sensor.h"

namespace cairn::probe {
namespace {

using model::EnergyPart;
using Sensors = std::vector<std::unique_ptr<EnergySensor>>;

constexpr std::string_view kClass = "/sys/class/hwmon";
constexpr int kChannelsMax = 64;

struct Chip {
  const Machine& machine;
  std::string folder;  // /sys/class/hwmon/hwmon3
  std::string name;    // of its driver: "amdgpu"
  std::string device;  // where it sits: "0000:03:00.0", "ACPI000D:00", "1-0040"

  std::string file(std::string_view channel, std::string_view what) const {
    return folder + "/" + std::string(channel) + "_" + std::string(what);
  }
  // The first of the channel's files that there is; empty when there is none.
  std::string find(std::string_view channel, std::initializer_list<std::string_view> files) const {
    for (const std::string_view what : files)
      if (exists(file(channel, what))) return file(channel, what);
    return {};
  }
  std::string label(std::string_view channel) const { return text(file(channel, "label")); }
  // What users call the GPU, else the numbers of its maker and kind.
  std::string gpu_name(std::string_view maker) const {
    const std::string pci = folder + "/device/", product = text(pci + "product_name");
    if (!product.empty()) return product;
    const std::string vendor = text(pci + "vendor"), kind = text(pci + "device");  // "0x1002"
    std::string numbers;
    if (vendor.starts_with("0x") && kind.starts_with("0x"))
      numbers = " " + vendor.substr(2) + ":" + kind.substr(2);
    return std::string(maker) + " GPU" + numbers;
  }
  static std::string text(const std::string& path) {
    const auto bytes = read_text(path, 128);
    return bytes ? to_utf8(trim(*bytes)) : std::string();
  }
  // `counter` and `powers` may be empty: a file that there is not.
  std::unique_ptr<FileSensor> make(std::string counter, std::vector<std::string> powers) const {
    std::erase(powers, "");
    auto sensor = std::make_unique<FileSensor>(machine, std::move(counter), std::move(powers));
    sensor->sensor = "hwmon:" + name + ":" + device;
    sensor->name = name;
    sensor->try_once();
    return sensor;
  }
};

Chip read_chip(const Machine& machine, const std::string& entry) {
  Chip chip{machine, machine.path(kClass) + "/" + entry, {}, entry};
  std::error_code is_virtual;
  const auto device = std::filesystem::read_symlink(chip.folder + "/device", is_virtual);
  if (!is_virtual && device.has_filename()) chip.device = to_utf8(device.filename().string());
  // Drivers written for an older kernel, as ACPI's power meters, keep their files with the device.
  if (!exists(chip.folder + "/name") && exists(chip.folder + "/device/name"))
    chip.folder += "/device";
  chip.name = Chip::text(chip.folder + "/name");
  return chip;
}

void leave_out(EnergySensor& sensor, std::string_view reason) {
  sensor.is_used = false;
  if (sensor.error == 0) sensor.problem = reason;
}

std::string channel(std::string_view kind, int number) {
  return std::string(kind) + std::to_string(number);
}

// --- GPUs ----------------------------------------------------------------------------------------

// amdgpu describes what it measures in a table whose second version is that of processors with a
// GPU inside: their power is the whole package's.
bool is_inside_processor(const Chip& chip) {
  const auto metrics = read_text(chip.folder + "/device/gpu_metrics", 4);
  return metrics && metrics->size() == 4 && static_cast<unsigned char>((*metrics)[2]) >= 2;
}

void add_amd_gpu(const Chip& chip, Sensors& sensors) {
  auto sensor =
      chip.make(chip.find("energy1", {"input"}), {chip.find("power1", {"average", "input"})});
  sensor->part = EnergyPart::kGpu;
  sensor->name = chip.gpu_name("AMD");
  EnergyReading reading;
  sensor->read(reading);
  if (is_inside_processor(chip))
    leave_out(*sensor, "inside the processor: its power is the whole package's");
  else if (!reading.counter && reading.power_w == 0)
    leave_out(*sensor,
              "says 0 W: the other half of its card tells for both, or it is switched off");
  sensors.push_back(std::move(sensor));
}

// Counters of the card, or of the chip where the card has none.
void add_intel_gpu(const Chip& chip, Sensors& sensors) {
  std::string counter = chip.find("energy1", {"input"});
  if (counter.empty()) counter = chip.find("energy2", {"input"});
  if (counter.empty()) return;
  auto sensor = chip.make(std::move(counter), {});
  sensor->part = EnergyPart::kGpu;
  sensor->name = chip.gpu_name("Intel");
  sensors.push_back(std::move(sensor));
}

// --- processors and boards -----------------------------------------------------------------------

// amd_energy counts each socket and each core.
void add_amd_sockets(const Chip& chip, Sensors& sensors) {
  for (int i = 1; i <= kChannelsMax * kChannelsMax; ++i) {
    const std::string energy = channel("energy", i), counter = chip.find(energy, {"input"});
    if (counter.empty()) break;
    const std::string label = chip.label(energy);
    if (!label.starts_with("Esocket")) continue;
    auto sensor = chip.make(counter, {});
    sensor->sensor += ":" + label;
    sensor->name = label;
    sensors.push_back(std::move(sensor));
  }
}

// A meter of ACPI measures the machine, unless it says otherwise: NVIDIA's Grace has one for the
// processor with its memory, and others within and around that.
void choose_meter(EnergySensor& sensor, std::string_view label) {
  if (label.starts_with("Grace Power")) return;  // the processor's
  sensor.part = EnergyPart::kPlatform;
  const bool is_inside = label.starts_with("CPU Power") || label.starts_with("SysIO Power");
  leave_out(sensor,
            is_inside ? "a part of the processor" : "the whole machine: contains the others");
}

void add_power_meter(const Chip& chip, Sensors& sensors) {
  for (int i = 1; i <= kChannelsMax; ++i) {
    const std::string power = chip.find(channel("power", i), {"average", "input"});
    if (power.empty()) break;
    auto sensor = chip.make({}, {power});
    if (i > 1) sensor->sensor += ":" + channel("power", i);
    const std::string label = Chip::text(chip.file(channel("power", i), "oem_info"));
    if (!label.empty()) sensor->name = label;
    choose_meter(*sensor, label);
    if (const auto ms = read_number(chip.file(channel("power", i), "average_interval")))
      sensor->power_window_s = static_cast<double>(*ms) / 1e3;
    sensors.push_back(std::move(sensor));
  }
}

// --- Jetson --------------------------------------------------------------------------------------

struct Rail {
  EnergyPart part;
  bool is_used;
  std::string_view reason;
};

// By the names that NVIDIA gives its rails: VDD_IN and POM_5V_IN feed the module, the others what
// their names list.
Rail find_rail(std::string_view label) {
  const auto names = [label](std::string_view part) {
    return label.find(part) != std::string_view::npos;
  };
  if (label.ends_with("_IN") || label == "VIN")
    return {EnergyPart::kPlatform, false, "the whole module: contains the others"};
  if (names("GPU")) return {EnergyPart::kGpu, true, ""};
  if (names("CPU")) return {EnergyPart::kCpu, true, ""};
  if (names("DDR") || names("VDDQ")) return {EnergyPart::kMemory, true, ""};
  return {EnergyPart::kPlatform, false, "neither processor, memory nor GPU"};
}

// A sensor for each channel: its power is volts times amperes. Channels above the third are sums.
void add_rails(const Chip& chip, Sensors& sensors) {
  for (int i = 1; i <= 3; ++i) {
    const std::string volts = channel("in", i), amperes = channel("curr", i);
    const std::string label = chip.label(volts);
    if (label.empty() || label == "NC" || chip.find(amperes, {"input"}).empty()) continue;
    auto sensor = chip.make({}, {chip.file(volts, "input"), chip.file(amperes, "input")});
    sensor->sensor += ":" + label;
    sensor->name = label;
    const Rail rail = find_rail(label);
    sensor->part = rail.part;
    if (!rail.is_used) leave_out(*sensor, rail.reason);
    sensors.push_back(std::move(sensor));
  }
}

// --- the rest ------------------------------------------------------------------------------------

void add_unknown(const Chip& chip, Sensors& sensors) {
  const std::string power = chip.find("power1", {"average", "input"});
  const std::string counter = chip.find("energy1", {"input"});
  if (power.empty() && counter.empty()) return;
  auto sensor = chip.make(counter, {power});
  sensor->part = EnergyPart::kPlatform;
  leave_out(*sensor, "not known of what this is the power");
  sensors.push_back(std::move(sensor));
}

struct Kind {
  std::string_view name;
  void (*add)(const Chip&, Sensors&);
};
constexpr auto kKinds = std::to_array<Kind>({{"amdgpu", add_amd_gpu},
                                             {"i915", add_intel_gpu},
                                             {"xe", add_intel_gpu},
                                             {"amd_energy", add_amd_sockets},
                                             {"power_meter", add_power_meter},
                                             {"ina3221", add_rails}});

}  // namespace

Sensors find_hwmon_sensors(const Machine& machine) {
  Sensors sensors;
  for (const std::string& entry : list_names(machine.path(kClass))) {
    const Chip chip = read_chip(machine, entry);
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const Kind& known) { return known.name == chip.name; });
    (kind == kKinds.end() ? add_unknown : kind->add)(chip, sensors);
  }
  return sensors;
}

}  // namespace cairn::probe
