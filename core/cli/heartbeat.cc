// One request per trial and beat.
#include "cli/heartbeat.h"

#include <fmt/format.h>

#include "base/disk.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

using std::chrono::seconds;

constexpr seconds kTick{1};   // a trial that is over sooner is never told of
constexpr seconds kBeat{10};  // often enough that a trial whose sweep is stopped ends soon

}  // namespace

Heartbeat::Heartbeat(Place place) : x_place(std::move(place)), x_thread([this] { work(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(x_mutex);
    x_is_over = true;
  }
  x_wake.notify_all();
  x_thread.join();
}

void Heartbeat::keep(int64_t trial, const std::string& run) {
  const std::lock_guard lock(x_mutex);
  x_trials[trial] = {run, Clock::now() + kTick};
}

void Heartbeat::leave(int64_t trial) {
  const std::lock_guard lock(x_mutex);
  x_trials.erase(trial);
  x_wishes.erase(trial);
}

std::map<int64_t, Heartbeat::Wish> Heartbeat::take_wishes() {
  const std::lock_guard lock(x_mutex);
  return std::exchange(x_wishes, {});
}

void Heartbeat::work() {
  std::unique_lock lock(x_mutex);
  while (!x_wake.wait_for(lock, kTick, [&] { return x_is_over; })) {
    const auto due = take_due();
    if (due.empty()) continue;
    lock.unlock();
    beat(due);
    lock.lock();
  }
}

std::map<int64_t, std::string> Heartbeat::take_due() {
  const auto now = Clock::now();
  std::map<int64_t, std::string> due;
  for (auto& [trial, kept] : x_trials) {
    if (kept.next > now) continue;
    kept.next = now + kBeat;
    due.emplace(trial, kept.run);
  }
  return due;
}

void Heartbeat::beat(const std::map<int64_t, std::string>& trials) {
  server::Door door(posix_disk(), x_place.dir);
  DoorClient client(door, x_place.url);
  client.hurry();
  for (const auto& [trial, run] : trials) {
    Value body = Object{{"worker", x_place.worker}, {"lease_s", kLeaseS}};
    if (!run.empty()) body.set("run", run);
    const auto answer =
        client.send("POST", fmt::format("{}/trials/{}/heartbeat", x_place.sweep, trial), {}, body);
    if (!answer) continue;
    Wish wish{flag_at(*answer, "stop"), flag_at(*answer, "pause"), text_at(*answer, "why")};
    const std::lock_guard lock(x_mutex);
    if ((wish.stop || wish.pause) && x_trials.contains(trial)) x_wishes[trial] = std::move(wish);
  }
}

}  // namespace cairn::cli
