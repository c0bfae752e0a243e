// Reads /proc: sockets that listen, and who holds them.
#include "cli/listening_process.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListening = "0A";

std::optional<unsigned long> parse_number(std::string_view text, int base) {
  unsigned long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// Lines "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 INODE ...".
void add_sockets(const char* file, uint16_t port, std::set<std::string>& links) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    const auto its_port = parse_number(local.substr(local.rfind(':') + 1), 16);
    if (state == kListening && its_port == port) links.insert("socket:[" + inode + "]");
  }
}

bool holds_one(const fs::path& process, const std::set<std::string>& links) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(process / "fd", error))
    if (links.contains(fs::read_symlink(entry.path(), error).string())) return true;
  return false;
}

// The fourth word of "PID (NAME) STATE PARENT ...", whose name may hold anything.
pid_t find_parent(const fs::path& process) {
  std::ifstream in(process / "stat");
  std::string text;
  std::getline(in, text);
  std::istringstream words(text.substr(std::min(text.rfind(')'), text.size() - 1) + 1));
  std::string state;
  pid_t parent = 0;
  words >> state >> parent;
  return parent;
}

}  // namespace

std::optional<pid_t> find_listening_process(uint16_t port) {
  std::set<std::string> links;
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"}) add_sockets(file, port, links);
  if (links.empty()) return std::nullopt;
  std::map<pid_t, pid_t> parents;  // of those that hold one
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto pid = parse_number(entry.path().filename().string(), 10);
    if (pid && holds_one(entry.path(), links))
      parents[static_cast<pid_t>(*pid)] = find_parent(entry.path());
  }
  for (const auto& [pid, parent] : parents)
    if (!parents.contains(parent)) return pid;
  return std::nullopt;
}

}  // namespace cairn::cli
