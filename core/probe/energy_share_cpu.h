// TreeCpu: the CPU time of a process tree, for its share of the machine's. Internal to the room.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "probe/machine.h"
#include "probe/processes.h"

namespace cairn::probe {

// Owned by one meter and used by its thread. What a process had used before it was ours, or when
// the watching began, does not count; what short-lived children used comes when they are waited
// for, and is counted once.
class TreeCpu {
 public:
  // `waiter`: the process that will wait for the root and so learns what it used in the end; it is
  // not in the tree. 0: nobody who is known.
  TreeCpu(const Machine& machine, int root, int waiter);
  void set_stops(std::vector<int> pids) { x_tree.set_stops(std::move(pids)); }

  // Ticks that the tree has used since the last reading; 0 at the first.
  int64_t read();
  const std::vector<int>& pids() const { return x_tree.pids(); }

 private:
  using Processes = std::unordered_map<int, ProcessCpu>;
  Processes read_processes();
  int find_survivor(const ProcessCpu& ended, const std::unordered_map<int, int64_t>& waited) const;

  const Machine x_machine;
  ProcessTree x_tree;
  const int x_waiter;
  bool x_has_begun = false;
  std::vector<ProcessCpu> x_found;
  Processes x_before;
};

}  // namespace cairn::probe
