// TcpServer: listens on TCP and keeps the sessions of all who connect.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "server/tcp_session.h"

namespace cairn::server {

// Lives on an io_context that other threads run; owned by the Server, which destroys it when they
// have ended. What it holds dies with the process; peers connect again.
class TcpServer {
 public:
  struct Options {
    std::string host = "127.0.0.1";  // an address or a name; a name may stand for several addresses
    uint16_t port = 0;               // 0: any that is free
    std::string tls_cert, tls_key;   // PEM files; empty: no TLS
    size_t connections_max = kConnectionsMax;
    Patience patience;
  };

  // Errors: Conflict (the port is taken), Invalid (the host, the TLS files), Io.
  static Result<std::unique_ptr<TcpServer>> listen(asio::io_context& io, Answerer& answerer,
                                                   Options options);
  TcpServer(asio::io_context& io, Answerer& answerer, Options options);

  void start();  // accepts from now on
  // Accepts no more, lets what is in flight be answered, closes. False: not done by then, and what
  // is left was cut off.
  bool stop(std::chrono::milliseconds time);

  uint16_t port() const { return x_port; }
  bool is_tls() const { return x_tls.has_value(); }
  size_t connections() const;
  uint64_t refused() const { return x_refused; }  // for lack of room

 private:
  Result<void> load_tls();
  Result<void> bind_all();
  Result<void> bind(const asio::ip::tcp::endpoint& endpoint, bool is_only);
  asio::awaitable<void> accept(asio::ip::tcp::acceptor& acceptor);
  void take_in(asio::ip::tcp::socket socket);
  asio::awaitable<void> turn_away(std::unique_ptr<Connection> connection);
  void tell_sessions(void (TcpSession::*what)());
  bool wait_for_sessions(std::chrono::milliseconds time);

  asio::io_context& x_io;
  const Options x_options;
  SessionShare x_share;
  std::optional<asio::ssl::context> x_tls;
  uint16_t x_port = 0;
  std::vector<asio::ip::tcp::acceptor> x_acceptors;  // each on a strand of its own

  mutable std::mutex x_mutex;
  std::condition_variable x_session_ended;
  std::set<std::shared_ptr<TcpSession>> x_sessions;
  bool x_is_stopping = false;
  std::atomic<uint64_t> x_refused = 0;
  std::atomic<int> x_turning_away = 0;
};

}  // namespace cairn::server
