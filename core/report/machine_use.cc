// See machine_use.h.
#include "report/machine_use.h"

#include <algorithm>
#include <cmath>

#include "report/results.h"

namespace cairn::report {

namespace {

constexpr double kGapsMax = 3;  // times the usual time between samples

// The time that a sample stands for: since the one before it. 0 where samples are missing.
std::vector<double> held_seconds(const MachineUse& use) {
  std::vector<double> held(use.at_s.size(), 0.0);
  for (size_t i = 1; i < held.size(); ++i) held[i] = std::max(0.0, use.at_s[i] - use.at_s[i - 1]);
  if (held.size() < 2) return held;
  std::vector<double> sorted(held.begin() + 1, held.end());
  std::ranges::sort(sorted);
  const double longest = kGapsMax * std::max(quantile(sorted, 0.5), kIdleSecondsMin);
  for (double& seconds : held)
    if (seconds > longest) seconds = 0;
  return held;
}

}  // namespace

std::vector<Stretch> find_idle(const MachineUse& use) {
  const std::vector<double> held = held_seconds(use);
  std::vector<Stretch> idle;
  for (size_t i = 1; i < held.size(); ++i) {
    if (!(use.busy[i] < kIdleBusyMax) || held[i] <= 0) continue;
    const Stretch span{use.at_s[i - 1], use.at_s[i]};
    if (!idle.empty() && idle.back().to_s == span.from_s)
      idle.back().to_s = span.to_s;
    else
      idle.push_back(span);
  }
  std::erase_if(idle, [](const Stretch& span) { return span.seconds() < kIdleSecondsMin; });
  return idle;
}

double stalled_seconds(const MachineUse& use, const std::vector<Stretch>& idle) {
  const std::vector<double> held = held_seconds(use);
  double stalled = 0;
  auto span = idle.begin();
  for (size_t i = 1; i < held.size(); ++i) {
    while (span != idle.end() && span->to_s < use.at_s[i]) ++span;
    const bool is_idle = span != idle.end() && span->from_s < use.at_s[i];
    if (!is_idle && std::isfinite(use.busy[i]))
      stalled += held[i] * (1 - std::clamp(use.busy[i], 0.0, 1.0));
  }
  return stalled;
}

std::optional<Oversize> find_oversize(const MachineUse& use) {
  if (!use.is_gpu || !use.memory_peak_share) return std::nullopt;
  std::vector<double> busy = use.busy;
  std::erase_if(busy, [](double share) { return !std::isfinite(share); });
  if (busy.empty()) return std::nullopt;
  std::ranges::sort(busy);
  const double busy_p90 = quantile(busy, 0.9);
  if (!(*use.memory_peak_share < kOversizedMax) || !(busy_p90 < kOversizedMax)) return std::nullopt;
  return Oversize{kPackedShare, kPackedShareLow, 1 - std::max(*use.memory_peak_share, busy_p90),
                  *use.memory_peak_share, busy_p90};
}

}  // namespace cairn::report
