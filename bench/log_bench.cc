// The guest in C++: what log() costs the training thread, and what a run costs its process.
//
// Usage: log_bench [folder] [seconds of idleness to watch]
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include "client/run.h"
#include "measure.h"

namespace cairn::bench {
namespace {

constexpr size_t kCalls = 1'000'000;
constexpr size_t kPacedCalls = 50'000;
constexpr int64_t kPauseNs = 100'000;  // a training step that does nothing but wait
constexpr size_t kMetrics = 10;

// With `shared`: pages of files too, such as the journal's window, which the kernel may take back.
double resident_mb(bool with_shared) {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0, shared = 0;
  statm >> total >> resident >> shared;
  const size_t pages = with_shared ? resident : resident - shared;
  return static_cast<double>(pages * static_cast<size_t>(getpagesize())) / 1e6;
}

void spin_until(int64_t until_ns) {
  while (monotonic_now_ns() < until_ns) continue;
}

template <typename Log>
void measure(const std::string& name, std::vector<int64_t>& took_ns, size_t calls, int64_t pause_ns,
             const Log& log) {
  took_ns.resize(calls);
  for (int64_t& took : took_ns) {
    const int64_t from = monotonic_now_ns();
    log();
    const int64_t to = monotonic_now_ns();
    took = to - from;
    if (pause_ns > 0) spin_until(to + pause_ns);
  }
  const auto us = [&](double share) {
    return static_cast<double>(percentile(took_ns, share)) / 1000;
  };
  figure(name + ".p50", us(0.5), "us");
  figure(name + ".p99", us(0.99), "us");
  figure(name + ".p99_9", us(0.999), "us");
  figure(name + ".max", us(1), "us");
}

int run(const std::string& parent, double idle_s) {
  const Folder folder(parent);
  std::vector<int64_t> took_ns(kCalls);  // touched before memory is looked at
  const double host_mb = resident_mb(true), host_private_mb = resident_mb(false);
  client::RunOptions options;
  options.dir = folder.path();
  options.project = "bench";
  const Stopwatch opening;
  const auto run = get(client::Run::open(std::move(options)));
  figure("log.open", opening.wall_s() * 1000, "ms");

  std::vector<std::string> names;
  for (size_t k = 0; k < kMetrics; ++k) names.push_back(fmt::format("metric/{}", k));
  const std::vector<std::string_view> keys(names.begin(), names.end());
  std::array<double, kMetrics> values{};
  std::array<std::pair<std::string_view, double>, kMetrics> row;
  for (size_t k = 0; k < kMetrics; ++k) row[k] = {keys[k], 0.0};
  const client::Shape* shape = run->shape(keys);

  const auto log_shape = [&] {
    values[0] += 1e-6;
    run->log(shape, values);
  };
  const auto log_names = [&] {
    row[0].second += 1e-6;
    run->log(row);
  };
  measure("log.shape", took_ns, kCalls, 0, log_shape);
  measure("log.names", took_ns, kCalls, 0, log_names);
  measure("log.shape.paced", took_ns, kPacedCalls, kPauseNs, log_shape);
  measure("log.names.paced", took_ns, kPacedCalls, kPauseNs, log_names);
  figure("log.guest_memory", resident_mb(true) - host_mb, "MB");
  figure("log.guest_memory.private", resident_mb(false) - host_private_mb, "MB");

  const Stopwatch idle;
  std::this_thread::sleep_for(std::chrono::duration<double>(idle_s));
  figure("log.idle_cpu", 100 * idle.cpu_s() / idle.wall_s(), "%");

  const Stopwatch finishing;
  run->finish();
  figure("log.finish", finishing.wall_s() * 1000, "ms");
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) {
  return cairn::bench::run(argc > 1 ? argv[1] : "/tmp", argc > 2 ? std::atof(argv[2]) : 20);
}
