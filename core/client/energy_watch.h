// EnergyWatch: the meter of a run, what it puts into the run, and where the run is said to be.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/recorder.h"
#include "model/energy.h"
#include "model/value.h"
#include "probe/energy.h"

namespace cairn::client {

// Owned by a run's background and used by its thread, but for look(), which any thread may call.
// What was measured since the last append() dies with the process.
class EnergyWatch {
 public:
  // `pid`: whose process tree; 0: this process. Reads the environment.
  explicit EnergyWatch(int pid);

  void tick();
  void tick_if_due(int64_t now_ns);
  // What has come together so far, as series: joules only where they are measured.
  void add_to(std::vector<std::pair<std::string, double>>& row) const;
  // The record as this writer's part of the run's meta, which replaces itself as it grows.
  void append_to(Recorder& recorder);
  // Often while the run is young, and later so that a crash costs a twentieth of it at most.
  void append_if_due(Recorder& recorder, int64_t now_ns);

  // Up to now; while the thread waits for a sensor's answer, up to the reading before. Nothing
  // before the first.
  std::optional<model::EnergyRecord> look();

 private:
  void read();  // holds x_reading

  std::mutex x_reading;  // guards x_meter
  probe::EnergyMeter x_meter;
  int64_t x_read_ns = 0;
  std::string x_writer;  // in the meta: it stays when the journal has to begin anew
  int64_t x_began_ns = 0, x_next_append_ns = 0;
  mutable std::mutex x_mutex;  // guards x_latest
  std::optional<model::EnergyRecord> x_latest;
};

// {"zone", "pue", "price_per_kwh", "currency"} as CAIRN_ZONE, CAIRN_PUE and CAIRN_PRICE_PER_KWH
// ("0.25" or "0.25 EUR") say; null when they say nothing. What makes no sense is told to `warn` and
// left out. Reads the environment.
model::Value place_from_environment(const std::function<void(const std::string&)>& warn);

}  // namespace cairn::client
