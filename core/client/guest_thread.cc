// Starting, waking and leaving a thread.
#include "client/guest_thread.h"

#include <pthread.h>

#include <csignal>
#include <new>
#include <utility>

namespace cairn::client {

bool GuestThread::Call::wait(std::chrono::nanoseconds time) {
  std::unique_lock lock(x_mutex);
  x_wake.wait_for(lock, time, [this] { return x_stop || x_nudged; });
  x_nudged = false;
  return x_stop;
}

bool GuestThread::Call::is_stopped() {
  const std::lock_guard lock(x_mutex);
  return x_stop;
}

GuestThread::GuestThread(const char* name, std::function<void(Call&)> body)
    : x_call(std::make_shared<Call>()) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  x_thread = std::thread([call = x_call, name, body = std::move(body)]() mutable {
    pthread_setname_np(pthread_self(), name);
    try {
      body(*call);
    } catch (...) {
      // Nothing that goes wrong here may reach the host; the journal itself needs no thread.
    }
    body = nullptr;
    const std::lock_guard lock(call->x_mutex);
    call->x_ended = true;
    call->x_wake.notify_all();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

GuestThread::~GuestThread() {
  if (x_thread.joinable()) stop(5);
}

void GuestThread::nudge() {
  const std::lock_guard lock(x_call->x_mutex);
  x_call->x_nudged = true;
  x_call->x_wake.notify_all();
}

bool GuestThread::wait_for_end(double wait_s) {
  std::unique_lock lock(x_call->x_mutex);
  return x_call->x_wake.wait_for(lock, std::chrono::duration<double>(wait_s),
                                 [this] { return x_call->x_ended; });
}

bool GuestThread::stop(double wait_s) {
  {
    const std::lock_guard lock(x_call->x_mutex);
    x_call->x_stop = true;
    x_call->x_wake.notify_all();
  }
  const bool ended = wait_for_end(wait_s);
  if (!x_thread.joinable()) return ended;
  // A thread that hangs in a file system or a name server keeps what it needs alive by itself.
  if (ended)
    x_thread.join();
  else
    x_thread.detach();
  return ended;
}

void GuestThread::forget() {
  // The handle names a thread that only the parent has, and the lock may be held by it for ever:
  // both are overwritten, not destroyed.
  new (&x_thread) std::thread();
  new (&x_call) std::shared_ptr<Call>(std::make_shared<Call>());
}

}  // namespace cairn::client
