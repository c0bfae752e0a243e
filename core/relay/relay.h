// Relay: a reverse proxy that changes nothing and tells of every request that passes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "relay/exchange.h"

namespace cairn::relay {

struct RelayOptions {
  std::string host = "127.0.0.1";  // where it listens: an address or a name of this machine
  uint16_t port = 0;               // 0: any that is free
  std::string upstream_host = "localhost";
  uint16_t upstream_port = 0;
  size_t connections_max = kConnectionsMax;
};

// Every connection of a client is one to the server behind, opened with its first byte. Bytes go
// through in both directions as they come, ends and aborts too, so that streams, WebSockets and
// protocols that it does not know work as they do without it. It reads along on a copy
// (ExchangeWatch). Where the server takes no connection the client is told so with 502.
//
// Has one thread of its own, on which the listener is called: it must return at once. Start and
// stop are for the thread that owns it. What is in flight dies with the process.
class Relay {
 public:
  // Errors: Conflict (the port is taken), Invalid (a host).
  static Result<std::unique_ptr<Relay>> start(RelayOptions options, Listener listener);
  ~Relay();  // cuts off what is in flight; NOLINT(bugprone-exception-escape)

  uint16_t port() const;
  // Takes no more, lets what is in flight come to its end, closes. False: not all did in time.
  bool stop(std::chrono::milliseconds time);

  struct Counts {
    size_t connections = 0;    // now
    uint64_t turned_away = 0;  // for lack of room
    uint64_t unwatched = 0;    // connections that were no HTTP/1, in part at least
  };
  Counts counts() const;

 private:
  struct Parts;
  explicit Relay(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> x_parts;
};

}  // namespace cairn::relay
