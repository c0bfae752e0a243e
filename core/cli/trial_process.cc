// Starts, asks and reaps the processes of trials.
#include "cli/trial_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace cairn::cli {
namespace {

constexpr const char* kSelf = "/proc/self/exe";

// posix_spawn's settings, freed with it.
class Settings {
 public:
  explicit Settings(const TrialProcess::Order& order) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!order.is_shown) {
      ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
      ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    } else if (order.shows_on_stderr) {
      ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    }
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  }
  ~Settings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  Settings(const Settings&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const bool is_replaced = std::any_of(variables.begin(), variables.end(), [&](const auto& each) {
      return text.starts_with(each.first) && text.substr(each.first.size()).starts_with('=');
    });
    if (!is_replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

}  // namespace

Result<TrialProcess> TrialProcess::start(const Order& order) {
  std::vector<std::string> words = {"cairn", "run", "--parent", std::to_string(::getpid())};
  words.insert(words.end(), order.options.begin(), order.options.end());
  words.emplace_back("--");
  words.insert(words.end(), order.argv.begin(), order.argv.end());
  std::vector<std::string> environment = environment_with(order.variables);
  const Settings settings(order);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, kSelf, &settings.actions, &settings.attributes,
                                  pointers(words).data(), pointers(environment).data());
  if (error != 0) return fail_errno(error, "start a trial", kSelf);
  return TrialProcess(pid);
}

TrialProcess::~TrialProcess() {
  if (x_pid == 0) return;
  kill();
  while (::waitpid(x_pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

void TrialProcess::ask_to_end() const {
  if (x_pid > 0) ::kill(x_pid, SIGTERM);  // which `cairn run` passes on
}

void TrialProcess::kill() const {
  if (x_pid > 0) ::kill(-x_pid, SIGKILL);
}

std::optional<int> TrialProcess::find_end() {
  int status = 0;
  if (x_pid == 0 || ::waitpid(x_pid, &status, WNOHANG) != x_pid) return std::nullopt;
  x_pid = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace cairn::cli
