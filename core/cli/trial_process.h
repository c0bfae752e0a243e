// TrialProcess: one trial of a sweep, run by a `cairn run` of its own.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cairn::cli {

// A process group of its own, so that Ctrl-C reaches the agent alone, which then ends its trials in
// its own way. Its standard input is empty. Owned by the agent, used by its main thread; when the
// agent is killed the trial is asked to end by the kernel.
class TrialProcess {
 public:
  struct Order {
    std::vector<std::string> options;  // of `cairn run`
    std::vector<std::string> argv;
    std::vector<std::pair<std::string, std::string>> variables;
    bool is_shown = false;         // what it prints goes to our standard output and error
    bool shows_on_stderr = false;  // all of it, where our standard output is for programs
  };
  static Result<TrialProcess> start(const Order& order);
  ~TrialProcess();  // kills what still runs
  TrialProcess(TrialProcess&& other) noexcept : x_pid(std::exchange(other.x_pid, 0)) {}
  TrialProcess& operator=(TrialProcess&& other) noexcept {
    std::swap(x_pid, other.x_pid);
    return *this;
  }

  void ask_to_end() const;  // as a scheduler does: SIGTERM
  void kill() const;
  // How it ended, as a shell counts; nothing while it runs.
  std::optional<int> find_end();

 private:
  explicit TrialProcess(pid_t pid) : x_pid(pid) {}

  pid_t x_pid;  // 0: it has ended
};

}  // namespace cairn::cli
