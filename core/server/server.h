// Server: `cairn serve`, whole: one store's folder for everybody who may reach its address.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/disk.h"
#include "base/result.h"

namespace cairn::server {

struct ServerOptions {
  std::string dir;                 // the store's folder; its settings must be there
  std::string host = "127.0.0.1";  // an address or a name
  uint16_t port = 0;               // 0: any that is free
  std::string tls_cert, tls_key;   // PEM files; both empty: no TLS
  std::string access_log;          // a file, "-" for standard error, "" for none
  std::chrono::milliseconds live_period{500};
  std::chrono::milliseconds stop_time{10'000};
};

// Threads: two for input and output, one that reads the store, one for log-ins, and those of the
// receiver. Everything acknowledged survives SIGKILL. Used by the thread that made it.
class Server {
 public:
  // Listens and answers. Errors: Conflict (the port is taken, or another server serves the folder),
  // Invalid (the address, the TLS files, or an address for others while there is no key), Io.
  static Result<std::unique_ptr<Server>> start(Disk& disk, ServerOptions options);
  ~Server();  // NOLINT(bugprone-exception-escape)

  uint16_t port() const;
  const std::string& url() const;  // as a browser of this machine reaches it

  // Accepts no more, finishes what is in flight, makes what was received durable. False when
  // something took longer than `stop_time`: then only the end of the process ends it, and nothing
  // that was acknowledged is lost by that.
  bool stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> x_parts;
};

// The server that serves a folder now, as its URL; "" when there is none.
std::string find_running_server(Disk& disk, const std::string& dir);

}  // namespace cairn::server
