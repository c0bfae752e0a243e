// Before anything runs: energy, money and carbon of so many devices for so many hours.
//
// Pure. Published cases (Strubell 2019, Patterson, Llama's cards, ...) are its tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "footprint/assess.h"
#include "footprint/quantity.h"
#include "footprint/tables.h"

namespace cairn::footprint {

struct DeviceCount {
  std::string device;  // a name of the table
  double count = 1;
};
// "8xV100", "V100", "64xH100 SXM", as papers write it "P100x8", several with commas. Invalid: a
// number that is not above 0, nothing named.
Result<std::vector<DeviceCount>> parse_devices(std::string_view text);

struct EstimateWanted {
  std::vector<DeviceCount> devices;
  std::optional<double> watts;  // of one device that is in no table, in the mean; with `count`
  double count = 1;
  double hours = 0;
  std::optional<double>
      utilisation;            // mean power over TDP; nothing: the constant "gpu.utilisation"
  bool includes_host = true;  // CPU, memory and the rest of the machine beside devices of the
                              // table; watts are taken for the whole, and so are presets
  std::optional<int> year;    // nothing: `now_year`
  int now_year = 0;
  Place place;
  std::string preset;  // empty, or the name of one: see presets()
};
struct Estimate {
  Footprint footprint;
  // Of the devices by the hour: on demand, low as pre-emptible. Nothing where a price is unknown.
  std::optional<Quantity> rent;
  std::string rent_currency;
  std::vector<std::string> steps;  // the arithmetic, a line each, with sources
};
// What is said beside a preset goes before it, except for the zone and year: a preset has a grid of
// its own, and a note tells what the zone's would give.
// Invalid: an unknown device, zone or preset (nearest names), negative or absurd numbers, PUE < 1,
// a year outside of 1990 .. now + 1.
Result<Estimate> estimate(const EstimateWanted& wanted, const Tables& tables);

struct Preset {
  std::string name, title, source;
};
// Sets of constants as a paper used them: "strubell-2019" (PUE 1.58, 0.954 lb/kWh), "essay-2019"
// (250 W, 0.25 lb per GPU-hour, $1), "patterson-2021", "lacoste-2019", "green-algorithms-2021".
std::vector<Preset> presets();

// --- scenarios: arithmetic of fleets, line by line -----------------------------------------------

struct ScenarioLine {
  std::string claim;      // what was published
  std::string published;  // its number, as printed there; empty: none was, and ours is beside it
  Quantity computed;
  std::string unit, arithmetic, source;
  bool is_consistent = true;
  std::string remark;  // where it is not: what is wrong, and the number that follows instead
};
struct Scenario {
  std::string name, title;
  std::vector<ScenarioLine> lines;
};
Result<Scenario> scenario(std::string_view name, const Tables& tables);  // Invalid: nearest names
std::vector<std::string> scenario_names();

// --- published reports checked against their own inputs ------------------------------------------

struct Published {
  std::string name;
  double devices = 1, watts = 0, hours = 0, pue = 1;
  std::optional<double> kg_per_kwh;
  std::optional<double> kwh, tonnes;  // as published
};
// What is wrong with it, in words; empty: it holds within the rounding of the published numbers and
// `tolerance` of them. An intensity that no grid has is flagged too.
std::vector<std::string> find_contradictions(const Published& published, double tolerance = 0.01);

// --- beside the number
// ----------------------------------------------------------------------------

struct Equivalent {
  std::string name, unit, source;  // "by car (EU)" in "km", "taken up by a grown tree" in "years"
  double amount = 0;
};
std::vector<Equivalent> equivalents(double carbon_kg, double kwh, const Tables& tables);

// Software Carbon Intensity (ISO/IEC 21031:2024): (E x I + M) / R, location-based, nothing offset.
struct SciWanted {
  double energy_kwh = 0, intensity_g_per_kwh = 0;
  double embodied_kg = 0;  // of all hardware
  double used_s = 0, lifetime_s = 0, resources_share = 1;
  double functional_units = 1;
  std::string functional_unit;
};
struct Sci {
  double operational_g = 0, embodied_g = 0, per_unit_g = 0;
};
Result<Sci> software_carbon_intensity(const SciWanted& wanted);
// Of a machine's devices, from the tables: GPUs by model, CPU, memory, board; from eight GPUs on
// those and a server made for them. kg CO2e. What is 0 is left out: it is unknown, and the sum a
// lower bound.
Quantity embodied_kg(const std::vector<DeviceCount>& devices, int64_t sockets, double memory_gb,
                     const Tables& tables);

// What it would cost to offset, as bought today, up to taking carbon out of the air for good: never
// subtracted from anything.
struct OffsetPrice {
  Quantity money;
  std::string currency;
  double per_tonne_low = 0, per_tonne_high = 0;
  std::string source;
};
OffsetPrice offset_price(double carbon_kg, const Tables& tables);

}  // namespace cairn::footprint
