// Sockets, one request at a time.
#include "http/testing/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace cairn::http {
namespace {

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string_view take_line(std::string_view& head) {
  const size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end + 2);
  return line;
}

}  // namespace

const std::string* FakeServer::Asked::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return &value;
  return nullptr;
}

std::string FakeServer::Asked::param(std::string_view name) const {
  std::string_view query = std::string_view(target).substr(std::min(path().size(), target.size()));
  while (!query.empty()) {
    query.remove_prefix(1);  // '?' or '&'
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size());
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return std::string(pair.substr(name.size() + 1));
  }
  return {};
}

FakeServer::Reply FakeServer::reply(int status, std::string_view body, const Headers& headers) {
  std::string bytes =
      fmt::format("HTTP/1.1 {} Something\r\nContent-Length: {}\r\n", status, body.size());
  for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
  bytes += "\r\n";
  bytes += body;
  return {std::move(bytes), false};
}

FakeServer::FakeServer(Answer answer) : x_answer(std::move(answer)) { listen_on(0); }
FakeServer::~FakeServer() { go_away(); }

Url FakeServer::url() const { return {false, "127.0.0.1", x_port, ""}; }

void FakeServer::listen_on(uint16_t port) {
  x_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(x_listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(::bind(x_listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(::listen(x_listener, 16) == 0);
  socklen_t size = sizeof address;
  CHECK(::getsockname(x_listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  x_port = ntohs(address.sin_port);
  x_acceptor = std::thread([this] { accept_guests(); });
}

void FakeServer::go_away() {
  if (x_listener < 0) return;
  ::shutdown(x_listener, SHUT_RDWR);  // wakes the acceptor
  x_acceptor.join();
  ::close(x_listener);
  x_listener = -1;
  std::list<Guest> guests;
  {
    const std::lock_guard lock(x_mutex);
    guests.swap(x_guests);
  }
  for (Guest& guest : guests) ::shutdown(guest.socket, SHUT_RDWR);
  for (Guest& guest : guests) {
    guest.thread.join();
    ::close(guest.socket);
  }
}

void FakeServer::come_back() { listen_on(x_port); }

void FakeServer::accept_guests() {
  while (true) {
    const int socket = ::accept4(x_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++x_connections;
    const std::lock_guard lock(x_mutex);
    x_guests.push_back({socket, std::thread([this, socket] { serve(socket); })});
  }
}

void FakeServer::serve(int socket) {
  std::string buffer;
  while (true) {
    Asked asked;
    if (!read_request(socket, buffer, asked)) break;
    Reply reply;
    {
      const std::lock_guard lock(x_turn);
      reply = x_answer(asked);
    }
    if (!send_all(socket, reply.bytes) || reply.hangs_up) break;
  }
  ::shutdown(socket, SHUT_RDWR);
}

bool FakeServer::read_some(int socket, std::string& buffer) {
  char piece[64 << 10];
  size_t room = sizeof piece;
  const int64_t left = x_bytes_left;
  if (left == 0) {
    x_bytes_left = -1;
    return false;
  }
  if (left > 0) room = std::min(room, static_cast<size_t>(left));
  const ssize_t n = ::recv(socket, piece, room, 0);
  if (n <= 0) return false;
  if (left > 0) x_bytes_left = left - n;
  buffer.append(piece, static_cast<size_t>(n));
  return true;
}

bool FakeServer::read_request(int socket, std::string& buffer, Asked& asked) {
  size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!read_some(socket, buffer)) return false;
  std::string_view head(buffer.data(), end + 2);
  const std::string_view line = take_line(head);
  asked.method = line.substr(0, line.find(' '));
  asked.target = line.substr(asked.method.size() + 1, line.rfind(' ') - asked.method.size() - 1);
  size_t body_bytes = 0;
  while (!head.empty()) {
    const std::string_view field = take_line(head);
    const size_t colon = field.find(": ");
    if (colon == std::string_view::npos) continue;
    std::string name(field.substr(0, colon));
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const std::string_view value = field.substr(colon + 2);
    if (name == "content-length")
      std::from_chars(value.data(), value.data() + value.size(), body_bytes);
    asked.headers.emplace_back(std::move(name), value);
  }
  buffer.erase(0, end + 4);
  while (buffer.size() < body_bytes)
    if (!read_some(socket, buffer)) return false;
  asked.body = buffer.substr(0, body_bytes);
  buffer.erase(0, body_bytes);
  return true;
}

}  // namespace cairn::http
