// Who the machine is: its name, processor, memory, and what a container or a batch job grants of
// it.
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "probe/facts.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

using model::Object;
using model::Value;

constexpr int kCpusMax = 4096;
constexpr size_t kFirstProcessorsBytes = 16 << 10;

// Empty as when it is not set.
std::string_view variable_text(Environment environment, std::string_view name) {
  return find_variable(environment, name).value_or(std::string_view());
}

// Adds a member unless nothing is known of it.
void add(Object& facts, std::string_view name, std::string_view text) {
  if (!text.empty()) facts.emplace_back(name, to_utf8(text.substr(0, 1024)));
}
void add(Object& facts, std::string_view name, std::optional<int64_t> number) {
  if (number) facts.emplace_back(name, *number);
}
void add(Object& facts, std::string_view name, Object members) {
  if (!members.empty()) facts.emplace_back(name, std::move(members));
}

// The text after "NAME<blanks><separator>" of the first line that begins so, without quotes.
std::string find_entry(std::string_view text, std::string_view name, char separator) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (!line.starts_with(name)) continue;
    line = trim(line.substr(name.size()));
    if (line.empty() || line[0] != separator) continue;
    line = trim(line.substr(1));
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"')
      line = line.substr(1, line.size() - 2);
    return std::string(line);
  }
  return {};
}

// Not getpwuid(): that may ask a directory server and wait for it.
std::string find_user(const Machine& machine, Environment environment) {
  for (const char* name : {"USER", "LOGNAME"})
    if (const auto user = variable_text(environment, name); !user.empty()) return std::string(user);
  const std::string uid = std::to_string(::geteuid());
  const auto passwd = read_text(machine.path("/etc/passwd"), 1 << 20);
  for (std::string_view rest = passwd ? std::string_view(*passwd) : ""; !rest.empty();) {
    const std::string_view line = take_line(rest);  // name:password:uid:...
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    if (line.substr(second + 1).starts_with(uid + ":")) return std::string(line.substr(0, first));
  }
  return {};
}

Object cpu_facts(const Machine& machine) {
  Object cpu;
  const auto cpuinfo = read_text(machine.path("/proc/cpuinfo"), kFirstProcessorsBytes);
  if (cpuinfo) add(cpu, "model", find_entry(*cpuinfo, "model name", ':'));
  // A core is counted at the first of its threads: the one that leads the list of its siblings.
  int64_t cores = 0, threads = 0;
  for (int i = 0; i < kCpusMax; ++i) {
    const auto siblings = read_text(machine.path("/sys/devices/system/cpu/cpu" + std::to_string(i) +
                                                 "/topology/thread_siblings_list"),
                                    4096);
    if (!siblings) break;
    ++threads;
    const std::string_view first = trim(*siblings).substr(0, siblings->find_first_of(",-\n"));
    if (parse_int(first) == i) ++cores;
  }
  if (const auto is_virtual = find_is_virtual(machine)) cpu.emplace_back("is_virtual", *is_virtual);
  if (cores > 0) add(cpu, "cores", cores);
  if (threads > 0) add(cpu, "threads", threads);
  cpu_set_t usable;
  if (machine.root.empty() && ::sched_getaffinity(0, sizeof usable, &usable) == 0)
    add(cpu, "usable_threads", int64_t{CPU_COUNT(&usable)});
  return cpu;
}

// --- cgroups and containers
// ------------------------------------------------------------------------

// The folders of the process's own cgroup (version 2) and its parents, innermost first.
std::vector<std::string> cgroup_folders(const Machine& machine) {
  std::vector<std::string> folders;
  const auto cgroups = read_text(machine.path("/proc/self/cgroup"));
  if (!cgroups) return folders;
  for (std::string_view rest = *cgroups; !rest.empty();) {
    std::string_view line = take_line(rest);
    if (!line.starts_with("0::/")) continue;
    std::string_view path = line.substr(3);
    for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      if (!exists(machine.path(mount) + "/cgroup.controllers")) continue;
      while (path.size() > 1) {
        folders.push_back(machine.path(mount) + std::string(path));
        path = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
      }
      folders.push_back(machine.path(mount));
      return folders;
    }
  }
  return folders;
}

Object cgroup_facts(const Machine& machine) {
  std::optional<double> cores;
  for (const std::string& folder : cgroup_folders(machine)) {
    const auto text = read_text(folder + "/cpu.max", 64);  // "QUOTA PERIOD" or "max PERIOD"
    std::string_view rest = text ? std::string_view(*text) : "";
    const auto quota = parse_int(take_field(rest)), period = parse_int(take_field(rest));
    if (!quota || !period || *period <= 0) continue;
    const double granted = static_cast<double>(*quota) / static_cast<double>(*period);
    cores = std::min(cores.value_or(granted), granted);
  }
  Object facts;
  if (cores) facts.emplace_back("cpu_max_cores", *cores);
  if (const auto limit = find_memory_limit(machine)) add(facts, "memory_max_bytes", limit->bytes);
  return facts;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// The first run of exactly 64 hexadecimal digits, as container engines name their containers, on a
// line that speaks of one.
std::string find_container_id(std::string_view text) {
  constexpr size_t kIdBytes = 64;
  constexpr auto kMarks = std::to_array<std::string_view>(
      {"docker", "containers", "kubepods", "libpod", "crio", "containerd", "lxc"});
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (std::none_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
          return line.find(mark) != std::string_view::npos;
        }))
      continue;
    size_t run = 0;
    for (size_t i = 0; i <= line.size(); ++i) {
      if (i < line.size() && is_hex(line[i])) {
        ++run;
        continue;
      }
      if (run == kIdBytes) return std::string(line.substr(i - run, run));
      run = 0;
    }
  }
  return {};
}

