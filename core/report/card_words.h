// Numbers as a page for people has them: as many digits as say something, with their range.
//
// Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "footprint/quantity.h"
#include "model/value.h"

namespace cairn::report {

std::string print_number(double value);     // four digits: "0.9713", "1.5e-7", "24.3", "1270"
std::string print_share(double share);      // "41 %", "0.4 %"
std::string print_seconds(double seconds);  // "850 ms", "12.3 s", "4.1 min", "2.3 h", "11.2 days"
std::string print_date(int64_t time_ns);    // "2026-01-31", in UTC
std::string print_leaf(const model::Value& value);  // "adam", "0.003", "none"
// Three digits: what estimates have.
std::string print_estimate(double value);
// "0.42 kWh (0.31 to 0.55)"; without a range where there is none.
std::string print_with_range(const footprint::Quantity& quantity, std::string_view unit);
// "3 runs", "1 run"
std::string print_count(size_t count, std::string_view noun);

}  // namespace cairn::report
