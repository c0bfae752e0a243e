// Reading /proc/<pid>/stat and /proc/<pid>/io of a tree of processes.
#include "probe/processes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace cairn::probe {
namespace {

constexpr size_t kBufferBytes = 4096;

struct Stat {
  int64_t parent = 0, own_ticks = 0, waited_ticks = 0, thread_count = 0, start_ticks = 0,
          rss_pages = 0;
};

// proc(5): "PID (NAME) STATE PPID ..."; the name may contain blanks and parentheses.
std::optional<Stat> parse_stat(std::string_view text) {
  const size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  take_field(text);  // state, field 3
  Stat stat;
  for (int field = 4; field <= 24; ++field) {
    const auto number = parse_int(take_field(text));
    if (!number) {  // some fields are unsigned and may not fit; none that we use
      if (text.empty()) return std::nullopt;
      continue;
    }
    if (field == 4) stat.parent = *number;
    if (field == 14 || field == 15) stat.own_ticks += *number;
    if (field == 16 || field == 17) stat.waited_ticks += *number;
    if (field == 20) stat.thread_count = *number;
    if (field == 22) stat.start_ticks = *number;
    if (field == 24) stat.rss_pages = *number;
  }
  return stat;
}

std::optional<int64_t> find_counter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line.starts_with(name)) return parse_int(trim(line.substr(name.size())));
  }
  return std::nullopt;
}

void add(std::optional<int64_t>& sum, std::optional<int64_t> more) {
  sum = sum && more ? std::optional(*sum + *more) : std::nullopt;
}

}  // namespace

// "cpu USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL GUEST GUEST_NICE"; guest time is in user
// time.
std::optional<CpuTicks> parse_cpu_ticks(std::string_view stat) {
  std::string_view line = take_line(stat);
  if (take_field(line) != "cpu") return std::nullopt;
  CpuTicks ticks;
  for (int field = 0; field < 8; ++field) {
    const auto count = parse_int(take_field(line));
    if (!count) return field >= 4 ? std::optional(ticks) : std::nullopt;
    ticks.total += *count;
    if (field != 3 && field != 4) ticks.busy += *count;
    if (field == 7) ticks.stolen = *count;
  }
  return ticks;
}

std::optional<int64_t> find_start_ticks(const Machine& machine, int pid) {
  const auto text = read_text(machine.path("/proc/" + std::to_string(pid) + "/stat"), kBufferBytes);
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  return stat ? std::optional(stat->start_ticks) : std::nullopt;
}

std::optional<ProcessCpu> read_process_cpu(const Machine& machine, int pid) {
  const auto text = read_text(machine.path("/proc/" + std::to_string(pid) + "/stat"), kBufferBytes);
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  if (!stat) return std::nullopt;
  return ProcessCpu{pid, static_cast<int>(stat->parent), stat->own_ticks, stat->waited_ticks};
}

ProcessTree::ProcessTree(const Machine& machine, int pid, int64_t pause_ns)
    : x_machine(machine),
      x_root(pid),
      x_listing(pause_ns),
      x_pids{pid},
      x_buffer(kBufferBytes, '\0') {}

std::optional<TreeUsage> ProcessTree::read() {
  list();
  TreeUsage usage;
  usage.read_bytes = usage.written_bytes = 0;
  std::vector<int> ended;
  for (const int pid : x_pids) {
    const auto text = read_file(pid, "/stat");
    const auto stat = text ? parse_stat(*text) : std::nullopt;
    if (!stat) {
      ended.push_back(pid);
      continue;
    }
    ++usage.process_count;
    usage.thread_count += stat->thread_count;
    usage.rss_pages += stat->rss_pages;
    usage.cpu_ticks += stat->own_ticks + stat->waited_ticks;
    const auto io = read_file(pid, "/io");
    add(usage.read_bytes, io ? find_counter(*io, "read_bytes:") : std::nullopt);
    add(usage.written_bytes, io ? find_counter(*io, "write_bytes:") : std::nullopt);
  }
  forget(ended);
  if (!std::binary_search(x_pids.begin(), x_pids.end(), x_root)) return std::nullopt;
  return usage;
}