Object container_facts(const Machine& machine, Environment environment) {
  Object facts;
  const std::string_view image = variable_text(environment, "APPTAINER_CONTAINER");
  const std::string_view old_image = variable_text(environment, "SINGULARITY_CONTAINER");
  if (!image.empty() || !old_image.empty()) {
    add(facts, "kind", "apptainer");
    add(facts, "image", image.empty() ? old_image : image);
    return facts;
  }
  std::string id;
  for (const char* file : {"/proc/self/cgroup", "/proc/self/mountinfo"})
    if (const auto text = read_text(machine.path(file), 1 << 20); text && id.empty())
      id = find_container_id(*text);
  if (!variable_text(environment, "KUBERNETES_SERVICE_HOST").empty())
    add(facts, "kind", "kubernetes");
  else if (exists(machine.path("/.dockerenv")))
    add(facts, "kind", "docker");
  else if (exists(machine.path("/run/.containerenv")))
    add(facts, "kind", "podman");
  // Without a sign of being inside, the id is a container's that this machine hosts.
  if (!facts.empty()) add(facts, "id", id);
  return facts;
}

Object slurm_facts(Environment environment) {
  constexpr auto kVariables = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"job_id", "SLURM_JOB_ID"},
       {"job_name", "SLURM_JOB_NAME"},
       {"array_job_id", "SLURM_ARRAY_JOB_ID"},
       {"array_task_id", "SLURM_ARRAY_TASK_ID"},
       {"step_id", "SLURM_STEP_ID"},
       {"cluster", "SLURM_CLUSTER_NAME"},
       {"partition", "SLURM_JOB_PARTITION"},
       {"node_list", "SLURM_JOB_NODELIST"},
       {"nodes", "SLURM_JOB_NUM_NODES"},
       {"tasks", "SLURM_NTASKS"},
       {"rank", "SLURM_PROCID"},
       {"local_rank", "SLURM_LOCALID"},
       {"restarts", "SLURM_RESTART_COUNT"}});
  Object facts;
  for (const auto& [name, variable] : kVariables)
    add(facts, name, variable_text(environment, variable));
  return facts;
}

}  // namespace

std::optional<std::string_view> find_variable(Environment environment, std::string_view name) {
  for (; environment && *environment; ++environment) {
    const std::string_view variable = *environment;
    if (variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=')
      return variable.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::optional<bool> find_is_virtual(const Machine& machine) {
  const auto cpuinfo = read_text(machine.path("/proc/cpuinfo"), kFirstProcessorsBytes);
  for (std::string_view rest = cpuinfo ? std::string_view(*cpuinfo) : ""; !rest.empty();) {
    std::string_view line = take_line(rest);  // "flags : fpu vme ... hypervisor ..."
    if (take_field(line) != "flags") continue;
    while (!line.empty())
      if (take_field(line) == "hypervisor") return true;
    return false;
  }
  return std::nullopt;
}

std::optional<MemoryLimit> find_memory_limit(const Machine& machine) {
  std::optional<MemoryLimit> tightest;
  for (const std::string& folder : cgroup_folders(machine))
    if (const auto bytes = read_number(folder + "/memory.max"))
      if (!tightest || *bytes < tightest->bytes) tightest = MemoryLimit{folder, *bytes};
  return tightest;
}

Value read_host_facts(const Machine& machine, Environment environment) {
  Object facts;
  struct utsname system;
  if (::uname(&system) == 0) {
    add(facts, "hostname", system.nodename);
    add(facts, "kernel", system.release);
    add(facts, "arch", system.machine);
  }
  add(facts, "user", find_user(machine, environment));
  if (const auto release = read_text(machine.path("/etc/os-release")))
    add(facts, "os", find_entry(*release, "PRETTY_NAME", '='));
  if (const auto boot = read_text(machine.path("/proc/sys/kernel/random/boot_id"), 64))
    add(facts, "boot_id", trim(*boot));
  add(facts, "cpu", cpu_facts(machine));
  if (const auto memory = read_text(machine.path("/proc/meminfo"))) {
    const std::string total = find_entry(*memory, "MemTotal", ':');  // "65842340 kB"
    std::string_view rest = total;
    if (const auto kib = parse_int(take_field(rest))) add(facts, "memory_bytes", *kib * 1024);
  }
  add(facts, "cgroup", cgroup_facts(machine));
  add(facts, "container", container_facts(machine, environment));
  add(facts, "slurm", slurm_facts(environment));
  if (Value cloud = read_cloud_facts(machine); !cloud.is_null())
    facts.emplace_back("cloud", std::move(cloud));
  return facts;
}

Value host_facts() { return read_host_facts(this_machine(), environ); }

}  // namespace cairn::probe
