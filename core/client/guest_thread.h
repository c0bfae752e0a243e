// GuestThread: a thread in somebody else's program, which it must not disturb.
//
// The host's signal handlers never run on it, no exception leaves it, and its owner waits for its
// end only as long as it wants to: what the thread uses belongs to the thread as well.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace cairn::client {

// Owned by a run. stop(), nudge() and forget() are called by one thread at a time.
class GuestThread {
 public:
  // What the thread sees of its owner.
  class Call {
   public:
    // Waits at most `time`, or until the next nudge; true when the thread shall end.
    bool wait(std::chrono::nanoseconds time);
    bool is_stopped();

   private:
    friend class GuestThread;
    std::mutex x_mutex;
    std::condition_variable x_wake;
    bool x_stop = false, x_nudged = false, x_ended = false;
  };

  // `body` owns what it refers to, or refers to what outlives the process. `name`: at most 15
  // characters.
  GuestThread(const char* name, std::function<void(Call&)> body);
  ~GuestThread();  // stops; waits at most 5 s
  GuestThread(const GuestThread&) = delete;
  GuestThread& operator=(const GuestThread&) = delete;

  void nudge();
  // True when it has ended within `wait_s`; it goes on by itself otherwise.
  bool stop(double wait_s);
  bool wait_for_end(double wait_s);  // without asking it to
  // In a forked child, where the thread does not exist: forget it without touching it.
  void forget();

 private:
  std::shared_ptr<Call> x_call;
  std::thread x_thread;
};

}  // namespace cairn::client
