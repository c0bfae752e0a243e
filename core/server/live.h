// Live: tells every listener of a server what is new, twice a second.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/door.h"
#include "server/event_stream.h"
#include "server/live_view.h"
#include "server/worker.h"

namespace cairn::server {

// While anybody listens, one ticker has the reading thread let ingest catch up and give each
// listener's stream its events; a tick that finds the last one unfinished is left out. Owned by the
// Server; destroyed after the reading thread has ended and before the Door.
class Live {
 public:
  Live(boost::asio::io_context& io, Worker& reading, Door& door, std::chrono::milliseconds period);

  // For a session, on its strand: an answer with a stream of events, or what is wrong.
  boost::asio::awaitable<Response> open(const Request& request);
  size_t listeners() const { return x_listeners; }
  void stop();  // ends every stream; from any thread

 private:
  // One listener. `view` belongs to the reading thread.
  struct Seat {
    std::shared_ptr<EventStream> stream;
    std::unique_ptr<LiveView> view;
  };

  Result<void> seat(const Request& request, const std::shared_ptr<EventStream>& stream);
  boost::asio::awaitable<void> tick();
  void tell_all();

  Worker& x_reading;
  Door& x_door;
  const std::chrono::milliseconds x_period;
  boost::asio::steady_timer x_timer;  // on a strand of its own
  std::atomic<bool> x_is_ticking = false, x_is_telling = false;
  std::atomic<size_t> x_listeners = 0;
  std::vector<Seat> x_seats;  // the reading thread's

  std::mutex x_mutex;
  std::vector<std::weak_ptr<EventStream>> x_streams;  // for stop()
  bool x_is_stopping = false;
};

}  // namespace cairn::server
