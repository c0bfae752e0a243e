// What a request cost: the energy of a serving machine, split over the requests that it served.
//
// Pure. A meter gives cumulated joules at moments, a proxy gives requests with their tokens; what
// is left is idle. Sum of all requests + idle = meter, always.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "footprint/quantity.h"
#include "model/value.h"

namespace cairn::footprint {

struct MeterPoint {
  int64_t time_ns = 0;
  double joules = 0;  // cumulated; never falls
};
struct ServedRequest {
  int64_t began_ns = 0, first_token_ns = 0, ended_ns = 0;  // first_token_ns 0: unknown
  double tokens_in = 0, tokens_out = 0;                    // 0: unknown or none
  int status = 200;
};
// How the active energy of a moment is split over the requests in flight.
enum class RequestWeights : uint8_t {
  kTime,    // equally
  kTokens,  // by tokens per second of each, prefill and decode weighted as fit_power() found them
            // and equally where it found nothing; a request that tells no tokens weighs as the mean
};

// Power over one-minute bins: idle + prefill x tokens_in/s + decode x tokens_out/s, non-negative
// least squares. Where prefill and decode always came in one proportion the two cannot be told
// apart, and a token costs the same in both.
struct PowerFit {
  double idle_w = 0, j_per_token_in = 0, j_per_token_out = 0, r2 = 0;
};
// Nothing with fewer than five whole minutes, or where tokens per second hardly differ among them.
std::optional<PowerFit> fit_power(const std::vector<MeterPoint>& meter,
                                  const std::vector<ServedRequest>& requests);

// Of the meter's time: a request that reaches beyond it counts with the part that lies within, in
// tokens, joules and per 1,000 requests. One that lies outside has 0 J and counts nowhere.
struct InferenceReport {
  size_t requests = 0, failed = 0;  // failed: a status that is not 100 to 399
  double tokens_in = 0, tokens_out = 0;
  double seconds = 0, total_j = 0;
  double idle_j = 0;              // with no request in flight, and what the machine uses at rest
  double active_j = 0;            // sum over requests
  std::vector<double> request_j;  // in order of the requests
  double p50_j = 0, p95_j = 0, mean_j = 0;
  std::optional<double> j_per_token_out, j_per_token;  // nothing without tokens
  double wh_per_1000_requests = 0;                     // idle included; see also ..._active
  double wh_per_1000_requests_active = 0;
  double idle_share = 0;  // idle_j / total_j
  std::optional<PowerFit> fit;
};
// `idle_w`: what the machine uses at rest, nothing: the least mean power between two readings that
// are a second or more apart without a request between them, else 0 with everything active.
// Readings that are not after the one before are left out, and a fall of the meter counts as 0.
InferenceReport split_energy(const std::vector<MeterPoint>& meter,
                             const std::vector<ServedRequest>& requests, RequestWeights weights,
                             std::optional<double> idle_w = std::nullopt);
model::Value to_value(const InferenceReport& report);  // without request_j

// --- counters of servers, in Prometheus' text format
// ----------------------------------------------

struct ServerCounters {
  std::string kind;  // "vllm", "triton", "tgi", ...
  std::optional<double> requests, tokens_in, tokens_out, running, energy_j;
};
// Nothing when no counter that is known is there.
std::optional<ServerCounters> read_counters(std::string_view prometheus_text);

// --- training against inference
// --------------------------------------------------------------------

struct BreakEven {
  double training_kwh = 0, search_kwh = 0, per_request_kwh = 0;
  double requests = 0;                   // after which inference has used as much
  std::optional<double> days;            // at `requests_per_day`
  double served = 0, inference_kwh = 0;  // so far
};
// Invalid: no energy per request, or a number that is negative or not finite.
Result<BreakEven> break_even(double training_kwh, double search_kwh, double per_request_kwh,
                             double served, std::optional<double> requests_per_day);

}  // namespace cairn::footprint
