// The queue and the loop of a Worker.
#include "server/worker.h"

#include <pthread.h>

namespace cairn::server {

Worker::Worker(const char* name, size_t threads, size_t waiting_max)
    : x_waiting_max(waiting_max), x_running(threads) {
  for (size_t i = 0; i < threads; ++i) {
    std::thread& thread = x_threads.emplace_back([this] { run(); });
    ::pthread_setname_np(thread.native_handle(), name);
  }
}

bool Worker::post(Task task) {
  {
    const std::lock_guard lock(x_mutex);
    if (x_is_stopping || x_tasks.size() >= x_waiting_max) return false;
    x_tasks.push_back(std::move(task));
  }
  x_wake.notify_one();
  return true;
}

size_t Worker::waiting() const {
  const std::lock_guard lock(x_mutex);
  return x_tasks.size();
}

void Worker::stop() {
  {
    const std::lock_guard lock(x_mutex);
    x_is_stopping = true;
  }
  x_wake.notify_all();
  for (std::thread& thread : x_threads) thread.join();
  x_threads.clear();
}

bool Worker::stop_within(std::chrono::milliseconds time) {
  std::unique_lock lock(x_mutex);
  x_is_stopping = true;
  x_wake.notify_all();
  return x_done.wait_for(lock, time, [this] { return x_running == 0; });
}

void Worker::run() {
  std::unique_lock lock(x_mutex);
  while (true) {
    x_wake.wait(lock, [this] { return x_is_stopping || !x_tasks.empty(); });
    if (x_tasks.empty()) break;
    Task task = std::move(x_tasks.front());
    x_tasks.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds may ask for the lock
    lock.lock();
  }
  --x_running;
  x_done.notify_all();
}

}  // namespace cairn::server
