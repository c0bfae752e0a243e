// Metrics: what a server counts of itself, in Prometheus' text format.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "server/answerer.h"

namespace cairn::server {

// Owned by the Server. Thread-safe. Counts from the process's start; nothing of it is kept.
class Metrics {
 public:
  void count(const Exchange& exchange);

  // What others know at the moment somebody looks.
  struct Gauge {
    std::string_view name, help;
    double value = 0;
    bool is_counter = false;
    std::string label;  // project="digits"; those of one name stand beside each other
  };
  std::string print(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::array<double, 11> kBoundsS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                      0.1,   0.25,   0.5,   1,    5};
  struct Histogram {
    std::array<uint64_t, kBoundsS.size() + 1> buckets{};  // the last one is beyond every bound
    double sum_s = 0;
    uint64_t count = 0;
  };
  // Patterns and methods of the table only, so that nobody can make up labels without end.
  using Label = std::pair<std::string_view, std::string>;  // route, method
  struct Route {
    std::map<int, uint64_t> by_status;
    Histogram duration;
    uint64_t bytes_received = 0, bytes_sent = 0;
  };

  mutable std::mutex x_mutex;
  std::map<Label, Route> x_routes;
};

uint64_t resident_bytes();  // of this process; 0 when unknown

}  // namespace cairn::server
