// Differences of CPU times of processes that begin, end, are waited for and change hands.
#include "probe/energy_share_cpu.h"

#include <algorithm>

namespace cairn::probe {
namespace {

// A process that lives shorter is never seen itself; what it used comes when it is waited for.
constexpr int64_t kListingPauseNs = 3 * kNsPerSecond;

}  // namespace

TreeCpu::TreeCpu(const Machine& machine, int root, int waiter)
    : x_machine(machine), x_tree(machine, root, kListingPauseNs), x_waiter(waiter) {}

int64_t TreeCpu::read() {
  Processes now = read_processes();
  int64_t ticks = 0;
  std::unordered_map<int, int64_t> waited;  // by processes that live, for children that ended
  for (auto& [pid, process] : now) {
    auto before = x_before.find(pid);
    if (before != x_before.end() && process.own_ticks < before->second.own_ticks)
      before = x_before.end();  // another process of the same number
    const bool is_newborn = x_has_begun && !process.was_anothers;
    if (!process.is_ours || (before == x_before.end() && !is_newborn)) continue;
    const ProcessCpu known = before == x_before.end() ? ProcessCpu{} : before->second;
    ticks += process.own_ticks - known.own_ticks;
    waited[pid] = process.waited_ticks - known.waited_ticks;
  }
  // What was seen of an ended process was counted then, or by the meter that it had.
  for (const auto& [pid, ended] : x_before) {
    const auto successor = now.find(pid);
    if (successor != now.end() && successor->second.own_ticks >= ended.own_ticks) continue;
    if (const int survivor = find_survivor(ended, waited))
      waited[survivor] -= ended.own_ticks + ended.waited_ticks;
  }
  for (const auto& [pid, more] : waited) ticks += std::max<int64_t>(more, 0);
  x_before = std::move(now);
  x_has_begun = true;
  return ticks;
}

TreeCpu::Processes TreeCpu::read_processes() {
  Processes processes;
  x_tree.read_cpu(x_found);
  for (const ProcessCpu& process : x_found) processes.emplace(process.pid, process);
  if (auto waiter = x_waiter > 0 ? read_process_cpu(x_machine, x_waiter) : std::nullopt) {
    waiter->own_ticks = 0;  // only its waiting matters
    waiter->is_ours = true;
    processes.emplace(x_waiter, *waiter);
  }
  return processes;
}

// Who has waited for it, or for the one that has: the nearest ancestor that lives; 0: nobody.
int TreeCpu::find_survivor(const ProcessCpu& ended,
                           const std::unordered_map<int, int64_t>& waited) const {
  int parent = ended.parent;
  for (size_t depth = 0; depth <= x_before.size(); ++depth) {
    if (waited.contains(parent)) return parent;
    const auto above = x_before.find(parent);
    if (above == x_before.end()) return 0;
    parent = above->second.parent;
  }
  return 0;
}

}  // namespace cairn::probe
