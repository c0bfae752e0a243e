// Numbers of /sys as readings of energy.
#include "probe/file_sensor.h"

#include <cerrno>
#include <cstring>

namespace cairn::probe {
namespace {

constexpr size_t kNumberBytesMax = 64;
constexpr double kWattsPerMicrowatt = 1e-6;

}  // namespace

FileSensor::FileSensor(const Machine& machine, std::string counter_path,
                       const std::vector<std::string>& power_paths)
    : x_now_ns(machine.now_ns), x_buffer(kNumberBytesMax, '\0') {
  source = counter_path;
  for (const std::string& path : power_paths) {
    x_power.emplace_back(path);
    if (!source.empty()) source += ", ";
    source += path;
  }
  if (!counter_path.empty()) x_counter.emplace_back(std::move(counter_path));
}

std::optional<int64_t> FileSensor::read_number(KeptFile& file) {
  const auto number = parse_int(trim(file.read(x_buffer)));
  return number && *number >= 0 ? number : std::nullopt;
}

void FileSensor::read(EnergyReading& out) {
  out = {};
  const int64_t begin_ns = x_now_ns();
  for (KeptFile& file : x_counter)
    if (const auto number = read_number(file)) out.counter = static_cast<uint64_t>(*number);
  std::optional<double> power_w = kWattsPerMicrowatt;
  for (KeptFile& file : x_power) {
    const auto number = read_number(file);
    power_w =
        number && power_w ? std::optional(*power_w * static_cast<double>(*number)) : std::nullopt;
  }
  if (!x_power.empty()) out.power_w = power_w;
  out.time_ns = begin_ns + (x_now_ns() - begin_ns) / 2;
}

void FileSensor::try_once() {
  errno = 0;
  EnergyReading reading;
  read(reading);
  if (reading.counter || reading.power_w) return;
  error = errno != 0 ? errno : ENODATA;
  problem = errno != 0 ? std::strerror(errno) : "the file holds no number";
}

}  // namespace cairn::probe
