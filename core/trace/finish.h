// finish(): from the raw trace of a run that has ended to its dependency record.
//
// Reads the workspace as the run left it. What changed while the run used it is no input that could
// be trusted: the record then says why it is not sealed.
#pragma once

#include <string>
#include <vector>

#include "trace/dependency_record.h"
#include "trace/stat_index.h"
#include "trace/trace_file.h"
#include "trace/workspace.h"

namespace cairn::trace {

struct FinishOptions {
  int64_t began_ns = 0;  // by CLOCK_REALTIME_COARSE, which stamps files; before the command started
  std::vector<std::string> own_folders;  // Cairn's: its cache, the store, the trace
  // Names in the workspace, or folders of them, that may be read and written: declared checkpoints.
  std::vector<std::string> checkpoints;
  // Of a trace by Python alone: the shared objects that its process had mapped at its end. Where
  // none of them opens files, Python has seen all.
  std::vector<std::string> mapped;
};

int64_t file_clock_now_ns();  // for `began_ns`

DependencyRecord finish(const Trace& trace, const Workspace& workspace, StatIndex& index,
                        const FinishOptions& options);

}  // namespace cairn::trace
