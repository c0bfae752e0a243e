// What the machine, the code and the environment are, and what the machine is doing.
//
// Guest: no child process except git when asked, no exception, no wait. Everything unknown is left
// out rather than written as zero. Sources: /proc, /sys, cgroup files, NVML by dlopen, .git files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/value.h"

namespace cairn::probe {

// {"hostname", "user", "os", "kernel", "cpu": {"model", "cores", "threads"}, "memory_bytes",
//  "gpus": [{"index", "name", "uuid", "memory_bytes", "driver"}], "container": id or absent,
//  "slurm": {"job_id", ...} or absent, "cgroup": {"cpu_max_cores", "memory_max_bytes"}}
model::Value host_facts();

// {"commit", "branch", "remote" (without credentials), "root", "dirty": bool, "diff_sha": absent here}
// from the .git files alone, no child process; null when `dir` is in no checkout. "dirty" is absent.
model::Value git_facts(const std::string& dir);
std::string git_root(const std::string& dir);  // empty when there is none
// `git diff HEAD --binary=no` with a byte limit and a time limit; runs git as a child process.
// {"dirty": bool, "diff": text (UTF-8, cut at the limit), "diff_bytes": n, "truncated": bool,
//  "untracked": [names, at most 1000]}; null when git is not there or took longer.
model::Value git_dirty(const std::string& dir, size_t diff_bytes_max, int64_t limit_ns);

// Installed distributions found as *.dist-info / *.egg-info under the folders: {"name": "version"}.
model::Value python_packages(const std::vector<std::string>& folders);

// Environment variables that matter to a training and hide no secret: CUDA_VISIBLE_DEVICES, OMP_*,
// SLURM_*, PYTHONHASHSEED, CONDA_DEFAULT_ENV, VIRTUAL_ENV, TORCH_*, NCCL_*, JAX_*, TF_*, WORLD_SIZE, RANK...
model::Value environment_facts();

// Samples the machine. One thread at a time. The process watched is `pid` and all its descendants.
class Sampler {
 public:
  explicit Sampler(int pid);
  ~Sampler();
  // Appends (name, value) pairs: "cpu.percent", "process.cpu.percent", "memory.used_bytes",
  // "process.memory.rss_bytes", "disk.read_bytes_per_s", "net.sent_bytes_per_s", "gpu.0.util_percent",
  // "gpu.0.memory.used_bytes", "gpu.0.power_w", "gpu.0.temperature_c", "gpu.0.energy_j",
  // "gpu.0.process.memory.used_bytes" ... Rates need two samples: the first call leaves them out.
  void sample(std::vector<std::pair<std::string, double>>& out);

 private:
  struct State;
  std::unique_ptr<State> x_state;
};

}  // namespace cairn::probe
