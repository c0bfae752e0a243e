// Energy over hours, priced by stored series; and the same energy elsewhere and at other times.
#include "footprint/hours.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.h"

namespace cairn::footprint {
namespace {

constexpr int64_t kNsPerHour = 3600 * kNsPerSecond;
constexpr int kReachHoursMax = 24 * 7;
constexpr size_t kZonesTold = 10;  // least and most emitting ones

double mean_of(const HourlySeries& series) {
  double sum = 0;
  size_t count = 0;
  for (const double grams : series.g_per_kwh)
    if (!std::isnan(grams)) sum += grams, ++count;
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

// NaN where the series has nothing.
double grams_at(const HourlySeries& series, int64_t time_ns) {
  if (time_ns < series.first_ns) return NAN;
  const auto hour = static_cast<size_t>((time_ns - series.first_ns) / kNsPerHour);
  return hour < series.g_per_kwh.size() ? series.g_per_kwh[hour] : NAN;
}

double total_kwh(const EnergyCurve& curve) {
  return curve.kwh.empty() ? 0 : curve.kwh.back() - curve.kwh.front();
}

int year_at(int64_t time_ns) {
  const std::chrono::sys_days day{std::chrono::days(time_ns / (24 * kNsPerHour))};
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

Result<void> check(const EnergyCurve& curve, int reach_h) {
  const bool is_curve = curve.time_ns.size() == curve.kwh.size() && curve.time_ns.size() >= 2 &&
                        std::is_sorted(curve.time_ns.begin(), curve.time_ns.end()) &&
                        std::is_sorted(curve.kwh.begin(), curve.kwh.end());
  if (!is_curve) return fail(Code::kInvalid, "expected energy that grows over two or more times");
  if (reach_h < 0 || reach_h > kReachHoursMax)
    return fail(Code::kInvalid, "expected a reach from 0 to {} hours, found {}", kReachHoursMax,
                reach_h);
  return {};
}

EnergyCurve moved(const EnergyCurve& curve, int64_t by_ns) {
  EnergyCurve out = curve;
  for (int64_t& time_ns : out.time_ns) time_ns += by_ns;
  return out;
}

// Walks the curve hour by hour; energy between two of its points is spread evenly.
template <typename Visit>
void for_each_hour(const EnergyCurve& curve, const Visit& visit) {
  for (size_t i = 1; i < curve.time_ns.size(); ++i) {
    const int64_t begin_ns = curve.time_ns[i - 1], end_ns = curve.time_ns[i];
    const double kwh = curve.kwh[i] - curve.kwh[i - 1];
    if (end_ns <= begin_ns) {
      if (kwh > 0) visit(begin_ns, kwh);
      continue;
    }
    for (int64_t at_ns = begin_ns; at_ns < end_ns;) {
      const int64_t next_ns = std::min(end_ns, (at_ns / kNsPerHour + 1) * kNsPerHour);
      visit(at_ns,
            kwh * static_cast<double>(next_ns - at_ns) / static_cast<double>(end_ns - begin_ns));
      at_ns = next_ns;
    }
  }
}

// What the curve as it is emits in the zone, by the best that is known of it.
struct Priced {
  double carbon_kg = 0;
  IntensityLevel level = IntensityLevel::kZoneYear;
  const HourlySeries* series = nullptr;
};
Result<Priced> price(const EnergyCurve& curve, std::string_view zone, const Tables& tables) {
  const int64_t begin_ns = curve.time_ns.front();
  TRY(const std::string code, tables.zone_of(zone));
  if (const HourlySeries* series = tables.hours(code, begin_ns))
    return Priced{price_hours(curve, *series).carbon_kg, IntensityLevel::kHourly, series};
  TRY(const Intensity year, tables.intensity({std::string(zone), year_at(begin_ns)}));
  return Priced{total_kwh(curve) * year.g_per_kwh.value / 1000, year.level, nullptr};
}

// Of all countries and zones: those with the least and the most grams, as Alternatives.
std::vector<Alternative> extremes(const EnergyCurve& curve, const Tables& tables) {
  std::vector<Alternative> all;
  for (const std::string& zone : tables.zones()) {
    const auto found = tables.intensity({zone, year_at(curve.time_ns.front())});
    const bool is_own = found && (found->level == IntensityLevel::kZoneYear ||
                                  found->level == IntensityLevel::kZoneOther);
    if (!is_own || zone == "WORLD") continue;
    all.push_back({zone, 0, total_kwh(curve) * found->g_per_kwh.value / 1000, 0, found->level});
  }
  std::sort(all.begin(), all.end(), [](const Alternative& a, const Alternative& b) {
    return std::pair(a.carbon_kg, a.zone) < std::pair(b.carbon_kg, b.zone);
  });
  if (all.size() > 2 * kZonesTold)
    all.erase(all.begin() + kZonesTold, all.end() - static_cast<std::ptrdiff_t>(kZonesTold));
  return all;
}

}  // namespace

HourlyCarbon price_hours(const EnergyCurve& curve, const HourlySeries& series) {
  HourlyCarbon out;
  double kwh_known = 0;
  const double mean = mean_of(series);
  for_each_hour(curve, [&](int64_t time_ns, double kwh) {
    const double grams = grams_at(series, time_ns);
    if (!std::isnan(grams)) kwh_known += kwh;
    out.carbon_kg += kwh * (std::isnan(grams) ? mean : grams) / 1000;
  });
  const double total = total_kwh(curve);
  out.covered = total > 0 ? std::min(1.0, kwh_known / total) : 0;
  return out;
}

Result<std::vector<Alternative>> find_alternatives(const EnergyCurve& curve, std::string_view zone,
                                                   int reach_h,
                                                   const std::vector<std::string>& zones,
                                                   const Tables& tables) {
  TRY_VOID(check(curve, reach_h));
  TRY(const Priced own, price(curve, zone, tables));
  std::vector<Alternative> all;
  for (int hours = -reach_h; own.series && hours <= reach_h; ++hours) {
    const EnergyCurve other = moved(curve, hours * kNsPerHour);
    const HourlyCarbon carbon = price_hours(other, *own.series);
    // Hours beyond the series would be compared by its mean.
    if (hours == 0 || carbon.covered < 1 - 1e-9) continue;
    all.push_back(
        {own.series->zone, other.time_ns.front(), carbon.carbon_kg, 0, IntensityLevel::kHourly});
  }
  for (const std::string& other : zones) {
    TRY(const Priced priced, price(curve, other, tables));
    TRY(const std::string code, tables.zone_of(other));
    all.push_back(
        {code, priced.series ? curve.time_ns.front() : 0, priced.carbon_kg, 0, priced.level});
  }
  if (zones.empty())
    for (Alternative& other : extremes(curve, tables)) all.push_back(std::move(other));
  for (Alternative& each : all)
    each.saved_share = own.carbon_kg > 0 ? 1 - each.carbon_kg / own.carbon_kg : 0;
  std::stable_sort(all.begin(), all.end(), [](const Alternative& a, const Alternative& b) {
    return a.carbon_kg < b.carbon_kg;
  });
  return all;
}

}  // namespace cairn::footprint
