// TcpSession: serves one connection, one request after another, with a time for everything.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "server/answerer.h"
#include "server/connection.h"
#include "server/event_stream.h"
#include "server/http_message.h"

namespace cairn::server {

// How long we wait for a peer. Whoever is slower is cut off.
struct Patience {
  std::chrono::milliseconds open{10'000};        // TLS
  std::chrono::milliseconds head{10'000};        // from its first byte to its last
  std::chrono::milliseconds idle{75'000};        // between two requests
  std::chrono::milliseconds body{30'000};        // and a second for every 16 KiB that have come
  std::chrono::milliseconds piece{30'000};       // until it has taken 256 KiB of an answer
  std::chrono::milliseconds linger{1'000};       // for it to close after our last word
  std::chrono::milliseconds event_look{1'000};   // whether a listener is still there
  std::chrono::milliseconds event_rest{15'000};  // silence after which it gets a sign of life
};

// What the sessions of a server share.
struct SessionShare {
  Answerer& answerer;
  Patience patience;
  std::atomic<uint64_t> body_bytes_in_flight = 0;
};

// Lives on its connection's strand; owned by the TcpServer until run() returns. A pipelined request
// waits until the one before is answered. Bodies are bounded one by one and in sum; answers from
// files are sent in pieces, events as they come.
class TcpSession {
 public:
  TcpSession(std::unique_ptr<Connection> connection, SessionShare& share)
      : x_connection(std::move(connection)), x_share(share), x_peer(x_connection->peer()) {}

  asio::awaitable<void> run();
  asio::any_io_executor strand() const { return x_connection->tcp().get_executor(); }
  void stop();  // on the strand: answers what is in flight, then closes
  void cut();   // on the strand: closes

 private:
  class BodyClaim;
  enum class Read { kWhole, kRefused, kGone };

  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> receive();
  asio::awaitable<bool> read_head();
  tl::expected<uint64_t, Response> admit(BodyClaim& claim);
  asio::awaitable<bool> receive_body();
  asio::awaitable<Read> read_request(Request& request, Response& refusal, BodyClaim& claim);

  asio::awaitable<bool> send(const Request& request, Response& response, bool keep_alive);
  asio::awaitable<bool> send_bytes(std::string_view bytes);
  asio::awaitable<bool> send_file(FileSlice slice);
  asio::awaitable<bool> send_events(EventStream& events);
  asio::awaitable<void> hang_up();

  const std::unique_ptr<Connection> x_connection;
  SessionShare& x_share;
  const Peer x_peer;
  RequestReader x_reader;
  bool x_is_idle = false, x_is_stopping = false;
  uint64_t x_bytes_sent = 0;      // of this answer
  uint64_t x_bytes_received = 0;  // of the connection
};

}  // namespace cairn::server
