// Sampler: turns what the kernel and the GPUs count into values and rates.
#include <unistd.h>

#include <algorithm>
#include <map>

#include "probe/facts.h"
#include "probe/machine.h"
#include "probe/nvml.h"
#include "probe/probe.h"
#include "probe/processes.h"

namespace cairn::probe {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

// The value now against the value at the last sample. The first sample has no rate, and neither has
// one whose counter went back, because a device or an uncounted child is gone.
class Rate {
 public:
  // Per second.
  std::optional<double> next(std::optional<int64_t> count, int64_t now_ns) {
    const std::optional<int64_t> before = std::exchange(x_count, count);
    const int64_t elapsed_ns = now_ns - std::exchange(x_time_ns, now_ns);
    if (!before || !count || *count < *before || elapsed_ns <= 0) return std::nullopt;
    return static_cast<double>(*count - *before) * static_cast<double>(kNsPerSecond) /
           static_cast<double>(elapsed_ns);
  }

 private:
  std::optional<int64_t> x_count;
  int64_t x_time_ns = 0;
};

struct Traffic {
  std::optional<int64_t> in_bytes, out_bytes;  // nothing until a device was counted

  void add(std::optional<int64_t> in, std::optional<int64_t> out) {
    if (!in || !out) return;
    in_bytes = in_bytes.value_or(0) + *in;
    out_bytes = out_bytes.value_or(0) + *out;
  }
};

using Out = std::vector<std::pair<std::string, double>>;

void put(Out& out, std::string_view name, std::optional<double> value) {
  if (value) out.emplace_back(name, *value);
}

}  // namespace

struct Sampler::State {
  State(int pid, const Machine& on)
      : machine(on),
        stat(on.path("/proc/stat")),
        loadavg(on.path("/proc/loadavg")),
        meminfo(on.path("/proc/meminfo")),
        diskstats(on.path("/proc/diskstats")),
        net(on.path("/proc/net/dev")),
        tree(on, pid),
        buffer(kBufferBytes, '\0') {
    if (const auto limit = find_memory_limit(on))
      cgroup_memory = std::make_unique<KeptFile>(limit->folder + "/memory.current");
  }

  void sample_cpu(Out& out);
  void sample_memory(Out& out);
  void sample_disks(Out& out);
  void sample_network(Out& out);
  void sample_process(Out& out);
  void sample_gpus(Out& out);
  bool is_physical(const char* folder, std::string_view name);

  const Machine machine;
  KeptFile stat, loadavg, meminfo, diskstats, net;
  std::unique_ptr<KeptFile> cgroup_memory;  // where a limit threatens
  ProcessTree tree;
  std::string buffer;

  std::optional<CpuTicks> cpu_before;
  Rate disk_read, disk_written, net_received, net_sent;
  Rate process_cpu, process_read, process_written;
  std::map<std::string, bool, std::less<>> devices;  // whether it is a piece of hardware
  std::unique_ptr<Nvml> nvml;
  bool has_sought_nvml = false;
  Budget gpu_budget;
};

void Sampler::State::sample_cpu(Out& out) {
  if (const auto now = parse_cpu_ticks(stat.read(buffer))) {
    if (cpu_before && now->total > cpu_before->total && now->busy >= cpu_before->busy)
      put(out, "cpu.percent",
          100.0 * static_cast<double>(now->busy - cpu_before->busy) /
              static_cast<double>(now->total - cpu_before->total));
    cpu_before = now;
  }
  // "0.52 0.40 0.31 ...": two decimals, so a number of hundredths.
  std::string_view text = loadavg.read(buffer);
  const std::string_view load = take_field(text);
  const size_t dot = load.find('.');
  if (dot == std::string_view::npos || load.size() != dot + 3) return;
  const auto whole = parse_int(load.substr(0, dot)), hundredths = parse_int(load.substr(dot + 1));
  if (whole && hundredths)
    put(out, "cpu.load_1m", static_cast<double>(*whole * 100 + *hundredths) / 100);
}

void Sampler::State::sample_memory(Out& out) {
  std::optional<double> total, available, swap_total, swap_free;
  const std::pair<std::string_view, std::optional<double>*> wanted[] = {
      {"MemTotal:", &total},
      {"MemAvailable:", &available},
      {"SwapTotal:", &swap_total},
      {"SwapFree:", &swap_free}};
  for (std::string_view rest = meminfo.read(buffer); !rest.empty() && !swap_free;) {
    std::string_view line = take_line(rest);  // "MemTotal:       65842340 kB"
    const std::string_view name = take_field(line);
    for (const auto& [label, value] : wanted)
      if (name == label)
        if (const auto kib = parse_int(take_field(line))) *value = static_cast<double>(*kib) * 1024;
  }
  if (total && available && *total > 0) {
    put(out, "memory.used_bytes", *total - *available);
    put(out, "memory.percent", 100 * (*total - *available) / *total);
  }
  if (swap_total && swap_free && *swap_total > 0)
    put(out, "swap.used_bytes", *swap_total - *swap_free);
  if (!cgroup_memory) return;
  if (const auto bytes = parse_int(trim(cgroup_memory->read(buffer))))
    put(out, "cgroup.memory.used_bytes", static_cast<double>(*bytes));
}

