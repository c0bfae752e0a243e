// Zones and their carbon intensity: the best row there is, with what must be known of it.
//
// Of a zone's rows the one of least cost: a year's distance costs 1, the other scope (direct for
// lifecycle or the other way round) costs 4. A zone without rows falls back to its country, which
// falls back to the world. Average and marginal never stand in for one another within a zone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "footprint/table_rows.h"
#include "footprint/tables.h"

namespace cairn::footprint {
namespace {

constexpr int kScopeCost = 4;
// What sources differ by for the same zone and year: Electricity Maps against Ember in 2024 (US +7
// %, DE +3 %, FR 33 against 44 g, CH 50 against 39), and against its own release of a year before
// (2 %).
constexpr double kSameYearShare = 0.10, kSameYearGrams = 8;
constexpr double kCountryShare = 0.15;  // of a country for one of its zones
constexpr double kPerYearShare = 0.04;  // US 2021 to 2025: -7 %, DE -22 %, FR -48 %
constexpr double kOtherScopeShare = 0.20;
// Lifecycle grams of a kWh that is not free of carbon: gas, the mean of gas and coal, coal (IPCC
// 2014, annex III).
constexpr Quantity kFossilGrams{655, 490, 820, Method::kAssumed};

int cost(const IntensityRow& row, const IntensityWanted& wanted) {
  return std::abs(row.year - wanted.year) + (row.scope == wanted.scope ? 0 : kScopeCost);
}

const IntensityRow* find_best(const std::vector<IntensityRow>* rows,
                              const IntensityWanted& wanted) {
  const IntensityRow* best = nullptr;
  if (!rows) return nullptr;
  for (const IntensityRow& row : *rows) {
    if (row.kind != wanted.kind) continue;
    if (!best || cost(row, wanted) <= cost(*best, wanted)) best = &row;
  }
  return best;
}

// What the row is not that was wanted, in words.
std::string print_doubts(const IntensityRow& row, const IntensityWanted& wanted,
                         std::string_view zone, bool is_country) {
  std::string note;
  if (is_country)
    note = fmt::format("of the country {}: the tables have nothing for {}", zone, wanted.zone);
  if (row.year != wanted.year)
    note += fmt::format("{}of {}, the nearest year to {} in the tables", note.empty() ? "" : "; ",
                        row.year, wanted.year);
  if (row.scope != wanted.scope)
    note += fmt::format("{}{}", note.empty() ? "" : "; ",
                        row.scope == IntensityScope::kDirect
                            ? "of combustion alone: plants, fuel and methane before it are missing"
                            : "of the lifecycle, more than combustion alone");
  return note;
}

Intensity make(const IntensityRow& row, const IntensityWanted& wanted, std::string_view zone,
               bool is_country) {
  const int years = std::abs(row.year - wanted.year);
  const double same_year =
      std::hypot(is_country ? kCountryShare : kSameYearShare, kSameYearGrams / row.g_per_kwh);
  const double share = std::hypot(same_year, kPerYearShare * years,
                                  row.scope == wanted.scope ? 0.0 : kOtherScopeShare);
  Intensity found;
  found.g_per_kwh = quantity(row.g_per_kwh, share, Method::kAssumed);
  found.level = is_country
                    ? (years == 0 ? IntensityLevel::kCountryYear : IntensityLevel::kCountryOther)
                    : (years == 0 ? IntensityLevel::kZoneYear : IntensityLevel::kZoneOther);
  found.zone = zone;
  found.year = row.year;
  found.kind = row.kind;
  found.scope = row.scope;
  found.source = row.source;
  found.release = row.release;
  if (years != 0 || is_country || row.scope != wanted.scope)
    found.note = print_doubts(row, wanted, zone, is_country);
  return found;
}

// What the cloud says of its region, as a row beside those of the zone.
const RegionYear* find_region_year(const TableRows& rows, const std::string& folded, int year) {
  const auto* years = find_in(rows.region_years, folded);
  if (!years) return nullptr;
  const RegionYear* best = nullptr;
  for (const RegionYear& row : *years)
    if (row.g_per_kwh && (!best || std::abs(row.year - year) <= std::abs(best->year - year)))
      best = &row;
  return best;
}

// The one zone whose name the text is, or begins with it.
std::optional<std::string> find_zone_by_name(const TableRows& rows, const std::string& folded) {
  std::set<std::string> exact, begun;
  for (const auto& [name, zone] : rows.zone_names) {
    if (name == folded) exact.insert(zone);
    if (folded.size() >= 4 && name.starts_with(folded)) begun.insert(zone);
  }
  // A country before its zones: its code is the shorter one.
  if (!exact.empty())
    return *std::min_element(exact.begin(), exact.end(), [](const auto& a, const auto& b) {
      return std::pair(a.size(), a) < std::pair(b.size(), b);
    });
  return begun.size() == 1 ? std::optional(*begun.begin()) : std::nullopt;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

Result<std::string> find_region_zone(const TableRows& rows, const std::string& folded,
                                     std::string_view place) {
  if (const auto* region = find_in(rows.regions, folded)) return region->zone;
  std::vector<std::string_view> same_provider;
  for (const auto& [name, region] : rows.regions)
    if (name.starts_with(folded.substr(0, folded.find(':') + 1)))
      same_provider.push_back(region.place);
  std::sort(same_provider.begin(), same_provider.end());
  return fail(Code::kInvalid, "expected a cloud's region of the tables, found '{}'{}", place,
              offer(place, same_provider));
}

// "us-west1" without its provider.
const RegionRow* find_bare_region(const TableRows& rows, const std::string& folded) {
  const RegionRow* found = nullptr;
  for (const auto& [name, region] : rows.regions)
    if (name.size() > folded.size() && name.ends_with(folded) &&
        name[name.size() - folded.size() - 1] == ':') {
      if (found && found->zone != region.zone) return nullptr;
      found = &region;
    }
  return found;
}

}  // namespace

std::string_view print_level(IntensityLevel level) {
  switch (level) {
    case IntensityLevel::kOverride:
      return "override";
    case IntensityLevel::kHourly:
      return "hourly";
    case IntensityLevel::kZoneYear:
      return "zone, year";
    case IntensityLevel::kZoneOther:
      return "zone, another year";
    case IntensityLevel::kCountryYear:
      return "country, year";
    case IntensityLevel::kCountryOther:
      return "country, another year";
    case IntensityLevel::kWorld:
      return "world";
  }
  return "world";
}

Result<std::string> Tables::zone_of(std::string_view place) const {
  const std::string exact(place);
  if (x_rows->zones.contains(exact)) return exact;
  const std::string folded = fold(place);
  if (folded.find(':') != std::string::npos) return find_region_zone(*x_rows, folded, place);
  const std::string code = upper(place);
  std::vector<std::string_view> below;
  for (const auto& [zone, row] : x_rows->zones) {
    if (zone == code) return zone;
    if (!code.empty() && zone.starts_with(code) && zone[code.size()] == '-') below.push_back(zone);
  }
  if (below.size() == 1) return std::string(below.front());
  if (const auto zone = find_zone_by_name(*x_rows, folded)) return *zone;
  if (const RegionRow* region = find_bare_region(*x_rows, folded)) return region->zone;
  std::vector<std::string_view> candidates = below;
  if (below.empty()) {
    for (const auto& [zone, row] : x_rows->zones) candidates.push_back(zone);
    for (const auto& [name, zone] : x_rows->zone_names) candidates.push_back(name);
    for (const auto& [name, region] : x_rows->regions) candidates.push_back(name);
  }
  std::sort(candidates.begin(), candidates.end());
  return fail(Code::kInvalid,
              "expected a zone as 'FR', 'US-CAL-CISO' or 'gcp:us-west1', found '{}'{}",
              place.substr(0, 100), offer(place, candidates));
}

Result<Intensity> Tables::intensity(const IntensityWanted& wanted) const {
  TRY(const std::string zone, zone_of(wanted.zone));
  const auto* row = find_best(find_in(x_rows->intensities, zone), wanted);
  IntensityRow told;
  if (wanted.kind == IntensityKind::kAverage && wanted.zone.find(':') != std::string::npos)
    if (const auto* region = find_region_year(*x_rows, fold(wanted.zone), wanted.year)) {
      told = {region->year,       IntensityKind::kAverage, region->scope,
              *region->g_per_kwh, region->source,          region->release};
      if (!row || cost(told, wanted) <= cost(*row, wanted))
        return make(told, wanted, wanted.zone, false);
    }
  if (row) return make(*row, wanted, zone, false);
  const auto* known = find_in(x_rows->zones, zone);
  if (known && !known->country.empty() && known->country != zone)
    if (const auto* country = find_best(find_in(x_rows->intensities, known->country), wanted))
      return make(*country, wanted, known->country, true);
  if (wanted.kind == IntensityKind::kMarginal || x_rows->worlds.empty())
    return fail(Code::kInvalid,
                "expected a zone with {} intensity in the tables, found none for '{}'",
                wanted.kind == IntensityKind::kMarginal ? "a marginal" : "an", wanted.zone);
  Intensity found = world(wanted.year);
  found.note = fmt::format("of all countries: the tables have nothing for {}", zone);
  return found;
}

Intensity Tables::world(int year) const {
  const Intensity* nearest = nearest_year(x_rows->worlds, year);
  return nearest ? *nearest : Intensity{};
}

std::vector<std::string> Tables::zones() const {
  std::vector<std::string> all;
  for (const auto& [zone, row] : x_rows->zones) all.push_back(zone);
  std::sort(all.begin(), all.end());
  return all;
}

const Zone* Tables::find_zone(std::string_view zone) const { return find_in(x_rows->zones, zone); }

std::optional<Intensity> Tables::market_intensity(std::string_view place, int year) const {
  const std::string folded = fold(place);
  const auto* years = find_in(x_rows->region_years, folded);
  if (!years) return std::nullopt;
  const RegionYear* row = nullptr;
  for (const RegionYear& each : *years)
    if (each.cfe && (!row || std::abs(each.year - year) <= std::abs(row->year - year))) row = &each;
  if (!row) return std::nullopt;
  Intensity found;
  found.g_per_kwh = kFossilGrams * (1 - *row->cfe);
  // A contract makes nothing dirtier than the grid it is in.
  if (row->g_per_kwh) {
    const double grid = *row->g_per_kwh;
    found.g_per_kwh.low = std::min(found.g_per_kwh.low, grid);
    found.g_per_kwh.value = std::min(found.g_per_kwh.value, grid);
    found.g_per_kwh.high = std::min(found.g_per_kwh.high, grid);
  }
  found.level = row->year == year ? IntensityLevel::kZoneYear : IntensityLevel::kZoneOther;
  found.zone = place;
  found.year = row->year;
  found.scope = row->scope;
  found.source = row->source;
  found.release = row->release;
  found.note = fmt::format(
      "market-based: {:.0f} % of the hours' energy is free of carbon by the provider's contracts",
      100 * *row->cfe);
  return found;
}

void find_worlds(TableRows& rows) {
  struct Range {
    double low = 1e9, high = 0, sum = 0;
    size_t countries = 0;
  };
  std::map<int, Range> ranges;
  size_t countries_max = 0;
  for (const auto& [zone, years] : rows.intensities) {
    const auto* known = find_in(rows.zones, zone);
    if (!known || known->country != zone) continue;
    for (const IntensityRow& row : years) {
      if (row.kind != IntensityKind::kAverage || row.scope != IntensityScope::kLifecycle) continue;
      Range& range = ranges[row.year];
      range.low = std::min(range.low, row.g_per_kwh);
      range.high = std::max(range.high, row.g_per_kwh);
      range.sum += row.g_per_kwh;
      countries_max = std::max(countries_max, ++range.countries);
    }
  }
  const auto* whole = find_in(rows.intensities, "WORLD");
  for (const auto& [year, range] : ranges) {
    if (2 * range.countries < countries_max) continue;  // a year of few is no range of all
    const IntensityRow* mean = whole ? nearest_year(*whole, year) : nullptr;
    Intensity world;
    world.g_per_kwh = {mean ? mean->g_per_kwh : range.sum / static_cast<double>(range.countries),
                       range.low, range.high, Method::kAssumed};
    world.level = IntensityLevel::kWorld;
    world.zone = "WORLD";
    world.year = year;
    world.source = mean ? mean->source : "mean of all countries";
    world.note = fmt::format("range over {} countries", range.countries);
    rows.worlds.push_back(std::move(world));
  }
}

}  // namespace cairn::footprint