void ProcessTree::read_cpu(std::vector<ProcessCpu>& out) {
  list();
  out.clear();
  std::vector<int> ended;
  for (const std::vector<int>* pids : {&x_pids, &x_edges})
    for (const int pid : *pids) {
      const auto text = read_file(pid, "/stat");
      const auto stat = text ? parse_stat(*text) : std::nullopt;
      if (!stat) {
        ended.push_back(pid);
        continue;
      }
      const Known* const known = find(pid);
      out.push_back({pid, static_cast<int>(stat->parent), stat->own_ticks, stat->waited_ticks,
                     pids == &x_pids, known && known->was_stopped});
    }
  forget(ended);
}

void ProcessTree::set_stops(std::vector<int> pids) {
  if (pids == x_stops) return;
  x_stops = std::move(pids);
  judge();
}

void ProcessTree::list() {
  const int64_t begin_ns = x_machine.now_ns();
  if (!x_listing.is_due(begin_ns)) return;
  find_descendants();
  judge();
  x_listing.spent(begin_ns, x_machine.now_ns());
}

// Forgotten, so that the next process of that number is judged anew.
void ProcessTree::forget(const std::vector<int>& ended) {
  for (const int pid : ended) {
    std::erase(x_pids, pid);
    std::erase(x_edges, pid);
    std::erase_if(x_known, [&](const Known& known) { return known.pid == pid; });
  }
}

ProcessTree::Known* ProcessTree::find(int64_t pid) {
  const auto at = std::lower_bound(x_known.begin(), x_known.end(), Known{static_cast<int>(pid)});
  return at != x_known.end() && at->pid == pid ? &*at : nullptr;
}

bool ProcessTree::is_stop(int pid) const {
  return std::binary_search(x_stops.begin(), x_stops.end(), pid);
}

// A process is below when its parent was when we first saw it: a worker whose parent has ended
// stays ours although it now hangs below init.
void ProcessTree::find_descendants() {
  std::vector<Known> known;
  std::vector<int> newcomers;
  for (const std::string& name : list_names(x_machine.path("/proc"))) {
    const auto number = parse_int(name);
    if (!number || *number <= 0) continue;
    const int pid = static_cast<int>(*number);
    if (const Known* const old = find(pid)) {
      known.push_back(*old);
      continue;
    }
    const auto text = read_file(pid, "/stat");
    const auto stat = text ? parse_stat(*text) : std::nullopt;
    known.push_back({pid, pid == x_root, stat ? static_cast<int>(stat->parent) : 0});
    if (stat) newcomers.push_back(pid);
  }
  std::sort(known.begin(), known.end());
  x_known = std::move(known);
  // Process numbers wrap, so a parent may come after its child: again until nothing changes.
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const int pid : newcomers) {
      Known* const child = find(pid);
      const Known* const parent = child->is_below ? nullptr : find(child->parent);
      if (!parent || !parent->is_below) continue;
      child->is_below = has_changed = true;
    }
  }
}

// Splits what is below into what is ours, and where our tree ends.
void ProcessTree::judge() {
  x_pids.clear();
  x_edges.clear();
  for (Known& process : x_known) {
    if (!process.is_below) continue;
    int stops_above = 0;
    const Known* at = &process;
    for (size_t depth = 0; at && depth < x_known.size(); ++depth) {
      if (is_stop(at->pid)) ++stops_above;
      at = at->pid == x_root ? nullptr : find(at->parent);
    }
    if (stops_above == 0) {
      x_pids.push_back(process.pid);
    } else {
      process.was_stopped = true;
      if (stops_above == 1 && is_stop(process.pid)) x_edges.push_back(process.pid);
    }
  }
}

std::optional<std::string_view> ProcessTree::read_file(int pid, std::string_view name) {
  x_path = x_machine.root;
  x_path.append("/proc/").append(std::to_string(pid)).append(name);
  const int fd = ::open(x_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  const ssize_t n = ::read(fd, x_buffer.data(), x_buffer.size());
  ::close(fd);
  if (n <= 0) return std::nullopt;
  return std::string_view(x_buffer).substr(0, static_cast<size_t>(n));
}

}  // namespace cairn::probe
