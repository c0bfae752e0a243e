// Stretches of requests, and what remains of them.
#include "cli/inference_book.h"

#include <cmath>
#include <utility>

namespace cairn::cli {
namespace {

using footprint::InferenceReport;
using footprint::RequestWeights;

constexpr double kBucketsPerE = 100;  // of the histogram: 1 % wide
constexpr double kWhPer1000J = 1000.0 / 3600.0;

double quantile(const std::map<int, size_t>& histogram, size_t count, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(count)));
  size_t seen = 0;
  for (const auto& [bucket, in_it] : histogram)
    if ((seen += in_it) >= rank) return std::exp((bucket + 0.5) / kBucketsPerE);
  return 0;
}

}  // namespace

model::Value InferenceAccount::to_value() const {
  model::Value value = footprint::to_value(report);
  const auto forget = [&](std::initializer_list<const char*> members) {
    for (const char* member : members) value.set(member, {});
  };
  if (!knows_energy)
    forget({"total_j", "idle_j", "active_j", "idle_share", "j_per_token", "j_per_token_out"});
  if (!knows_energy || report.requests == 0)
    forget({"mean_j", "p50_j", "p95_j", "wh_per_1000_requests", "wh_per_1000_requests_active"});
  if (!knows_requests) forget({"p50_j", "p95_j"});
  if (report.tokens_in + report.tokens_out == 0) forget({"tokens_in", "tokens_out"});
  return value;
}

void InferenceBook::add(const footprint::ServedRequest& request) {
  const std::lock_guard lock(x_mutex);
  x_requests.push_back(request);
  ++x_sums.requests;
  x_sums.failed += request.status < 100 || request.status > 399;
  x_sums.tokens_in += request.tokens_in;
  x_sums.tokens_out += request.tokens_out;
}

void InferenceBook::add_counted(double requests, const footprint::ServedRequest& stretch) {
  const std::lock_guard lock(x_mutex);
  x_is_counted = true;
  x_requests.push_back(stretch);
  x_sums.requests += static_cast<size_t>(std::llround(std::max(0.0, requests)));
  x_sums.tokens_in += stretch.tokens_in;
  x_sums.tokens_out += stretch.tokens_out;
}

void InferenceBook::add(const footprint::MeterPoint& reading) {
  const std::lock_guard lock(x_mutex);
  if (!x_readings.empty() && reading.time_ns <= x_readings.back().time_ns) return;
  if (!x_first_j) x_first_j = reading.joules;
  x_readings.push_back(reading);
  x_sums.joules = std::max(x_sums.joules, reading.joules - *x_first_j);
  if (x_requests.size() > x_limits.requests || x_readings.size() > x_limits.readings) fold();
}

InferenceSums InferenceBook::sums() const {
  const std::lock_guard lock(x_mutex);
  return x_sums;
}

InferenceReport InferenceBook::split() const {
  const bool has_tokens = x_sums.tokens_in + x_sums.tokens_out > 0;
  return footprint::split_energy(x_readings, x_requests,
                                 has_tokens ? RequestWeights::kTokens : RequestWeights::kTime);
}

// What was served before the first reading counts among what was served, too.
InferenceAccount InferenceBook::account() const {
  const std::lock_guard lock(x_mutex);
  InferenceReport report = split();
  report.requests = x_sums.requests;
  report.failed = x_sums.failed;
  report.tokens_in = x_sums.tokens_in;
  report.tokens_out = x_sums.tokens_out;
  if (x_folded.seconds > 0 || x_is_counted) add_folded(report);
  return {std::move(report), !x_is_counted, x_first_j.has_value()};
}

void InferenceBook::fold() {
  if (x_readings.size() < 2) return;
  const InferenceReport report = split();
  x_folded.seconds += report.seconds;
  x_folded.total_j += report.total_j;
  x_folded.idle_j += report.idle_j;
  x_folded.active_j += report.active_j;
  count(report.request_j, x_request_j);
  const footprint::MeterPoint last = x_readings.back();
  std::erase_if(x_requests, [&](const auto& request) { return request.ended_ns <= last.time_ns; });
  x_readings.assign(1, last);
}

void InferenceBook::count(std::span<const double> joules, Histogram& histogram) {
  for (const double each : joules)
    if (each > 0) ++histogram[static_cast<int>(std::floor(std::log(each) * kBucketsPerE))];
}

void InferenceBook::add_folded(InferenceReport& report) const {
  report.seconds += x_folded.seconds;
  report.total_j += x_folded.total_j;
  report.idle_j += x_folded.idle_j;
  report.active_j += x_folded.active_j;
  report.idle_share = report.total_j > 0 ? report.idle_j / report.total_j : 0;
  if (report.requests > 0) {
    const auto requests = static_cast<double>(report.requests);
    report.mean_j = report.active_j / requests;
    report.wh_per_1000_requests = report.total_j / requests * kWhPer1000J;
    report.wh_per_1000_requests_active = report.active_j / requests * kWhPer1000J;
  }
  if (report.tokens_out > 0) report.j_per_token_out = report.total_j / report.tokens_out;
  if (const double tokens = report.tokens_in + report.tokens_out; tokens > 0)
    report.j_per_token = report.total_j / tokens;

  Histogram histogram = x_request_j;
  count(report.request_j, histogram);
  size_t requests = 0;
  for (const auto& [bucket, in_it] : histogram) requests += in_it;
  report.p50_j = quantile(histogram, requests, 0.50);
  report.p95_j = quantile(histogram, requests, 0.95);
}

}  // namespace cairn::cli
