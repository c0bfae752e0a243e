// ExchangeWatch: reads along with a connection and tells of each request and its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "relay/exchange.h"

namespace cairn::relay {

// Sees copies of what passes in both directions, in the order in which it passes, and changes
// nothing. Where the bytes are no HTTP/1, or are none any more (a WebSocket), or go beyond a limit,
// it looks away for the rest of the connection. Holds part of a head at most. Owned by a Session,
// used on its thread.
class ExchangeWatch {
 public:
  explicit ExchangeWatch(const Listener& listener);
  ~ExchangeWatch();
  ExchangeWatch(const ExchangeWatch&) = delete;
  ExchangeWatch& operator=(const ExchangeWatch&) = delete;

  void see_request(std::string_view bytes, int64_t now_ns);
  void see_answer(std::string_view bytes, int64_t now_ns);
  void see_refusal(std::string_view answer, int64_t now_ns);  // ours, in the server's place
  void see_answer_end(int64_t now_ns);                        // the server has closed its side
  void end(int64_t now_ns);  // the connection is over: tells of what is unfinished

  bool is_idle() const;      // between two requests, as far as it can be told
  bool owes_answer() const;  // one is due or not whole, or it cannot be told
  bool is_blind() const;     // it looks away

 private:
  struct State;
  std::unique_ptr<State> x_state;
};

}  // namespace cairn::relay
