// Story: what one run did with one path, put together from all accesses in their order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "trace/trace_file.h"

namespace cairn::trace {

struct Story {
  std::optional<Access> first_read;     // with a stat
  std::optional<Access> first_written;  // or renamed to
  bool is_replaced = false;             // what was there before the first writing does not matter
  bool is_read_first = false;
  bool is_listed = false;
  bool is_present = false;
  bool is_absent = false;
  bool is_made = false;  // a folder
  bool is_removed = false;
  bool is_native = false;  // mapped for execution, or executed
};

struct Stories {
  std::map<std::string, Story> by_path;  // tidy paths
  std::set<std::string> variables;
  std::set<std::string> local_peers;
  std::set<std::pair<std::string, std::string>> imports, seeds;
  std::string python;
  std::set<std::string> programs;             // that began
  std::set<std::string> interpreter_folders;  // of Pythons that ran
  std::set<std::string> unsealed;
};

Stories tell_stories(const Trace& trace);

// Programs that were to begin and did not under our eyes, Pythons without their recorder, and
// losses.
std::set<std::string> find_unseen(const Trace& trace);

}  // namespace cairn::trace
