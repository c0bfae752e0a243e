// MeteredMachine: a made-up machine whose processes compute and whose devices use energy.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "probe/energy.h"
#include "probe/testing/made_up_machine.h"

namespace cairn::probe {

// Four processors, whose package has a sensor; time passes when the test says so.
class MeteredMachine : public MadeUpMachine {
 public:
  static constexpr double kThreads = 4;
  static constexpr uint64_t kRangeUj = 262'143'328'850;

  MeteredMachine();

  void begin_process(int pid, int parent = 1);
  // It ends, and its parent waits for it.
  void reap(int pid);

  // `seconds` pass, in which each of these processes uses so many processors, and the package so
  // many watts. Everything is read by nobody meanwhile.
  void pass_s(double seconds, double package_w, const std::map<int, double>& processors = {});
  void set_package_readable(bool is_readable);
  void remove_package();  // the machine has no such sensor

  EnergyMeter::Options options(int pid) const;
  std::string ledger_folder() const { return files().path() + "/ledger"; }
  std::string ledger_file() const;  // the one that meters write

 private:
  void write_files();

  struct Life {
    int parent = 1;
    double own_s = 0, waited_s = 0;
  };
  std::map<int, Life> x_processes;
  double x_busy_s = 0, x_idle_s = 1000;
  double x_package_uj = 1e9;
  bool x_has_package = true;
};

}  // namespace cairn::probe
