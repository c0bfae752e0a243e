// Splits a meter's energy over the requests that were in flight.
//
// A request is one or two phases in which its weight does not change. What a unit of weight is
// worth is then a curve over time that all requests share, and a request's energy is its weight
// times the curve's rise over its phase: the cost is that of sorting, however many requests
// overlap.
#include "footprint/inference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "footprint/inference_meter.h"

namespace cairn::footprint {
namespace {

struct Phase {
  size_t request = 0;
  int64_t began_ns = 0, ended_ns = 0;
  double weight = 0;
  bool is_told = false;  // else it weighs as the mean of those beside it
};

// What one in flight has had by each moment, in joules.
struct Worth {
  double per_weight = 0;  // for each unit of weight, of phases that tell theirs
  double per_untold = 0;  // for a phase that does not
  double per_phase = 0;   // for any, while nobody's weight is above 0
};

bool is_failure(const ServedRequest& request) {
  return request.status < 100 || request.status > 399;
}

std::vector<Phase> phases_of(const std::vector<ServedRequest>& requests, RequestWeights weights,
                             const std::optional<PowerFit>& fit) {
  double in_j = 1, out_j = 1;
  if (fit && fit->j_per_token_in + fit->j_per_token_out > 0) {
    in_j = fit->j_per_token_in;
    out_j = fit->j_per_token_out;
  }
  std::vector<Phase> phases;
  phases.reserve(requests.size() * 2);
  for (size_t i = 0; i < requests.size(); ++i) {
    const ServedRequest& request = requests[i];
    const bool is_told =
        weights == RequestWeights::kTokens && request.tokens_in + request.tokens_out > 0;
    for_each_stretch(request, [&](int64_t began_ns, int64_t ended_ns, double in, double out) {
      const double tokens_j = in * in_j + out * out_j;
      phases.push_back(
          {i, began_ns, ended_ns, tokens_j / seconds_between(began_ns, ended_ns), is_told});
    });
  }
  return phases;
}

// The phases in flight at a moment that only goes forward.
class InFlight {
 public:
  explicit InFlight(const std::vector<Phase>& phases) : x_phases(phases) {
    x_by_begin.resize(phases.size());
    std::iota(x_by_begin.begin(), x_by_begin.end(), size_t{0});
    x_by_end = x_by_begin;
    std::ranges::sort(x_by_begin, {}, [&](size_t i) { return phases[i].began_ns; });
    std::ranges::sort(x_by_end, {}, [&](size_t i) { return phases[i].ended_ns; });
  }

  void go_to(int64_t time_ns) {
    for (; x_begun < x_by_begin.size(); ++x_begun) {
      const Phase& phase = x_phases[x_by_begin[x_begun]];
      if (phase.began_ns > time_ns) break;
      count(phase, +1);
    }
    for (; x_ended < x_by_end.size(); ++x_ended) {
      const Phase& phase = x_phases[x_by_end[x_ended]];
      if (phase.ended_ns > time_ns) break;
      count(phase, -1);
    }
  }

  bool is_empty() const { return x_all == 0; }

  void share(double active_j, Worth& worth) const {
    if (x_weighing == 0) {
      worth.per_phase += active_j / x_all;
      return;
    }
    worth.per_weight += active_j * (x_told / x_all) / x_weight;
    worth.per_untold += active_j / x_all;
  }

 private:
  void count(const Phase& phase, int sign) {
    x_all += sign;
    if (!phase.is_told) return;
    x_told += sign;
    if (phase.weight <= 0) return;
    x_weighing += sign;
    x_weight += sign * phase.weight;
    if (x_weighing == 0) x_weight = 0;  // and not what rounding left
  }

