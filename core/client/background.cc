// The background thread's loop and its duties.
#include "client/background.h"

#include <unistd.h>

#include <chrono>
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

struct Duties {
  std::shared_ptr<Recorder> recorder;
  Background::Plan plan;
  std::shared_ptr<EnergyWatch> energy;  // null: it is not watched

  void run(GuestThread::Call& call) const;
  void capture() const;
  void capture_git() const;
};

// What takes its time: the GPU's driver, git, a walk over installed packages.
void Duties::capture() const {
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

void Duties::capture_git() const {
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

void Duties::run(GuestThread::Call& call) const {
  std::optional<probe::Sampler> sampler;
  if (plan.sample_period_s > 0) sampler.emplace(plan.sample_pid > 0 ? plan.sample_pid : getpid());
  std::vector<std::pair<std::string, double>> row;
  const auto sample = [&] {
    row.clear();
    sampler->sample(row);
    if (energy) energy->add_to(row);
    recorder->log_system(row);
  };

  if (energy) energy->tick();  // what follows is the run's already
  if (plan.capture) capture();
  if (sampler) sample();  // the first shows what the machine was like before the training began
  int64_t next_second_ns = monotonic_now_ns() + kNsPerSecond;
  const auto period_ns = static_cast<int64_t>(plan.sample_period_s * 1e9);
  int64_t next_sample_ns = monotonic_now_ns() + period_ns;
  while (!call.is_stopped()) {
    call.wait(kTick);
    recorder->prepare();
    const int64_t now_ns = monotonic_now_ns();
    if (now_ns >= next_second_ns) {
      recorder->settle_second();
      (void)recorder->sync();  // a failing disk shows in the appends, counted
      next_second_ns = now_ns + kNsPerSecond;
    }
    if (energy) {
      energy->tick_if_due(now_ns);
      energy->append_if_due(*recorder, now_ns);
    }
    if (sampler && now_ns >= next_sample_ns) {
      sample();
      next_sample_ns = now_ns + period_ns;
    }
  }
  if (energy) {
    energy->tick();
    energy->append_to(*recorder);
  }
  if (sampler) sample();
}

}  // namespace

// The watch reads the environment, so it is made here, on the host's thread.
Background::Background(std::shared_ptr<Recorder> recorder, Plan plan)
    : x_energy(plan.energy ? std::make_shared<EnergyWatch>(plan.sample_pid) : nullptr),
      x_thread("cairn", [duties = Duties{std::move(recorder), std::move(plan), x_energy}](
                            auto& call) { duties.run(call); }) {}

std::optional<model::EnergyRecord> Background::energy() const {
  return x_energy ? x_energy->look() : std::nullopt;
}

}  // namespace cairn::client
