// FileSensor: an energy sensor whose counter and power are numbers in files of /sys. Internal to
// the room.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "probe/energy_sensor.h"

namespace cairn::probe {

class FileSensor final : public EnergySensor {
 public:
  // `counter_path`: empty where there is none. The product of the numbers in `power_paths` is the
  // power in microwatts: one file, or one of millivolts and one of milliamperes.
  FileSensor(const Machine& machine, std::string counter_path,
             const std::vector<std::string>& power_paths);

  void read(EnergyReading& out) override;
  // Reads once; why it told nothing, if so, is then in `error` and `problem`.
  void try_once();

 private:
  std::optional<int64_t> read_number(KeptFile& file);

  int64_t (*const x_now_ns)();
  std::list<KeptFile> x_counter;  // one or none
  std::list<KeptFile> x_power;
  std::string x_buffer;
};

}  // namespace cairn::probe