  const std::vector<Phase>& x_phases;
  std::vector<size_t> x_by_begin, x_by_end;
  size_t x_begun = 0, x_ended = 0;
  double x_all = 0, x_told = 0, x_weight = 0;
  int64_t x_weighing = 0;
};

// All moments within the meter's time at which something changes.
std::vector<int64_t> moments_of(const MeterCurve& meter, const std::vector<Phase>& phases) {
  std::vector<int64_t> moments;
  moments.reserve(meter.points().size() + 2 * phases.size());
  for (const MeterPoint& point : meter.points()) moments.push_back(point.time_ns);
  for (const Phase& phase : phases)
    for (const int64_t time_ns : {phase.began_ns, phase.ended_ns})
      if (time_ns > meter.began_ns() && time_ns < meter.ended_ns()) moments.push_back(time_ns);
  std::ranges::sort(moments);
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  return moments;
}

std::vector<double> split(const MeterCurve& meter, const std::vector<Phase>& phases,
                          size_t requests, double idle_w) {
  const std::vector<int64_t> moments = moments_of(meter, phases);
  std::vector<Worth> worth(moments.size());
  InFlight in_flight(phases);
  double joules = 0;
  for (size_t i = 1; i < moments.size(); ++i) {
    const double until = meter.joules_at(moments[i]);
    const double used_j = until - std::exchange(joules, until);
    const double idle_j = std::min(used_j, idle_w * seconds_between(moments[i - 1], moments[i]));
    worth[i] = worth[i - 1];
    in_flight.go_to(moments[i - 1]);
    if (!in_flight.is_empty()) in_flight.share(used_j - idle_j, worth[i]);
  }
  const auto worth_at = [&](int64_t time_ns) -> const Worth& {
    const auto after = std::ranges::upper_bound(moments, time_ns);
    return worth[after == moments.begin() ? 0 : static_cast<size_t>(after - moments.begin()) - 1];
  };
  std::vector<double> request_j(requests);
  for (const Phase& phase : phases) {
    const Worth &from = worth_at(phase.began_ns), &to = worth_at(phase.ended_ns);
    request_j[phase.request] += to.per_phase - from.per_phase +
                                (phase.is_told ? phase.weight * (to.per_weight - from.per_weight)
                                               : to.per_untold - from.per_untold);
  }
  return request_j;
}

// The least mean power between two readings, a second or more apart, with no request between them.
std::optional<double> least_idle_w(const MeterCurve& meter,
                                   const std::vector<ServedRequest>& requests) {
  std::vector<ServedRequest> sorted = requests;
  std::ranges::sort(sorted, {}, &ServedRequest::began_ns);
  std::optional<double> least_w;
  const std::vector<MeterPoint>& points = meter.points();
  size_t next = 0;
  int64_t busy_until_ns = INT64_MIN;
  for (size_t from = 0, to = 0; from < points.size(); ++from) {
    const int64_t began_ns = points[from].time_ns;
    for (; next < sorted.size() && sorted[next].began_ns <= began_ns; ++next)
      busy_until_ns = std::max(busy_until_ns, sorted[next].ended_ns);
    while (to < points.size() && points[to].time_ns - began_ns < kNsPerSecond) ++to;
    if (to == points.size()) break;
    if (busy_until_ns > began_ns) continue;
    if (next < sorted.size() && sorted[next].began_ns < points[to].time_ns) continue;
    const double mean_w =
        (points[to].joules - points[from].joules) / seconds_between(began_ns, points[to].time_ns);
    least_w = std::min(least_w.value_or(mean_w), mean_w);
  }
  return least_w;
}

// Of sorted values, with those between interpolated.
double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

// Counts requests and tokens within the meter's time; the answer is how many requests that is,
// those that reach beyond it counted with their part.
double count_served(const MeterCurve& meter, const std::vector<ServedRequest>& requests,
                    InferenceReport& report) {
  double served = 0;
  std::vector<double> joules;
  for (size_t i = 0; i < requests.size(); ++i) {
    const ServedRequest& request = requests[i];
    const int64_t began_ns = std::max(request.began_ns, meter.began_ns());
    const int64_t ended_ns = std::min(request.ended_ns, meter.ended_ns());
    if (ended_ns <= began_ns) continue;
    served +=
        seconds_between(began_ns, ended_ns) / seconds_between(request.began_ns, request.ended_ns);
    for_each_stretch(request, [&](int64_t from_ns, int64_t to_ns, double in, double out) {
      const double within = share_within(from_ns, to_ns, meter.began_ns(), meter.ended_ns());
      report.tokens_in += in * within;
      report.tokens_out += out * within;
    });
    ++report.requests;
    if (is_failure(request)) ++report.failed;
    joules.push_back(report.request_j[i]);
  }
  std::ranges::sort(joules);
  report.p50_j = percentile(joules, 0.50);
  report.p95_j = percentile(joules, 0.95);
  if (!joules.empty()) report.mean_j = report.active_j / static_cast<double>(joules.size());
  return served;
}

}  // namespace

InferenceReport split_energy(const std::vector<MeterPoint>& meter,
                             const std::vector<ServedRequest>& requests, RequestWeights weights,
                             std::optional<double> idle_w) {
  InferenceReport report;
  report.request_j.resize(requests.size());
  const MeterCurve curve(meter);
  if (curve.points().size() < 2) return report;
  report.fit = fit_power(meter, requests);
  if (!idle_w) idle_w = least_idle_w(curve, requests);
  report.seconds = seconds_between(curve.began_ns(), curve.ended_ns());
  report.total_j = curve.points().back().joules;
  report.request_j = split(curve, phases_of(requests, weights, report.fit), requests.size(),
                           std::max(0.0, idle_w.value_or(0)));
  report.active_j = std::reduce(report.request_j.begin(), report.request_j.end());
  report.idle_j = std::max(0.0, report.total_j - report.active_j);
  if (report.total_j > 0) report.idle_share = report.idle_j / report.total_j;

  constexpr double kWhPer1000 = 1000.0 / 3600.0;
  if (const double served = count_served(curve, requests, report); served > 0) {
    report.wh_per_1000_requests = report.total_j / served * kWhPer1000;
    report.wh_per_1000_requests_active = report.active_j / served * kWhPer1000;
  }
  if (report.tokens_out > 0) report.j_per_token_out = report.total_j / report.tokens_out;
  if (const double tokens = report.tokens_in + report.tokens_out; tokens > 0)
    report.j_per_token = report.total_j / tokens;
  return report;
}

model::Value to_value(const InferenceReport& report) {
  const auto number = [](const std::optional<double>& x) {
    return x ? model::Value(*x) : model::Value();
  };
  model::Value fit;
  if (report.fit)
    fit = model::Object{{"idle_w", report.fit->idle_w},
                        {"j_per_token_in", report.fit->j_per_token_in},
                        {"j_per_token_out", report.fit->j_per_token_out},
                        {"r2", report.fit->r2}};
  return model::Object{{"requests", static_cast<int64_t>(report.requests)},
                       {"failed", static_cast<int64_t>(report.failed)},
                       {"tokens_in", report.tokens_in},
                       {"tokens_out", report.tokens_out},
                       {"seconds", report.seconds},
                       {"total_j", report.total_j},
                       {"idle_j", report.idle_j},
                       {"active_j", report.active_j},
                       {"idle_share", report.idle_share},
                       {"p50_j", report.p50_j},
                       {"p95_j", report.p95_j},
                       {"mean_j", report.mean_j},
                       {"j_per_token", number(report.j_per_token)},
                       {"j_per_token_out", number(report.j_per_token_out)},
                       {"wh_per_1000_requests", report.wh_per_1000_requests},
                       {"wh_per_1000_requests_active", report.wh_per_1000_requests_active},
                       {"fit", std::move(fit)}};
}

}  // namespace cairn::footprint
