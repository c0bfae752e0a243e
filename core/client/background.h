// Background: the one thread of a run. Keeps the journal ready and synced, samples the machine and
// its energy, captures what the run runs on, and never holds anything that log() waits for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/energy_watch.h"
#include "client/guest_thread.h"
#include "client/recorder.h"
#include "client/run.h"

namespace cairn::client {

class Background {
 public:
  struct Plan {
    bool capture = true;
    double sample_period_s = 10;  // 0: no machine metrics
    int sample_pid = 0;
    bool energy = false;  // what the processes use of it
    std::vector<std::string> package_folders;
    std::function<Result<model::Value>(std::string_view)> put_bytes;  // for the diff
  };

  Background(std::shared_ptr<Recorder> recorder, Plan plan);

  // Asks the thread to end and waits for it, at most `wait_s`. True when it has ended.
  bool stop(double wait_s) { return x_thread.stop(wait_s); }
  // Up to now; nothing when energy is not watched. From any thread.
  std::optional<model::EnergyRecord> energy() const;
  // In a forked child, where the thread does not exist: forget it without touching it.
  void forget() { x_thread.forget(); }

 private:
  std::shared_ptr<EnergyWatch> x_energy;  // the thread's too, which may outlive us
  GuestThread x_thread;
};

}  // namespace cairn::client
