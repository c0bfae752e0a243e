// Plain and TLS connections by Asio.
#include "server/connection.h"

#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace cairn::server {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

template <typename Stream>
class StreamConnection : public Connection {
 public:
  template <typename... Args>
  explicit StreamConnection(Args&&... args) : x_stream(std::forward<Args>(args)...) {}

  asio::awaitable<bool> open() override {
    if constexpr (kIsTls) {
      const auto [error] =
          co_await x_stream.async_handshake(asio::ssl::stream_base::server, kAwait);
      co_return !error;
    }
    co_return true;
  }

  asio::awaitable<size_t> read_some(std::span<char> out) override {
    const auto [error, bytes] =
        co_await x_stream.async_read_some(asio::buffer(out.data(), out.size()), kAwait);
    co_return error ? 0 : bytes;
  }

  asio::awaitable<bool> write(std::string_view bytes) override {
    const auto [error, written] =
        co_await asio::async_write(x_stream, asio::buffer(bytes.data(), bytes.size()), kAwait);
    co_return !error;
  }

  asio::awaitable<void> finish() override {
    if constexpr (kIsTls) {
      const auto [error] = co_await x_stream.async_shutdown(kAwait);
      static_cast<void>(error);  // it may be gone already
    }
    error_code ignored;
    tcp().socket().shutdown(asio::socket_base::shutdown_send, ignored);
    co_return;
  }

  bool is_tls() const override { return kIsTls; }
  beast::tcp_stream& tcp() override { return beast::get_lowest_layer(x_stream); }

 private:
  static constexpr bool kIsTls = !std::is_same_v<Stream, beast::tcp_stream>;

  Stream x_stream;
};

}  // namespace

std::unique_ptr<Connection> Connection::plain(asio::ip::tcp::socket socket) {
  return std::make_unique<StreamConnection<beast::tcp_stream>>(std::move(socket));
}

std::unique_ptr<Connection> Connection::tls(asio::ip::tcp::socket socket,
                                            asio::ssl::context& context) {
  return std::make_unique<StreamConnection<beast::ssl_stream<beast::tcp_stream>>>(
      beast::tcp_stream(std::move(socket)), context);
}

bool Connection::is_gone() {
  pollfd end{tcp().socket().native_handle(), POLLRDHUP, 0};
  return ::poll(&end, 1, 0) > 0;
}

Peer Connection::peer() {
  Peer peer;
  peer.is_tls = is_tls();
  error_code error;
  const auto endpoint = tcp().socket().remote_endpoint(error);
  if (error) return peer;
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  peer.address = address.to_string();
  peer.is_loopback = address.is_loopback();
  return peer;
}

}  // namespace cairn::server
