// ChildProcess: runs a command as if we were not there, and sees all that it prints.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cairn::cli {

// Where our standard output is a terminal the command gets a pseudo-terminal of its own, so that
// its colours and progress bars stay as they are; otherwise a pipe for each stream. Its standard
// input is ours. Owned by `cairn run`, used by the main thread; when we die, the command goes on
// until it next writes.
class ChildProcess {
 public:
  // Forks a child that waits for start(), so that its process id is known before it does anything.
  static Result<ChildProcess> prepare(const std::vector<std::string>& argv);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  pid_t pid() const { return x_pid; }

  // Lets the child go, with these variables in its environment. An Io or NotFound error when the
  // command cannot be executed.
  Result<void> start(const std::vector<std::pair<std::string, std::string>>& environment);

  struct End {
    int exit_code = 0;   // as a shell counts: 128 + n for signal n
    std::string reason;  // the signal's name; empty when it exited by itself
  };
  // Copies its output to ours and to `console` (stream 1 or 2), forwards signals and the size of
  // the terminal; returns when the command has ended and what it printed was read.
  End attend(const std::function<void(int stream, std::string_view text)>& console);

 private:
  struct State;
  explicit ChildProcess(State* state, pid_t pid) : x_state(state), x_pid(pid) {}

  State* x_state;
  pid_t x_pid;
};

}  // namespace cairn::cli
