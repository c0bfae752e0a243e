// MadeUpMachine: a machine in a temporary folder, with files and a clock as a test wants them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/machine.h"
#include "probe/probe.h"

namespace cairn::probe {

// A folder that is deleted with everything in it. One test at a time.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return x_path; }
  std::string write(const std::string& name, std::string_view text) const;  // makes folders
  void remove(const std::string& name) const;                               // with all below

 private:
  std::string x_path;
};

// Files are written to in place, as the kernel changes them under an open descriptor.
class MadeUpMachine {
 public:
  MadeUpMachine();
  const Machine& machine() const { return x_machine; }
  Machine& machine() { return x_machine; }
  const TemporaryFolder& files() const { return x_files; }

  void write(const std::string& name, std::string_view text) { x_files.write(name, text); }
  void advance_s(double seconds);
  void suspend_s(double seconds);  // only the wall's clock and the boot's go on
  void use_cpu_s(double seconds);  // as if the calling thread had

  struct Process {
    int pid = 0, parent = 1;
    int64_t cpu_ticks = 0, threads = 1, rss_pages = 1, read_bytes = 0, written_bytes = 0;
    int64_t waited_ticks = 0;  // of children that ended
  };
  void write_process(const Process& process);
  void end_process(int pid) { x_files.remove("/proc/" + std::to_string(pid)); }

 private:
  TemporaryFolder x_files;
  Machine x_machine;
};

}  // namespace cairn::probe
