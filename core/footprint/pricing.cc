// The steps of pricing.
#include "footprint/pricing.h"

#include "footprint/tally.h"

namespace cairn::footprint {
namespace {

Quantity exact(double value) { return {value, value, value, Method::kAssumed}; }

std::optional<KwhPrice> find_price(const Place& place, const Tables& tables, Footprint& out) {
  if (place.price_per_kwh) {
    out.currency = place.currency.empty() ? "USD" : place.currency;
    return KwhPrice{exact(*place.price_per_kwh), "as given"};
  }
  if (place.zone.empty()) return std::nullopt;
  const auto code = tables.zone_of(place.zone);
  const Zone* zone = code ? tables.find_zone(*code) : nullptr;
  if (!zone || zone->country.empty()) return std::nullopt;
  const Price* price = tables.find_price("electricity", zone->country, out.year);
  if (!price) return std::nullopt;
  out.currency = price->currency;
  return KwhPrice{{(price->low + price->high) / 2, price->low, price->high, Method::kAssumed},
                  fmt::format("{} {}: {}", price->place, price->year, price->source)};
}

}  // namespace

void price_pue(const Place& place, std::string_view provider, const Tables& tables,
               Footprint& out) {
  const bool is_region = place.zone.find(':') != std::string::npos;
  const Pue* known = provider.empty() && !is_region
                         ? nullptr
                         : tables.find_pue(is_region ? place.zone : provider, out.year);
  if (place.pue) {
    out.pue = exact(*place.pue);
  } else if (known) {
    out.pue = known->value;
    add_text(out.sources, fmt::format("PUE: {}", known->source));
  } else {
    const Pue* world = tables.find_pue("world", out.year);
    out.pue = {1, 1, world ? world->value.value : 1, Method::kAssumed};
    add_text(out.notes,
             fmt::format("PUE 1 as of a machine of one's own; in a data centre up to {:.2f}",
                         out.pue.high));
  }
  out.energy_kwh = out.it_kwh * out.pue;
}

Result<std::optional<Intensity>> find_grid(const Place& place, int year, const Tables& tables) {
  if (place.kg_per_kwh)
    return Intensity{.g_per_kwh = exact(*place.kg_per_kwh * 1000),
                     .level = IntensityLevel::kOverride,
                     .zone = place.zone,
                     .year = year,
                     .kind = place.kind,
                     .scope = place.scope,
                     .source = "as given"};
  if (place.zone.empty()) return std::optional<Intensity>();
  return tables.intensity({place.zone, year, place.kind, place.scope});
}

void price_carbon(std::optional<Intensity> grid, const Tables& tables, Footprint& out) {
  if (!grid) {
    // A zone that may be any is no error around a mean: the ends are those of the world.
    const Quantity world = tables.world(out.year).g_per_kwh * 1e-3;
    out.carbon_range_kg = out.energy_kwh * world;
    out.carbon_range_kg.low = out.energy_kwh.low * world.low;
    out.carbon_range_kg.high = out.energy_kwh.high * world.high;
    add_text(out.notes,
             "the zone is not known: carbon from the least to the most emitting country");
    return;
  }
  out.carbon_kg = out.energy_kwh * (grid->g_per_kwh * 1e-3);
  out.carbon_range_kg = *out.carbon_kg;
  out.zone = grid->zone;
  add_text(out.sources, grid->release.empty() ? grid->source
                                              : fmt::format("{}, {}", grid->source, grid->release));
  if (!grid->note.empty()) add_text(out.notes, fmt::format("intensity {}", grid->note));
  out.intensity = std::move(grid);
}

void price_market(const Place& place, const Tables& tables, Footprint& out) {
  if (const auto market = tables.market_intensity(place.zone, out.year))
    out.market_carbon_kg = out.energy_kwh * (market->g_per_kwh * 1e-3);
}

std::optional<KwhPrice> price_money(const Place& place, const Tables& tables, Footprint& out) {
  std::optional<KwhPrice> price = find_price(place, tables, out);
  if (!price) return price;
  out.money = out.energy_kwh * price->per_kwh;
  add_text(out.sources, price->source);
  return price;
}

}  // namespace cairn::footprint
