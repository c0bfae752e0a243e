// The background thread's loop and its duties.
#include "client/background.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "base/clock.h"
#include "base/limits.h"
#include "probe/probe.h"

namespace cairn::client {

using model::Value;

namespace {
constexpr auto kTick = std::chrono::milliseconds(100);
constexpr int64_t kGitLimitNs = 2 * kNsPerSecond;

std::string working_dir() {
  char buffer[4096];
  return getcwd(buffer, sizeof buffer) ? std::string(buffer) : std::string();
}
}  // namespace

struct Background::Shared {
  std::shared_ptr<Recorder> recorder;
  Plan plan;
  std::mutex mutex;
  std::condition_variable wake;
  bool stop = false;
  bool ended = false;

  void capture();
  void capture_git();
};

// What takes its time: the GPU's driver, git, a walk over installed packages.
void Background::Shared::capture() {
  if (Value gpus = probe::gpu_facts(); !gpus.is_null()) {
    Value facts;
    facts.set("gpus", std::move(gpus));
    recorder->append(model::CaptureAdded{std::move(facts)});
  }
  capture_git();
  if (plan.package_folders.empty()) return;
  Value packages;
  packages.set("packages", probe::python_packages(plan.package_folders));
  recorder->append(model::CaptureAdded{std::move(packages)});
}

void Background::Shared::capture_git() {
  const std::string dir = working_dir();
  Value git = probe::git_facts(dir);
  if (git.is_null()) return;
  Value dirty = probe::git_dirty(dir, kDirtyDiffBytesMax, kGitLimitNs);
  if (const Value* diff = dirty.find("diff")) {
    // The diff is a file like any other: kept once however many runs share it.
    if (const std::string_view text = diff->string_or(""); !text.empty())
      if (auto ref = plan.put_bytes(text)) git.set("diff", std::move(*ref));
    dirty.erase("diff");
  }
  git.merge(dirty.is_null() ? Value(model::Object{}) : dirty);
  Value facts;
  facts.set("git", std::move(git));
  recorder->append(model::CaptureAdded{std::move(facts)});
}

Background::Background(std::shared_ptr<Recorder> recorder, Plan plan)
    : x_shared(std::make_shared<Shared>()) {
  x_shared->recorder = std::move(recorder);
  x_shared->plan = std::move(plan);
  // The host's signal handlers run on the host's threads, never on ours.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  x_thread = std::thread(run, x_shared);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Background::~Background() {
  if (x_thread.joinable()) stop(5);
}

bool Background::stop(double wait_s) {
  std::unique_lock lock(x_shared->mutex);
  x_shared->stop = true;
  x_shared->wake.notify_all();
  const bool ended = x_shared->wake.wait_for(lock, std::chrono::duration<double>(wait_s),
                                             [&] { return x_shared->ended; });
  lock.unlock();
  if (!x_thread.joinable()) return ended;
  // A thread that hangs in a file system keeps what it needs alive by itself.
  if (ended)
    x_thread.join();
  else
    x_thread.detach();
  return ended;
}

void Background::forget() {
  // The handle names a thread that only the parent has, and the lock may be held by it for ever:
  // both are overwritten, not destroyed.
  new (&x_thread) std::thread();
  new (&x_shared) std::shared_ptr<Shared>();
}

void Background::run(std::shared_ptr<Shared> shared) {
  pthread_setname_np(pthread_self(), "cairn");
  try {
    Recorder& recorder = *shared->recorder;
    const Plan& plan = shared->plan;
    std::optional<probe::Sampler> sampler;
    if (plan.sample_period_s > 0) sampler.emplace(plan.sample_pid > 0 ? plan.sample_pid : getpid());
    std::vector<std::pair<std::string, double>> row;
    const auto sample = [&] {
      row.clear();
      sampler->sample(row);
      recorder.log_system(row);
    };

    if (plan.capture) shared->capture();
    if (sampler) sample();  // the first shows what the machine was like before the training began
    int64_t next_second_ns = monotonic_now_ns() + kNsPerSecond;
    const auto period_ns = static_cast<int64_t>(plan.sample_period_s * 1e9);
    int64_t next_sample_ns = monotonic_now_ns() + period_ns;
    std::unique_lock lock(shared->mutex);
    while (!shared->stop) {
      shared->wake.wait_for(lock, kTick, [&] { return shared->stop; });
      lock.unlock();
      recorder.prepare();
      const int64_t now_ns = monotonic_now_ns();
      if (now_ns >= next_second_ns) {
        recorder.settle_second();
        (void)recorder.sync();  // a failing disk shows in the appends, counted
        next_second_ns = now_ns + kNsPerSecond;
      }
      if (sampler && now_ns >= next_sample_ns) {
        sample();
        next_sample_ns = now_ns + period_ns;
      }
      lock.lock();
    }
    lock.unlock();
    if (sampler) sample();
  } catch (...) {
    // Nothing that goes wrong here may reach the host; the journal itself needs no thread.
  }
  const std::lock_guard lock(shared->mutex);
  shared->ended = true;
  shared->wake.notify_all();
}

}  // namespace cairn::client
