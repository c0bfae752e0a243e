// Dates and durations as people write them.
#include "query/time_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/clock.h"

namespace cairn::query {
namespace {

constexpr int64_t kNsPerMinute = 60 * kNsPerSecond;
constexpr int64_t kNsPerHour = 60 * kNsPerMinute;
constexpr int64_t kNsPerDay = 24 * kNsPerHour;

struct Unit {
  std::string_view name;
  int64_t ns;
};
constexpr std::array<Unit, 8> kUnits = {{{"w", 7 * kNsPerDay},
                                         {"d", kNsPerDay},
                                         {"h", kNsPerHour},
                                         {"m", kNsPerMinute},
                                         {"s", kNsPerSecond},
                                         {"ms", kNsPerMillisecond},
                                         {"us", 1000},
                                         {"ns", 1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads a text of fixed fields from the left; the first field that does not fit turns it bad.
class Reader {
 public:
  explicit Reader(std::string_view text) : x_rest(text) {}

  bool skip(char c) {
    if (x_rest.empty() || x_rest.front() != c) return false;
    x_rest.remove_prefix(1);
    return true;
  }
  void expect(char c) { x_ok = skip(c) && x_ok; }
  int number(size_t digits, int max) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (x_rest.empty() || !is_digit(x_rest.front())) return x_ok = false, 0;
      value = value * 10 + (x_rest.front() - '0');
      x_rest.remove_prefix(1);
    }
    if (value > max) x_ok = false;
    return value;
  }
  int64_t fraction_ns() {  // one to nine digits
    int64_t value = 0, unit = kNsPerSecond;
    while (!x_rest.empty() && is_digit(x_rest.front()) && unit > 1) {
      unit /= 10;
      value += (x_rest.front() - '0') * unit;
      x_rest.remove_prefix(1);
    }
    if (unit == kNsPerSecond) x_ok = false;
    return value;
  }
  bool at_end() const { return x_rest.empty(); }
  bool ok() const { return x_ok; }

 private:
  std::string_view x_rest;
  bool x_ok = true;
};

int64_t read_date_ns(Reader& in, bool& valid) {
  const int year = in.number(4, 2261);
  in.expect('-');
  const int month = in.number(2, 12);
  in.expect('-');
  const int day = in.number(2, 31);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  valid = in.ok() && date.ok() && year >= 1970;
  return valid ? std::chrono::sys_days(date).time_since_epoch().count() * kNsPerDay : 0;
}

// "Z" or "+02:00"; nothing means UTC.
int64_t read_offset_ns(Reader& in) {
  if (in.at_end() || in.skip('Z')) return 0;
  const bool west = in.skip('-');
  if (!west) in.expect('+');
  const int64_t hours = in.number(2, 14);
  in.expect(':');
  const int64_t ns = hours * kNsPerHour + in.number(2, 59) * kNsPerMinute;
  return west ? -ns : ns;
}

}  // namespace

std::optional<TimeSpan> parse_time(std::string_view text) {
  Reader in(text);
  bool valid = false;
  int64_t time_ns = read_date_ns(in, valid);
  if (!valid) return std::nullopt;
  int64_t length_ns = kNsPerDay;
  if (!in.at_end()) {
    if (!in.skip('T')) in.expect(' ');
    time_ns += in.number(2, 23) * kNsPerHour;
    in.expect(':');
    time_ns += in.number(2, 59) * kNsPerMinute;
    length_ns = kNsPerMinute;
    if (in.skip(':')) {
      time_ns += in.number(2, 59) * kNsPerSecond;
      length_ns = kNsPerSecond;
      if (in.skip('.')) {
        time_ns += in.fraction_ns();
        length_ns = 1;
      }
    }
    time_ns -= read_offset_ns(in);
  }
  if (!in.ok() || !in.at_end() || time_ns < 0) return std::nullopt;
  return TimeSpan{time_ns, time_ns + length_ns - 1};
}

std::string print_time(TimeSpan span) {
  const int64_t days = span.first_ns / kNsPerDay;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  std::string out =
      fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  const int64_t length_ns = span.last_ns - span.first_ns + 1;
  if (length_ns == kNsPerDay) return out;
  const int64_t rest = span.first_ns % kNsPerDay;
  out += fmt::format("T{:02}:{:02}", rest / kNsPerHour, rest % kNsPerHour / kNsPerMinute);
  if (length_ns == kNsPerMinute) return out;
  out += fmt::format(":{:02}", rest % kNsPerMinute / kNsPerSecond);
  if (length_ns == kNsPerSecond) return out;
  return out + fmt::format(".{:09}", rest % kNsPerSecond);
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr double kNsMax = 9.2e18;
  Duration sum;
  do {
    double count = 0;
    const auto [after, error] =
        std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (error != std::errc() || !is_digit(text.front())) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(after - text.data()));
    size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    const Unit* unit = nullptr;
    for (const Unit& known : kUnits)
      if (known.name == name) unit = &known;
    const double unit_ns = unit ? static_cast<double>(unit->ns) : 0;
    if (!unit || count * unit_ns + static_cast<double>(sum.ns) > kNsMax) return std::nullopt;
    // Whole numbers are multiplied as such, so that every printed duration is read back exactly.
    const double whole = std::floor(count);
    sum.ns += static_cast<int64_t>(whole) * unit->ns + std::llround((count - whole) * unit_ns);
  } while (!text.empty());
  return sum;
}

std::string print_duration(Duration duration) {
  std::string out = duration.ns < 0 ? "-" : "";
  int64_t left = duration.ns < 0 ? -duration.ns : duration.ns;
  if (left == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (left < unit.ns) continue;
    out += fmt::format("{}{}", left / unit.ns, unit.name);
    left %= unit.ns;
  }
  return out;
}

}  // namespace cairn::query
