// Listening, accepting, and the end of it.
#include "relay/relay.h"

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "relay/session.h"

namespace cairn::relay {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kOutOfFilesPause{50};
constexpr std::string_view kTurnedAway =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 56\r\n"
    "Connection: close\r\n\r\ncairn meter: all connections are in use; try again later\n";

}  // namespace

// Everything below is the thread's, once it runs, but for what is atomic.
struct Relay::Parts {
  explicit Parts(RelayOptions its_options) : options(std::move(its_options)) {}

  Result<std::vector<tcp::endpoint>> resolve(const std::string& host, uint16_t its_port,
                                             tcp::resolver::flags flags);
  Result<void> listen();
  Result<void> bind(tcp::endpoint endpoint);
  asio::awaitable<void> accept(tcp::acceptor& acceptor);
  void take_in(tcp::socket client);
  void stop();
  void cut();

  const RelayOptions options;
  asio::io_context io{1};
  SessionShare share;
  std::vector<tcp::acceptor> acceptors;
  std::set<std::shared_ptr<Session>> sessions;
  uint16_t port = 0;
  std::atomic<size_t> connections = 0;
  std::atomic<uint64_t> turned_away = 0;
  std::promise<void> ended;
  std::future<void> end = ended.get_future();
  std::thread thread;
};

Result<std::vector<tcp::endpoint>> Relay::Parts::resolve(const std::string& host, uint16_t its_port,
                                                         tcp::resolver::flags flags) {
  error_code error;
  const auto found = tcp::resolver(io).resolve(host, std::to_string(its_port),
                                               flags | tcp::resolver::numeric_service, error);
  if (error)
    return fail(Code::kInvalid, "expected an address or the name of a machine, found '{}': {}",
                host, error.message());
  return std::vector<tcp::endpoint>(found.begin(), found.end());
}

Result<void> Relay::Parts::listen() {
  TRY(const auto endpoints, resolve(options.host, options.port, tcp::resolver::passive));
  port = options.port;
  for (const tcp::endpoint& endpoint : endpoints) TRY_VOID(bind(endpoint));
  return {};
}

Result<void> Relay::Parts::bind(tcp::endpoint endpoint) {
  endpoint.port(port);  // one for all addresses, though the first may have been given any
  tcp::acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use)
    return fail(Code::kConflict, "port {} of {} is taken by another program", port,
                endpoint.address().to_string());
  if (error)
    return fail(Code::kInvalid, "cannot listen on port {} of {}: {}", port,
                endpoint.address().to_string(), error.message());
  port = acceptor.local_endpoint(error).port();
  acceptors.push_back(std::move(acceptor));
  return {};
}

asio::awaitable<void> Relay::Parts::accept(tcp::acceptor& acceptor) {
  asio::steady_timer pause(io);
  while (true) {
    auto [error, client] = co_await acceptor.async_accept(kAwait);
    if (!acceptor.is_open()) co_return;
    if (!error) {
      take_in(std::move(client));
    } else {
      // Above all: out of files. Whoever comes waits in the system's queue until some are closed.
      pause.expires_after(kOutOfFilesPause);
      co_await pause.async_wait(kAwait);
    }
  }
}

void Relay::Parts::take_in(tcp::socket client) {
  if (sessions.size() >= options.connections_max) {
    ++turned_away;
    error_code ignored;
    client.non_blocking(true, ignored);
    client.write_some(asio::buffer(kTurnedAway), ignored);
    return;
  }
  const auto session = std::make_shared<Session>(std::move(client), share);
  sessions.insert(session);
  connections = sessions.size();
  asio::co_spawn(io, session->run(), [this, session](const std::exception_ptr&) {
    sessions.erase(session);
    connections = sessions.size();
  });
}

void Relay::Parts::stop() {
  error_code ignored;
  for (tcp::acceptor& acceptor : acceptors) acceptor.close(ignored);
  for (const auto& session : sessions) session->stop();
}

void Relay::Parts::cut() {
  for (const auto& session : sessions) session->cut();
}

Relay::Relay(std::unique_ptr<Parts> parts) : x_parts(std::move(parts)) {}

Result<std::unique_ptr<Relay>> Relay::start(RelayOptions options, Listener listener) {
  auto parts = std::make_unique<Parts>(std::move(options));
  Parts& my = *parts;
  my.share.listener = std::move(listener);
  my.share.upstream_name = fmt::format("{}:{}", my.options.upstream_host, my.options.upstream_port);
  TRY(my.share.upstream, my.resolve(my.options.upstream_host, my.options.upstream_port, {}));
  TRY_VOID(my.listen());
  for (tcp::acceptor& acceptor : my.acceptors)
    asio::co_spawn(my.io, my.accept(acceptor), asio::detached);
  my.thread = std::thread([&my] {
    my.io.run();
    my.ended.set_value();
  });
  return std::unique_ptr<Relay>(new Relay(std::move(parts)));
}

// NOLINTNEXTLINE(bugprone-exception-escape): a lack of memory, which ends the process as well
Relay::~Relay() {
  if (x_parts->thread.joinable()) stop(std::chrono::milliseconds(0));
}

uint16_t Relay::port() const { return x_parts->port; }

bool Relay::stop(std::chrono::milliseconds time) {
  Parts& my = *x_parts;
  if (!my.thread.joinable()) return true;
  asio::post(my.io, [&my] { my.stop(); });
  const bool is_done = my.end.wait_for(time) == std::future_status::ready;
  if (!is_done) asio::post(my.io, [&my] { my.cut(); });
  my.thread.join();
  return is_done;
}

Relay::Counts Relay::counts() const {
  return {x_parts->connections, x_parts->turned_away, x_parts->share.unwatched};
}

}  // namespace cairn::relay
