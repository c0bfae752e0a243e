// Energy first, then what the data centre adds, then carbon and money.
#include "footprint/assess.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.h"
#include "footprint/hours.h"
#include "footprint/pricing.h"
#include "footprint/tally.h"

namespace cairn::footprint {
namespace {

using model::EnergyRecord;

constexpr double kMissingSeconds = 60, kMissingShare = 0.02;  // less is no note worth
constexpr double kHourlyShare = 0.10;                         // as sources differ for the same hour
constexpr double kCoveredMin = 0.5;  // of the energy: else the year's mean is the better one

int year_of(int64_t time_ns) {
  const std::chrono::sys_days day{std::chrono::days(time_ns / (24 * 3600 * kNsPerSecond))};
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

std::string provider_of(const Place& place, const model::Value& meta) {
  if (!place.provider.empty()) return place.provider;
  const model::Value* provider = model::find_path(meta, "host.cloud.provider");
  return provider ? std::string(provider->string_or("")) : std::string();
}

// Seconds in which at least one record watched.
double union_s(const std::vector<EnergyRecord>& records) {
  std::vector<std::pair<int64_t, int64_t>> spans;
  for (const EnergyRecord& record : records) spans.emplace_back(record.began_ns, record.ended_ns);
  std::sort(spans.begin(), spans.end());
  int64_t covered_ns = 0, end_ns = 0;
  for (const auto& [began_ns, ended_ns] : spans) {
    covered_ns += std::max<int64_t>(0, ended_ns - std::max(began_ns, end_ns));
    end_ns = std::max(end_ns, ended_ns);
  }
  return static_cast<double>(covered_ns) / static_cast<double>(kNsPerSecond);
}

// One assessment, from the run to its footprint. Lives for one call.
class Assessor {
 public:
  Assessor(const RunEnergy& run, const Place& place, const Tables& tables)
      : x_run(run), x_place(place), x_tables(tables) {}

  Result<std::optional<Footprint>> assess(const std::vector<Calibration>& calibrations) {
    if (!add_energy(calibrations)) return std::nullopt;
    x_out.zone = x_place.zone;
    x_out.year = year_of(begin_ns());
    price_pue(x_place, provider_of(x_place, x_run.meta), x_tables, x_out);
    if (x_is_virtual && x_out.pue.low < x_out.pue.high)
      add_text(x_out.notes, "the machine is a virtual one: likely in a data centre");
    TRY_VOID(add_carbon());
    price_money(x_place, x_tables, x_out);
    x_out.carbon_unknown_kwh = x_out.carbon_kg ? 0 : x_out.energy_kwh.value;
    x_out.money_unknown_kwh = x_out.money ? 0 : x_out.energy_kwh.value;
    for (const PartEnergy& part : x_out.parts) add_text(x_out.sources, part.source);
    return std::move(x_out);
  }

 private:
  int64_t begin_ns() const {
    if (x_run.began_ns > 0 || x_run.records.empty()) return x_run.began_ns;
    return x_run.records.front().began_ns;
  }

  // False when nothing is known.
  bool add_energy(const std::vector<Calibration>& calibrations) {
    Tally tally = tally_records(x_run.records, x_place.idle, x_tables, calibrations);
    x_is_virtual = tally.is_virtual;
    x_out.parts = std::move(tally.parts);
    x_out.idle_kwh = tally.idle_kwh;
    x_out.watched_s = tally.watched_s;
    x_out.lost_s = tally.lost_s;
    x_out.notes = std::move(tally.notes);
    if (x_run.records.empty()) {
      const Hardware hardware = hardware_of(x_run.meta);
      if (!hardware.is_known() || !x_run.ran_s || *x_run.ran_s <= 0) return false;
      x_is_virtual = hardware.is_virtual;
      x_out.parts = assume(hardware, *x_run.ran_s, x_tables);
      x_out.notes.push_back(
          "nothing was recorded of its energy: anything from rest to full load of "
          "its machine");
    } else {
      add_missing();
    }
    x_out.it_kwh = sum_parts();
    return true;
  }

  // The run took longer than anybody watched: as much power as else, or none, or twice.
  void add_missing() {
    if (!x_run.ran_s || x_out.watched_s <= 0) return;
    const double missing_s = *x_run.ran_s - union_s(x_run.records);
    if (missing_s < std::max(kMissingSeconds, kMissingShare * *x_run.ran_s)) return;
    double kwh = 0;
    for (const PartEnergy& part : x_out.parts) kwh += part.kwh.value;
    const double missing_kwh = kwh / x_out.watched_s * missing_s;
    add_part(x_out.parts,
             {"unwatched", "", quantity(missing_kwh, 1, Method::kAssumed), "mean power", false});
    x_out.notes.push_back(
        fmt::format("{:.0f} of {:.0f} s have no record: taken for the mean of "
                    "the others",
                    missing_s, *x_run.ran_s));
  }

  // Errors of one kind (a sensor, a model) are the same one in all its parts.
  Quantity sum_parts() const {
    std::vector<std::pair<std::string_view, Quantity>> kinds;
    for (const PartEnergy& part : x_out.parts) {
      const auto known = std::find_if(kinds.begin(), kinds.end(),
                                      [&](const auto& kind) { return kind.first == part.part; });
      if (known == kinds.end()) {
        kinds.emplace_back(part.part, part.kwh);
        continue;
      }
      const std::array<Quantity, 2> both = {known->second, part.kwh};
      known->second = add_related(both);
    }
    std::vector<Quantity> sums;
    sums.reserve(kinds.size());
    for (const auto& [name, kwh] : kinds) sums.push_back(kwh);
    return add_independent(sums);
  }

  Result<void> add_carbon() {
    TRY(std::optional<Intensity> grid, find_grid(x_place, x_out.year, x_tables));
    if (grid && grid->level != IntensityLevel::kOverride)
      if (auto hourly = price_hourly(*grid)) grid = std::move(hourly);
    price_carbon(std::move(grid), x_tables, x_out);
    // People's names of a zone are one zone's; a cloud's region stays what it is.
    if (x_place.zone.find(':') != std::string::npos) x_out.zone = x_place.zone;
    if (!x_place.kg_per_kwh) price_market(x_place, x_tables, x_out);
    return {};
  }

  // The hours in which the run ran, weighted by its energy, where the store has them.
  std::optional<Intensity> price_hourly(const Intensity& yearly) const {
    const std::vector<const HourlySeries*> stored = x_tables.hourly();
    if (stored.empty()) return std::nullopt;
    const auto zone = x_tables.zone_of(x_place.zone);
    const EnergyCurve curve = even_curve();
    const HourlySeries* best = nullptr;
    HourlyCarbon priced;
    for (const HourlySeries* series : stored) {
      if (!zone || series->zone != *zone || series->kind != x_place.kind) continue;
      if (best && best->scope == x_place.scope && series->scope != x_place.scope) continue;
      const HourlyCarbon carbon = price_hours(curve, *series);
      if (carbon.covered < kCoveredMin || (best && carbon.covered < priced.covered)) continue;
      best = series;
      priced = carbon;
    }
    if (!best || curve.kwh.back() <= 0) return std::nullopt;
    Intensity found = yearly;
    found.g_per_kwh =
        quantity(1000 * priced.carbon_kg / curve.kwh.back(), kHourlyShare, Method::kAssumed);
    found.level = IntensityLevel::kHourly;
    found.zone = best->zone;
    found.year = x_out.year;
    found.scope = best->scope;
    found.source = best->source;
    found.release = best->release;
    found.note.clear();
    if (best->scope != x_place.scope)
      found.note =
          best->scope == IntensityScope::kDirect ? "of combustion alone" : "of the lifecycle";
    if (priced.covered < 1 - kMissingShare)
      found.note += fmt::format("{}hour by hour for {:.0f} % of the energy",
                                found.note.empty() ? "" : "; ", 100 * priced.covered);
    return found;
  }

  // Each record's time at even power; their energies are alike enough for the mix of hours.
  EnergyCurve even_curve() const {
    int64_t began_ns = begin_ns(), ended_ns = began_ns;
    for (const EnergyRecord& record : x_run.records) {
      began_ns = std::min(began_ns, record.began_ns);
      ended_ns = std::max(ended_ns, record.ended_ns);
    }
    if (x_run.records.empty())
      ended_ns += static_cast<int64_t>(x_run.ran_s.value_or(0) * static_cast<double>(kNsPerSecond));
    return {{began_ns, ended_ns}, {0, x_out.energy_kwh.value}};
  }

  const RunEnergy& x_run;
  const Place& x_place;
  const Tables& x_tables;
  bool x_is_virtual = false;
  Footprint x_out;
};

}  // namespace

Result<std::optional<Footprint>> assess(const RunEnergy& run, const Place& place,
                                        const Tables& tables,
                                        const std::vector<Calibration>& calibrations) {
  return Assessor(run, place, tables).assess(calibrations);
}

std::vector<EnergyTerm> energy_terms(const std::vector<EnergyRecord>& records, const Place& place,
                                     const Tables& tables,
                                     const std::vector<Calibration>& calibrations) {
  std::vector<EnergyTerm> terms;
  if (records.empty()) return terms;
  // Where it was does not change how much it used.
  Place nowhere = place;
  nowhere.kg_per_kwh = 0;
  const auto assessed = assess({records, {}, 0, std::nullopt}, nowhere, tables, calibrations);
  if (!assessed || !*assessed) return terms;
  const Tally tally = tally_records(records, place.idle, tables, calibrations);
  double joules = 0;
  for (size_t i = 0; i < kCounts; ++i)
    if (tally.units[i] > 0) joules += tally.joules[i];
  if (joules <= 0) return terms;
  const double scale = (*assessed)->energy_kwh.value * kJoulesPerKwh / joules;
  for (size_t i = 0; i < kCounts; ++i)
    if (tally.units[i] > 0 && tally.joules[i] > 0)
      terms.push_back({std::string(series_of(static_cast<Count>(i))),
                       tally.joules[i] / tally.units[i] * scale});
  return terms;
}

}  // namespace cairn::footprint
