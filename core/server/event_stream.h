// EventStream: server-sent events on their way from the reading thread to a session.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace cairn::server {

// Filled by Live, emptied by one session; each holds it. A session that does not keep up is cut off
// when kLiveBytesMax wait for it: its page connects again and reads anew.
class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  explicit EventStream(const boost::asio::any_io_executor& session);  // a strand

  // From any thread.
  void push(std::string_view events);
  void end();
  bool is_over() const;

  // On the session's strand: what has come, "" when nothing did within `patience`, nullopt when it
  // is over.
  boost::asio::awaitable<std::optional<std::string>> next(std::chrono::milliseconds patience);

 private:
  void wake();

  mutable std::mutex x_mutex;
  std::string x_waiting;
  bool x_is_over = false;
  boost::asio::steady_timer x_timer;  // the session waits on it; touched on its strand
};

}  // namespace cairn::server
