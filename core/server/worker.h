// Worker: a thread or a few that do tasks; and how a coroutine waits for what they did.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cairn::server {

// What belongs to one thread (the Door to the reading thread, above all) is touched by tasks of a
// Worker with one thread only. Tasks wait in a bounded queue, in order. Thread-safe. Owned by the
// Server.
class Worker {
 public:
  using Task = std::function<void()>;

  Worker(const char* name, size_t threads, size_t waiting_max);  // a name has 15 characters at most
  ~Worker() { stop(); }

  // False when too many wait, or after stop().
  bool post(Task task);
  size_t waiting() const;
  void stop();                                       // does what waits, and takes no more
  bool stop_within(std::chrono::milliseconds time);  // false: not done by then, and goes on

 private:
  void run();

  const size_t x_waiting_max;
  mutable std::mutex x_mutex;
  std::condition_variable x_wake, x_done;
  std::deque<Task> x_tasks;
  bool x_is_stopping = false;
  size_t x_running = 0;
  std::vector<std::thread> x_threads;
};

// The result of `work`, done by the worker; nullopt when it has too much to do.
template <typename T>
boost::asio::awaitable<std::optional<T>> run_on(Worker& worker, std::function<T()> work) {
  namespace asio = boost::asio;
  const auto initiate = [](auto handler, Worker* on, std::function<T()> what) {
    const auto executor = asio::get_associated_executor(handler);
    const auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    const auto finish = [executor, waiting](std::optional<T> result) {
      asio::post(executor, [waiting, result = std::move(result)]() mutable {
        (*waiting)(std::move(result));
      });
    };
    if (!on->post([finish, what = std::move(what)] { finish(what()); })) finish(std::nullopt);
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<T>)>(
      initiate, asio::use_awaitable, &worker, std::move(work));
}

}  // namespace cairn::server
