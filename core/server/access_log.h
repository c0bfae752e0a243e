// AccessLog: one line of JSON for every request that was answered.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "server/answerer.h"

namespace cairn::server {

// {"time", "peer", "user", "method", "path", "route", "status", "received", "sent",
// "duration_ms"}: no query, no header and no body, so no secret. Each line is one write to a file
// opened for appending, so that it may be rotated by copying and emptying, and several processes
// may share it. Thread-safe. A line that cannot be written is lost: requests matter more.
class AccessLog {
 public:
  // "": nowhere; "-": standard error; else a file, made when missing.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& path);
  ~AccessLog();

  void write(const Exchange& exchange) const;

 private:
  explicit AccessLog(int fd) : x_fd(fd) {}
  const int x_fd;  // -1: nowhere
};

}  // namespace cairn::server
