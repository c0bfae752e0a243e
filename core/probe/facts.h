// The facts of probe.h, asked of any Machine. Internal to the room; tests make the machine up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/value.h"
#include "probe/machine.h"

namespace cairn::probe {

using Environment = const char* const*;  // "NAME=VALUE" strings, the last one null
// Nothing when it is not set, which is another thing than empty.
std::optional<std::string_view> find_variable(Environment environment, std::string_view name);

model::Value read_host_facts(const Machine& machine, Environment environment);
model::Value read_environment_facts(Environment environment);
model::Value read_gpu_facts(const Machine& machine);
model::Value read_cloud_facts(const Machine& machine);
// Whether the machine is a guest of another one; nothing when its processor does not say.
std::optional<bool> find_is_virtual(const Machine& machine);

struct MemoryLimit {
  std::string folder;  // of the cgroup that has it
  int64_t bytes = 0;
};
// The tightest memory.max of the process's own cgroup (version 2) and its parents.
std::optional<MemoryLimit> find_memory_limit(const Machine& machine);

}  // namespace cairn::probe
