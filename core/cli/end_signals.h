// EndSignals: what ends a command that serves until it is told to stop.
#pragma once

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace cairn::cli {

// Blocks the signals from its making on, so that no thread started afterwards is interrupted; made
// and used by the main thread.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&x_signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&x_signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &x_signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  // Until the first one; a second one ends the process at once.
  void wait() {
    while (!wait_for(3600)) continue;
  }
  bool wait_for(time_t seconds) {
    const timespec time{seconds, 0};
    if (::sigtimedwait(&x_signals, nullptr, &time) < 0) return false;
    ::pthread_sigmask(SIG_UNBLOCK, &x_signals, nullptr);
    return true;
  }

 private:
  sigset_t x_signals{};
};

}  // namespace cairn::cli
