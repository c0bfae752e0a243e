// The loop of a meter, and what is made of an exchange.
#include "cli/server_meter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "cli/terminal.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

constexpr std::chrono::seconds kTick{1}, kDrain{10};
constexpr int64_t kMinuteNs = 60 * kNsPerSecond, kCounterPeriodNs = 5 * kNsPerSecond;
constexpr double kJoulesPerKwh = 3.6e6;
constexpr size_t kModelsMax = 100;
constexpr auto kHealthPaths = std::to_array<std::string_view>(
    {"/health", "/healthz", "/livez", "/readyz", "/live", "/ready", "/health/live", "/health/ready",
     "/v2/health/live", "/v2/health/ready", "/ping", "/metrics", "/version", "/v1/models",
     "/favicon.ico"});

footprint::ServedRequest served_of(const relay::Exchange& exchange) {
  footprint::ServedRequest request;
  request.began_ns = exchange.began_ns;
  request.first_token_ns = exchange.first_byte_ns;
  request.ended_ns = exchange.ended_ns;
  request.tokens_in = exchange.tokens_in.value_or(0);
  request.tokens_out = exchange.tokens_out.value_or(0);
  request.status = exchange.status;
  return request;
}

// The command's terminal may be in raw mode, where a line end alone does not go back.
void tell(const std::string& line) {
  Terminal::warn(line + (::isatty(STDERR_FILENO) == 1 ? "\r" : ""));
}

}  // namespace

bool is_health_look(const relay::Exchange& exchange) {
  if (exchange.method == "OPTIONS") return true;
  return (exchange.method == "GET" || exchange.method == "HEAD") &&
         std::find(kHealthPaths.begin(), kHealthPaths.end(), exchange.path) != kHealthPaths.end();
}

ServerMeter::ServerMeter(Options options, std::string dir)
    : x_options(std::move(options)), x_desk(posix_disk(), std::move(dir)) {
  x_desk.refresh();
}

Result<std::unique_ptr<ServerMeter>> ServerMeter::open(Options options, std::string dir) {
  std::unique_ptr<ServerMeter> meter(new ServerMeter(std::move(options), std::move(dir)));
  if (!meter->x_options.proxy) return meter;
  const auto take = [meter = meter.get()](const relay::Exchange& exchange) {
    meter->take(exchange);
  };
  TRY(meter->x_relay, relay::Relay::start(*meter->x_options.proxy, take));
  return meter;
}

ServerMeter::~ServerMeter() {
  if (x_thread.joinable()) stop();
}

void ServerMeter::start(client::Run& run) {
  x_run = &run;
  x_thread = std::thread([this] { loop(); });
}

void ServerMeter::take(const relay::Exchange& exchange) {
  if (exchange.is_refused) return;
  const std::string& prefix = x_options.path_prefix;
  if (prefix.empty() ? is_health_look(exchange) : !exchange.path.starts_with(prefix)) return;
  x_book.add(served_of(exchange));
  const std::lock_guard lock(x_mutex);
  x_has_estimated_tokens = x_has_estimated_tokens || exchange.is_tokens_out_estimated;
  if (exchange.model.empty()) return;
  if (x_models.size() < kModelsMax || x_models.contains(exchange.model)) ++x_models[exchange.model];
}

void ServerMeter::loop() {
  const int64_t began_ns = monotonic_now_ns();
  int64_t minute_ends_ns = began_ns + kMinuteNs;
  std::unique_lock lock(x_mutex);
  while (!x_is_stopping) {
    lock.unlock();
    look_at_energy();
    if (x_options.counters) look_at_counters();
    if (monotonic_now_ns() >= minute_ends_ns) {
      end_minute();
      minute_ends_ns += kMinuteNs;
    }
    lock.lock();
    x_changed.wait_for(lock, kTick, [this] { return x_is_stopping; });
  }
}

