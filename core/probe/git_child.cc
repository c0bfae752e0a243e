// Spawning git with pipes. posix_spawn, not fork: the training process may hold a hundred
// gigabytes.
#include "probe/git_child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/clock.h"
#include "probe/machine.h"

namespace cairn::probe {
namespace {

// The environment the process was started with. Not `environ`: another thread may be changing that.
std::vector<std::string> starting_environment() {
  std::vector<std::string> variables;
  const auto text = read_text("/proc/self/environ", 4 << 20);
  for (std::string_view rest = text ? std::string_view(*text) : ""; !rest.empty();) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    variables.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return variables;
}

// Variables that would point git at another repository or make it run or write something else.
bool misleads_git(std::string_view variable) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_COMMON_DIR=", "GIT_PREFIX=",
       "GIT_NAMESPACE=", "GIT_OBJECT_DIRECTORY=", "GIT_EXTERNAL_DIFF=", "GIT_DIFF_OPTS=",
       "GIT_LITERAL_PATHSPECS=", "GIT_OPTIONAL_LOCKS=", "GIT_TRACE", "LC_ALL="});
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view name) { return variable.starts_with(name); });
}

std::vector<std::string> environment_for_git(std::vector<std::string> variables) {
  std::erase_if(variables, misleads_git);
  variables.insert(variables.end(), {"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"});
  return variables;
}

std::string find_git(const std::vector<std::string>& environment) {
  std::string_view folders = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& variable : environment)
    if (variable.starts_with("PATH=")) folders = std::string_view(variable).substr(5);
  while (!folders.empty()) {
    const size_t end = std::min(folders.find(':'), folders.size());
    const std::string git = std::string(folders.substr(0, end)) + "/git";
    // Absolute folders only: a "git" in the current folder is not the one that is meant.
    if (git.starts_with('/') && ::access(git.c_str(), X_OK) == 0) return git;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return {};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Starts git in a process group of its own, with `output` as stdout and nothing else of ours.
std::optional<pid_t> spawn(const std::string& git, std::vector<std::string> argv,
                           std::vector<std::string> environment, int output) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&files) != 0) return std::nullopt;
  if (::posix_spawnattr_init(&attributes) != 0) {
    ::posix_spawn_file_actions_destroy(&files);
    return std::nullopt;
  }
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, git.c_str(), &files, &attributes, pointers(argv).data(),
                                  pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error == 0 ? std::optional(pid) : std::nullopt;
}

enum class End { kComplete, kCut, kLate };

// Reads until the end, the limit or the deadline.
End read_until(int fd, size_t bytes_max, int64_t deadline_ns, std::string& out) {
  std::array<char, 16 << 10> buffer;
  while (true) {
    const int64_t left_ms = (deadline_ns - monotonic_now_ns()) / kNsPerMillisecond;
    if (left_ms <= 0) return End::kLate;
    struct pollfd waiting = {fd, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left_ms, 1000))) <= 0) continue;
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0 ? End::kComplete : End::kLate;
    const size_t room = bytes_max - out.size();
    out.append(buffer.data(), std::min(static_cast<size_t>(n), room));
    if (static_cast<size_t>(n) > room) return End::kCut;
  }
}

// Whether git ended well. A training that ignores SIGCHLD takes the answer from us: then it is
// unknown.
bool ended_well(pid_t pid, int64_t deadline_ns) {
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ended < 0 && errno != EINTR) return false;
    if (monotonic_now_ns() >= deadline_ns) break;
    ::poll(nullptr, 0, 1);  // stdout is closed already: git is about to end
  }
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return false;
}

}  // namespace

std::optional<GitAnswer> ask_git(const std::string& root, const std::vector<std::string>& arguments,
                                 size_t output_bytes_max, int64_t deadline_ns) {
  const std::vector<std::string> environment = environment_for_git(starting_environment());
  const std::string git = find_git(environment);
  if (git.empty()) return std::nullopt;
  std::vector<std::string> argv = {
      git, "-C", root, "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const std::optional<pid_t> pid = spawn(git, std::move(argv), environment, ends[1]);
  ::close(ends[1]);
  GitAnswer answer;
  End end = End::kLate;
  if (pid) end = read_until(ends[0], output_bytes_max, deadline_ns, answer.output);
  ::close(ends[0]);
  if (!pid) return std::nullopt;
  const bool was_stopped = end != End::kComplete;
  if (was_stopped) ::kill(-*pid, SIGKILL);
  const bool is_good = ended_well(*pid, deadline_ns);
  if (end == End::kLate || (end == End::kComplete && !is_good)) return std::nullopt;
  answer.truncated = end == End::kCut;
  return answer;
}

}  // namespace cairn::probe
