// Folders beside ours, by their locks.
#include "trace/neighbours.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/disk.h"
#include "trace/story.h"
#include "trace/trace_file.h"

namespace cairn::trace {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "trace-";
constexpr const char* kContested = "/contested";
constexpr auto kForgottenAfter = std::chrono::hours(24);

bool is_locked(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  ::close(file);
  return !is_free;
}

std::set<std::string> written_in(const std::string& folder) {
  std::set<std::string> paths;
  const auto trace = read_trace(posix_disk(), folder);
  if (!trace) return paths;
  for (const auto& [path, story] : tell_stories(*trace).by_path)
    if (story.first_written) paths.insert(path);
  return paths;
}

void remove_forgotten(const fs::directory_entry& folder) {
  std::error_code failed;
  const auto changed = fs::last_write_time(folder, failed);
  if (!failed && fs::file_time_type::clock::now() - changed > kForgottenAfter)
    fs::remove_all(folder, failed);
}

}  // namespace

int lock_trace_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  if (file >= 0) ::close(file);
  return -1;
}

std::set<std::string> find_contested(const std::string& cache_folder,
                                     const std::vector<std::string>& own_folders,
                                     const std::vector<std::string>& outputs) {
  std::set<std::string> contested;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(cache_folder, failed)) {
    const std::string folder = entry.path().string();
    const bool is_own =
        std::find(own_folders.begin(), own_folders.end(), folder) != own_folders.end();
    if (is_own || !entry.path().filename().string().starts_with(kPrefix)) continue;
    if (!is_locked(folder)) {
      remove_forgotten(entry);
      continue;
    }
    const std::set<std::string> others = written_in(folder);
    std::ofstream word(folder + kContested, std::ios::app);
    for (const std::string& path : outputs) {
      if (!others.contains(path)) continue;
      contested.insert(path);
      word << path << '\n';
    }
  }
  std::ifstream word(own_folders.front() + kContested);
  for (std::string path; std::getline(word, path);) contested.insert(path);
  return contested;
}

}  // namespace cairn::trace
