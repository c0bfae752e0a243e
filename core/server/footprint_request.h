// What requests for footprints have in common: where and under which terms, since when, and how a
// footprint is written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "footprint/assess.h"
#include "model/value.h"
#include "server/call.h"

namespace cairn::server {

// "zone", "provider", "pue", "kg_per_kwh", "price_per_kwh", "currency", "idle", "kind", "scope":
// what is absent is left open.
Result<footprint::Place> read_place(const Ask& ask);

// "since": nanoseconds since the epoch, an age as "90d", or a date; absent: 0, ever.
Result<int64_t> read_since(const Ask& ask, int64_t now_ns);

// Invalid with what there is, and the nearest, unless `word` is one of them.
Result<void> check_word(std::string_view param, std::string_view word,
                        std::span<const std::string_view> words);

// footprint::to_value(), and "line", the whole in one line of text.
model::Value print_footprint(const footprint::Footprint& footprint);
// What its carbon amounts to, and the price of offsetting it: nothing where that is not known.
model::List print_equivalents(const footprint::Footprint& total, const footprint::Tables& tables);
model::Value print_offset(const footprint::Footprint& total, const footprint::Tables& tables);

}  // namespace cairn::server
