// Listening, accepting, and the end of it.
#include "server/tcp_server.h"

#include <netdb.h>
#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/answer_style.h"
#include "server/call.h"

namespace cairn::server {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kOutOfFilesPause = std::chrono::milliseconds(50);
constexpr int kTurningAwayMax = 64;  // at once; more are closed without a word

Result<std::vector<tcp::endpoint>> resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0)
    return fail(Code::kInvalid, "expected an address or a name of this machine, found '{}': {}",
                host, ::gai_strerror(failure));
  std::vector<tcp::endpoint> endpoints;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    tcp::endpoint endpoint;
    endpoint.resize(one->ai_addrlen);
    std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
    endpoint.port(port);
    if (std::find(endpoints.begin(), endpoints.end(), endpoint) == endpoints.end())
      endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(found);
  return endpoints;
}

tl::unexpected<Error> explain_bind(const tcp::endpoint& endpoint, error_code error) {
  const std::string address = endpoint.address().to_string();
  if (error == asio::error::address_in_use)
    return fail(Code::kConflict,
                "port {} of {} is taken by another program: choose another with --port, or any "
                "that is free with --port 0",
                endpoint.port(), address);
  if (error == asio::error::access_denied)
    return fail(Code::kInvalid, "port {} is for the system's administrator: choose one from 1024",
                endpoint.port());
  return fail(Code::kInvalid, "cannot listen on {}: {}", address, error.message());
}

}  // namespace

Result<std::unique_ptr<TcpServer>> TcpServer::listen(asio::io_context& io, Answerer& answerer,
                                                     Options options) {
  auto server = std::make_unique<TcpServer>(io, answerer, std::move(options));
  TRY_VOID(server->load_tls());
  TRY_VOID(server->bind_all());
  return server;
}

TcpServer::TcpServer(asio::io_context& io, Answerer& answerer, Options options)
    : x_io(io), x_options(std::move(options)), x_share{answerer, x_options.patience} {}

Result<void> TcpServer::load_tls() {
  if (x_options.tls_cert.empty() && x_options.tls_key.empty()) return {};
  if (x_options.tls_cert.empty() || x_options.tls_key.empty())
    return fail(Code::kInvalid, "expected a certificate and its key for TLS, found one of them");
  x_tls.emplace(asio::ssl::context::tls_server);
  SSL_CTX* context = x_tls->native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  error_code error;
  // Nobody is there to type a password.
  x_tls->set_password_callback([](size_t, auto) { return std::string(); }, error);
  x_tls->use_certificate_chain_file(x_options.tls_cert, error);
  if (error)
    return fail(Code::kInvalid, "expected a certificate in PEM: {} ({})", error.message(),
                x_options.tls_cert);
  x_tls->use_private_key_file(x_options.tls_key, asio::ssl::context::pem, error);
  if (error)
    return fail(Code::kInvalid,
                "expected the certificate's key in PEM, without a password: {} ({})",
                error.message(), x_options.tls_key);
  return {};
}

Result<void> TcpServer::bind_all() {
  TRY(const std::vector<tcp::endpoint> endpoints, resolve(x_options.host, x_options.port));
  x_port = x_options.port;
  Result<void> last;
  for (tcp::endpoint endpoint : endpoints) {
    endpoint.port(x_port);  // one for all, though the first may have been given any
    last = bind(endpoint, endpoints.size() == 1);
    if (!last && last.error().code() == Code::kConflict) return last;
  }
  if (x_acceptors.empty()) return last;
  return {};
}

Result<void> TcpServer::bind(const tcp::endpoint& endpoint, bool is_only) {
  tcp::acceptor acceptor(asio::make_strand(x_io));
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return explain_bind(endpoint, error);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  // "::" alone means IPv4 too.
  if (endpoint.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(!is_only), error);
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return explain_bind(endpoint, error);
  x_port = acceptor.local_endpoint(error).port();
  x_acceptors.push_back(std::move(acceptor));
  return {};
}

void TcpServer::start() {
  for (tcp::acceptor& acceptor : x_acceptors)
    asio::co_spawn(acceptor.get_executor(), accept(acceptor), asio::detached);
}

asio::awaitable<void> TcpServer::accept(tcp::acceptor& acceptor) {
  asio::steady_timer pause(acceptor.get_executor());
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(asio::make_strand(x_io), kAwait);
    if (!error) {
      take_in(std::move(socket));
    } else if (acceptor.is_open()) {
      // Above all: out of files. Whoever comes waits in the system's queue until some are closed.
      ++x_refused;
      pause.expires_after(kOutOfFilesPause);
      co_await pause.async_wait(kAwait);
    }
  }
}

void TcpServer::take_in(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  std::unique_lock lock(x_mutex);
  if (x_is_stopping) return;
  if (x_sessions.size() >= x_options.connections_max) {
    lock.unlock();
    ++x_refused;
    if (x_tls || x_turning_away >= kTurningAwayMax) return;
    const auto strand = socket.get_executor();
    asio::co_spawn(strand, turn_away(Connection::plain(std::move(socket))), asio::detached);
    return;
  }
  auto connection =
      x_tls ? Connection::tls(std::move(socket), *x_tls) : Connection::plain(std::move(socket));
  const auto session = std::make_shared<TcpSession>(std::move(connection), x_share);
  x_sessions.insert(session);
  asio::co_spawn(session->strand(), session->run(), [this, session](const std::exception_ptr&) {
    const std::lock_guard guard(x_mutex);
    x_sessions.erase(session);
    x_session_ended.notify_all();
  });
}

asio::awaitable<void> TcpServer::turn_away(std::unique_ptr<Connection> connection) {
  ++x_turning_away;
  Response response = answer_error(Error(
      Code::kUnavailable,
      fmt::format("all {} connections are in use; try again later", x_options.connections_max)));
  style_answer({}, response);
  const std::string answer = print_head(response, response.body.size(), false) + response.body;
  connection->expire_in(x_options.patience.linger);
  std::array<char, 4096> ignored;
  if (co_await connection->write(answer)) {
    co_await connection->finish();
    while (co_await connection->read_some(ignored) > 0) continue;
  }
  --x_turning_away;
}

size_t TcpServer::connections() const {
  const std::lock_guard lock(x_mutex);
  return x_sessions.size();
}

bool TcpServer::stop(std::chrono::milliseconds time) {
  {
    const std::lock_guard lock(x_mutex);
    x_is_stopping = true;
  }
  for (tcp::acceptor& acceptor : x_acceptors)
    asio::post(acceptor.get_executor(), [&acceptor] {
      error_code ignored;
      acceptor.close(ignored);
    });
  tell_sessions(&TcpSession::stop);
  if (wait_for_sessions(time)) return true;
  tell_sessions(&TcpSession::cut);
  wait_for_sessions(x_options.patience.linger);
  return false;
}

void TcpServer::tell_sessions(void (TcpSession::*what)()) {
  const std::lock_guard lock(x_mutex);
  for (const auto& session : x_sessions)
    asio::post(session->strand(), [session, what] { (session.get()->*what)(); });
}

bool TcpServer::wait_for_sessions(std::chrono::milliseconds time) {
  std::unique_lock lock(x_mutex);
  return x_session_ended.wait_for(lock, time, [this] { return x_sessions.empty(); });
}

}  // namespace cairn::server
