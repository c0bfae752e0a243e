// Answerer: what sessions ask while they serve connections.
#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/awaitable.hpp>
#include <tl/expected.hpp>

#include "server/http_types.h"

namespace cairn::server {

// A request and what became of it, for metrics and the log.
struct Exchange {
  const Request& request;
  int status = 0;
  uint64_t bytes_received = 0, bytes_sent = 0;  // of its body; of the answer, head and all
  int64_t duration_ns = 0;                      // from its head to the last byte of its answer
};

// Called on the io threads, for many connections at once. Outlives every session.
class Answerer {
 public:
  virtual ~Answerer() = default;

  // Before the body is read: how many bytes it may have, or an answer that turns it away. Says in
  // the request who asks.
  virtual tl::expected<uint64_t, Response> admit(Request& head) = 0;
  // `is_gone` may be asked from any thread until the answer comes: then nobody waits for it.
  virtual boost::asio::awaitable<Response> answer(const Request& request,
                                                  std::function<bool()> is_gone) = 0;
  virtual void note(const Exchange& exchange) = 0;
};

}  // namespace cairn::server
