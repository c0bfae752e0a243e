// Whether the writer of a journal still lives: its lock, its pid and the start time of that pid.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>

#include "base/clock.h"
#include "journal/frame.h"

namespace cairn::journal {
namespace {

constexpr uint64_t kProcFileBytesMax = 4096;

// A process as /proc/<pid>/stat shows it: "pid (name) state ppid ... starttime ...".
struct ProcessStat {
  char state = '?';
  uint64_t start_ticks = 0;
};

std::optional<ProcessStat> find_process(const std::string& pid) {
  const auto text = read_file(posix_disk(), "/proc/" + pid + "/stat", kProcFileBytesMax);
  if (!text) return std::nullopt;
  // The name may hold spaces and brackets; field 3 begins two behind its last bracket.
  size_t at = text->rfind(')');
  if (at == std::string::npos || at + 2 >= text->size()) return std::nullopt;
  at += 2;
  ProcessStat process;
  process.state = (*text)[at];
  for (int field = 3; field < 22 && at != std::string::npos; ++field) {
    at = text->find(' ', at);
    if (at != std::string::npos) ++at;
  }
  if (at == std::string::npos) return std::nullopt;
  std::from_chars(text->data() + at, text->data() + text->size(), process.start_ticks);
  return process;
}

std::array<uint8_t, 16> read_boot_id() {
  std::array<uint8_t, 16> id{};
  const auto text = read_file(posix_disk(), "/proc/sys/kernel/random/boot_id", kProcFileBytesMax);
  if (!text) return id;
  size_t digits = 0;
  for (const char c : *text) {
    uint8_t value = 0;
    if (std::from_chars(&c, &c + 1, value, 16).ec != std::errc()) continue;
    if (digits == 2 * id.size()) break;
    id[digits / 2] = static_cast<uint8_t>(id[digits / 2] << 4 | value);
    ++digits;
  }
  return id;
}

}  // namespace

// A zombie has run. One that may not be looked at (another user's, where /proc hides these) runs.
bool is_running(const WriterIdentity& who) {
  const auto process = find_process(std::to_string(who.pid));
  if (!process) return kill(static_cast<pid_t>(who.pid), 0) != 0 && errno == EPERM;
  return process->start_ticks == who.start_ticks && process->state != 'Z' && process->state != 'X';
}

WriterIdentity this_process() {
  WriterIdentity who;
  who.pid = static_cast<uint32_t>(getpid());
  if (const auto process = find_process("self")) who.start_ticks = process->start_ticks;
  struct stat about {};
  if (stat("/proc/self/ns/pid", &about) == 0) who.pid_namespace = about.st_ino;
  who.boot_id = read_boot_id();
  who.created_ns = wall_now_ns();
  return who;
}

Life writer_life(Disk& disk, const std::string& path) {
  const auto file = disk.open(path, OpenMode::kRead);
  if (!file) return Life::kUnknown;
  const bool has_locks = disk.is_local(path);
  // Asked before the header is read: a writer takes its lock before it writes that.
  bool is_locked = true;
  if (has_locks) {
    const auto locked = (*file)->is_locked_by_another();
    if (!locked) return Life::kUnknown;
    is_locked = *locked;
  }
  std::string header(kHeaderBytes, '\0');
  const auto read = (*file)->read_at(0, header.data(), header.size());
  if (!read) return Life::kUnknown;
  const auto who = decode_header(header);
  if (who && who->received == Received::kOpen) return Life::kUnknown;
  if (!is_locked || (who && who->received == Received::kClosed)) return Life::kDead;
  // Locked and without a header: a writer at its first breath.
  if (!who) return has_locks ? Life::kAlive : Life::kUnknown;
  const WriterIdentity here = this_process();
  if (who->boot_id != here.boot_id || who->pid_namespace != here.pid_namespace) {
    return Life::kUnknown;
  }
  return is_running(*who) ? Life::kAlive : Life::kDead;
}

}  // namespace cairn::journal
