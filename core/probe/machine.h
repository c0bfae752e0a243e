// Machine: where this room finds the machine's files, libraries and clock, so that tests can make
// one up in a temporary folder. Internal to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/utf8.h"

namespace cairn::probe {

int64_t boot_now_ns();
int64_t thread_cpu_now_ns();

struct Machine {
  // Put before every absolute path; empty on the real machine, unless the environment's
  // CAIRN_SYSROOT names a folder where its /proc and /sys are mounted, or made up.
  std::string root;
  std::string nvml_library = "libnvidia-ml.so.1";
  int64_t (*now_ns)() = monotonic_now_ns;
  int64_t (*wall_ns)() = wall_now_ns;
  int64_t (*boot_ns)() = boot_now_ns;              // as now_ns, and goes on in suspend
  int64_t (*thread_cpu_ns)() = thread_cpu_now_ns;  // that the calling thread has used

  std::string path(std::string_view absolute) const { return root + std::string(absolute); }
};

const Machine& this_machine();

// The file from its start, at most `bytes_max` bytes; nothing when it cannot be read. Never blocks
// on a pipe that lies where a file is expected.
std::optional<std::string> read_text(const std::string& path, size_t bytes_max = 64 << 10);
// The file's only number, as /proc and /sys have them: "max" and garbage are nothing.
std::optional<int64_t> read_number(const std::string& path);
bool exists(const std::string& path);
// Names in a folder without "." and ".."; at most `names_max`, in no order.
std::vector<std::string> list_names(const std::string& folder, size_t names_max = 100'000);

// A file of /proc that is read again and again. It is kept open, because opening costs ten times
// the reading, and closed by a forked child's exec. Owned by one sampler, used by its thread.
class KeptFile {
 public:
  explicit KeptFile(std::string path) : x_path(std::move(path)) {}
  ~KeptFile();
  KeptFile(const KeptFile&) = delete;
  KeptFile& operator=(const KeptFile&) = delete;

  // The file as it is now, in `buffer`, whose size bounds what is read; empty when it cannot be
  // read.
  std::string_view read(std::string& buffer);

 private:
  std::string x_path;
  int x_fd = -1;
};

// --- parsing -------------------------------------------------------------------------------------

// Takes the next line, field or number off the front of `text`. A field ends at a blank.
std::string_view take_line(std::string_view& text);
std::string_view take_field(std::string_view& text);
std::optional<int64_t> parse_int(std::string_view field);
std::string_view trim(std::string_view text);

}  // namespace cairn::probe
