// Tables: what is known of grids, machines, data centres and prices, from data/*.csv and from what
// a store adds to it. Every row says its source and year, every table its licence.
//
// Pure values, made once, then read by any thread. Names are matched without regard to case, and an
// unknown one is an error that offers the nearest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "footprint/quantity.h"

namespace cairn::footprint {

// --- tables as text (docs/formats/data.md) -------------------------------------------------------

// A CSV file: lines "# name: ...", "# title: ...", "# source: ...", "# licence: ...", "# year:
// ...",
// "# release: YYYY-MM-DD" and other "# " lines, then a header, then rows.
struct TableText {
  std::string file;  // for messages
  std::string_view text;
};
// Those in the binary.
std::vector<TableText> embedded_tables();

struct TableInfo {  // as `cairn data ls` shows it
  std::string name, title, source, licence, years, release, file;
  size_t rows = 0;
};

// --- rows ----------------------------------------------------------------------------------------

enum class IntensityKind : uint8_t { kAverage, kMarginal };
enum class IntensityScope : uint8_t { kLifecycle, kDirect };
// Where a number came from, best first; shown with it.
enum class IntensityLevel : uint8_t {
  kOverride,      // given by the user
  kHourly,        // a stored series of the zone, hour by hour
  kZoneYear,      // the zone in that year
  kZoneOther,     // the zone, in the nearest year there is
  kCountryYear,   // the country that the zone lies in, in that year
  kCountryOther,  // the country, in the nearest year there is
  kWorld,         // all countries: the mean, with their range
};
std::string_view print_level(IntensityLevel level);

struct IntensityWanted {
  std::string zone;  // "US-CAL-CISO", "FR", or a cloud's region as "gcp:us-west1", "aws:eu-west-3"
  int year = 0;
  IntensityKind kind = IntensityKind::kAverage;
  IntensityScope scope = IntensityScope::kLifecycle;
};
struct Intensity {
  Quantity g_per_kwh;
  IntensityLevel level = IntensityLevel::kWorld;
  std::string zone;  // as in the table
  int year = 0;
  IntensityKind kind = IntensityKind::kAverage;
  IntensityScope scope = IntensityScope::kLifecycle;
  std::string source, release;
  std::string note;  // what the reader must know: another year, another scope than wanted
};

struct Zone {  // of a grid; a country is the zone of its own code
  std::string zone, name, country, country_name;  // country: ISO 3166-1, "FR"; empty: of no country
};

struct Device {                    // a GPU, another accelerator or a CPU
  std::string name, vendor, kind;  // kind: "gpu", "tpu", "accelerator", "cpu"
  double tdp_w = 0;
  std::optional<double> idle_w;
  std::optional<double> memory_gb;
  int year = 0;      // first sold; 0: unknown
  std::string form;  // "PCIe", "SXM", "OAM", "package", ...
  std::optional<double>
      peak_tflops;        // dense, in the form a training uses most (column `peak_form`)
  std::string peak_form;  // "bf16", "fp16", "fp32"
  std::optional<double> embodied_kg;
  std::string source;
};

struct Pue {
  Quantity value;
  std::string place, source;  // "gcp", "aws:us-east-1", "world"
  int year = 0;
};

struct Price {               // of an hour of a device, or of a kWh
  double low = 0, high = 0;  // pre-emptible .. on demand; the same where there is one
  std::string currency, unit, place, source;
  int year = 0;
};

struct Constant {  // embodied constants, equivalences, default terms of the power model
  std::string name, unit, source;
  Quantity value;
  int year = 0;
};

struct HourlySeries {  // imported: g/kWh hour by hour
  std::string zone, source, release;
  IntensityKind kind = IntensityKind::kAverage;
  IntensityScope scope = IntensityScope::kLifecycle;
  int64_t first_ns = 0;           // beginning of the first hour, UTC
  std::vector<double> g_per_kwh;  // NaN where the file has none
};

struct TableRows;

// Immutable once made; any thread.
class Tables {
 public:
  // Later texts add rows or replace those of the same key. Corrupt with file and line when a row
  // cannot be read, lies outside of what is possible, or has no source.
  static Result<std::shared_ptr<const Tables>> parse(const std::vector<TableText>& texts);
  // Of the embedded texts alone, made once.
  static const Tables& embedded();

  std::vector<TableInfo> list() const;

  // Invalid with the nearest names when the zone is unknown. The level is that of the best row.
  Result<Intensity> intensity(const IntensityWanted& wanted) const;
  // All zones' range in that year: what is said where the zone is unknown.
  Intensity world(int year) const;
  // Stored hours that cover the time; nothing where none does.
  const HourlySeries* hours(std::string_view zone, int64_t time_ns) const;
  std::vector<const HourlySeries*> hourly() const;
  // Zone of a cloud's region ("gcp:us-west1" to "US-NW-BPAT"); the zone itself when it is one.
  Result<std::string> zone_of(std::string_view place) const;
  std::vector<std::string> zones() const;
  const Zone* find_zone(std::string_view zone) const;  // by its code alone; null when unknown
  // Contractual (market-based) grams where a provider tells them; nothing elsewhere.
  std::optional<Intensity> market_intensity(std::string_view place, int year) const;

  // By name as people write it ("V100", "H100 SXM") or as a driver tells it ("NVIDIA H100 80GB
  // HBM3", "Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz"). Invalid with the nearest names.
  Result<const Device*> device(std::string_view name) const;
  const Device* find_device(std::string_view name) const;  // null when unknown
  std::vector<const Device*> devices() const;
  // Of a provider, a region, or "world", in that year or the nearest one; null when unknown.
  const Pue* find_pue(std::string_view place, int year) const;
  const Price* find_price(std::string_view what, std::string_view place, int year) const;
  const Constant* find_constant(std::string_view name) const;
  // CHECKs: `name` is one of those that this room's code relies on.
  const Constant& constant(std::string_view name) const;
  std::vector<const Constant*> constants(std::string_view prefix) const;

 private:
  explicit Tables(std::shared_ptr<const TableRows> rows) : x_rows(std::move(rows)) {}

  std::shared_ptr<const TableRows> x_rows;
};

}  // namespace cairn::footprint
