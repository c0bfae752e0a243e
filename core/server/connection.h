// Connection: one peer on TCP, with TLS or without, as the coroutines of a session use it.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "server/http_types.h"

namespace cairn::server {

namespace asio = boost::asio;

// Every wait ends at the time of the last expire_in(), which closes the socket. Owned by a session
// and used on its strand, but for is_gone().
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  static std::unique_ptr<Connection> plain(asio::ip::tcp::socket socket);
  static std::unique_ptr<Connection> tls(asio::ip::tcp::socket socket, asio::ssl::context& context);
  virtual ~Connection() = default;

  virtual asio::awaitable<bool> open() = 0;  // shakes hands where TLS wants it
  // At least one byte; 0 when the peer is gone or the time is over.
  virtual asio::awaitable<size_t> read_some(std::span<char> out) = 0;
  virtual asio::awaitable<bool> write(std::string_view bytes) = 0;  // all of them
  virtual asio::awaitable<void> finish() = 0;  // says that no more will be sent

  virtual bool is_tls() const = 0;
  virtual boost::beast::tcp_stream& tcp() = 0;

  void expire_in(Clock::duration time) { tcp().expires_after(time); }
  void cancel() { tcp().cancel(); }  // ends the wait there is
  // The peer has closed its side. For any thread while a session waits for another's answer.
  bool is_gone();
  Peer peer();
};

}  // namespace cairn::server
