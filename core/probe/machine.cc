// Reading the small text files of /proc and /sys.
#include "probe/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <memory>

namespace cairn::probe {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// O_NONBLOCK: opening a named pipe must not wait for a writer.
int open_to_read(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

// Fills `out` from the file's start; -1 when nothing can be read. /proc hands out a page at a time.
ssize_t read_all(int fd, char* out, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd, out + done, size - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

int64_t now_by(clockid_t clock) {
  timespec now;
  return ::clock_gettime(clock, &now) == 0 ? now.tv_sec * kNsPerSecond + now.tv_nsec : 0;
}

}  // namespace

int64_t boot_now_ns() { return now_by(CLOCK_BOOTTIME); }
int64_t thread_cpu_now_ns() { return now_by(CLOCK_THREAD_CPUTIME_ID); }

const Machine& this_machine() {
  static const Machine machine = [] {
    const char* const root = std::getenv("CAIRN_SYSROOT");
    return Machine{.root = root ? root : ""};
  }();
  return machine;
}

std::optional<std::string> read_text(const std::string& path, size_t bytes_max) {
  const int fd = open_to_read(path);
  if (fd < 0) return std::nullopt;
  std::string text;
  ssize_t n = 0;
  // Grows by doubling: most of these files are tiny and tell no size.
  for (size_t size = std::min<size_t>(4096, bytes_max);; size = std::min(size * 2, bytes_max)) {
    text.resize(size);
    n = read_all(fd, text.data(), size);
    if (n < 0 || static_cast<size_t>(n) < size || size == bytes_max) break;
  }
  ::close(fd);
  if (n < 0) return std::nullopt;
  text.resize(static_cast<size_t>(n));
  return text;
}

std::optional<int64_t> read_number(const std::string& path) {
  const auto text = read_text(path, 64);
  return text ? parse_int(trim(*text)) : std::nullopt;
}

bool exists(const std::string& path) {
  struct stat about;
  return ::stat(path.c_str(), &about) == 0;
}

std::vector<std::string> list_names(const std::string& folder, size_t names_max) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
  if (!dir) return names;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && names.size() < names_max) names.emplace_back(name);
  }
  return names;
}

KeptFile::~KeptFile() {
  if (x_fd >= 0) ::close(x_fd);
}

std::string_view KeptFile::read(std::string& buffer) {
  if (x_fd < 0) x_fd = open_to_read(x_path);
  if (x_fd < 0) return {};
  const ssize_t n = read_all(x_fd, buffer.data(), buffer.size());
  return n < 0 ? std::string_view{} : std::string_view(buffer).substr(0, static_cast<size_t>(n));
}

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_field(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const size_t end = std::min(text.find_first_of(kBlanks), text.size());
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end);
  return field;
}

std::optional<int64_t> parse_int(std::string_view field) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc{} || end != field.data() + field.size()) return std::nullopt;
  return number;
}

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace cairn::probe
