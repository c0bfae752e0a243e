// From what a run measured to what it cost: energy by part, carbon and money, each with its range.
//
// Pure: records, tables and a place in, numbers out. Nothing of it is stored with the run: a better
// table or a corrected zone gives new numbers for old runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "footprint/quantity.h"
#include "footprint/tables.h"
#include "model/energy.h"

namespace cairn::footprint {

// What a device uses at rest: whose is it?
enum class IdlePolicy : uint8_t {
  kNone,          // nobody's: only what the run caused
  kProportional,  // by share of use, which is the default
  kAll,           // split evenly among the runs watched on the machine: a run alone has all
};
std::optional<IdlePolicy> parse_idle_policy(std::string_view text);  // none, proportional, all

// Where and under which terms. Everything may be left open.
struct Place {
  std::string zone;      // or a cloud's region, "gcp:us-west1"; empty: unknown
  std::string provider;  // "gcp", "aws", "azure": for PUE; empty: own machine or unknown
  std::optional<double> pue, kg_per_kwh;  // override the tables
  std::optional<double> price_per_kwh;
  std::string currency;  // of price_per_kwh; empty: USD
  IntensityKind kind = IntensityKind::kAverage;
  IntensityScope scope = IntensityScope::kLifecycle;
  IdlePolicy idle = IdlePolicy::kProportional;
};
// What the reader says goes before what the run says.
Place lay_over(const Place& below, const Place& above);
// {"zone", "provider", "pue", "kg_per_kwh", "price_per_kwh", "currency", "idle"}, as a run's
// meta.place and cairn.toml's [footprint] have it. Invalid: an unknown member (the nearest is
// offered), PUE below 1, a negative number, a currency that is no three letters.
Result<Place> parse_place(const model::Value& value);

// A correction from one reading of a wall meter (`cairn energy calibrate`): of a machine, by host.
struct Calibration {
  std::string hostname;
  double rest_share = 0, rest_w = 0;  // instead of the constants "rest.share" and "rest.power"
  double uncertainty = 0.05;
};

struct PartEnergy {
  std::string part;    // "cpu", "memory", "gpu", "rest", and "unwatched": time without a record
  std::string device;  // "NVIDIA H200", "Intel Xeon ...", or empty
  Quantity kwh;
  std::string source;        // "rapl", "nvml counter", "TDP model (350 W)", ...
  bool is_disputed = false;  // the sensor's two ways differ by more than 5 %
};

struct Footprint {
  Quantity energy_kwh;  // as bought: with PUE
  Quantity it_kwh;      // of the machine alone: the sum of parts
  Quantity pue;
  std::vector<PartEnergy> parts;
  double idle_kwh = 0;                // of it_kwh: at rest
  std::optional<Quantity> carbon_kg;  // location-based; nothing while the zone is unknown
  Quantity carbon_range_kg;           // of all zones of the world, where it is unknown
  std::optional<Quantity> market_carbon_kg;
  std::optional<Quantity> money;  // of the electricity
  std::string currency;
  // Of energy_kwh: for which carbon or money is not known, and not in their numbers.
  double carbon_unknown_kwh = 0, money_unknown_kwh = 0;
  std::optional<Intensity> intensity;
  std::string zone;  // its code, or a cloud's region as it was given
  int year = 0;
  double watched_s = 0, lost_s = 0;
  std::vector<std::string> sources;
  std::vector<std::string> notes;  // flags and doubts, in words
};

// A run: its records (see model::energy_records), priced in the year and hours in which it ran.
// Without records, or where they cover less than the run took: `ran_s` of `hardware` (the run's
// meta: host, gpus) is assumed for the time that is missing, with a range from rest to full load.
struct RunEnergy {
  std::vector<model::EnergyRecord> records;
  model::Value meta;
  int64_t began_ns = 0;
  std::optional<double> ran_s;
};
// `place` is all that is known of it, the run's own included; a provider that it leaves open is
// taken from meta.host.cloud. Invalid: the zone is unknown to the tables (nearest names). Nothing
// is known of the energy, not even what machine it was: nullopt.
Result<std::optional<Footprint>> assess(const RunEnergy& run, const Place& place,
                                        const Tables& tables,
                                        const std::vector<Calibration>& calibrations = {});

// Footprints of many runs as one, which may be sums themselves: parts of one kind are related,
// kinds are not. Carbon and money are those of the runs for which they are known; a note says of
// how much energy they are not.
Footprint add(std::span<const Footprint> runs);

// Energy as a sum over the series that a run logs while it is watched: joules = sum of factor x
// last value. For the kWh axis of charts, which needs the energy at every moment. At the end it is
// the energy_kwh that assess() gives for the records alone: what no series has (lost time) is
// spread over all.
struct EnergyTerm {
  std::string series;  // "energy.gpu_j", "energy.share_s", ...
  double j_per_unit = 1;
};
std::vector<EnergyTerm> energy_terms(const std::vector<model::EnergyRecord>& records,
                                     const Place& place, const Tables& tables,
                                     const std::vector<Calibration>& calibrations = {});

// {"energy_kwh": {...}, "it_kwh", "carbon_kg": {...} or null, "market_carbon_kg", "money": {...,
// "currency"} or null, "zone", "year", "intensity_g_per_kwh": {..., "level", "kind", "scope"},
// "pue": {...}, "parts": [...], "sources": [...], "notes": [...]}
model::Value to_value(const Footprint& footprint);
// What tables and `run.summary` show: {"kwh", "gco2e", "money", "currency", ...}: plain numbers.
model::Value to_summary(const Footprint& footprint);
// "0.42 kWh (GPU 0.31 measured +-2 %, CPU 0.08 modelled +-35 %, rest 0.03), 0.16 kg CO2e
// (US-CAL-CISO 2025, 208 g/kWh), 0.06 USD"
std::string print_line(const Footprint& footprint);

}  // namespace cairn::footprint
