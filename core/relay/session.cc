// Connects, copies in both directions, and ends as its peers end.
#include "relay/session.h"

#include <fmt/format.h>

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/clock.h"

namespace cairn::relay {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using namespace asio::experimental::awaitable_operators;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

void prepare(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
}

std::string print_refusal(std::string_view upstream, std::string_view why) {
  const std::string text =
      fmt::format("cairn meter: the server at {} takes no connection: {}\n", upstream, why);
  return fmt::format(
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      text.size(), text);
}

}  // namespace

Session::Session(tcp::socket client, SessionShare& share)
    : x_client(std::move(client)),
      x_server(x_client.get_executor()),
      x_timer(x_client.get_executor()),
      x_share(share),
      x_watch(share.listener) {
  prepare(x_client);
}

asio::awaitable<void> Session::run() {
  const auto [gone] = co_await x_client.async_wait(tcp::socket::wait_read, kAwait);
  error_code error;
  if (!gone && x_client.available(error) > 0) {
    const bool is_connected = co_await connect();
    if (is_connected)
      co_await (pump(Way::kRequests) && pump(Way::kAnswers));
    else
      co_await refuse();
  }
  x_timer.cancel();
  x_watch.end(wall_now_ns());
  if (x_watch.is_blind()) ++x_share.unwatched;
}

void Session::stop() {
  x_is_stopping = true;
  error_code ignored;  // what has come and is not read yet is in flight, too
  if (x_watch.is_idle() && x_client.available(ignored) == 0) cut();
}

void Session::cut() {
  error_code ignored;
  x_timer.cancel();
  x_client.close(ignored);
  x_server.close(ignored);
}

asio::awaitable<bool> Session::connect() {
  x_timer.expires_after(kConnectPatience);
  x_timer.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->x_server.close(cancelled);
  });
  auto known = x_share.upstream;
  const auto [error, endpoint] = co_await asio::async_connect(x_server, known, kAwait);
  x_timer.cancel();
  if (error) {
    x_refusal = error == asio::error::operation_aborted ? "no answer" : error.message();
    co_return false;
  }
  if (endpoint != known.front()) {
    std::rotate(known.begin(), std::find(known.begin(), known.end(), endpoint), known.end());
    x_share.upstream = std::move(known);
  }
  prepare(x_server);
  co_return x_client.is_open();
}

asio::awaitable<void> Session::refuse() {
  error_code error;
  const size_t count = x_client.read_some(asio::buffer(x_share.piece), error);
  if (error) co_return;
  see(Way::kRequests, {x_share.piece.data(), count});
  const std::string answer = print_refusal(x_share.upstream_name, x_refusal);
  x_watch.see_refusal(answer, wall_now_ns());
  co_await asio::async_write(x_client, asio::buffer(answer), kAwait);
  say_farewell();
  // Closing with bytes unread would take the answer from a client that is still sending.
  while (true) {
    const auto [gone] = co_await x_client.async_wait(tcp::socket::wait_read, kAwait);
    if (gone) co_return;
    x_client.read_some(asio::buffer(x_share.piece), error);
    if (error && error != asio::error::would_block) co_return;
  }
}

asio::awaitable<void> Session::pump(Way way) {
  Moved moved = Moved::kOn;
  while (moved == Moved::kOn) {
    moved = co_await move_some(way);
    if (x_is_stopping && way == Way::kAnswers && x_watch.is_idle()) co_return cut();
  }
  pass_on(way, moved);
}

asio::awaitable<Session::Moved> Session::move_some(Way way) {
  tcp::socket& from = way == Way::kRequests ? x_client : x_server;
  tcp::socket& to = way == Way::kRequests ? x_server : x_client;
  const auto [is_cut] = co_await from.async_wait(tcp::socket::wait_read, kAwait);
  if (is_cut) co_return Moved::kCut;

  error_code error;
  const size_t count = from.read_some(asio::buffer(x_share.piece), error);
  if (error == asio::error::would_block) co_return Moved::kOn;
  if (error) co_return error == asio::error::eof ? Moved::kEnd : Moved::kSourceGone;
  const std::string_view bytes(x_share.piece.data(), count);
  const size_t sent = to.write_some(asio::buffer(bytes.data(), bytes.size()), error);
  const bool is_gone = error && error != asio::error::would_block;
  const std::string rest(bytes.substr(error ? 0 : sent));  // the piece is others' while we wait
  see(way, bytes);
  if (is_gone) co_return Moved::kTargetGone;
  if (rest.empty()) co_return Moved::kOn;
  const auto [failed, written] = co_await asio::async_write(to, asio::buffer(rest), kAwait);
  co_return failed ? Moved::kTargetGone : Moved::kOn;
}

void Session::see(Way way, std::string_view bytes) {
  if (way == Way::kRequests)
    x_watch.see_request(bytes, wall_now_ns());
  else
    x_watch.see_answer(bytes, wall_now_ns());
}

// What one peer does to its connection is done to the other's.
void Session::pass_on(Way way, Moved moved) {
  const bool is_client = (way == Way::kRequests) == (moved != Moved::kTargetGone);
  if (moved == Moved::kCut) return cut();
  if (moved == Moved::kEnd && is_client) {
    error_code ignored;
    x_server.shutdown(tcp::socket::shutdown_send, ignored);
  } else if (moved == Moved::kEnd) {
    x_watch.see_answer_end(wall_now_ns());
    say_farewell();
  } else if (is_client) {
    abort(x_server);
    cut();
  } else if (way == Way::kAnswers) {
    // The client shall not take half an answer for the whole, nor lose one that came before.
    if (!x_watch.owes_answer()) return say_farewell();
    abort(x_client);
    cut();
  }  // else: the server takes no more, but what it has said may still be on its way
}

// An end that the peer sees as an abort.
void Session::abort(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

void Session::say_farewell() {
  error_code ignored;
  x_client.shutdown(tcp::socket::shutdown_send, ignored);
  x_timer.expires_after(kLinger);
  x_timer.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->cut();
  });
}

}  // namespace cairn::relay
