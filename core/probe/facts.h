// The facts of probe.h, asked of any Machine. Internal to the room; tests make the machine up.
#pragma once

#include <optional>
#include <string>

#include "model/value.h"
#include "probe/machine.h"

namespace cairn::probe {

using Environment = const char* const*;  // "NAME=VALUE" strings, the last one null

model::Value read_host_facts(const Machine& machine, Environment environment);
model::Value read_environment_facts(Environment environment);
model::Value read_gpu_facts(const Machine& machine);

struct MemoryLimit {
  std::string folder;  // of the cgroup that has it
  int64_t bytes = 0;
};
// The tightest memory.max of the process's own cgroup (version 2) and its parents.
std::optional<MemoryLimit> find_memory_limit(const Machine& machine);

}  // namespace cairn::probe
