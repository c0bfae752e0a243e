// Writing what the made-up processes and devices have used.
#include "probe/testing/metered_machine.h"

#include <unistd.h>

#include <cmath>

namespace cairn::probe {
namespace {

constexpr const char* kPackage = "/sys/class/powercap/intel-rapl:0/";

int64_t to_ticks(double seconds) {
  return std::llround(seconds * static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace

MeteredMachine::MeteredMachine() {
  write("/proc/sys/kernel/random/boot_id", "0f3c-boot\n");
  write(std::string(kPackage) + "name", "package-0\n");
  write(std::string(kPackage) + "max_energy_range_uj", std::to_string(kRangeUj));
  write_files();
}

void MeteredMachine::begin_process(int pid, int parent) {
  x_processes[pid] = {.parent = parent};
  write_files();
}

void MeteredMachine::reap(int pid) {
  const Life life = x_processes.at(pid);
  x_processes.erase(pid);
  end_process(pid);
  if (const auto parent = x_processes.find(life.parent); parent != x_processes.end())
    parent->second.waited_s += life.own_s + life.waited_s;
  for (auto& [other, orphan] : x_processes)
    if (orphan.parent == pid) orphan.parent = 1;
  write_files();
}

void MeteredMachine::pass_s(double seconds, double package_w,
                            const std::map<int, double>& processors) {
  advance_s(seconds);
  double used_s = 0;
  for (const auto& [pid, count] : processors) {
    x_processes[pid].own_s += count * seconds;
    used_s += count * seconds;
  }
  x_busy_s += used_s;
  x_idle_s += kThreads * seconds - used_s;
  x_package_uj = std::fmod(x_package_uj + package_w * seconds * 1e6, double{kRangeUj});
  write_files();
}

void MeteredMachine::set_package_readable(bool is_readable) {
  if (is_readable)
    write_files();
  else
    write(std::string(kPackage) + "energy_uj", "garbage");
}

void MeteredMachine::remove_package() {
  x_has_package = false;
  files().remove("/sys/class/powercap");
}

EnergyMeter::Options MeteredMachine::options(int pid) const {
  EnergyMeter::Options options;
  options.pid = pid;
  options.ledger_folder = ledger_folder();
  return options;
}

std::string MeteredMachine::ledger_file() const {
  for (const std::string& name : list_names(ledger_folder()))
    if (name.starts_with("ledger-")) return ledger_folder() + "/" + name;
  return {};
}

void MeteredMachine::write_files() {
  for (const auto& [pid, life] : x_processes)
    write_process({.pid = pid,
                   .parent = life.parent,
                   .cpu_ticks = to_ticks(life.own_s),
                   .waited_ticks = to_ticks(life.waited_s)});
  const std::string busy = std::to_string(to_ticks(x_busy_s));
  std::string stat = "cpu  " + busy + " 0 0 " + std::to_string(to_ticks(x_idle_s)) + " 0 0 0 0\n";
  for (int i = 0; i < static_cast<int>(kThreads); ++i)
    stat += "cpu" + std::to_string(i) + " 1 0 0 1 0 0 0 0\n";
  write("/proc/stat", stat);
  if (x_has_package)
    write(std::string(kPackage) + "energy_uj", std::to_string(std::llround(x_package_uj)) + "\n");
}

}  // namespace cairn::probe
