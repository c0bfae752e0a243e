// What watching a run costs: the thread that samples the machine and meters its energy.
//
// Usage: meter_bench [seconds] [processes] [folder]
#include <csignal>

#include "measure.h"
#include "probe/energy.h"
#include "probe/probe.h"

namespace {

using namespace cairn;
using namespace cairn::bench;

constexpr int64_t kSampleNs = 10 * kNsPerSecond;  // a run's, unless it says otherwise

int64_t thread_cpu_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

void wait_until(int64_t time_ns) {
  const timespec at = {time_ns / kNsPerSecond, time_ns % kNsPerSecond};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

// Processes that live, and now and then compute a little.
std::vector<pid_t> start_processes(int count) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0)
      for (;;) wait_until(monotonic_now_ns() + kNsPerSecond);
    if (child > 0) children.push_back(child);
  }
  return children;
}

void measure(double seconds, int processes, const std::string& folder) {
  const std::vector<pid_t> children = start_processes(processes);
  {
    probe::Sampler sampler(getpid());
    probe::EnergyMeter meter({.pid = getpid(), .ledger_folder = folder});
    std::vector<std::pair<std::string, double>> row;
    const Stopwatch first;
    meter.tick();
    figure("meter.first_tick", first.wall_s() * 1e3, "ms");
    sampler.sample(row);

    const int64_t begin_ns = monotonic_now_ns(), begin_cpu_ns = thread_cpu_now_ns();
    const auto end_ns = begin_ns + static_cast<int64_t>(seconds * 1e9);
    int64_t next_sample_ns = begin_ns + kSampleNs, ticks = 0, meter_ns = 0;
    for (int64_t now_ns = begin_ns; now_ns < end_ns; now_ns = monotonic_now_ns()) {
      wait_until(std::min({meter.next_tick_ns(), next_sample_ns, end_ns}));
      if (monotonic_now_ns() >= meter.next_tick_ns()) {
        const int64_t before_ns = thread_cpu_now_ns();
        meter.tick();
        meter_ns += thread_cpu_now_ns() - before_ns;
        ++ticks;
      }
      if (monotonic_now_ns() < next_sample_ns) continue;
      row.clear();
      sampler.sample(row);
      next_sample_ns += kSampleNs;
    }
    const auto cpu_ns = static_cast<double>(thread_cpu_now_ns() - begin_cpu_ns);
    const auto passed_ns = static_cast<double>(monotonic_now_ns() - begin_ns);
    figure("meter.tick", static_cast<double>(meter_ns) / static_cast<double>(ticks) / 1e3, "us");
    figure("meter.ticks_per_s", static_cast<double>(ticks) / passed_ns * 1e9, "1/s");
    figure("meter.share_of_core", 100 * static_cast<double>(meter_ns) / passed_ns, "%");
    figure("meter.with_sampler_share_of_core", 100 * cpu_ns / passed_ns, "%");
  }
  for (const pid_t child : children) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 60;
  const int processes = argc > 2 ? std::atoi(argv[2]) : 20;
  const Folder folder(argc > 3 ? argv[3] : "/dev/shm");
  measure(seconds, processes, folder.path());
}
