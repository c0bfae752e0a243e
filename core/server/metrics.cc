// Counting, and printing for Prometheus.
#include "server/metrics.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/version.h"

namespace cairn::server {
namespace {

constexpr std::string_view kNoRoute = "none";

void describe(std::string& out, std::string_view name, std::string_view type,
              std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Metrics::count(const Exchange& exchange) {
  const double duration_s = static_cast<double>(exchange.duration_ns) / 1e9;
  const bool is_known = !exchange.request.route.empty();
  const std::lock_guard lock(x_mutex);
  Route& route = x_routes[is_known ? Label(exchange.request.route, exchange.request.method)
                                   : Label(kNoRoute, "any")];
  ++route.by_status[exchange.status];
  const auto bound = std::lower_bound(kBoundsS.begin(), kBoundsS.end(), duration_s);
  ++route.duration.buckets[static_cast<size_t>(bound - kBoundsS.begin())];
  route.duration.sum_s += duration_s;
  ++route.duration.count;
  route.bytes_received += exchange.bytes_received;
  route.bytes_sent += exchange.bytes_sent;
}

std::string Metrics::print(const std::vector<Gauge>& gauges) const {
  std::string out;
  const auto line = [&out]<typename... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
    out += '\n';
  };
  describe(out, "cairn_build_info", "gauge", "The version that runs.");
  line("cairn_build_info{{version=\"{}\"}} 1", version());
  std::string_view described;
  for (const Gauge& gauge : gauges) {
    if (std::exchange(described, gauge.name) != gauge.name)
      describe(out, gauge.name, gauge.is_counter ? "counter" : "gauge", gauge.help);
    line("{}{} {}", gauge.name, gauge.label.empty() ? "" : "{" + gauge.label + "}", gauge.value);
  }

  const std::lock_guard lock(x_mutex);
  const auto labels = [](const Label& label) {
    return fmt::format("route=\"{}\",method=\"{}\"", label.first, label.second);
  };
  describe(out, "cairn_http_requests_total", "counter", "Requests by route and status.");
  for (const auto& [label, route] : x_routes)
    for (const auto& [status, requests] : route.by_status)
      line("cairn_http_requests_total{{{},status=\"{}\"}} {}", labels(label), status, requests);
  describe(out, "cairn_http_received_bytes_total", "counter", "Bytes of requests' bodies.");
  for (const auto& [label, route] : x_routes)
    line("cairn_http_received_bytes_total{{{}}} {}", labels(label), route.bytes_received);
  describe(out, "cairn_http_sent_bytes_total", "counter", "Bytes of answers.");
  for (const auto& [label, route] : x_routes)
    line("cairn_http_sent_bytes_total{{{}}} {}", labels(label), route.bytes_sent);

  constexpr std::string_view kDuration = "cairn_http_request_duration_seconds";
  describe(out, kDuration, "histogram", "From a request's head to the end of its answer.");
  for (const auto& [label, route] : x_routes) {
    uint64_t below = 0;
    for (size_t i = 0; i < kBoundsS.size(); ++i) {
      below += route.duration.buckets[i];
      line("{}_bucket{{{},le=\"{}\"}} {}", kDuration, labels(label), kBoundsS[i], below);
    }
    line("{}_bucket{{{},le=\"+Inf\"}} {}", kDuration, labels(label), route.duration.count);
    line("{}_sum{{{}}} {}", kDuration, labels(label), route.duration.sum_s);
    line("{}_count{{{}}} {}", kDuration, labels(label), route.duration.count);
  }
  return out;
}

uint64_t resident_bytes() {
  unsigned long total = 0, resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (!file) return 0;
  const int found = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return found == 2 ? resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace cairn::server
