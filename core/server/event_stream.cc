// The bounded buffer between Live and a session.
#include "server/event_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/limits.h"

namespace cairn::server {

namespace asio = boost::asio;

EventStream::EventStream(const asio::any_io_executor& session) : x_timer(session) {}

void EventStream::push(std::string_view events) {
  {
    const std::lock_guard lock(x_mutex);
    if (x_is_over) return;
    x_waiting += events;
    if (x_waiting.size() > kLiveBytesMax) {
      x_is_over = true;
      x_waiting = {};
    }
  }
  wake();
}

void EventStream::end() {
  {
    const std::lock_guard lock(x_mutex);
    x_is_over = true;
  }
  wake();
}

bool EventStream::is_over() const {
  const std::lock_guard lock(x_mutex);
  return x_is_over;
}

asio::awaitable<std::optional<std::string>> EventStream::next(std::chrono::milliseconds patience) {
  bool waited = false;
  while (true) {
    {
      const std::lock_guard lock(x_mutex);
      if (!x_waiting.empty()) co_return std::exchange(x_waiting, {});
      if (x_is_over) co_return std::nullopt;
    }
    if (waited) co_return std::string();
    x_timer.expires_after(patience);
    // No wake() can come between the look and the wait: both stand on the strand.
    co_await x_timer.async_wait(asio::as_tuple(asio::use_awaitable));
    waited = true;
  }
}

void EventStream::wake() {
  asio::post(x_timer.get_executor(), [self = shared_from_this()] { self->x_timer.cancel(); });
}

}  // namespace cairn::server
