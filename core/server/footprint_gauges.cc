// Computing the sums of projects, a few times in an hour.
#include "server/footprint_gauges.h"

#include <fmt/format.h>

#include <utility>

#include "base/clock.h"
#include "server/footprint_totals.h"

namespace cairn::server {
namespace {

constexpr int64_t kOldNs = 300 * kNsPerSecond;
constexpr double kGramsPerKg = 1000;

}  // namespace

std::vector<Metrics::Gauge> FootprintGauges::read() {
  const std::lock_guard lock(x_mutex);
  const int64_t now_ns = monotonic_now_ns();
  const bool is_old = x_asked_ns == 0 || now_ns - x_asked_ns > kOldNs;
  if (is_old && x_post([this] { compute(); })) x_asked_ns = now_ns;
  return x_gauges;
}

void FootprintGauges::compute() {
  const auto rooms = x_open();
  const auto projects = rooms ? (*rooms)->store.projects() : tl::unexpected(rooms.error());
  if (!projects) return;
  const Request nobody;
  const Call call{{nobody, {}}, **rooms};
  std::vector<Metrics::Gauge> kwh, grams;
  for (const std::string& project : *projects) {
    FootprintSum sum;
    const auto priced = for_each_priced(call, project, {}, {}, [&](PricedRun& run) {
      if (run.footprint) sum.add(std::move(*run.footprint));
    });
    const auto total = sum.total();
    if (!priced || !total) continue;
    const std::string label = fmt::format("project=\"{}\"", project);
    kwh.push_back({"cairn_footprint_kwh_total", "Energy used by runs, as bought.",
                   total->energy_kwh.value, false, label});
    if (total->carbon_kg)
      grams.push_back({"cairn_footprint_gco2e_total", "Emissions of runs, location-based.",
                       total->carbon_kg->value * kGramsPerKg, false, label});
  }
  kwh.insert(kwh.end(), grams.begin(), grams.end());
  const std::lock_guard lock(x_mutex);
  x_gauges = std::move(kwh);
}

}  // namespace cairn::server
