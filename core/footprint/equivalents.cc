// A footprint beside things that people know, and what it would cost to offset it.
#include <array>

#include "footprint/estimate.h"
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

struct Known {
  std::string_view constant, name, unit;
  bool is_of_energy = false;  // else of carbon
  double per_unit = 1;        // kg or kWh for one of the constant's unit
};
constexpr std::array kKnown = {
    Known{"equivalence.car_eu", "by car (EU)", "km"},
    Known{"equivalence.car_us", "by car (US)", "km"},
    Known{"equivalence.flight_par_lon", "Paris to London by plane, one passenger", "flights"},
    Known{"equivalence.flight_ny_sf", "New York to San Francisco by plane, one passenger",
          "flights"},
    Known{"equivalence.tree_year", "taken up by a grown tree", "years"},
    Known{"equivalence.streaming_hour", "of streamed video", "hours"},
    Known{"equivalence.human_year", "of a human's emissions, world mean", "years"},
    Known{"equivalence.smartphone_charge_kwh", "of a smartphone", "charges", true},
    Known{"equivalence.central_ac", "of central air conditioning (US)", "hours", true, 1e-3},
    Known{"equivalence.household_us_kwh", "of electricity of a US household", "years", true},
};
// A 747's constant is kg of fuel in an hour: its carbon is another constant's.
constexpr std::string_view kJetFuel = "equivalence.747_fuel";
constexpr std::string_view kJetFuelCarbon = "equivalence.jet_fuel_co2";

}  // namespace

std::vector<Equivalent> equivalents(double carbon_kg, double kwh, const Tables& tables) {
  std::vector<Equivalent> all;
  for (const Known& known : kKnown) {
    const Constant* constant = tables.find_constant(known.constant);
    const double amount = known.is_of_energy ? kwh : carbon_kg;
    if (!constant || amount <= 0) continue;
    all.push_back({.name = std::string(known.name),
                   .unit = std::string(known.unit),
                   .source = constant->source,
                   .amount = amount / (constant->value.value * known.per_unit)});
  }
  const Constant* fuel = tables.find_constant(kJetFuel);
  const Constant* carbon = tables.find_constant(kJetFuelCarbon);
  if (fuel && carbon && carbon_kg > 0)
    all.push_back({.name = "of a Boeing 747 in flight",
                   .unit = "hours",
                   .source = fmt::format("{}; {}", fuel->source, carbon->source),
                   .amount = carbon_kg / (fuel->value.value * carbon->value.value)});
  return all;
}

OffsetPrice offset_price(double carbon_kg, const Tables& tables) {
  constexpr int kLatest = 9999;
  OffsetPrice offset;
  const Price* market = tables.find_price("offset.voluntary", "", kLatest);
  if (!market) return offset;
  // What buyers pay, and what it costs to take carbon out of the air for good.
  const Price* removal = tables.find_price("offset.removal", "", kLatest);
  if (removal && removal->currency != market->currency) removal = nullptr;
  offset.currency = market->currency;
  offset.per_tonne_low = market->low;
  offset.per_tonne_high = removal ? removal->high : market->high;
  offset.money = between(market->low, market->high, offset.per_tonne_high) * (carbon_kg / 1000);
  offset.source = removal ? fmt::format("{} {}; {}", market->year, market->source, removal->source)
                          : fmt::format("{} {}", market->year, market->source);
  return offset;
}

}  // namespace cairn::footprint
