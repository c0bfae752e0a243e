// Session: one client's connection and the one to the server that belongs to it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "relay/exchange.h"
#include "relay/exchange_watch.h"
#include "relay/limits.h"

namespace cairn::relay {

namespace asio = boost::asio;

// What the sessions of a relay share; used on its thread.
struct SessionShare {
  std::vector<asio::ip::tcp::endpoint> upstream;  // the one that answered last comes first
  std::string upstream_name;                      // as people write it
  Listener listener;
  std::atomic<uint64_t> unwatched = 0;
  // What is read lies here until it is sent on, which mostly is at once: who waits holds nothing.
  std::array<char, kPieceBytes> piece;
};

// Owned by the Relay until run() has ended; lives on its thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket client, SessionShare& share);

  asio::awaitable<void> run();
  void stop();  // ends when nothing is in flight
  void cut();   // ends now

 private:
  enum class Way { kRequests, kAnswers };
  // kEnd: the source has said all. kCut: we were told to end.
  enum class Moved { kOn, kEnd, kCut, kSourceGone, kTargetGone };

  asio::awaitable<bool> connect();
  asio::awaitable<void> refuse();
  asio::awaitable<void> pump(Way way);
  asio::awaitable<Moved> move_some(Way way);
  void see(Way way, std::string_view bytes);
  void pass_on(Way way, Moved moved);
  static void abort(asio::ip::tcp::socket& socket);
  void say_farewell();

  asio::ip::tcp::socket x_client, x_server;
  asio::steady_timer x_timer;  // by when the server must answer, or the client have gone
  SessionShare& x_share;
  ExchangeWatch x_watch;
  std::string x_refusal;  // why the server took no connection
  bool x_is_stopping = false;
};

}  // namespace cairn::relay
