// Writing a machine's files.
#include "probe/testing/made_up_machine.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cairn::probe {
namespace {

// A Machine's clocks are plain functions.
int64_t g_now_ns = 0, g_suspended_ns = 0, g_cpu_ns = 0;
constexpr int64_t kBootedNs = 1'700'000'000 * kNsPerSecond;

int64_t to_ns(double seconds) {
  return static_cast<int64_t>(seconds * static_cast<double>(kNsPerSecond));
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  // In memory where that is to be had: the files of a machine change thousands of times.
  const bool has_memory = ::access("/dev/shm", W_OK) == 0;
  const std::filesystem::path place =
      has_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
  std::string pattern = place.string() + "/cairn-probe-XXXXXX";
  x_path = std::filesystem::canonical(::mkdtemp(pattern.data())).string();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(x_path, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view text) const {
  const std::filesystem::path path = x_path + "/" + name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

void TemporaryFolder::remove(const std::string& name) const {
  std::filesystem::remove_all(x_path + "/" + name);
}

MadeUpMachine::MadeUpMachine() {
  g_now_ns = 1'000 * kNsPerSecond;
  x_machine.root = x_files.path();
  x_machine.nvml_library = "no-such-library.so";
  g_suspended_ns = g_cpu_ns = 0;
  x_machine.now_ns = [] { return g_now_ns; };
  x_machine.boot_ns = [] { return g_now_ns + g_suspended_ns; };
  x_machine.wall_ns = [] { return kBootedNs + g_now_ns + g_suspended_ns; };
  x_machine.thread_cpu_ns = [] { return g_cpu_ns; };
}

void MadeUpMachine::advance_s(double seconds) { g_now_ns += to_ns(seconds); }

void MadeUpMachine::suspend_s(double seconds) { g_suspended_ns += to_ns(seconds); }

void MadeUpMachine::use_cpu_s(double seconds) { g_cpu_ns += to_ns(seconds); }

void MadeUpMachine::write_process(const Process& p) {
  const std::string folder = "/proc/" + std::to_string(p.pid);
  const auto text = [](int64_t n) { return std::to_string(n) + " "; };
  // Fields 1 to 25 of proc(5), with a name that is made to confuse.
  std::string stat = text(p.pid) + "(a) b (c) S " + text(p.parent);
  for (int field = 5; field <= 13; ++field) stat += "7 ";
  stat += text(p.cpu_ticks) + "0 " + text(p.waited_ticks) + "0 20 0 " + text(p.threads) +
          "0 99 123456 " + text(p.rss_pages) + "18446744073709551615\n";
  write(folder + "/stat", stat);
  write(folder + "/io",
        "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: " + std::to_string(p.read_bytes) +
            "\nwrite_bytes: " + std::to_string(p.written_bytes) + "\ncancelled_write_bytes: 0\n");
}

}  // namespace cairn::probe
