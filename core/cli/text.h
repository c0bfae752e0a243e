// How the command line writes numbers, times, sizes and values for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace cairn::cli {

std::string print_number(double value);          // five significant digits: 0.97123, 1.5e-7, NaN
std::string print_value(const model::Value& v);  // a leaf in one line; null is "-"
std::string print_count(uint64_t n);             // 1,234,567
std::string print_bytes(uint64_t bytes);         // 1.5 MB
std::string print_span(double seconds);          // 850ms, 12.3s, 4m 05s, 2h 13m, 3d 04h
std::string print_age(double seconds);           // one unit, for tables: 12s, 5m, 3h, 2d, 8w
std::string print_local_time(int64_t time_ns);   // 2026-01-31 10:00:05
std::string print_clock(int64_t time_ns);        // 2026-01-31 10:00:05.123
std::string print_utc_time(int64_t time_ns);     // 2026-01-31T09:00:05Z, for other programs

// One character per value, ▁ to █ over the finite range; values that are no numbers leave a gap.
std::string print_sparkline(const std::vector<double>& values);

// '*' stands for any text, '?' for one character.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace cairn::cli
