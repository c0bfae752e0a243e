// Numbers, times, sizes and values in the form that people read.
#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "base/clock.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

constexpr int64_t kMinuteS = 60, kHourS = 3600, kDayS = 86400, kWeekS = 7 * kDayS;

std::tm local_time(int64_t time_ns) {
  const std::time_t seconds = time_ns / kNsPerSecond;
  std::tm fields{};
  localtime_r(&seconds, &fields);
  return fields;
}

}  // namespace

std::string print_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == std::floor(value) && std::fabs(value) < 1e7) return fmt::format("{:.0f}", value);
  std::string text = fmt::format("{:.5g}", value);
  const size_t e = text.find('e');
  if (e == std::string::npos) return text;
  std::string exponent = text.substr(e + 1);  // "+06" and "-06" become "6" and "-6"
  const bool is_negative = exponent[0] == '-';
  exponent.erase(0, std::min(exponent.find_first_not_of("+-0"), exponent.size() - 1));
  return text.substr(0, e) + (is_negative ? "e-" : "e") + exponent;
}

std::string print_value(const model::Value& v) {
  if (v.is_null()) return "-";
  if (const double* number = v.as_double()) return print_number(*number);
  if (const std::string* text = v.as_string()) return *text;
  return wire::print_json(v);
}

std::string print_count(uint64_t n) {
  std::string text = std::to_string(n);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string print_bytes(uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, unit == 0 || value >= 99.5 ? 0 : 1, kUnits[unit]);
}

std::string print_span(double seconds) {
  if (seconds < 0 || std::isnan(seconds)) return "-";
  if (seconds < 0.9995) return fmt::format("{:.0f}ms", seconds * 1000);
  if (seconds < 59.95) return fmt::format("{:.1f}s", seconds);
  const auto s = static_cast<int64_t>(std::llround(seconds));
  if (s < kHourS) return fmt::format("{}m {:02}s", s / kMinuteS, s % kMinuteS);
  if (s < kDayS) return fmt::format("{}h {:02}m", s / kHourS, s % kHourS / kMinuteS);
  return fmt::format("{}d {:02}h", s / kDayS, s % kDayS / kHourS);
}

std::string print_age(double seconds) {
  const auto s = static_cast<int64_t>(std::max(seconds, 0.0));
  if (s < kMinuteS) return fmt::format("{}s", s);
  if (s < kHourS) return fmt::format("{}m", s / kMinuteS);
  if (s < 2 * kDayS) return fmt::format("{}h", s / kHourS);
  if (s < 9 * kWeekS) return fmt::format("{}d", s / kDayS);
  return fmt::format("{}w", s / kWeekS);
}

std::string print_local_time(int64_t time_ns) {
  const std::tm t = local_time(time_ns);
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec);
}

std::string print_clock(int64_t time_ns) {
  const int64_t ms = time_ns % kNsPerSecond / kNsPerMillisecond;
  return fmt::format("{}.{:03}", print_local_time(time_ns), ms);
}

std::string print_utc_time(int64_t time_ns) {
  const std::time_t seconds = time_ns / kNsPerSecond;
  std::tm t{};
  gmtime_r(&seconds, &t);
  return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec);
}

std::string print_sparkline(const std::vector<double>& values) {
  constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double low = INFINITY, high = -INFINITY;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  std::string out;
  for (const double v : values) {
    if (!std::isfinite(v)) {
      out += ' ';
      continue;
    }
    const double share = high > low ? (v - low) / (high - low) : 0.5;
    out += kBars[std::min<size_t>(static_cast<size_t>(share * kBars.size()), kBars.size() - 1)];
  }
  return out;
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, star_text = 0;  // where to try again
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace cairn::cli
