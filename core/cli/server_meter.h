// ServerMeter: counts what a server does, meters what it uses, and writes both into a run.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cli/commands.h"
#include "cli/counter_follower.h"
#include "cli/inference_book.h"
#include "cli/meter_text.h"
#include "client/run.h"
#include "relay/relay.h"
#include "server/footprint_desk.h"

namespace cairn::cli {

// Owned by the main thread, which attends the server meanwhile. A thread of its own looks at the
// energy once a second; requests come in on the relay's. The run has the sums of every minute: a
// crash costs the last one.
class ServerMeter {
 public:
  struct Options {
    std::optional<relay::RelayOptions> proxy;
    std::optional<CounterFollower> counters;
    std::string path_prefix;  // only requests below it count; empty: all but looks at the health
    bool shows_minutes = false;
  };
  // Takes requests from now on. Errors: as Relay::start.
  static Result<std::unique_ptr<ServerMeter>> open(Options options, std::string dir);
  ~ServerMeter();
  // Meters from now on, by the energy of this run and into it. It must outlive the meter.
  void start(client::Run& run);

  uint16_t port() const { return x_relay ? x_relay->port() : 0; }
  // Lets requests come to their end, takes the last readings and tells what came together.
  MeterResult stop();

 private:
  ServerMeter(Options options, std::string dir);

  void take(const relay::Exchange& exchange);
  void loop();
  void look_at_energy();
  void look_at_counters();
  void end_minute();
  void log_minute(const InferenceSums& minute, bool counts);
  std::optional<footprint::Footprint> assess(
      const std::optional<model::EnergyRecord>& record) const;
  std::string model() const;

  Options x_options;
  client::Run* x_run = nullptr;
  server::FootprintDesk x_desk;  // the looping thread's, as are those up to the book
  bool x_has_told_problem = false;
  InferenceSums x_last;  // at the end of the last minute
  int64_t x_last_look_ns = 0;
  double x_joules = 0;

  InferenceBook x_book;
  mutable std::mutex x_mutex;
  std::condition_variable x_changed;
  bool x_is_stopping = false;
  bool x_has_estimated_tokens = false;
  std::map<std::string, size_t> x_models;  // how often each one answered
  std::unique_ptr<relay::Relay> x_relay;
  std::thread x_thread;
};

// A load balancer's or an orchestrator's look whether the server lives: no work that one asks for.
bool is_health_look(const relay::Exchange& exchange);

}  // namespace cairn::cli
