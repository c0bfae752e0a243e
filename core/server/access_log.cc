// Lines of the access log.
#include "server/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>

#include "base/clock.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

// RFC 3339 in UTC, to the millisecond.
std::string print_time(int64_t ns) {
  const time_t seconds = static_cast<time_t>(ns / kNsPerSecond);
  tm parts{};
  char text[32];
  ::gmtime_r(&seconds, &parts);
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", std::string_view(text, size),
                     ns % kNsPerSecond / kNsPerMillisecond);
}

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path) {
  int fd = -1;
  if (path == "-") {
    fd = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  } else if (!path.empty()) {
    fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return fail_errno(errno, "open the access log", path);
  }
  return std::unique_ptr<AccessLog>(new AccessLog(fd));
}

AccessLog::~AccessLog() {
  if (x_fd >= 0) ::close(x_fd);
}

void AccessLog::write(const Exchange& exchange) const {
  if (x_fd < 0) return;
  const auto count = [](uint64_t n) { return static_cast<int64_t>(n); };
  model::Value line;
  line.set("time", print_time(wall_now_ns()));
  line.set("peer", exchange.request.peer.address);
  line.set("user", exchange.request.who.print());
  line.set("method", exchange.request.method);
  line.set("path", exchange.request.path);
  line.set("route", exchange.request.route);
  line.set("status", exchange.status);
  line.set("received", count(exchange.bytes_received));
  line.set("sent", count(exchange.bytes_sent));
  const int64_t duration_us = exchange.duration_ns / 1000;  // a log needs no more digits
  line.set("duration_ms", static_cast<double>(duration_us) / 1000);
  const std::string text = wire::print_json(line) + "\n";
  static_cast<void>(!::write(x_fd, text.data(), text.size()));
}

}  // namespace cairn::server
