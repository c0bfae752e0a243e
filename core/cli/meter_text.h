// What `cairn meter` tells: a line each minute, and all of it at the end.
#pragma once

#include <optional>
#include <string>

#include "cli/inference_book.h"
#include "cli/terminal.h"
#include "footprint/assess.h"

namespace cairn::cli {

struct MeterResult {
  std::string run;  // its id; empty: not recorded
  std::string model;
  InferenceAccount account;
  std::optional<footprint::Footprint> footprint;
  bool counts_requests = false;  // by a proxy or by the server's counters
  bool has_estimated_tokens = false;
};

// "60 requests, 1,234 tokens, 812 J; so far 12 J each, 31 % idle"
std::string print_minute(const InferenceSums& minute, const InferenceAccount& so_far,
                         bool counts_requests);
std::string print_result(const MeterResult& result, const Terminal& terminal);
model::Value to_value(const MeterResult& result);

}  // namespace cairn::cli
