// TableRows: the rows behind Tables, by what they are looked up with. Internal to the room.
#pragma once

#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "footprint/csv.h"
#include "footprint/names.h"
#include "footprint/tables.h"

namespace cairn::footprint {

struct IntensityRow {
  int year = 0;
  IntensityKind kind = IntensityKind::kAverage;
  IntensityScope scope = IntensityScope::kLifecycle;
  double g_per_kwh = 0;
  std::string source, release;
};

struct RegionRow {  // of a cloud
  std::string place, zone, location;
};

struct RegionYear {  // what a cloud says of its region
  int year = 0;
  IntensityScope scope = IntensityScope::kLifecycle;
  std::optional<double> g_per_kwh, cfe;  // cfe: share of carbon-free energy, contracts included
  std::string source, release;
};

struct TableRows {
  std::vector<TableInfo> infos;
  // Of a zone, in the order of the texts: the later one of equals is the better one.
  ByName<std::vector<IntensityRow>> intensities;
  std::vector<Intensity> worlds;  // ranges over all countries, by year
  ByName<Zone> zones;             // by zone
  std::vector<std::pair<std::string, std::string>> zone_names;  // folded name or alias to zone
  ByName<RegionRow> regions;                                    // by folded place
  ByName<std::vector<RegionYear>> region_years;
  std::deque<Device> devices;         // in the order of the texts
  ByName<Device*> device_keys;        // by DeviceKey of names and aliases
  ByName<std::vector<Pue>> pues;      // by folded place
  ByName<std::vector<Price>> prices;  // by DeviceKey of what is sold
  std::deque<Constant> constants;
  ByName<Constant*> constant_names;
  std::deque<HourlySeries> hourly;
};

// Adds a text's rows. Corrupt with file and line.
Result<void> read_table(const TableText& text, TableRows& rows);
// The ranges over all countries, once all texts are read.
void find_worlds(TableRows& rows);

// The one in the wanted year, or nearest to it: of equals the later one. Null of none.
template <typename Row>
const Row* nearest_year(const std::vector<Row>& rows, int year) {
  const Row* best = nullptr;
  for (const Row& row : rows)
    if (!best || std::abs(row.year - year) <= std::abs(best->year - year)) best = &row;
  return best;
}

}  // namespace cairn::footprint
