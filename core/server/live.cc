// The ticker, and the seats of all who listen.
#include "server/live.h"

#include <algorithm>
#include <set>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/limits.h"
#include "server/call.h"
#include "server/router.h"

namespace cairn::server {

namespace asio = boost::asio;

Live::Live(asio::io_context& io, Worker& reading, Door& door, std::chrono::milliseconds period)
    : x_reading(reading), x_door(door), x_period(period), x_timer(asio::make_strand(io)) {}

asio::awaitable<Response> Live::open(const Request& request) {
  const auto stream = std::make_shared<EventStream>(co_await asio::this_coro::executor);
  const std::function<Result<void>()> work = [this, &request, &stream] {
    return seat(request, stream);
  };
  const auto seated = co_await run_on(x_reading, work);
  if (!seated)
    co_return answer_error(Error(Code::kUnavailable, "too many requests wait; try again later"));
  if (!*seated) co_return answer_error(seated->error());
  if (!x_is_ticking.exchange(true)) asio::co_spawn(x_timer.get_executor(), tick(), asio::detached);
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");  // for nginx in front of us
  response.events = stream;
  co_return response;
}

// On the reading thread.
Result<void> Live::seat(const Request& request, const std::shared_ptr<EventStream>& stream) {
  if (x_seats.size() >= kLiveListenersMax)
    return fail(Code::kUnavailable, "all {} live connections are in use", kLiveListenersMax);
  const auto route = find_route(request);
  if (!route) return fail(Code::kNotFound, "no such path in the API ({})", request.path);
  TRY(Rooms* const rooms, x_door.open());
  const Call call{{request, route->names}, *rooms};
  TRY_VOID(check_project(call));
  TRY_VOID(rooms->ingest.catch_up(call.names[0]));
  TRY(const model::Value wanted, call.object());
  TRY(auto view, LiveView::begin(rooms->store, rooms->sweeps, call.names[0], wanted));
  {
    const std::lock_guard lock(x_mutex);
    if (x_is_stopping) return fail(Code::kUnavailable, "the server is stopping");
    std::erase_if(x_streams, [](const auto& known) { return known.expired(); });
    x_streams.push_back(stream);
  }
  stream->push(view->hello());
  x_seats.push_back({stream, std::move(view)});
  x_listeners = x_seats.size();
  return {};
}

// As long as anybody listens; who comes while the last one leaves starts it again, or is seen here.
asio::awaitable<void> Live::tick() {
  do {
    while (x_listeners > 0) {
      x_timer.expires_after(x_period);
      co_await x_timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!x_is_telling.exchange(true) && !x_reading.post([this] { tell_all(); }))
        x_is_telling = false;
    }
    x_is_ticking = false;
  } while (x_listeners > 0 && !x_is_ticking.exchange(true));
}

// On the reading thread.
void Live::tell_all() {
  std::erase_if(x_seats, [](const Seat& seat) { return seat.stream->is_over(); });
  x_listeners = x_seats.size();
  if (const auto rooms = x_door.open()) {
    std::set<std::string_view> seen;
    for (Seat& seat : x_seats) {
      if (seen.insert(seat.view->project()).second)
        static_cast<void>((*rooms)->ingest.catch_up(seat.view->project()));
      auto events = seat.view->next();
      if (events && !events->empty()) seat.stream->push(std::move(*events));
      if (!events) seat.stream->end();  // it connects again, and is told what is wrong
    }
  }
  x_is_telling = false;
}

void Live::stop() {
  const std::lock_guard lock(x_mutex);
  x_is_stopping = true;
  for (const auto& known : x_streams)
    if (const auto stream = known.lock()) stream->end();
}

}  // namespace cairn::server
