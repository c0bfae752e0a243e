// What a command is started with so that it is traced: the preloaded shim and the Python recorder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace cairn::trace {

using Environment = std::vector<std::pair<std::string, std::string>>;

// ~/.cache/cairn, or what XDG_CACHE_HOME says; NotFound when there is neither variable.
Result<std::string> find_cache_folder(const Environment& environment);

// Writes the shim and the recorder below `cache_folder`, unless they lie there already, and answers
// their folder: its name holds the digest of its content, so that another version of Cairn has
// another folder and a program that still runs keeps its own. Mode 0700. Safe beside other
// processes that do the same.
Result<std::string> install_recorders(Disk& disk, const std::string& cache_folder);

// A new, empty folder below `cache_folder` for the trace of one run; the caller removes it.
Result<std::string> make_trace_folder(Disk& disk, const std::string& cache_folder);

// The variables that change for a traced command: LD_PRELOAD, PYTHONPATH, ASAN_OPTIONS (whose
// runtime would refuse to stand behind another library) and CAIRN_TRACE_DIR.
Environment traced_variables(const Environment& environment, const std::string& recorders,
                             const std::string& trace_folder);

// The environment of this process.
Environment current_environment();

std::string_view find_variable(const Environment& environment, std::string_view name);

}  // namespace cairn::trace
