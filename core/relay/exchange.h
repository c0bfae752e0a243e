// Exchange: a request that passed the relay, and what was seen of its answer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace cairn::relay {

// Times are nanoseconds since the epoch. What the peers did not tell is not there.
struct Exchange {
  int64_t began_ns = 0;       // the first byte of the request
  int64_t first_byte_ns = 0;  // of the answer's body, or of its head where it has none; 0: none
  int64_t ended_ns = 0;

  std::string method, path;                      // the path without its query
  int status = 0;                                // 0: it was never answered
  uint64_t request_bytes = 0, answer_bytes = 0;  // with heads and sizes of chunks
  bool is_whole = false;                         // the answer came to its end
  bool is_refused = false;                       // by the relay: the server takes no connection

  std::string model;  // as the answer names it
  std::optional<double> tokens_in, tokens_out;
  bool is_tokens_out_estimated = false;  // counted by the pieces of a stream that does not tell
};

using Listener = std::function<void(const Exchange&)>;

}  // namespace cairn::relay
