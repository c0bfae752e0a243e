// The thread that reads counters between calls, and what a fork leaves of it.
#include "python_meter.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "base/clock.h"
#include "model/energy.h"
#include "python_value.h"

namespace nb = nanobind;

namespace cairn::python {
namespace {

constexpr int64_t kPeriodNs = kNsPerSecond, kWaitNsMin = 10 * kNsPerMillisecond;
constexpr double kCloseWaitS = 5;

}  // namespace

PythonMeter::PythonMeter()
    : x_pid(::getpid()),
      x_watch(new Watch{{}, probe::EnergyMeter(probe::EnergyMeter::Options{.is_observer = true})}),
      x_thread("cairn-energy",
               [watch = x_watch](client::GuestThread::Call& call) { attend(*watch, call); }) {}

void PythonMeter::attend(Watch& watch, client::GuestThread::Call& call) {
  int64_t wait_ns = kPeriodNs;
  while (!call.wait(std::chrono::nanoseconds(wait_ns))) {
    const std::lock_guard lock(watch.mutex);
    const bool has_begun = watch.meter.next_tick_ns() != 0;
    if (has_begun && monotonic_now_ns() >= watch.meter.next_tick_ns()) watch.meter.tick();
    wait_ns = has_begun ? std::max(watch.meter.next_tick_ns() - monotonic_now_ns(), kWaitNsMin)
                        : kPeriodNs;
  }
}

// In a forked child: the parent's thread may have held the lock, so what it guards is given up as
// it is, and overwritten instead of destroyed.
PythonMeter::~PythonMeter() {
  if (is_ours()) {
    close();
  } else {
    x_thread.forget();
    new (&x_watch) std::shared_ptr<Watch>();
  }
}

bool PythonMeter::is_ours() const { return ::getpid() == x_pid; }

nb::object PythonMeter::tick() {
  if (x_is_closed || !is_ours()) return nb::none();
  model::Value record;
  {
    nb::gil_scoped_release release;
    const std::lock_guard lock(x_watch->mutex);
    x_watch->meter.tick();
    record = to_value(x_watch->meter.record());
  }
  return python_of(record);
}

void PythonMeter::close() {
  if (!is_ours() || std::exchange(x_is_closed, true)) return;
  nb::gil_scoped_release release;
  x_thread.stop(kCloseWaitS);
}

}  // namespace cairn::python
