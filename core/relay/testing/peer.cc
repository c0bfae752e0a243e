// Sockets as a test needs them.
#include "relay/testing/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cairn::relay {
namespace {

constexpr timeval kPatience{5, 0};

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Peer::Peer(int fd) : x_fd(fd) {
  ::setsockopt(x_fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(x_fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

Peer Peer::connect(uint16_t port) {
  Peer peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(peer.x_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    peer.close();
  return peer;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(x_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

size_t Peer::send_what_fits(std::string_view bytes) {
  const ssize_t n = ::send(x_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return n < 0 ? 0 : static_cast<size_t>(n);
}

bool Peer::receive_some(std::string& out, size_t bytes_max) {
  char piece[65536];
  const ssize_t n = ::recv(x_fd, piece, std::min(bytes_max, sizeof piece), 0);
  if (n > 0) out.append(piece, static_cast<size_t>(n));
  return n > 0;
}

std::string Peer::receive(size_t bytes) {
  std::string received;
  while (received.size() < bytes && receive_some(received, bytes - received.size())) continue;
  return received;
}

std::string Peer::receive_until(std::string_view end) {
  std::string received;
  while (!received.ends_with(end) && receive_some(received, 1)) continue;
  return received;
}

std::string Peer::receive_rest() {
  std::string received;
  while (receive_some(received, 65536)) continue;
  return received;
}

bool Peer::is_ended() {
  char byte = 0;
  return ::recv(x_fd, &byte, 1, 0) == 0;
}

bool Peer::is_aborted() {
  char byte = 0;
  return ::recv(x_fd, &byte, 1, 0) < 0 && errno == ECONNRESET;
}

void Peer::end() { ::shutdown(x_fd, SHUT_WR); }

void Peer::close() {
  if (x_fd >= 0) ::close(x_fd);
  x_fd = -1;
}

void Peer::abort() {
  const linger at_once{1, 0};
  ::setsockopt(x_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

Upstream::Upstream() : x_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::setsockopt(x_fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (::bind(x_fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) return;
  ::listen(x_fd, 128);
  ::getsockname(x_fd, reinterpret_cast<sockaddr*>(&address), &size);
  x_port = ntohs(address.sin_port);
}

Peer Upstream::accept() { return Peer(::accept4(x_fd, nullptr, nullptr, SOCK_CLOEXEC)); }

void Upstream::close() {
  if (x_fd >= 0) ::close(x_fd);
  x_fd = -1;
}

}  // namespace cairn::relay
