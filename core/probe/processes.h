// ProcessTree: a process and all its descendants, and what they have used so far. Internal to the
// room.
//
// Owned by one sampler and used by its thread. Descendants are found by listing /proc; only
// processes not seen before are read, so the listing costs about a microsecond a process, and it is
// repeated only as often as that stays a small part of the time (see Budget). /proc/.../children
// would need one file per thread, of which a training has hundreds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probe/machine.h"

namespace cairn::probe {

// Spends at most a five-thousandth of the time on something: 0.02 % of a core.
class Budget {
 public:
  bool is_due(int64_t now_ns) const { return now_ns >= x_next_ns; }
  void spent(int64_t begin_ns, int64_t end_ns) {
    x_next_ns = end_ns + (end_ns - begin_ns) * kShare;
  }

 private:
  static constexpr int64_t kShare = 5000;
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

class ProcessTree {
 public:
  ProcessTree(const Machine& machine, int pid);

  // Nothing when the process itself cannot be read: it has ended.
  std::optional<TreeUsage> read();
  const std::vector<int>& pids() const { return x_pids; }  // sorted, as of the last read()

 private:
  struct Known {
    int pid = 0;
    bool is_ours = false;
    friend bool operator<(const Known& a, const Known& b) { return a.pid < b.pid; }
  };
  void find_descendants();
  std::optional<std::string_view> read_file(int pid, std::string_view name);

  const Machine x_machine;
  const int x_root;
  Budget x_listing;
  std::vector<Known> x_known;  // every process of the last listing, by pid
  std::vector<int> x_pids;
  std::string x_path, x_buffer;
};

}  // namespace cairn::probe
