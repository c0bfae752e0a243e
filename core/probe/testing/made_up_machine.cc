// Writing a machine's files.
#include "probe/testing/made_up_machine.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cairn::probe {
namespace {

int64_t g_now_ns = 0;  // a Machine's clock is a plain function

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/cairn-probe-XXXXXX";
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
  x_machine.now_ns = [] { return g_now_ns; };
}

void MadeUpMachine::advance_s(double seconds) {
  g_now_ns += static_cast<int64_t>(seconds * static_cast<double>(kNsPerSecond));
}

void MadeUpMachine::write_process(const Process& p) {
  const std::string folder = "/proc/" + std::to_string(p.pid);
  const auto text = [](int64_t n) { return std::to_string(n) + " "; };
  // Fields 1 to 25 of proc(5), with a name that is made to confuse.
  std::string stat = text(p.pid) + "(a) b (c) S " + text(p.parent);
  for (int field = 5; field <= 13; ++field) stat += "7 ";
  stat += text(p.cpu_ticks) + "0 0 0 20 0 " + text(p.threads) + "0 99 123456 " + text(p.rss_pages) +
          "18446744073709551615\n";
  write(folder + "/stat", stat);
  write(folder + "/io",
        "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: " + std::to_string(p.read_bytes) +
            "\nwrite_bytes: " + std::to_string(p.written_bytes) + "\ncancelled_write_bytes: 0\n");
}

}  // namespace cairn::probe
