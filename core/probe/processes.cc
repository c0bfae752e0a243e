// Reading /proc/<pid>/stat and /proc/<pid>/io of a tree of processes.
#include "probe/processes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace cairn::probe {
namespace {

constexpr size_t kBufferBytes = 4096;

struct Stat {
  int64_t parent = 0, cpu_ticks = 0, thread_count = 0, rss_pages = 0;
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
    if (field >= 14 && field <= 17) stat.cpu_ticks += *number;  // its own, and of ended children
    if (field == 20) stat.thread_count = *number;
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

ProcessTree::ProcessTree(const Machine& machine, int pid)
    : x_machine(machine), x_root(pid), x_pids{pid}, x_buffer(kBufferBytes, '\0') {}

std::optional<TreeUsage> ProcessTree::read() {
  const int64_t begin_ns = x_machine.now_ns();
  if (x_listing.is_due(begin_ns)) {
    find_descendants();
    x_listing.spent(begin_ns, x_machine.now_ns());
  }
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
    usage.cpu_ticks += stat->cpu_ticks;
    const auto io = read_file(pid, "/io");
    add(usage.read_bytes, io ? find_counter(*io, "read_bytes:") : std::nullopt);
    add(usage.written_bytes, io ? find_counter(*io, "write_bytes:") : std::nullopt);
  }
  // Forgotten, so that the next process of that number is judged anew.
  for (const int pid : ended) {
    std::erase(x_pids, pid);
    std::erase_if(x_known, [&](const Known& known) { return known.pid == pid; });
  }
  if (!std::binary_search(x_pids.begin(), x_pids.end(), x_root)) return std::nullopt;
  return usage;
}

// A process is ours when its parent was ours when we first saw it: a worker whose parent has ended
// stays ours although it now hangs below init.
void ProcessTree::find_descendants() {
  struct Newcomer {
    int pid = 0;
    int64_t parent = 0;
  };
  std::vector<Known> known;
  std::vector<Newcomer> newcomers;
  for (const std::string& name : list_names(x_machine.path("/proc"))) {
    const auto pid = parse_int(name);
    if (!pid || *pid <= 0) continue;
    const Known candidate{static_cast<int>(*pid), *pid == x_root};
    const auto old = std::lower_bound(x_known.begin(), x_known.end(), candidate);
    if (old != x_known.end() && old->pid == candidate.pid) {
      known.push_back(*old);
    } else {
      known.push_back(candidate);
      const auto text = read_file(candidate.pid, "/stat");
      const auto stat = text ? parse_stat(*text) : std::nullopt;
      if (stat) newcomers.push_back({candidate.pid, stat->parent});
    }
  }
  std::sort(known.begin(), known.end());
  x_known = std::move(known);
  const auto find = [this](int64_t pid) {
    const auto at = std::lower_bound(x_known.begin(), x_known.end(), Known{static_cast<int>(pid)});
    return at != x_known.end() && at->pid == pid ? &*at : nullptr;
  };
  // Process numbers wrap, so a parent may come after its child: again until nothing changes.
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const Newcomer& newcomer : newcomers) {
      const Known* const parent = find(newcomer.parent);
      Known* const child = find(newcomer.pid);
      if (!parent || !parent->is_ours || !child || child->is_ours) continue;
      child->is_ours = has_changed = true;
    }
  }
  x_pids.clear();
  for (const Known& process : x_known)
    if (process.is_ours) x_pids.push_back(process.pid);
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
