// PythonMeter: what this process uses of energy, watched beside its runs: `_native.EnergyMeter`.
//
// It only observes: no run's record lacks what it saw, and what it saw is in no run's record twice.
// Owned by its Python object. Between calls a thread of its own reads the counters once a second,
// without the GIL. In a forked child it is left untouched: make another one there.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>

#include "client/guest_thread.h"
#include "probe/energy.h"

namespace cairn::python {

class PythonMeter {
 public:
  PythonMeter();  // reads the environment
  ~PythonMeter();

  // Reads the counters now and answers the record since the first call, as a dict; None when it
  // was closed, or in a forked child. The first call looks for sensors: a driver may have to wake.
  nanobind::object tick();
  // Ends the thread; waits for a driver's answer, 5 s at most.
  void close();

 private:
  struct Watch {  // of the calling threads and ours
    std::mutex mutex;
    probe::EnergyMeter meter;
  };
  static void attend(Watch& watch, client::GuestThread::Call& call);
  bool is_ours() const;

  const int x_pid;
  std::shared_ptr<Watch> x_watch;
  client::GuestThread x_thread;
  bool x_is_closed = false;
};

}  // namespace cairn::python
