// The parts of a server, their order of coming and going, and its file in the store's folder.
#include "server/server.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <future>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/limits.h"
#include "server/footprint_gauges.h"
#include "server/site.h"
#include "server/tcp_server.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

constexpr int kIoThreads = 2;
constexpr size_t kReceivingThreads = 4;  // they wait: for the disk, for the reading thread
constexpr size_t kReceivingQueueMax = 4096, kAccountQueueMax = 64, kSweepQueueMax = 1024;
constexpr auto kCarePeriod = std::chrono::seconds(5);
constexpr size_t kAboutBytesMax = 4096;

// Holds the URL of the server of a folder, locked as long as that server lives.
std::string about_path(const std::string& dir) { return dir + "/server.json"; }

std::string print_url(const std::string& host, uint16_t port, bool is_tls) {
  std::string name = host;
  if (host == "0.0.0.0" || host.empty()) name = "127.0.0.1";
  if (host == "::") name = "::1";
  if (name.find(':') != std::string::npos) name = "[" + name + "]";
  return fmt::format("{}://{}:{}", is_tls ? "https" : "http", name, port);
}

std::string read_url(Disk& disk, const std::string& dir) {
  const auto text = read_file(disk, about_path(dir), kAboutBytesMax);
  const auto about = text ? wire::parse_json(*text) : tl::unexpected(text.error());
  const model::Value* url = about ? about->find("url") : nullptr;
  return std::string(url ? url->string_or("") : "");
}

}  // namespace

struct Server::Parts {
  Parts(Disk& its_disk, ServerOptions its_options)
      : disk(its_disk),
        options(std::move(its_options)),
        keeper(options.dir),
        door(disk, options.dir,
             [this](std::string_view project, const model::JournalName& journal) {
               return receiving.journals().heard(project, journal);
             }),
        receiving(disk, model::Layout(options.dir),
                  [this](std::string_view project, const model::JournalName& journal) {
                    return find_packed(project, journal);
                  }),
        sweeps(disk, options.dir,
               [this](const auto& definition, const auto& wanted, const auth::Identity& who) {
                 return find_priors(definition, wanted, who);
               }),
        live(io, reading, door, options.live_period) {}

  Result<void> start();
  bool stop();

  template <typename T>
  T read(std::function<T()> work);
  Result<void> take_folder();
  Result<void> tell_address();
  Result<std::optional<uint64_t>> find_packed(std::string_view project,
                                              const model::JournalName& journal);
  Result<std::vector<trials::Prior>> find_priors(const sweep::Definition& definition,
                                                 const trials::NewSweep& wanted,
                                                 const auth::Identity& who);
  asio::awaitable<void> care();
  void catch_up();
  std::vector<Metrics::Gauge> gauges(const auth::Identity& who);

  Disk& disk;
  const ServerOptions options;
  const int64_t started_ns = wall_now_ns();
  std::unique_ptr<File> lock;  // of about_path(); none where locks cannot be trusted
  std::string url;

  asio::io_context io{kIoThreads};
  asio::executor_work_guard<asio::io_context::executor_type> io_guard{io.get_executor()};
  asio::steady_timer care_timer{asio::make_strand(io)};
  auth::Keeper keeper;
  Guard guard{keeper};
  Accounts accounts{keeper};
  Metrics metrics;
  std::unique_ptr<AccessLog> log;
  Page page{page_assets()};
  Door door;  // the reading thread's
  Receiving receiving;
  FootprintGauges footprints{
      [this](FootprintGauges::Task task) { return reading.post(std::move(task)); },
      [this] { return door.open(); }};
  Worker reading{"cairn-reading", 1, kReadingQueueMax};
  Worker account_worker{"cairn-accounts", 1, kAccountQueueMax};
  SweepDesk sweeps;  // the sweeping thread's
  Worker sweep_worker{"cairn-sweeps", 1, kSweepQueueMax};
  Worker receiving_workers{"cairn-receive", kReceivingThreads, kReceivingQueueMax};
  Live live;
  std::unique_ptr<Site> site;
  std::unique_ptr<TcpServer> tcp;
  std::vector<std::thread> threads;
};

Result<void> Server::Parts::start() {
  TRY_VOID(keeper.allows_bind(options.host));
  TRY(log, AccessLog::open(options.access_log));
  TRY_VOID(take_folder());
  site = std::make_unique<Site>(Site::Parts{
      page, guard, accounts, account_worker, door, reading, live, sweeps, sweep_worker, receiving,
      receiving_workers, metrics, *log, [this](const auth::Identity& who) { return gauges(who); }});
  TcpServer::Options tcp_options;
  tcp_options.host = options.host;
  tcp_options.port = options.port;
  tcp_options.tls_cert = options.tls_cert;
  tcp_options.tls_key = options.tls_key;
  TRY(tcp, TcpServer::listen(io, *site, std::move(tcp_options)));
  url = print_url(options.host, tcp->port(), tcp->is_tls());
  // On a full disk `cairn ui` does not find us; all who know the address are served.
  if (lock) static_cast<void>(tell_address());
  tcp->start();
  asio::co_spawn(care_timer.get_executor(), care(), asio::detached);
  for (int i = 0; i < kIoThreads; ++i) threads.emplace_back([this] { io.run(); });
  return {};
}

Result<void> Server::Parts::tell_address() {
  const model::Value about(model::Object{{"url", url}, {"pid", int64_t{::getpid()}}});
  TRY_VOID(lock->truncate(0));
  return lock->write_at(0, wire::print_json(about) + "\n");
}

