// Peer and Upstream: the two ends of a relay in a test, which do exactly what they are told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::relay {

// One TCP connection, used by the test's thread. Whatever takes longer than five seconds fails.
class Peer {
 public:
  static Peer connect(uint16_t port);
  explicit Peer(int fd);
  Peer(Peer&& other) noexcept : x_fd(std::exchange(other.x_fd, -1)) {}
  Peer& operator=(Peer&& other) noexcept {
    std::swap(x_fd, other.x_fd);
    return *this;
  }
  ~Peer() { close(); }

  bool send(std::string_view bytes);
  size_t send_what_fits(std::string_view bytes);  // without waiting
  std::string receive(size_t bytes);              // fewer at the end
  std::string receive_until(std::string_view end);
  std::string receive_rest();
  bool is_ended();    // the other side has said all
  bool is_aborted();  // the other side has gone

  void end();  // we have said all
  void close();
  void abort();

 private:
  bool receive_some(std::string& out, size_t bytes_max);

  int x_fd;
};

// A server's port on 127.0.0.1, taken but served by the test alone.
class Upstream {
 public:
  Upstream();
  ~Upstream() { close(); }
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  uint16_t port() const { return x_port; }
  Peer accept();
  void close();  // nobody listens any more

 private:
  int x_fd = -1;
  uint16_t x_port = 0;
};

}  // namespace cairn::relay
