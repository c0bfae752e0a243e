// FootprintGauges: what the runs of each project have used, for Prometheus; computed seldom.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "server/call.h"
#include "server/metrics.h"

namespace cairn::server {

// Owned by the Server. read() is called on the io threads and never waits: it gives what was
// known, and has it computed anew on the reading thread where that is old.
class FootprintGauges {
 public:
  using Task = std::function<void()>;
  // `post`: has something done on the reading thread; false where that has too much to do. `open`:
  // called there.
  FootprintGauges(std::function<bool(Task)> post, std::function<Result<Rooms*>()> open)
      : x_post(std::move(post)), x_open(std::move(open)) {}

  std::vector<Metrics::Gauge> read();

 private:
  void compute();

  const std::function<bool(Task)> x_post;
  const std::function<Result<Rooms*>()> x_open;
  std::mutex x_mutex;
  std::vector<Metrics::Gauge> x_gauges;
  int64_t x_asked_ns = 0;  // monotonic; 0: never
};

}  // namespace cairn::server