// Two servers would receive the same journals.
Result<void> Server::Parts::take_folder() {
  if (!disk.is_local(options.dir)) return {};
  TRY(auto file, disk.open(about_path(options.dir), OpenMode::kReadWrite));
  TRY(const bool is_ours, file->try_lock());
  if (!is_ours)
    return fail(Code::kConflict, "this folder is served already, at {} ({})",
                read_url(disk, options.dir), options.dir);
  lock = std::move(file);
  return {};
}

// Does `work` on the reading thread and waits for it, which no io thread may.
template <typename T>
T Server::Parts::read(std::function<T()> work) {
  const auto promise = std::make_shared<std::promise<T>>();
  auto done = promise->get_future();
  if (!reading.post([promise, work = std::move(work)] { promise->set_value(work()); }))
    return fail(Code::kUnavailable, "too many requests wait; try again in a second");
  return done.get();
}

// On a receiving thread.
Result<std::optional<uint64_t>> Server::Parts::find_packed(std::string_view project,
                                                           const model::JournalName& journal) {
  using Found = Result<std::optional<uint64_t>>;
  return read<Found>([this, project = std::string(project), journal] {
    const auto rooms = door.open();
    return rooms ? (*rooms)->store.find_packed_journal(project, journal)
                 : Found(tl::unexpected(rooms.error()));
  });
}

// On the sweeping thread.
Result<std::vector<trials::Prior>> Server::Parts::find_priors(const sweep::Definition& definition,
                                                              const trials::NewSweep& wanted,
                                                              const auth::Identity& who) {
  return read<Result<std::vector<trials::Prior>>>(
      [&] { return door.find_priors(definition, wanted, who); });
}

// Journals are taken into the store and sealed also while nobody looks, so that who comes then
// finds little to wait for.
asio::awaitable<void> Server::Parts::care() {
  while (true) {
    static_cast<void>(reading.post([this] { catch_up(); }));
    static_cast<void>(account_worker.post([this] { static_cast<void>(keeper.flush()); }));
    care_timer.expires_after(kCarePeriod);
    const auto [error] = co_await care_timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
  }
}

// On the reading thread.
void Server::Parts::catch_up() {
  const auto rooms = door.open();
  if (!rooms) return;  // whoever asks is told why
  site->set_ready();
  static_cast<void>((*rooms)->ingest.catch_up_all());
}

std::vector<Metrics::Gauge> Server::Parts::gauges(const auth::Identity& who) {
  const auto number = [](auto n) { return static_cast<double>(n); };
  std::vector<Metrics::Gauge> all = {
      {"cairn_http_connections", "Open connections.", number(tcp->connections())},
      {"cairn_http_connections_refused_total", "Connections that found no room.",
       number(tcp->refused()), true},
      {"cairn_reading_queue", "Requests that wait for the reading thread.",
       number(reading.waiting())},
      {"cairn_sweeps_queue", "Requests that wait for the thread of sweeps.",
       number(sweep_worker.waiting())},
      {"cairn_receiving_queue", "Uploads that wait for a thread.",
       number(receiving_workers.waiting())},
      {"cairn_live_listeners", "Pages and programs that follow a project.",
       number(live.listeners())},
      {"process_resident_memory_bytes", "Resident memory.", number(resident_bytes())},
      {"process_start_time_seconds", "When the server started.", number(started_ns) / 1e9},
  };
  struct statvfs room {};
  if (::statvfs(options.dir.c_str(), &room) == 0)
    all.push_back({"cairn_store_free_bytes", "Room left for the store.",
                   number(room.f_bavail) * number(room.f_frsize)});
  if (who.grant.projects) return all;  // who sees some projects only is not to hear of others
  const std::vector<Metrics::Gauge> used = footprints.read();
  all.insert(all.end(), used.begin(), used.end());
  return all;
}

bool Server::Parts::stop() {
  const auto deadline = std::chrono::steady_clock::now() + options.stop_time;
  live.stop();
  bool is_done = !tcp || tcp->stop(options.stop_time);
  asio::post(care_timer.get_executor(), [this] { care_timer.cancel(); });
  for (Worker* worker : {&receiving_workers, &sweep_worker, &account_worker, &reading}) {
    const auto left = deadline - std::chrono::steady_clock::now();
    const auto least = std::chrono::milliseconds(1000);
    is_done = worker->stop_within(
                  std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), least)) &&
              is_done;
  }
  receiving.journals().sync();
  static_cast<void>(keeper.flush());
  if (lock) static_cast<void>(lock->truncate(0));
  if (!is_done) return false;
  io_guard.reset();
  io.stop();
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  return true;
}

Result<std::unique_ptr<Server>> Server::start(Disk& disk, ServerOptions options) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>(disk, std::move(options))));
  TRY_VOID(server->x_parts->start());
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : x_parts(std::move(parts)) {}
// NOLINTNEXTLINE(bugprone-exception-escape): a lack of memory, which ends the process as well
Server::~Server() { stop(); }

uint16_t Server::port() const { return x_parts->tcp->port(); }
const std::string& Server::url() const { return x_parts->url; }

bool Server::stop() {
  if (!x_parts) return true;
  if (x_parts->stop()) {
    x_parts.reset();
    return true;
  }
  // Threads that are still at it use the parts: they stay until the process ends.
  static_cast<void>(x_parts.release());
  return false;
}

std::string find_running_server(Disk& disk, const std::string& dir) {
  const auto file = disk.open(about_path(dir), OpenMode::kReadWrite);
  if (!file || !(*file)->is_locked_by_another().value_or(false)) return {};
  return read_url(disk, dir);
}

}  // namespace cairn::server
