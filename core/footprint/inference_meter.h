// A meter's readings as a curve, and a request's time as stretches with tokens: what splitting and
// fitting the energy of requests share.
//
// Pure values, inside of this room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "footprint/inference.h"

namespace cairn::footprint {

inline double seconds_between(int64_t from_ns, int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / static_cast<double>(kNsPerSecond);
}

// How much of [from, to) lies in [began, ended), as a share.
inline double share_within(int64_t from_ns, int64_t to_ns, int64_t began_ns, int64_t ended_ns) {
  const int64_t from = std::max(from_ns, began_ns), to = std::min(to_ns, ended_ns);
  return to <= from ? 0 : seconds_between(from, to) / seconds_between(from_ns, to_ns);
}

// Calls visit(began_ns, ended_ns, tokens_in, tokens_out) for the prefill and the decode of a
// request, or once for both where the first token's time is unknown. Never for an empty stretch:
// its tokens go to the other one.
template <typename Visit>
void for_each_stretch(const ServedRequest& request, const Visit& visit) {
  if (request.ended_ns <= request.began_ns) return;
  const int64_t first_ns = request.first_token_ns;
  if (first_ns == 0 || first_ns <= request.began_ns || first_ns >= request.ended_ns)
    return visit(request.began_ns, request.ended_ns, request.tokens_in, request.tokens_out);
  visit(request.began_ns, first_ns, request.tokens_in, 0.0);
  visit(first_ns, request.ended_ns, 0.0, request.tokens_out);
}

// Joules since the first reading, straight between readings.
class MeterCurve {
 public:
  explicit MeterCurve(const std::vector<MeterPoint>& meter) {
    x_points.reserve(meter.size());
    const MeterPoint* last = nullptr;
    for (const MeterPoint& point : meter) {
      if (last && point.time_ns <= last->time_ns) continue;
      const double rise = last ? std::max(0.0, point.joules - last->joules) : 0;
      x_points.push_back({point.time_ns, last ? x_points.back().joules + rise : 0});
      last = &point;
    }
  }

  const std::vector<MeterPoint>& points() const { return x_points; }
  int64_t began_ns() const { return x_points.front().time_ns; }
  int64_t ended_ns() const { return x_points.back().time_ns; }

  double joules_at(int64_t time_ns) const {
    const auto after = std::ranges::upper_bound(x_points, time_ns, {}, &MeterPoint::time_ns);
    if (after == x_points.begin()) return 0;
    if (after == x_points.end()) return x_points.back().joules;
    const auto before = after - 1;
    const double share = seconds_between(before->time_ns, time_ns) /
                         seconds_between(before->time_ns, after->time_ns);
    return before->joules + share * (after->joules - before->joules);
  }

 private:
  std::vector<MeterPoint> x_points;
};

}  // namespace cairn::footprint
