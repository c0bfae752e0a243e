// Pricing: what energy costs where it was used, as a data centre, a grid and a price make it.
// Internal to the room.
//
// Each step takes a footprint one further: its sources and notes tell what it was priced with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "footprint/assess.h"

namespace cairn::footprint {

// PUE and energy_kwh from it_kwh: as said, else of the provider (or its region) in that year, else
// 1 and up to the mean of all data centres. `provider` may be empty.
void price_pue(const Place& place, std::string_view provider, const Tables& tables, Footprint& out);
// The intensity as said, else of the zone in the year; nothing where no zone is known. Invalid: the
// zone is unknown to the tables.
Result<std::optional<Intensity>> find_grid(const Place& place, int year, const Tables& tables);
// Carbon from energy_kwh; without a grid only its range over all countries.
void price_carbon(std::optional<Intensity> grid, const Tables& tables, Footprint& out);
// What contracts make of it, where a provider tells: beside the other, never instead.
void price_market(const Place& place, const Tables& tables, Footprint& out);
// Money from energy_kwh: the price as said, else of the zone's country (industry to households);
// else nothing.
struct KwhPrice {
  Quantity per_kwh;
  std::string source;
};
std::optional<KwhPrice> price_money(const Place& place, const Tables& tables, Footprint& out);

}  // namespace cairn::footprint
