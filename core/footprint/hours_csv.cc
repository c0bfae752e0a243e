// Hourly series of carbon intensity as other tools export them, read and written.
#include "footprint/hours_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "base/clock.h"
#include "footprint/hours.h"
#include "footprint/names.h"

namespace cairn::footprint {
namespace {

constexpr int64_t kNsPerHour = 3600 * kNsPerSecond;
constexpr double kGramsPerPoundPerMwh = 0.45359237;
constexpr size_t kHoursMax = 50 * 8784;
constexpr double kGramsMax = 2500;

struct Columns {
  std::optional<size_t> time, grams, zone;
  double factor = 1;  // to g/kWh
  IntensityKind kind = IntensityKind::kAverage;
  IntensityScope scope = IntensityScope::kLifecycle;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_time(std::string_view name) {
  return contains(name, "datetime") || contains(name, "timestamp") || contains(name, "time_utc") ||
         contains(name, "point_time") || name == "time" || name == "date" || name == "hour" ||
         name == "start";
}

bool is_grams(std::string_view name) {
  return name == "g_per_kwh" || name == "gco2_per_kwh" || name == "intensity" || name == "moer" ||
         contains(name, "carbon intensity") || contains(name, "carbon_intensity") ||
         contains(name, "moer_value");
}

// The first of its kind counts, but lifecycle goes before direct.
Columns find_columns(const CsvTable& table) {
  Columns found;
  bool is_lifecycle = false;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const std::string name = fold(table.columns[i]);
    if (!found.time && is_time(name)) found.time = i;
    if (name == "zone" || name == "zone id" || name == "zone_id" || name == "zone_key")
      found.zone = i;
    if (!is_grams(name)) continue;
    const bool lifecycle = contains(name, "life");
    if (found.grams && (is_lifecycle || !lifecycle)) continue;
    found.grams = i;
    is_lifecycle = lifecycle;
    const bool is_marginal = contains(name, "moer");
    found.factor = is_marginal ? kGramsPerPoundPerMwh : 1;  // WattTime gives lb/MWh
    found.kind = is_marginal ? IntensityKind::kMarginal : IntensityKind::kAverage;
    found.scope = is_marginal || contains(name, "direct") ? IntensityScope::kDirect
                                                          : IntensityScope::kLifecycle;
  }
  return found;
}

std::optional<int> take_number(std::string_view& rest, size_t digits) {
  int number = 0;
  if (rest.size() < digits || rest.front() == '-') return std::nullopt;
  const auto [after, error] = std::from_chars(rest.data(), rest.data() + digits, number);
  if (error != std::errc() || after != rest.data() + digits) return std::nullopt;
  rest.remove_prefix(digits);
  return number;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

// Seconds east of UTC: "Z", "+02:00", "+0200", nothing.
std::optional<int> read_offset_s(std::string_view rest) {
  if (rest.empty() || rest == "Z" || rest == " UTC") return 0;
  const bool is_west = rest.front() == '-';
  if (!take(rest, '+') && !take(rest, '-')) return std::nullopt;
  const auto hours = take_number(rest, 2);
  take(rest, ':');
  const auto minutes = rest.empty() ? std::optional(0) : take_number(rest, 2);
  if (!hours || !minutes || !rest.empty()) return std::nullopt;
  return (is_west ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

// "2025-01-31T13:00:00+00:00", "2025-01-31 13:00", "2025-01-31", or seconds since the epoch.
std::optional<int64_t> parse_time_s(std::string_view text) {
  if (text.size() >= 9 && text.find_first_not_of("0123456789") == std::string_view::npos) {
    int64_t seconds = 0;
    const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool fits =
        error == std::errc() && seconds < std::numeric_limits<int64_t>::max() / kNsPerSecond;
    return fits ? std::optional(seconds) : std::nullopt;
  }
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
  int64_t seconds = std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86400};
  if (text.empty()) return seconds;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  seconds += *hour * 3600 + *minute * 60;
  if (take(text, ':')) {
    const auto second = take_number(text, 2);
    if (!second || *second > 60) return std::nullopt;
    seconds += *second;
    if (take(text, '.'))
      text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  }
  const auto offset_s = read_offset_s(text);
  if (!offset_s) return std::nullopt;
  return seconds - *offset_s;
}

bool is_zone(std::string_view text) {
  constexpr size_t kZoneBytesMax = 64;
  return text.size() <= kZoneBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == ':';
         });
}

struct Mean {
  double sum = 0;
  int64_t count = 0;
};

HourlySeries make_series(const std::map<int64_t, Mean>& hours) {
  HourlySeries series;
  if (hours.empty()) return series;
  const int64_t first = hours.begin()->first, last = hours.rbegin()->first;
  series.first_ns = first * kNsPerHour;
  series.g_per_kwh.assign(static_cast<size_t>(last - first + 1),
                          std::numeric_limits<double>::quiet_NaN());
  for (const auto& [hour, mean] : hours)
    series.g_per_kwh[static_cast<size_t>(hour - first)] =
        mean.sum / static_cast<double>(mean.count);
  return series;
}

// The rows of one zone; a file of several is refused, because which one is meant is not known.
Result<std::map<int64_t, Mean>> read_hours(const CsvTable& table, const Columns& columns,
                                           std::string& zone) {
  std::map<int64_t, Mean> hours;
  for (const CsvRow& row : table.rows) {
    if (columns.zone) {
      const std::string_view found = row.cells[*columns.zone];
      if (zone.empty()) zone = found;
      if (zone != found)
        return fail(Code::kCorrupt, "line {}: expected the zone {} as above, found '{}'", row.line,
                    zone, found.substr(0, 80));
    }
    const auto time_s = parse_time_s(row.cells[*columns.time]);
    if (!time_s || *time_s < 0)
      return fail(Code::kCorrupt,
                  "line {}: expected a time in ISO 8601 or Unix seconds, found '{}'", row.line,
                  row.cells[*columns.time].substr(0, 80));
    const std::string_view cell = row.cells[*columns.grams];
    if (cell.empty()) continue;
    double grams = 0;
    const auto [after, error] = std::from_chars(cell.data(), cell.data() + cell.size(), grams);
    grams *= columns.factor;
    if (error != std::errc() || after != cell.data() + cell.size() || !(grams >= 0) ||
        grams > kGramsMax)
      return fail(Code::kCorrupt, "line {}: expected 0 to {} g/kWh, found '{}'", row.line,
                  kGramsMax, cell.substr(0, 80));
    Mean& mean = hours[*time_s / 3600];
    mean.sum += grams;
    ++mean.count;
  }
  return hours;
}

}  // namespace

bool is_hourly(const CsvTable& table) {
  const Columns columns = find_columns(table);
  return columns.time && columns.grams;
}

Result<HourlySeries> parse_hourly_csv(std::string_view text, std::string_view zone_if_none) {
  TRY(const CsvTable table, parse_csv(text, "line"));
  const Columns columns = find_columns(table);
  if (!columns.time || !columns.grams)
    return fail(Code::kCorrupt,
                "line 1: expected a column of times ('datetime') and one of grams ('g_per_kwh'), "
                "found {}",
                fmt::join(table.columns, ","));
  std::string zone = table.head_value("zone");
  TRY(const auto hours, read_hours(table, columns, zone));
  if (hours.empty()) return fail(Code::kCorrupt, "expected hours with an intensity, found none");
  if (static_cast<size_t>(hours.rbegin()->first - hours.begin()->first) >= kHoursMax)
    return fail(Code::kLimit, "expected at most {} hours from the first to the last", kHoursMax);
  HourlySeries series = make_series(hours);
  series.zone = zone.empty() ? std::string(zone_if_none) : zone;
  if (series.zone.empty())
    return fail(Code::kInvalid, "expected a zone: the file names none, so it must be given");
  if (!is_zone(series.zone))
    return fail(Code::kCorrupt, "expected a zone of letters, digits and '-', found '{}'",
                series.zone.substr(0, 80));
  series.source = table.head_value("source");
  series.release = table.head_value("release");
  const std::string kind = table.head_value("kind"), scope = table.head_value("scope");
  series.kind = kind == "marginal"  ? IntensityKind::kMarginal
                : kind == "average" ? IntensityKind::kAverage
                                    : columns.kind;
  series.scope = scope == "direct"      ? IntensityScope::kDirect
                 : scope == "lifecycle" ? IntensityScope::kLifecycle
                                        : columns.scope;
  return series;
}

std::string print_hourly_csv(const HourlySeries& series, std::string_view licence) {
  const auto year_of = [&](size_t hours) {
    const auto day =
        std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::hours>(
            std::chrono::hours(series.first_ns / kNsPerHour + static_cast<int64_t>(hours))));
    return static_cast<int>(std::chrono::year_month_day(day).year());
  };
  std::string out = fmt::format(
      "# name: hourly_{0}\n# title: Carbon intensity of {0}, hour by hour\n# source: {1}\n"
      "# licence: {2}\n# year: {3}-{4}\n# release: {5}\n# zone: {0}\n# kind: {6}\n# scope: {7}\n"
      "datetime,g_per_kwh\n",
      series.zone, series.source, licence, year_of(0),
      year_of(series.g_per_kwh.empty() ? 0 : series.g_per_kwh.size() - 1), series.release,
      series.kind == IntensityKind::kMarginal ? "marginal" : "average",
      series.scope == IntensityScope::kDirect ? "direct" : "lifecycle");
  for (size_t i = 0; i < series.g_per_kwh.size(); ++i) {
    if (std::isnan(series.g_per_kwh[i])) continue;
    const int64_t hour = series.first_ns / kNsPerHour + static_cast<int64_t>(i);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(hour / 24))};
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:00:00Z,{:.6g}\n",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), hour % 24, series.g_per_kwh[i]);
  }
  return out;
}

}  // namespace cairn::footprint
