// Processes and their CPU time. ProcessTree: a process and all its descendants, and what they have
// used so far. Internal to the room.
//
// Owned by one sampler and used by its thread. Descendants are found by listing /proc; only
// processes not seen before are read, so the listing costs about a microsecond a process, and it is
// repeated only as often as that stays a small part of the time (see Budget). /proc/.../children
// would need one file per thread, of which a training has hundreds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probe/machine.h"

namespace cairn::probe {

// CPU time of the whole machine since it started, in ticks.
struct CpuTicks {
  int64_t busy = 0, total = 0;
  int64_t stolen = 0;  // of busy: by the machine's host
};
std::optional<CpuTicks> parse_cpu_ticks(std::string_view stat);  // of /proc/stat

// When a process started, in ticks since boot: with its number, what tells it from all others.
std::optional<int64_t> find_start_ticks(const Machine& machine, int pid);

// Spends at most a five-thousandth of the time on something: 0.02 % of a core.
class Budget {
 public:
  explicit Budget(int64_t pause_ns = 0) : x_pause_ns(pause_ns) {}  // at least
  bool is_due(int64_t now_ns) const { return now_ns >= x_next_ns; }
  void spent(int64_t begin_ns, int64_t end_ns) {
    x_next_ns = end_ns + std::max((end_ns - begin_ns) * kShare, x_pause_ns);
  }

 private:
  static constexpr int64_t kShare = 5000;
  int64_t x_pause_ns;
  int64_t x_next_ns = 0;
};

// Sums over the living processes of the tree. The counters include children that ended and were
// waited for, so that they go on growing when a child ends, and short-lived children count.
struct TreeUsage {
  int64_t process_count = 0;
  int64_t thread_count = 0;
  int64_t rss_pages = 0;  // a page shared by several processes counts once for each
  int64_t cpu_ticks = 0;
  std::optional<int64_t> read_bytes, written_bytes;  // storage; nothing when one is not readable
};

// CPU time of one process: its own, and that of its children that ended and were waited for.
struct ProcessCpu {
  int pid = 0, parent = 0;
  int64_t own_ticks = 0, waited_ticks = 0;
  bool is_ours = false;       // false: the tree ends here, see ProcessTree::set_stops()
  bool was_anothers = false;  // it was beyond such an end before
};

std::optional<ProcessCpu> read_process_cpu(const Machine& machine, int pid);

class ProcessTree {
 public:
  // `pause_ns`: between two listings, at least.
  ProcessTree(const Machine& machine, int pid, int64_t pause_ns = 0);
  // Processes whose trees are not ours although they hang below it; sorted. One that is our root
  // leaves us nothing.
  void set_stops(std::vector<int> pids);

  // Nothing when the process itself cannot be read: it has ended.
  std::optional<TreeUsage> read();
  // The processes of the tree and those at which it ends. The root may be gone.
  void read_cpu(std::vector<ProcessCpu>& out);
  const std::vector<int>& pids() const { return x_pids; }  // sorted, as of the last reading

 private:
  struct Known {
    int pid = 0;
    bool is_below = false;  // below the root, or the root
    int parent = 0;         // when it was first seen
    bool was_stopped = false;
    friend bool operator<(const Known& a, const Known& b) { return a.pid < b.pid; }
  };
  void list();
  void find_descendants();
  void judge();
  bool is_stop(int pid) const;
  Known* find(int64_t pid);
  void forget(const std::vector<int>& ended);
  std::optional<std::string_view> read_file(int pid, std::string_view name);

  const Machine x_machine;
  const int x_root;
  Budget x_listing;
  std::vector<Known> x_known;  // every process of the last listing, by pid
  std::vector<int> x_pids, x_edges, x_stops;
  std::string x_path, x_buffer;
};

}  // namespace cairn::probe
