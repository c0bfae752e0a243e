// The ledger: what all meters of one user on a machine share. Internal to the room.
//
// A small file in the machine's memory, read and written as a whole under a lock that dies with its
// holder. Whoever holds the lock and finds that a sensor is due asks it, so nobody leads, and
// nobody has to take over when a meter is killed. Meters write counts of sensors, what of them is
// free, and whose process trees are watched. It lives until the next start of the machine; one that
// is damaged is begun anew, which costs its meters the time since their last ticks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/energy_account.h"
#include "probe/energy_sensor.h"
#include "probe/machine.h"
#include "probe/processes.h"

namespace cairn::probe {

// A device with a sensor; or the seconds of a GPU without one.
struct LedgerDevice {
  static constexpr size_t kNameBytesMax = 127;

  char sensor[kNameBytesMax + 1] = {};  // as EnergySensor::sensor, ended by 0
  EnergyCount count;
  Account account;
  int64_t read_ns = 0;  // monotonic; 0: never
  int64_t cost_ns = 0;  // of the last reading
  // The least power seen over some seconds, and where those began that are being seen now.
  double rest_w = -1;  // -1: none yet
  double mark_j = 0, mark_s = 0;

  // Reads the sensor into the count and the account.
  void read(EnergySensor& with, const Machine& machine, int64_t gap_ns_max);
  // The same for the seconds of a GPU that tells no energy.
  void pass_until(int64_t now_ns);
  bool has_count() const { return count.last_counter_ns != 0 || count.last_power_ns != 0; }
  // The counter where the device has one, else its power over time; and the other one.
  double main_j() const { return count.last_counter_ns != 0 ? count.counter_j : count.power_j; }
  double main_s() const { return count.last_counter_ns != 0 ? count.counter_s : count.power_s; }
  std::optional<double> other_j() const;
};

// A process tree that is watched. Of two with the same root the later one watches it.
struct LedgerMeter {
  uint64_t order = 0;  // of registration; never given twice
  int root = 0, owner = 0;
  int64_t owner_start_ticks = 0;
};

struct Ledger {
  static constexpr size_t kDevicesMax = 256, kMetersMax = 4096;

  uint64_t id = 0;  // of this beginning of the ledger: positions in another one's accounts are void
  uint64_t next_order = 1;
  int64_t pruned_ns = 0;
  // The machine's CPU time at `node_ns`, monotonic; 0: not read yet.
  int64_t node_busy = 0, node_total = 0, node_ns = 0;
  // Two more devices: time passes at one watt, all of it at rest, and load at u^0.75 watts.
  Account time, load;
  std::vector<LedgerDevice> devices;
  std::vector<LedgerMeter> meters;

  // The device, made when it is missing; null when there are too many.
  LedgerDevice* device(std::string_view sensor);
  // Lets time and load pass until now.
  void advance(const std::optional<CpuTicks>& node, int64_t now_ns);
};

std::string print_ledger(const Ledger& ledger);
// Nothing when it is damaged, or of another form.
std::optional<Ledger> parse_ledger(std::string_view bytes);

// Owned and used by one meter.
class LedgerFile {
 public:
  LedgerFile(const Machine& machine, const std::string& folder);

  // Runs `work` on the ledger while no other meter can; what it makes of it is then everybody's.
  // False when another meter holds the ledger for longer than is worth waiting (a few ms): nothing
  // was done. Where no file can be written the ledger is this meter's own.
  bool change(const std::function<void(Ledger&)>& work);

 private:
  std::optional<bool> change_file(const std::function<void(Ledger&)>& work);
  bool change_locked(int fd, const std::function<void(Ledger&)>& work);

  std::string x_path;  // empty: x_own it is
  std::string x_buffer;
  Ledger x_own;
};

// Where ledgers lie unless a meter says otherwise: a folder in the machine's memory that only this
// user can enter, else one in the user's cache. Empty: nowhere.
std::string find_ledger_folder(const Machine& machine);

}  // namespace cairn::probe
