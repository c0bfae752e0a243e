// verify(): the other way round from finish(): does a workspace still hold what a run was made
// from?
#pragma once

#include <string>
#include <vector>

#include "trace/dependency_record.h"
#include "trace/stat_index.h"
#include "trace/workspace.h"

namespace cairn::trace {

struct Change {
  std::string component;  // "environment", "absent", "present", "listing", "code", "config",
                          // "data", "native", "distribution"
  std::string name;
  std::string before, after;  // digests, versions, or "absent" and "present"; empty: nothing
};

struct Verification {
  std::vector<Change> changes;  // empty: all of it holds
  // Distributions of other versions: compared, and never a reason why it would not hold.
  std::vector<Change> environment_changes;
  // Code that differs in its bytes only, by name.
  std::vector<std::string> respelled;
  uint64_t files_read = 0;  // files whose digest was not known

  bool holds() const { return changes.empty(); }
};

enum class Thoroughness {
  kFirstChange,  // stop after the cheapest kind of check that finds something
  kAllChanges,
};

// From cheap to dear: variables, probes, listings, files that are known by their times, and last
// the files that must be read.
Verification verify(const DependencyRecord& record, const Workspace& workspace, StatIndex& index,
                    Thoroughness thoroughness);

}  // namespace cairn::trace
