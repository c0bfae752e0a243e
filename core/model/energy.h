// EnergyRecord: what one writer of a run measured of the energy that its processes used.
//
// Only what the machine told: joules of sensors, and the load of processors, which a reader turns
// into joules where no sensor was. Power models, tables, zones and prices come in when it is read
// (room footprint), so that better ones serve old runs too. It stands in the run's meta below
// "energy", one member for each writer: records of ranks, sessions and machines are added up, and
// one that comes again replaces itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace cairn::model {

enum class EnergyPart : uint8_t {
  kCpu,
  kMemory,
  kGpu,
  kPlatform,  // the whole machine: contains the others and is never added to them
};
std::string_view print_part(EnergyPart part);
std::optional<EnergyPart> parse_part(std::string_view text);

// By what a device's energy was given to the run.
enum class EnergyShare : uint8_t {
  kCpuTime,    // of all CPU time of the machine
  kExclusive,  // nobody else was on the device
  kBusyTime,   // of the device's multiprocessors, as the driver counts it for each process
  kMemory,     // of the device's memory in use
  kSlice,      // of the device's slices (MIG)
  kVisible,    // processes cannot be seen: the run was shown the device, and is taken for its user
};
std::string_view print_share(EnergyShare share);
std::optional<EnergyShare> parse_share(std::string_view text);

// A device with a sensor, while the writer watched. run_j is part of device_j.
struct SensorEnergy {
  std::string sensor;  // "rapl:intel-rapl:0", "nvml:GPU-1234", "hwmon:amdgpu:0000:03:00.0": one
                       // name for one device of a machine
  std::string name;    // what it calls itself: "package-0", "NVIDIA H200"
  EnergyPart part = EnergyPart::kCpu;
  EnergyShare share = EnergyShare::kCpuTime;
  double device_j = 0;  // of the whole device
  double run_j = 0;     // the run's: what it caused and its share of what the device uses at rest
  double idle_j = 0;    // of run_j: at rest
  double even_idle_j = 0;  // at rest, were that split evenly among the runs watched on the machine
  // device_j by the sensor's other way (power over time beside a counter, or the other way round).
  std::optional<double> other_j;
  double covered_s = 0;  // of the record's watched_s, in which the sensor answered
  int64_t resets = 0;    // of its counter: what passed meanwhile is unknown
};

// A device that the run used and that tells no energy.
struct UnmeasuredDevice {
  std::string device;  // as SensorEnergy::sensor
  std::string name;
  EnergyPart part = EnergyPart::kGpu;
  double held_s = 0;  // during which it was the run's, times its share
  // Integral of its utilisation (0 to 1) over held_s, nothing where it is not told.
  std::optional<double> busy_s;
};

struct EnergyMachine {
  std::string boot_id, hostname;
  std::string cpu_model;
  int64_t sockets = 0, threads = 0;  // 0: unknown
  int64_t memory_bytes = 0;          // installed, as the kernel sees it; 0: unknown
  bool is_virtual = false;           // a guest of another machine, whose sensors it does not see
};

struct EnergyRecord {
  EnergyMachine machine;
  int64_t began_ns = 0, ended_ns = 0;  // since the epoch; `ended_ns`: of the last tick
  double watched_s = 0;                // between the ticks
  double lost_s = 0;   // began to ended, not watched: suspended, or the writer was held up
  double cpu_s = 0;    // CPU time of the run's processes
  double share_s = 0;  // integral of the run's share (0 to 1) of the machine's CPU time
  double even_s = 0;   // integral of 1 / runs watched on the machine
  // Integral of share x u^0.75, u being the machine's CPU utilisation (0 to 1): what a power model
  // P = TDP x (a + b x u^0.75) multiplies with TDP x b x sockets.
  double load_s = 0;
  std::vector<SensorEnergy> sensors;
  std::vector<UnmeasuredDevice> unmeasured;
};

Value to_value(const EnergyRecord& record);
// Invalid when members are missing, of the wrong kind, negative or not finite.
Result<EnergyRecord> parse_energy_record(const Value& value);
// All records of a run's meta. Those that cannot be read are counted in `unreadable`.
std::vector<EnergyRecord> energy_records(const Value& meta, int64_t* unreadable = nullptr);

}  // namespace cairn::model
