// The relay of `cairn meter`: what it adds to a request, and how much passes through it.
//
// Usage: relay_bench [requests]
//
// The server is a process of its own with a thread for each connection; the client is this one,
// which is the relay's, too. Direct and relayed requests take turns, so that whatever else the
// machine does disturbs both.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "measure.h"
#include "relay/relay.h"

namespace cairn::bench {
namespace {

constexpr size_t kLargeBytes = 256 << 20, kPieceBytes = 256 << 10;
constexpr int kEvents = 1000;
constexpr std::string_view kUsage =
    R"({"model":"m","choices":[{"text":"ok"}],"usage":{"prompt_tokens":9,"completion_tokens":2}})";
constexpr std::string_view kEvent =
    "data: {\"id\":\"cmpl-1234567890\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
    "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":"
    "null}]}\n\n";

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void be_quick(int fd) {
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Answers /small, /large and /events until the client goes.
void serve(int fd) {
  const std::string small = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      kUsage.size(), kUsage);
  const std::string piece(kPieceBytes, 'x');
  const std::string event = fmt::format("{:x}\r\n{}\r\n", kEvent.size(), kEvent);
  std::string request(65536, '\0');
  ssize_t n = 0;
  while ((n = ::recv(fd, request.data(), request.size(), 0)) > 0) {
    const std::string_view asked(request.data(), static_cast<size_t>(n));
    if (asked.starts_with("GET /small")) {
      send_all(fd, small);
    } else if (asked.starts_with("GET /large")) {
      send_all(fd, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kLargeBytes));
      for (size_t sent = 0; sent < kLargeBytes; sent += piece.size()) send_all(fd, piece);
    } else {
      send_all(fd,
               "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               "Transfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < kEvents; ++i) send_all(fd, event);
      send_all(fd, "0\r\n\r\n");
    }
  }
  ::close(fd);
}

class ServerProcess {
 public:
  ServerProcess() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener, 1024) != 0)
      give_up("cannot listen");
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    x_pid = ::fork();
    if (x_pid == 0) {
      while (true) {
        const int fd = ::accept(listener, nullptr, nullptr);
        if (fd < 0) ::_exit(0);
        be_quick(fd);
        std::thread(serve, fd).detach();
      }
    }
    ::close(listener);
  }
  ~ServerProcess() {
    ::kill(x_pid, SIGKILL);
    ::waitpid(x_pid, nullptr, 0);
  }
  uint16_t port = 0;

 private:
  pid_t x_pid;
};

class Client {
 public:
  explicit Client(uint16_t port) : x_fd(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(port);
    if (::connect(x_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      give_up("cannot connect");
    be_quick(x_fd);
  }
  ~Client() { ::close(x_fd); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Until the answer ends with `end`, or has as many bytes; the bytes.
  size_t get(std::string_view path, std::string_view end, size_t bytes_max = SIZE_MAX) {
    send_all(x_fd, fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path));
    size_t received = 0;
    while (received < bytes_max) {
      const ssize_t n = ::recv(x_fd, x_piece.data(), x_piece.size(), 0);
      if (n <= 0) give_up("the connection ended");
      received += static_cast<size_t>(n);
      const std::string_view piece(x_piece.data(), static_cast<size_t>(n));
      if (bytes_max == SIZE_MAX && piece.ends_with(end)) break;
    }
    return received;
  }
  double small_us() {
    const Stopwatch watch;
    get("/small", "}}");
    return watch.wall_s() * 1e6;
  }

 private:
  int x_fd;
  std::string x_piece = std::string(kPieceBytes, '\0');
};

struct Ports {
  uint16_t direct, relayed;
};

void report(const char* what, std::vector<double>& direct, std::vector<double>& relayed) {
  for (const auto& [name, share] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
    const double alone = percentile(direct, share), with = percentile(relayed, share);
    figure(fmt::format("relay.{}.direct_{}", what, name), alone, "us");
    figure(fmt::format("relay.{}.added_{}", what, name), with - alone, "us");
  }
}

void measure_latency(const Ports& ports, int requests) {
  Client direct(ports.direct), relayed(ports.relayed);
  std::vector<double> direct_us, relayed_us;
  for (int i = 0; i < requests; ++i) {
    direct_us.push_back(direct.small_us());
    relayed_us.push_back(relayed.small_us());
  }
  report("request", direct_us, relayed_us);
}

void measure_connections(const Ports& ports, int requests) {
  std::vector<double> direct_us, relayed_us;
  const auto once = [](uint16_t port) {
    const Stopwatch watch;
    Client(port).small_us();
    return watch.wall_s() * 1e6;
  };
  for (int i = 0; i < requests; ++i) {
    direct_us.push_back(once(ports.direct));
    relayed_us.push_back(once(ports.relayed));
  }
  report("connection", direct_us, relayed_us);
}

// Events as fast as the server can; the rest is what they cost.
void measure_streams(const Ports& ports) {
  for (const auto& [name, port] :
       {std::pair("direct", ports.direct), std::pair("relayed", ports.relayed)}) {
    Client client(port);
    std::vector<double> took_us;
    for (int i = 0; i < 30; ++i) {
      const Stopwatch watch;
      client.get("/events", "0\r\n\r\n");
      took_us.push_back(watch.wall_s() * 1e6 / kEvents);
    }
    figure(fmt::format("relay.event.{}", name), percentile(took_us, 0.5), "us");
  }
}

void measure_bytes(const Ports& ports) {
  for (const auto& [name, port] :
       {std::pair("direct", ports.direct), std::pair("relayed", ports.relayed)}) {
    Client client(port);
    const Stopwatch watch;
    const size_t bytes = client.get("/large", "", kLargeBytes);
    figure(fmt::format("relay.large.{}", name), static_cast<double>(bytes) / watch.wall_s() / 1e9,
           "GB/s");
  }
}

void measure_many(const Ports& ports, int requests) {
  constexpr int kClients = 32;
  for (const auto& [name, port] :
       {std::pair("direct", ports.direct), std::pair("relayed", ports.relayed)}) {
    std::atomic<int> left = requests;
    std::vector<std::thread> threads;
    const Stopwatch watch;
    for (int i = 0; i < kClients; ++i)
      threads.emplace_back([&left, port = port] {
        Client client(port);
        while (left-- > 0) client.get("/small", "}}");
      });
    for (std::thread& thread : threads) thread.join();
    figure(fmt::format("relay.many.{}", name), requests / watch.wall_s(), "requests/s");
  }
}

int run(int requests) {
  const ServerProcess server;
  std::atomic<uint64_t> told = 0;
  relay::RelayOptions options;
  options.upstream_host = "127.0.0.1";
  options.upstream_port = server.port;
  const auto relay = get(relay::Relay::start(options, [&told](const relay::Exchange&) { ++told; }));
  const Ports ports{server.port, relay->port()};
  measure_latency(ports, requests);
  measure_connections(ports, requests / 10);
  measure_streams(ports);
  measure_bytes(ports);
  measure_many(ports, requests);
  figure("relay.told", static_cast<double>(told), "requests");
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::run(argc > 1 ? std::atoi(argv[1]) : 20000); }
