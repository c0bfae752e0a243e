// The server's intake: how many points a second it takes, and how soon it acknowledges many runs.
//
// Usage: receive_bench [folder] [seconds of many live runs] [live runs]
//
// The server is a process of its own. First 32 runs deliver as fast as they can, by the same
// library as uploaders use. Then thousands of runs send what ten log() calls a second of ten
// numbers make, twice a second each, as uploaders do; one thread plays all of them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <thread>

#include "http/connection.h"
#include "journal/journal.h"
#include "measure.h"
#include "model/event.h"
#include "server/server.h"
#include "wire/event_codec.h"
#include "wire/settings.h"

namespace cairn::bench {
namespace {

constexpr size_t kMetrics = 10;
constexpr size_t kBulkRuns = 32, kBulkRows = 100'000, kBulkPieceBytes = 1 << 20;
constexpr int kRowsPerSecond = 10, kSendsPerSecond = 2;

// Encodes a run's journal as its Recorder would.
class MadeJournal {
 public:
  MadeJournal() : x_bytes(journal::encode_header(journal::this_process())) {
    append(model::RunBegan{model::Value(model::Object{{"created_ns", wall_now_ns()}})});
    model::ShapeDefined shape;
    for (size_t k = 0; k < kMetrics; ++k) shape.keys.push_back(fmt::format("metric/{}", k));
    append(shape);
  }
  void log(int64_t step) {
    struct {
      wire::RowHeader header;
      double values[kMetrics];
    } row = {{0, kMetrics, step, wall_now_ns()}, {}};
    for (size_t k = 0; k < kMetrics; ++k) row.values[k] = 1e-3 * static_cast<double>(step + 1);
    journal::append_frame(x_bytes, x_base + x_bytes.size(), 3,
                          {reinterpret_cast<const char*>(&row), sizeof row});
  }
  const std::string& bytes() const { return x_bytes; }
  uint64_t base() const { return x_base; }  // where bytes() begin
  void drop_sent() {
    x_base += x_bytes.size();
    x_bytes.clear();
  }

 private:
  void append(const model::Event& event) {
    journal::append_frame(x_bytes, x_base + x_bytes.size(),
                          static_cast<uint16_t>(wire::kind_of(event)), wire::encode_event(event));
  }

  uint64_t x_base = 0;
  std::string x_bytes;
};

std::string target_of(const std::string& run, uint64_t from) {
  return fmt::format("/api/v1/projects/bench/journals/{}~1~w.clog?from={}", run, from);
}

class ServerProcess {
 public:
  explicit ServerProcess(const std::string& dir) {
    get(wire::open_settings(posix_disk(), model::Layout(dir), true));
    int ends[2];
    if (pipe(ends) != 0) give_up("no pipe");
    x_child = fork();
    if (x_child == 0) serve(dir, ends[1]);
    close(ends[1]);
    if (read(ends[0], &x_port, sizeof x_port) != sizeof x_port) give_up("the server did not start");
    close(ends[0]);
  }
  ~ServerProcess() {
    kill(x_child, SIGKILL);
    waitpid(x_child, nullptr, 0);
  }
  uint16_t port() const { return x_port; }
  double cpu_s() const {
    std::ifstream stat(fmt::format("/proc/{}/stat", x_child));
    std::string word;
    double ticks = 0;
    for (int field = 1; field <= 15 && stat >> word; ++field)
      if (field >= 14) ticks += std::atof(word.c_str());
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  double resident_mb() const {
    std::ifstream statm(fmt::format("/proc/{}/statm", x_child));
    size_t total = 0, resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident * static_cast<size_t>(getpagesize())) / 1e6;
  }

 private:
  [[noreturn]] static void serve(const std::string& dir, int ready) {
    server::ServerOptions options;
    options.dir = dir;
    const auto server = get(server::Server::start(posix_disk(), std::move(options)));
    const uint16_t port = server->port();
    if (write(ready, &port, sizeof port) != sizeof port) _exit(1);
    while (true) pause();
  }

  pid_t x_child = 0;
  uint16_t x_port = 0;
};

// --- as fast as it goes
// ---------------------------------------------------------------------------

void deliver(const http::Url& url, const std::string& run, const std::string& journal) {
  const auto connection = get(http::Connection::open(url, {}));
  for (uint64_t at = 0; at < journal.size();) {
    const bool is_last = journal.size() - at <= kBulkPieceBytes;
    auto response = connection->send({"PUT",
                                      target_of(run, at) + (is_last ? "&closed=1" : ""),
                                      {},
                                      journal.substr(at, kBulkPieceBytes)});
    const std::string_view body = response ? std::string_view(response->body) : "";
    const size_t offset = body.find("\"offset\":");
    if (!response || response->status != 200 || offset == std::string_view::npos)
      give_up(response ? response->body : response.error().message());
    std::from_chars(body.data() + offset + 9, body.data() + body.size(), at);
  }
}

void measure_bulk(const ServerProcess& server) {
  MadeJournal made;
  for (size_t row = 0; row < kBulkRows; ++row) made.log(static_cast<int64_t>(row));
  const std::string& journal = made.bytes();
  const http::Url url{false, "127.0.0.1", server.port(), ""};
  const double cpu_before_s = server.cpu_s();
  const Stopwatch watch;
  std::vector<std::thread> uploaders;
  for (size_t i = 0; i < kBulkRuns; ++i)
    uploaders.emplace_back([&, i] { deliver(url, fmt::format("bulk{}", i), journal); });
  for (std::thread& uploader : uploaders) uploader.join();
  const double points = static_cast<double>(kBulkRuns * kBulkRows * kMetrics);
  figure("receive.bulk", points / watch.wall_s() / 1e6, "Mpoints/s");
  figure("receive.bulk.server_cpu", points / (server.cpu_s() - cpu_before_s) / 1e6,
         "Mpoints/cpu-s");
  figure("receive.bulk.bytes",
         static_cast<double>(kBulkRuns * journal.size()) / watch.wall_s() / 1e6, "MB/s");
}

// --- many live runs
// -------------------------------------------------------------------------------

// One run's uploader as a state of a socket.
struct LiveRun {
  int socket = -1;
  std::string name;
  MadeJournal journal;
  int64_t step = 0;
  int64_t due_ns = 0, sent_ns = 0;
  bool waits = false;
  std::string answer;
};

class LiveRuns {
 public:
  LiveRuns(uint16_t port, size_t count) : x_runs(count), x_epoll(epoll_create1(0)) {
    const int64_t now_ns = monotonic_now_ns();
    for (size_t i = 0; i < count; ++i) {
      LiveRun& run = x_runs[i];
      run.name = fmt::format("live{}", i);
      run.socket = connect_to(port);
      run.due_ns = now_ns + static_cast<int64_t>(i) * kPeriodNs / static_cast<int64_t>(count);
      epoll_event event{EPOLLIN, {.u64 = i}};
      epoll_ctl(x_epoll, EPOLL_CTL_ADD, run.socket, &event);
    }
  }
  ~LiveRuns() {
    for (const LiveRun& run : x_runs) close(run.socket);
    close(x_epoll);
  }

