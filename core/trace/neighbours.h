// Runs of this user that are traced at the same time, so that two that write the same file are told
// apart from one that wrote it: the content at the end of either may be the other's.
//
// Each has a locked folder below the cache. Who ends first looks into the folders of the others,
// and leaves word there of what it wrote too. Across machines that share a file system nobody is
// seen.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace cairn::trace {

// Held until the process ends or closes it; -1 where it cannot be had. Says that the folder's run
// goes on.
int lock_trace_folder(const std::string& folder);

// Those of `outputs` (absolute, tidy) that another run wrote while this one went on. The others are
// told. `own_folders`: ours first, then those of other runs of the same process, which know of each
// other. Folders of runs that were killed long ago are removed.
std::set<std::string> find_contested(const std::string& cache_folder,
                                     const std::vector<std::string>& own_folders,
                                     const std::vector<std::string>& outputs);

}  // namespace cairn::trace
