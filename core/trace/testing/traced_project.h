// TracedProject: a project folder in which a test runs real programs under the recorders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/dependency_record.h"
#include "trace/finish.h"
#include "trace/preload.h"
#include "trace/trace_file.h"
#include "trace/verify.h"

namespace cairn::trace::testing {

class TracedProject {
 public:
  TracedProject();
  ~TracedProject();
  TracedProject(const TracedProject&) = delete;
  TracedProject& operator=(const TracedProject&) = delete;

  std::string path(std::string_view name) const;
  // Written well before anything runs: an hour ago by the clock that no program can set would be
  // better, so run() waits until the clock that stamps files has moved on.
  void write(std::string_view name, std::string_view content);
  std::string read(std::string_view name) const;

  // The environment of the next runs.
  void set(const std::string& name, const std::string& value);
  void unset(std::string_view name);

  // Runs a command in the project; its exit code, 128 + n for signal n. What it printed is in
  // `printed`.
  int run(std::vector<std::string> argv);
  int run_untraced(std::vector<std::string> argv);

  const Trace& trace() const { return x_trace; }
  bool saw(TraceKind kind, std::string_view name) const;  // of a file in the project
  size_t count(TraceKind kind, std::string_view name) const;
  const std::string& printed() const { return x_printed; }

  DependencyRecord record(std::vector<std::string> checkpoints = {});
  Workspace workspace() const { return Workspace(x_root, x_environment); }
  Verification verified(const DependencyRecord& record);
  // "holds", or component and name of the first change: "data x.csv".
  std::string verdict(const DependencyRecord& record);

  void move_to(const std::string& root);  // the whole project
  StatIndex& index() { return x_index; }

 private:
  int start(std::vector<std::string> argv, const Environment& environment);
  void wait_for_next_tick() const;

  std::string x_base, x_root, x_cache;
  Environment x_environment;
  Trace x_trace;
  std::string x_printed;
  int64_t x_began_ns = 0;
  StatIndex x_index;
};

const Input* find_input(const DependencyRecord& record, std::string_view name);
bool holds(const std::vector<std::string>& names, std::string_view name);

}  // namespace cairn::trace::testing
