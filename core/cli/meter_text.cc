// Sentences and JSON of a metered server.
#include "cli/meter_text.h"

#include <fmt/format.h>

#include <cmath>

#include "cli/footprint_text.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using footprint::InferenceReport;
using model::Value;

std::string print_joules(double joules) {
  if (joules >= 1e6) return print_amount(joules / 1e6) + " MJ";
  if (joules >= 1e3) return print_amount(joules / 1e3) + " kJ";
  return print_amount(joules) + " J";
}

std::string print_tokens(double tokens) {
  return print_count(static_cast<uint64_t>(std::llround(tokens)));
}

std::string print_served(const MeterResult& result) {
  const InferenceReport& report = result.account.report;
  std::string text =
      fmt::format("{} requests in {}", print_count(report.requests), print_span(report.seconds));
  if (report.failed > 0) text += fmt::format(", {} of them failed", print_count(report.failed));
  if (report.tokens_in + report.tokens_out > 0)
    text += fmt::format("; {} tokens in, {} out{}", print_tokens(report.tokens_in),
                        print_tokens(report.tokens_out),
                        result.has_estimated_tokens ? " (in part counted by pieces)" : "");
  return text;
}

std::string print_per_request(const InferenceAccount& account) {
  const std::string mean = print_joules(account.report.mean_j);
  if (!account.knows_requests) return mean + " in the mean (counted by the server)";
  return fmt::format("p50 {}, p95 {}, mean {}", print_joules(account.report.p50_j),
                     print_joules(account.report.p95_j), mean);
}

std::string print_per_token(const InferenceReport& report) {
  if (!report.j_per_token) return "";
  std::string text = print_joules(*report.j_per_token) + " of all";
  if (report.j_per_token_out) text += ", " + print_joules(*report.j_per_token_out) + " of output";
  return text + " (idle included)";
}

}  // namespace

std::string print_minute(const InferenceSums& minute, const InferenceAccount& so_far,
                         bool counts_requests) {
  if (!counts_requests) return fmt::format("{} in this minute", print_joules(minute.joules));
  const double tokens = minute.tokens_in + minute.tokens_out;
  return fmt::format("{} requests,{} {}; so far {} each, {:.0f} % idle",
                     print_count(minute.requests),
                     tokens > 0 ? fmt::format(" {} tokens,", print_tokens(tokens)) : "",
                     print_joules(minute.joules), print_joules(so_far.report.mean_j),
                     100 * so_far.report.idle_share);
}

std::string print_result(const MeterResult& result, const Terminal& terminal) {
  const InferenceReport& report = result.account.report;
  std::string out;
  const auto fact = [&](std::string_view label, const std::string& text) {
    out += print_fact(label, text, terminal);
  };
  if (!result.model.empty()) fact("model", result.model);
  if (result.counts_requests) fact("served", print_served(result));
  if (!result.footprint) {
    fact("energy", "unknown: it was not watched, or over before anything was counted");
    return out;
  }
  if (result.counts_requests && report.requests > 0) {
    fact("a request", print_per_request(result.account));
    fact("a token", print_per_token(report));
    fact("per 1,000",
         fmt::format("{} Wh with idle, {} Wh without", print_amount(report.wh_per_1000_requests),
                     print_amount(report.wh_per_1000_requests_active)));
  }
  if (result.counts_requests)
    fact("idle",
         fmt::format("{:.0f} % of {}", 100 * report.idle_share, print_joules(report.total_j)));
  fact("footprint", footprint::print_line(*result.footprint));
  if (result.footprint->energy_kwh.method != footprint::Method::kMeasured)
    fact("note",
         "no sensor tells all of it: what is modelled is a guess within its range "
         "('cairn energy doctor')");
  return out;
}

Value to_value(const MeterResult& result) {
  const auto text = [](const std::string& s) { return s.empty() ? Value() : Value(s); };
  return model::Object{
      {"run", text(result.run)},
      {"model", text(result.model)},
      {"inference", result.counts_requests ? result.account.to_value() : Value()},
      {"has_estimated_tokens", result.has_estimated_tokens},
      {"footprint",
       flatten_footprint(result.footprint ? footprint::to_value(*result.footprint) : Value())}};
}

}  // namespace cairn::cli
