// Reads what the shim and the Python recorder wrote (docs/formats/trace.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "trace/shim/trace_format.h"

namespace cairn::trace {

struct Access {
  TraceKind kind{};
  uint8_t flags = 0;
  int64_t steady_ns = 0;  // tells what was first, in all processes
  int64_t wall_ns = 0;
  uint64_t value = 0;
  uint64_t image = 0;  // the executed program, with its forked children
  std::optional<TraceStat> stat;
  std::string text;
};

// All that was recorded of one run, in the order in which it happened.
struct Trace {
  std::vector<Access> accesses;
  uint64_t files = 0;
  uint64_t torn = 0;        // records that their writer was stopped in
  uint64_t lost = 0;        // records that could be written nowhere
  bool is_partial = false;  // recorded without the shim: by Python alone
};

// Adds what one file holds. Invalid for a file of a newer Cairn, Corrupt for what is no trace; a
// torn tail or middle is counted.
Result<void> parse_trace_file(std::string_view bytes, Trace& trace);
void parse_trace_lines(std::string_view text, Trace& trace);

// Every trace file of a folder. A file that cannot be read counts as a loss.
Result<Trace> read_trace(Disk& disk, const std::string& folder);

}  // namespace cairn::trace
