// The same run in another hour and another place: what it would have emitted.
//
// Pure, from stored hourly series where there are any and from yearly means elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "footprint/quantity.h"
#include "footprint/tables.h"

namespace cairn::footprint {

// Energy over time: how much was used by then, beginning with 0.
struct EnergyCurve {
  std::vector<int64_t> time_ns;
  std::vector<double> kwh;
};
// Sum over hours of energy x intensity; hours that the series lacks count with its mean, and
// `covered` says for which share of the energy there was an hour.
struct HourlyCarbon {
  double carbon_kg = 0, covered = 0;
};
HourlyCarbon price_hours(const EnergyCurve& curve, const HourlySeries& series);

struct Alternative {
  std::string zone;
  int64_t start_ns = 0;  // 0: any time, by the year's mean
  double carbon_kg = 0;
  double saved_share = 0;  // against the run as it was; negative: worse
  IntensityLevel level = IntensityLevel::kZoneYear;
};
// The same curve begun at every hour within +-`reach_h` of its start where `zone` has a series, and
// as a whole in `zones` (empty: the ten least and the ten most emitting). Best first.
Result<std::vector<Alternative>> find_alternatives(const EnergyCurve& curve, std::string_view zone,
                                                   int reach_h,
                                                   const std::vector<std::string>& zones,
                                                   const Tables& tables);

// "datetime,zone?,g_per_kwh" as Electricity Maps, WattTime, ENTSO-E exports have it: columns are
// found by name, times are ISO 8601 or Unix seconds; what lies within one hour is averaged. Head
// lines "# zone:", "# kind:", "# scope:", "# source:" and "# release:" are read where there are
// any. Corrupt with the line.
Result<HourlySeries> parse_hourly_csv(std::string_view text, std::string_view zone_if_none);
// As a table of a store: parse_hourly_csv() reads it again, and so does Tables::parse().
std::string print_hourly_csv(const HourlySeries& series, std::string_view licence);

}  // namespace cairn::footprint