  // The nanoseconds from when each piece was due to its acknowledgement.
  std::vector<int64_t> play(double seconds) {
    std::vector<int64_t> took_ns;
    const int64_t end_ns = monotonic_now_ns() + static_cast<int64_t>(seconds * 1e9);
    while (monotonic_now_ns() < end_ns) {
      send_due();
      receive(took_ns);
    }
    return took_ns;
  }

 private:
  static constexpr int64_t kPeriodNs = kNsPerSecond / kSendsPerSecond;

  static int connect_to(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      give_up("cannot connect");
    return fd;
  }

  void send_due() {
    const int64_t now_ns = monotonic_now_ns();
    for (LiveRun& run : x_runs) {
      if (run.waits || run.due_ns > now_ns) continue;
      for (int row = 0; row < kRowsPerSecond / kSendsPerSecond; ++row) run.journal.log(run.step++);
      const std::string& bytes = run.journal.bytes();
      const std::string request =
          fmt::format("PUT {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n\r\n{}",
                      target_of(run.name, run.journal.base()), bytes.size(), bytes);
      if (write(run.socket, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
        give_up("a piece could not be sent");
      run.journal.drop_sent();
      run.sent_ns = run.due_ns;  // what waits in line here waits for the server too
      run.waits = true;
    }
  }

  void receive(std::vector<int64_t>& took_ns) {
    epoll_event events[256];
    const int n = epoll_wait(x_epoll, events, 256, 1);
    for (int i = 0; i < n; ++i) {
      LiveRun& run = x_runs[events[i].data.u64];
      char piece[4096];
      const ssize_t got = read(run.socket, piece, sizeof piece);
      if (got <= 0) give_up("the server hung up");
      run.answer.append(piece, static_cast<size_t>(got));
      if (run.answer.find("\"closed\":") == std::string::npos || !run.answer.ends_with('}'))
        continue;
      if (!run.answer.starts_with("HTTP/1.1 200")) give_up(run.answer);
      took_ns.push_back(monotonic_now_ns() - run.sent_ns);
      run.answer.clear();
      run.waits = false;
      run.due_ns += kPeriodNs;
    }
  }

  std::vector<LiveRun> x_runs;
  int x_epoll;
};

void measure_live(const ServerProcess& server, double seconds, size_t runs) {
  LiveRuns live(server.port(), runs);
  std::vector<int64_t> first = live.play(2);  // new journals
  const double cpu_before_s = server.cpu_s();
  const Stopwatch watch;
  std::vector<int64_t> took_ns = live.play(seconds / 2);
  const double half_mb = server.resident_mb();
  const std::vector<int64_t> later_ns = live.play(seconds / 2);
  took_ns.insert(took_ns.end(), later_ns.begin(), later_ns.end());
  const double wall_s = watch.wall_s();
  figure("receive.live.requests", static_cast<double>(took_ns.size()) / wall_s, "1/s");
  const auto ms = [](std::vector<int64_t>& times, double share) {
    return static_cast<double>(percentile(times, share)) / 1e6;
  };
  figure("receive.live.ack.p50", ms(took_ns, 0.5), "ms");
  figure("receive.live.ack.p99", ms(took_ns, 0.99), "ms");
  figure("receive.live.ack.max", ms(took_ns, 1), "ms");
  figure("receive.live.begin.p99", ms(first, 0.99), "ms");
  figure("receive.live.server_cpu", 100 * (server.cpu_s() - cpu_before_s) / wall_s, "%");
  figure("receive.live.memory", server.resident_mb(), "MB");
  figure("receive.live.memory.growth", server.resident_mb() - half_mb, "MB");  // second half
}

int run(const std::string& parent, double seconds, size_t runs) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const Folder folder(parent);
  const ServerProcess server(folder.path());
  measure_bulk(server);
  std::this_thread::sleep_for(std::chrono::seconds(10));  // what was taken is sealed meanwhile
  measure_live(server, seconds, runs);
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  return cairn::bench::run(argc > 1 ? argv[1] : "/tmp", argc > 2 ? std::atof(argv[2]) : 60,
                           argc > 3 ? static_cast<size_t>(std::atol(argv[3])) : 2000);
}
