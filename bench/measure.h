// What every end-to-end benchmark needs: a clock, a folder of its own, and figures that run.py
// reads.
//
// A figure is a line `name value unit`; run.py holds the targets. Processor time stands beside the
// clock's because other programs disturb it less.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"

namespace cairn::bench {

inline void figure(std::string_view name, double value, std::string_view unit) {
  fmt::print("{:<44} {:>14.4g} {}\n", name, value, unit);
  std::fflush(stdout);
}

[[noreturn]] inline void give_up(std::string_view why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

// The value, or the end of the benchmark.
template <typename T>
T get(Result<T> result) {
  if (!result) give_up(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class Stopwatch {
 public:
  double wall_s() const { return static_cast<double>(monotonic_now_ns() - x_wall_ns) / 1e9; }
  double cpu_s() const { return static_cast<double>(cpu_now_ns() - x_cpu_ns) / 1e9; }

  static int64_t cpu_now_ns() {  // of all threads of this process
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * kNsPerSecond + now.tv_nsec;
  }

 private:
  int64_t x_wall_ns = monotonic_now_ns(), x_cpu_ns = cpu_now_ns();
};

template <typename T>
T percentile(std::vector<T>& samples, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + at, samples.end());
  return samples[static_cast<size_t>(at)];
}

// A fresh folder below `parent`, removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& parent)
      : x_path(fmt::format("{}/cairn-bench-{}", parent, make_id())) {
    std::filesystem::create_directories(x_path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(x_path, ignored);
  }

  const std::string& path() const { return x_path; }

 private:
  std::string x_path;
};

// Bytes of all files below a folder or of one file.
inline uint64_t bytes_below(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path)) return std::filesystem::file_size(path, ignored);
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, ignored))
    if (entry.is_regular_file()) bytes += entry.file_size(ignored);
  return bytes;
}

// Asks the kernel to forget the cached pages of a file, or of all files below a folder.
inline void evict(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, ignored))
      if (entry.is_regular_file()) evict(entry.path());
    return;
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  // Dirty pages stay whatever one asks. The call itself: table_bench replaces the function.
  syscall(SYS_fdatasync, fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

// Milliseconds from starting a program to its end; what it prints goes nowhere.
inline double run_program_ms(std::vector<std::string> argv) {
  std::vector<char*> raw;
  for (std::string& arg : argv) raw.push_back(arg.data());
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  const Stopwatch watch;
  pid_t child = 0;
  if (posix_spawnp(&child, raw[0], &actions, nullptr, raw.data(), environ) != 0)
    give_up(fmt::format("cannot start {}", argv[0]));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const double took_ms = watch.wall_s() * 1000;
  posix_spawn_file_actions_destroy(&actions);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    give_up(fmt::format("{} did not succeed", fmt::join(argv, " ")));
  return took_ms;
}

}  // namespace cairn::bench
