// What the machine tells of energy: which sensors there are, and what a run's processes used.
//
// Guest: no child process, no exception, no wait but for a driver's answer. See machine.h for how
// tests make a machine up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/energy.h"

namespace cairn::probe {

struct Machine;

// A sensor as `cairn energy doctor` shows it.
struct SensorState {
  std::string sensor, name;  // as model::SensorEnergy
  model::EnergyPart part = model::EnergyPart::kCpu;
  std::string source;    // the file, or the library and function, that is asked
  bool is_used = false;  // in sums; others duplicate or contain what is used
  bool is_readable = false;
  std::optional<double> counter_j, power_w;  // what it says now
  int64_t cost_ns = 0;                       // of reading it once
  int error = 0;                             // errno; 0 where there is none
  std::string problem;  // why it is not readable, or not used; empty: nothing to say
  std::string remedy;   // one command that mends it; empty: there is none
};

// Looks for sensors of every kind and asks each once. A driver may take a second to wake.
std::vector<SensorState> survey_energy();
std::vector<SensorState> survey_energy(const Machine& machine);

// Watches the energy of a process and its descendants. Owned and used by one thread.
//
// All meters of one user on a machine share a ledger (a small file in shared memory): whoever comes
// first when a sensor is due asks it, for all. A process belongs to the nearest meter above it, and
// what all meters together take from a device is never more than the device used. A meter that is
// killed leaves the ledger usable to the others.
class EnergyMeter {
 public:
  struct Options {
    // Whose process tree; 0: this process. Unless it only observes: its parent, when that is the
    // agent which started it as the first of several local ranks (torchrun), for the others have
    // meters of their own.
    int pid = 0;
    // It watches beside the others: it takes nothing from what they share, and its record is never
    // added to theirs. For a part of a program whose run is watched already.
    bool is_observer = false;
    // Empty: a folder in the machine's memory that only this user can enter, /dev/shm/cairn-UID,
    // else below $XDG_CACHE_HOME or ~/.cache, cairn/energy.
    std::string ledger_folder;
  };
  // Reads the environment: make it on the thread that may change it. Asks nothing yet.
  explicit EnergyMeter(const Options& options);
  EnergyMeter(const Options& options, const Machine& machine);
  ~EnergyMeter();  // gives its place in the ledger back

  // Reads what there is to read. To be called at about next_tick_ns() (monotonic), and at both ends
  // of what is measured; more often is allowed and makes it finer.
  void tick();
  int64_t next_tick_ns() const;  // 0 before the first
  // Everything since the first tick, as of the last one.
  const model::EnergyRecord& record() const;

 private:
  struct State;
  std::unique_ptr<State> x_state;
};

}  // namespace cairn::probe
