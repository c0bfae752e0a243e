// Sockets, and as much of HTTP as a test needs.
#include "server/testing/http_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace cairn::server {

HttpClient::HttpClient(uint16_t port, Kind kind) {
  x_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(x_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(x_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(x_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) hang_up();
  if (kind == Kind::kPlain || x_fd < 0) return;
  x_context.reset(SSL_CTX_new(TLS_client_method()));
  x_tls.reset(SSL_new(x_context.get()));
  SSL_set_fd(x_tls.get(), x_fd);
  if (SSL_connect(x_tls.get()) != 1) hang_up();
}

HttpClient::~HttpClient() { hang_up(); }

void HttpClient::hang_up() {
  x_tls.reset();
  if (x_fd >= 0) ::close(x_fd);
  x_fd = -1;
}

std::string HttpClient::Answer::header(std::string_view name) const {
  const std::string begin = fmt::format("\r\n{}: ", name);
  const size_t found = head.find(begin);
  if (found == std::string::npos) return "";
  const size_t from = found + begin.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20));
    const ssize_t n = x_tls ? SSL_write(x_tls.get(), bytes.data(), size)
                            : ::send(x_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool HttpClient::ask(std::string_view line, std::string_view headers, std::string_view body) {
  const std::string length = body.empty() ? "" : fmt::format("Content-Length: {}\r\n", body.size());
  return send(
      fmt::format("{} HTTP/1.1\r\nHost: localhost\r\n{}{}\r\n{}", line, length, headers, body));
}

bool HttpClient::fill() {
  char piece[16384];
  const ssize_t n =
      x_tls ? SSL_read(x_tls.get(), piece, sizeof piece) : ::recv(x_fd, piece, sizeof piece, 0);
  if (n > 0) x_received.append(piece, static_cast<size_t>(n));
  return n > 0;
}

HttpClient::Answer HttpClient::receive(bool has_body) {
  Answer answer;
  size_t end = 0;
  while ((end = x_received.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return answer;
  answer.head = x_received.substr(0, end + 4);
  x_received.erase(0, end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  const std::string length = answer.header("Content-Length");
  const size_t bytes = has_body && !length.empty() ? std::stoul(length) : 0;
  while (x_received.size() < bytes)
    if (!fill()) break;
  answer.body = x_received.substr(0, bytes);
  x_received.erase(0, answer.body.size());
  return answer;
}

HttpClient::Answer HttpClient::call(std::string_view line, std::string_view headers,
                                    std::string_view body) {
  return ask(line, headers, body) ? receive(!line.starts_with("HEAD ")) : Answer();
}

std::string HttpClient::receive_event() {
  size_t end = 0;
  while ((end = x_received.find("\n\n")) == std::string::npos)
    if (!fill()) return "";
  std::string event = x_received.substr(0, end + 2);
  x_received.erase(0, end + 2);
  return event;
}

bool HttpClient::is_closed() {
  while (fill()) continue;
  return errno != EAGAIN && errno != EWOULDBLOCK;
}

}  // namespace cairn::server
