// FakeServer: an HTTP/1.1 server of a few lines on a free port of this machine, for tests.
//
// Answers with whatever bytes the test says, can hang up after any number of bytes and can be away.
// One thread takes connections, one serves each of them; all end with the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "http/connection.h"

namespace cairn::http {

class FakeServer {
 public:
  struct Asked {
    std::string method, target;
    Headers headers;  // names in lower case
    std::string body;

    const std::string* header(std::string_view name) const;
    std::string param(std::string_view name) const;  // of the query, as it stands; "" when absent
    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  };
  struct Reply {
    std::string bytes;
    bool hangs_up = false;  // after them
  };
  static Reply reply(int status, std::string_view body, const Headers& headers = {});

  // `answer` is called on the connections' threads, one call at a time.
  using Answer = std::function<Reply(const Asked&)>;
  explicit FakeServer(Answer answer);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  Url url() const;
  // Hangs up once this many bytes have been read in all, in whatever request that is, and goes on
  // with the next connection. Negative: never.
  void hang_up_after(int64_t bytes) { x_bytes_left = bytes; }
  void go_away();    // refuses connections and drops those that stand
  void come_back();  // on the same port
  int connections() const { return x_connections; }

 private:
  struct Guest {
    int socket;
    std::thread thread;
  };
  void listen_on(uint16_t port);
  void accept_guests();
  void serve(int socket);
  bool read_some(int socket, std::string& buffer);
  bool read_request(int socket, std::string& buffer, Asked& asked);

  Answer x_answer;
  uint16_t x_port = 0;
  int x_listener = -1;
  std::atomic<int64_t> x_bytes_left = -1;
  std::atomic<int> x_connections = 0;
  std::mutex x_mutex;  // guards x_guests
  std::mutex x_turn;   // one answer at a time
  std::list<Guest> x_guests;
  std::thread x_acceptor;
};

}  // namespace cairn::http
