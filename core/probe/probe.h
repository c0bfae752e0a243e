// What the machine, the code and the environment are, and what the machine is doing.
//
// Guest: no child process except git when asked, no exception, no wait. Everything unknown is left
// out rather than written as zero. Sources: /proc, /sys, cgroup files, NVML by dlopen, .git files.
// All functions may be called from any thread unless said otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/value.h"

namespace cairn::probe {

struct Machine;  // a made-up one in tests (probe/machine.h)

// {"hostname", "user", "os", "kernel", "arch", "boot_id",
//  "cpu": {"model", "is_virtual", "cores", "threads", "usable_threads"}, "memory_bytes",
//  "cgroup": {"cpu_max_cores", "memory_max_bytes"}, "container": {"kind", "id" or "image"},
//  "slurm": {"job_id", ...}, "cloud"}. Reads the environment: call it on the thread that may change
//  it.
model::Value host_facts();

// {"provider": "aws" | "azure" | "gcp" | ...} by what the firmware says, without asking the
// network; null when it names none that is known.
model::Value cloud_facts();

// [{"index", "name", "uuid", "memory_bytes", "driver"}], or null when there is no NVIDIA GPU. The
// first call may take a second while the driver wakes a device: not for a user's thread.
model::Value gpu_facts();

// {"commit", "branch", "remote" (without credentials), "root"} from the .git files alone, no child
// process; null when `dir` is in no checkout. Without "branch" the head is detached, without
// "commit" there is none yet.
model::Value git_facts(const std::string& dir);
std::string git_root(const std::string& dir);  // empty when there is none

// What differs from the commit; runs git as a child process, within `limit_ns`: not for a user's
// thread. {"dirty": whether tracked files differ, "diff": `git diff HEAD` (UTF-8, known credentials
// replaced, cut at a line when longer than the limit), "truncated": bool, "untracked": [names, at
// most 1000]}; null when there is no checkout or no git, or it failed or took longer.
model::Value git_dirty(const std::string& dir, size_t diff_bytes_max, int64_t limit_ns);

// Installed distributions found as *.dist-info / *.egg-info under the folders: {"name": "version"},
// sorted, names normalised as in PEP 503. The first folder that has a name wins.
model::Value python_packages(const std::vector<std::string>& folders);

// Environment variables that matter to a training and hide no secret: CUDA_VISIBLE_DEVICES, OMP_*,
// SLURM_*, PYTHONHASHSEED, CONDA_DEFAULT_ENV, VIRTUAL_ENV, TORCH*, NCCL_*, JAX_*, TF_*, WORLD_SIZE,
// RANK ... Reads the environment: call it on the thread that may change it.
model::Value environment_facts();

// Samples the machine. Owned and used by one thread; nothing survives it. The process watched is
// `pid` and all its descendants. A sample takes about 0.1 ms besides the GPUs; the first one with a
// GPU loads NVML. Where listing processes or asking GPUs is slow it is done less often, so that
// each stays below 0.02 % of a core.
class Sampler {
 public:
  explicit Sampler(int pid);
  Sampler(int pid, const Machine& machine);
  ~Sampler();

  // Appends (name, value) pairs of what is known now:
  //   cpu.percent (of the whole machine)         cpu.load_1m
  //   memory.used_bytes, memory.percent          swap.used_bytes (where there is swap)
  //   cgroup.memory.used_bytes (where limited)
  //   disk.read_bytes_per_s, disk.written_bytes_per_s
  //   net.received_bytes_per_s, net.sent_bytes_per_s
  //   process.cpu.percent (100 is one core)      process.memory.rss_bytes
  //   process.threads, process.count
  //   process.disk.read_bytes_per_s, process.disk.written_bytes_per_s
  //   gpu.N.util_percent, .memory.util_percent, .memory.used_bytes, .power_w, .temperature_c,
  //   .energy_j (since the driver was loaded), .process.memory.used_bytes
  // Rates need two samples: the first call leaves them out.
  void sample(std::vector<std::pair<std::string, double>>& out);

 private:
  struct State;
  std::unique_ptr<State> x_state;
};

}  // namespace cairn::probe