std::optional<footprint::Footprint> ServerMeter::assess(
    const std::optional<model::EnergyRecord>& record) const {
  if (!record) return std::nullopt;
  footprint::RunEnergy energy;
  energy.records.push_back(*record);
  energy.began_ns = record->began_ns;
  auto footprint = x_desk.assess(energy, {});
  return footprint ? std::move(*footprint) : std::nullopt;
}

// Of the machine alone: what a building adds to it is in the footprint.
void ServerMeter::look_at_energy() {
  const auto record = x_run->energy();
  const auto footprint = assess(record);
  if (!footprint) return;
  x_joules = std::max(x_joules, footprint->it_kwh.value * kJoulesPerKwh);
  x_book.add(footprint::MeterPoint{record->ended_ns, x_joules});
}

void ServerMeter::look_at_counters() {
  const int64_t now_ns = wall_now_ns();
  if (now_ns - x_last_look_ns < kCounterPeriodNs) return;
  x_last_look_ns = now_ns;
  CounterFollower& counters = *x_options.counters;
  if (const auto counted = counters.look(now_ns))
    x_book.add_counted(counted->requests, counted->stretch);
  // A server that is still starting answers soon.
  if (counters.problem().empty()) x_has_told_problem = false;
}

// And the sums so far, which is what remains of a meter that is killed.
void ServerMeter::log_minute(const InferenceSums& minute, bool counts) {
  std::vector<std::pair<std::string_view, double>> row;
  if (counts) row.emplace_back("inference.requests", static_cast<double>(minute.requests));
  const bool has_tokens = x_last.tokens_in + x_last.tokens_out > 0;
  if (has_tokens) {
    row.emplace_back("inference.tokens_in", minute.tokens_in);
    row.emplace_back("inference.tokens_out", minute.tokens_out);
  }
  if (x_joules > 0) row.emplace_back("inference.joules", minute.joules);
  if (!row.empty()) x_run->log(row);
  if (!counts) return;
  model::Object sums{{"requests", static_cast<int64_t>(x_last.requests)},
                     {"failed", static_cast<int64_t>(x_last.failed)}};
  if (has_tokens) {
    sums.emplace_back("tokens_in", x_last.tokens_in);
    sums.emplace_back("tokens_out", x_last.tokens_out);
  }
  x_run->update_summary(model::Object{{"inference", std::move(sums)}});
}

void ServerMeter::end_minute() {
  const InferenceSums now = x_book.sums();
  InferenceSums minute = now;
  minute.requests -= x_last.requests;
  minute.tokens_in -= x_last.tokens_in;
  minute.tokens_out -= x_last.tokens_out;
  minute.joules -= x_last.joules;
  x_last = now;
  const bool counts = x_relay || x_options.counters;
  log_minute(minute, counts);
  if (x_options.counters && !x_options.counters->problem().empty() && !x_has_told_problem) {
    tell("the server's counters cannot be read: " + x_options.counters->problem());
    x_has_told_problem = true;
  }
  if (x_options.shows_minutes) tell(print_minute(minute, x_book.account(), counts));
}

std::string ServerMeter::model() const {
  const std::lock_guard lock(x_mutex);
  const auto most =
      std::max_element(x_models.begin(), x_models.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == x_models.end() ? "" : most->first;
}

MeterResult ServerMeter::stop() {
  if (x_relay) x_relay->stop(kDrain);
  {
    const std::lock_guard lock(x_mutex);
    x_is_stopping = true;
    x_changed.notify_all();
  }
  x_thread.join();
  look_at_energy();
  x_last_look_ns = 0;
  if (x_options.counters) look_at_counters();
  end_minute();

  MeterResult result;
  result.run = x_run->is_disabled() ? "" : x_run->id();
  result.model = model();
  result.account = x_book.account();
  result.footprint = assess(x_run->energy());
  result.counts_requests = x_relay || x_options.counters;
  result.has_estimated_tokens = x_has_estimated_tokens;
  return result;
}

}  // namespace cairn::cli
