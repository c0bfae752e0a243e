// Dates and durations as people write them: 2026-01-31T10:00, 1h30m.
//
// A date without an offset is UTC, because a filter must mean the same on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query/filter.h"

namespace cairn::query {

// "2026-01-31", "2026-01-31T10:00", "2026-01-31 10:00:05.25", "...Z", "...+02:00"; years
// 1970..2261.
std::optional<TimeSpan> parse_time(std::string_view text);
std::string print_time(TimeSpan span);

// One or more numbers, each with a unit: ns us ms s m h d w. Unsigned; below 292 years.
std::optional<Duration> parse_duration(std::string_view text);
std::string print_duration(Duration duration);

}  // namespace cairn::query
