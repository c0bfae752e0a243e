// See card_words.h.
#include "report/card_words.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

namespace cairn::report {

std::string print_number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "unknown" : value > 0 ? "inf" : "-inf";
  const double size = std::fabs(value);
  if (value == 0 || (size >= 1000 && size < 1e6)) return fmt::format("{:.0f}", value);
  std::string text = fmt::format("{:.4g}", value);
  // "1.5e-07" is as exact as "1.5e-7".
  if (const size_t e = text.find('e'); e != std::string::npos) {
    while (e + 2 < text.size() - 1 && text[e + 2] == '0') text.erase(e + 2, 1);
    if (text[e + 1] == '+') text.erase(e + 1, 1);
  }
  return text;
}

std::string print_estimate(double value) {
  const double size = std::fabs(value);
  if (!std::isfinite(value) || size == 0 || (size >= 1000 && size < 1e6))
    return print_number(value);
  return print_number(std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr));
}

std::string print_share(double share) {
  if (!std::isfinite(share)) return "unknown";
  const double percent = 100 * share;
  return fmt::format("{:.{}f} %", percent, std::fabs(percent) < 1 && percent != 0 ? 1 : 0);
}

std::string print_seconds(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 1) return fmt::format("{:.0f} ms", 1000 * seconds);
  if (seconds < 2 * kMinute) return fmt::format("{:.1f} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.1f} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{:.1f} h", seconds / kHour);
  return fmt::format("{:.1f} days", seconds / kDay);
}

std::string print_date(int64_t time_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(time_ns)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string print_leaf(const model::Value& value) {
  if (value.is_null()) return "none";
  if (const bool* flag = value.as_bool()) return *flag ? "true" : "false";
  if (const int64_t* integer = value.as_int()) return fmt::format("{}", *integer);
  if (value.as_double()) return print_number(value.number_or(0));
  if (const std::string* text = value.as_string()) return *text;
  if (const model::List* list = value.as_list()) {
    std::string out = "[";
    for (const model::Value& item : *list) out += (out.size() > 1 ? ", " : "") + print_leaf(item);
    return out + "]";
  }
  return "{...}";
}

std::string print_with_range(const footprint::Quantity& quantity, std::string_view unit) {
  const std::string text =
      fmt::format("{}{}{}", print_estimate(quantity.value), unit.empty() ? "" : " ", unit);
  if (quantity.low == quantity.high) return text;
  return fmt::format("{} ({} to {})", text, print_estimate(quantity.low),
                     print_estimate(quantity.high));
}

std::string print_count(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace cairn::report
