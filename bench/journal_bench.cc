// Measures a journal: nanoseconds of an append of 104 bytes, and the speed of verified reading.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/id.h"
#include "journal/journal.h"

namespace cairn::journal {
namespace {

constexpr size_t kPayloadBytes = 104;  // a row of ten values
constexpr size_t kAppends = 1'000'000;

int64_t percentile(const std::vector<int64_t>& sorted, double share) {
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void fail_bench(const Error& error) {
  fmt::print(stderr, "journal_bench: {}\n", error.message());
  std::exit(1);
}

// Appends while a background thread prepares ten times a second and syncs once, as a run does.
// `pause_ns` lies between appends: 0 is a loop that only logs.
void measure_append(const std::string& path, const char* name, bool use_window, size_t appends,
                    int64_t pause_ns) {
  Writer::Options options;
  options.use_window = use_window;
  auto created = Writer::create(posix_disk(), path, this_process(), options);
  if (!created) fail_bench(created.error());
  Writer& writer = **created;
  std::atomic<bool> done{false};
  std::thread background([&] {
    for (int tick = 0; !done; ++tick) {
      static_cast<void>(writer.prepare());
      if (tick % 10 == 9) static_cast<void>(writer.sync());
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  const std::string payload(kPayloadBytes, 'p');
  std::vector<int64_t> took_ns(appends);
  const int64_t began_ns = monotonic_now_ns();
  for (int64_t& took : took_ns) {
    const int64_t from = monotonic_now_ns();
    if (char* room = writer.reserve(payload.size())) {
      std::memcpy(room, payload.data(), payload.size());
      writer.commit(1, payload.size());
    }
    const int64_t to = monotonic_now_ns();
    took = to - from;
    while (monotonic_now_ns() < to + pause_ns) {
    }
  }
  const int64_t whole_ns = monotonic_now_ns() - began_ns;
  done = true;
  background.join();
  std::sort(took_ns.begin(), took_ns.end());
  fmt::print(
      "append {:<22} p50 {:>6} ns  p99 {:>6} ns  p99.9 {:>6} ns  max {:>9} ns  mean {:>6} ns\n",
      name, percentile(took_ns, 0.5), percentile(took_ns, 0.99), percentile(took_ns, 0.999),
      took_ns.back(), whole_ns / static_cast<int64_t>(appends) - pause_ns);
  if (const auto closed = writer.close(); !closed) fail_bench(closed.error());
}

void measure_read(const std::string& path) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const auto reader = Reader::open(posix_disk(), path);
    if (!reader) fail_bench(reader.error());
    Frame frame;
    size_t frames = 0;
    const int64_t began_ns = monotonic_now_ns();
    while (*(*reader)->next(frame)) ++frames;
    const double seconds = static_cast<double>(monotonic_now_ns() - began_ns) / 1e9;
    best = std::max(best, static_cast<double>((*reader)->offset()) / 1e6 / seconds);
    if (frames != kAppends) fmt::print("read {} frames, expected {}\n", frames, kAppends);
  }
  fmt::print("read   verified frames        {:>6.0f} MB/s\n", best);
}

}  // namespace
}  // namespace cairn::journal

int main(int argc, char** argv) {
  using namespace cairn::journal;
  const std::string dir = argc > 1 ? argv[1] : ".";
  const auto path = [&](const char* name) {
    return fmt::format("{}/journal-bench-{}-{}", dir, cairn::make_id(), name);
  };
  const std::string window = path("window");
  measure_append(window, "window", true, kAppends, 0);
  measure_read(window);
  const std::string paced = path("paced");
  measure_append(paced, "window, one per 100 us", true, 50'000, 100'000);
  const std::string write = path("write");
  measure_append(write, "write", false, kAppends, 0);
  for (const std::string& used : {window, paced, write}) unlink(used.c_str());
  return 0;
}
