// Heartbeat: tells a sweep that the trials of this agent are alive, and hears whether they are to
// end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "cli/door_client.h"

namespace cairn::cli {

// A thread of its own, with a client of its own, so that nothing that the agent waits for can cost
// it a lease. Owned by the agent; its methods are called from the agent's main thread. While the
// store does not answer it tries on: a result that comes after the lease is taken all the same.
class Heartbeat {
 public:
  static constexpr int kLeaseS = 60;

  struct Place {
    std::string dir, url;
    std::string sweep;  // the API's path of it
    std::string worker;
  };
  explicit Heartbeat(Place place);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;

  void keep(int64_t trial, const std::string& run);
  void leave(int64_t trial);

  // What the sweep wants of a trial.
  struct Wish {
    bool stop = false, pause = false;
    std::string why;
  };
  // Those that came since the last call.
  std::map<int64_t, Wish> take_wishes();

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::string run;
    Clock::time_point next;  // beat
  };

  void work();
  std::map<int64_t, std::string> take_due();
  void beat(const std::map<int64_t, std::string>& trials);

  const Place x_place;
  std::mutex x_mutex;  // guards all below
  std::condition_variable x_wake;
  std::map<int64_t, Kept> x_trials;
  std::map<int64_t, Wish> x_wishes;
  bool x_is_over = false;
  std::thread x_thread;
};

}  // namespace cairn::cli
