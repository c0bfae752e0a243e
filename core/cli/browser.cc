// xdg-open, or what a Mac calls it.
#include "cli/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

extern char** environ;

namespace cairn::cli {
namespace {

#ifdef __APPLE__
constexpr const char* kOpener = "open";
bool has_desktop() { return true; }
#else
constexpr const char* kOpener = "xdg-open";
bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}
// Without one xdg-open would start a browser in our terminal.
bool has_desktop() { return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"); }
#endif

}  // namespace

bool open_browser(const std::string& url) {
  if (!has_desktop()) return false;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);  // the server has blocked some
  // Of its own group, so that Ctrl-C ends the server and not the browser.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

  std::string opener = kOpener, address = url;
  std::array<char*, 3> argv = {opener.data(), address.data(), nullptr};
  pid_t pid = 0;
  const int failure = posix_spawnp(&pid, opener.c_str(), &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) return false;
  // Some openers live as long as the browser: somebody has to take their exit code in the end.
  std::thread([pid] { ::waitpid(pid, nullptr, 0); }).detach();
  return true;
}

}  // namespace cairn::cli