// Hardware has a "device" in /sys; partitions, RAID, loop, bridges and tunnels, whose traffic the
// hardware counts again, have none. Asked once for each name.
bool Sampler::State::is_physical(const char* folder, std::string_view name) {
  const std::string path = machine.path(folder) + std::string(name) + "/device";
  const auto known = devices.find(path);
  if (known != devices.end()) return known->second;
  return devices[path] = exists(path);
}

void Sampler::State::sample_disks(Out& out) {
  constexpr int64_t kSectorBytes = 512;  // in this file, whatever the disk says
  Traffic traffic;
  const int64_t now_ns = machine.now_ns();
  for (std::string_view rest = diskstats.read(buffer); rest.find('\n') != std::string_view::npos;) {
    // "MAJOR MINOR NAME reads merged SECTORS ms writes merged SECTORS ..."
    std::string_view line = take_line(rest);
    take_field(line), take_field(line);
    const std::string_view name = take_field(line);
    if (!is_physical("/sys/block/", name)) continue;
    take_field(line), take_field(line);
    const auto read = parse_int(take_field(line));
    take_field(line), take_field(line), take_field(line);
    const auto written = parse_int(take_field(line));
    if (read && written) traffic.add(*read * kSectorBytes, *written * kSectorBytes);
  }
  put(out, "disk.read_bytes_per_s", disk_read.next(traffic.in_bytes, now_ns));
  put(out, "disk.written_bytes_per_s", disk_written.next(traffic.out_bytes, now_ns));
}

void Sampler::State::sample_network(Out& out) {
  Traffic physical, any;  // a container sees no hardware: then everything but lo
  const int64_t now_ns = machine.now_ns();
  for (std::string_view rest = net.read(buffer); rest.find('\n') != std::string_view::npos;) {
    std::string_view line = take_line(rest);  // "  eth0: RECEIVED 7 more SENT ..."
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = trim(line.substr(0, colon));
    line.remove_prefix(colon + 1);
    const auto received = parse_int(take_field(line));
    for (int i = 0; i < 7; ++i) take_field(line);
    const auto sent = parse_int(take_field(line));
    if (name == "lo") continue;
    (is_physical("/sys/class/net/", name) ? physical : any).add(received, sent);
  }
  const Traffic& traffic = physical.in_bytes ? physical : any;
  put(out, "net.received_bytes_per_s", net_received.next(traffic.in_bytes, now_ns));
  put(out, "net.sent_bytes_per_s", net_sent.next(traffic.out_bytes, now_ns));
}

void Sampler::State::sample_process(Out& out) {
  static const double ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  static const double page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const std::optional<TreeUsage> usage = tree.read();
  if (!usage) return;
  const int64_t now_ns = machine.now_ns();
  if (const auto ticks = process_cpu.next(usage->cpu_ticks, now_ns))
    put(out, "process.cpu.percent", 100 * *ticks / ticks_per_s);
  put(out, "process.memory.rss_bytes", static_cast<double>(usage->rss_pages) * page_bytes);
  put(out, "process.threads", static_cast<double>(usage->thread_count));
  put(out, "process.count", static_cast<double>(usage->process_count));
  put(out, "process.disk.read_bytes_per_s", process_read.next(usage->read_bytes, now_ns));
  put(out, "process.disk.written_bytes_per_s", process_written.next(usage->written_bytes, now_ns));
}

void Sampler::State::sample_gpus(Out& out) {
  const int64_t begin_ns = machine.now_ns();
  if (!gpu_budget.is_due(begin_ns)) return;
  if (!has_sought_nvml) nvml = Nvml::load(machine);  // may take a second, once
  const int64_t loaded_ns = std::exchange(has_sought_nvml, true) ? begin_ns : machine.now_ns();
  for (size_t i = 0; nvml && i < nvml->device_count(); ++i) {
    const GpuReading reading = nvml->read(i, tree.pids());
    const std::string prefix = "gpu." + std::to_string(nvml->index(i)) + ".";
    put(out, prefix + "util_percent", reading.util_percent);
    put(out, prefix + "memory.util_percent", reading.memory_util_percent);
    put(out, prefix + "memory.used_bytes", reading.memory_used_bytes);
    put(out, prefix + "power_w", reading.power_w);
    put(out, prefix + "temperature_c", reading.temperature_c);
    put(out, prefix + "energy_j", reading.energy_j);
    put(out, prefix + "process.memory.used_bytes", reading.process_memory_used_bytes);
  }
  gpu_budget.spent(loaded_ns, machine.now_ns());
}

Sampler::Sampler(int pid) : Sampler(pid, this_machine()) {}
Sampler::Sampler(int pid, const Machine& machine)
    : x_state(std::make_unique<State>(pid, machine)) {}
Sampler::~Sampler() = default;

void Sampler::sample(Out& out) {
  x_state->sample_cpu(out);
  x_state->sample_memory(out);
  x_state->sample_disks(out);
  x_state->sample_network(out);
  x_state->sample_process(out);
  x_state->sample_gpus(out);
}

}  // namespace cairn::probe
