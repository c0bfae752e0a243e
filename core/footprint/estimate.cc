// Estimates: devices x hours x power, then data centre, grid, price and rent, each step in words.
#include "footprint/estimate.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "footprint/preset.h"
#include "footprint/pricing.h"
#include "footprint/scenario_line.h"
#include "footprint/tally.h"

namespace cairn::footprint {
namespace {

constexpr double kMost = 1e12;  // devices, watts or hours: more is a slip
constexpr int kYearMin = 1990;

Result<void> check_number(std::string_view name, double value) {
  if (std::isfinite(value) && value > 0 && value <= kMost) return {};
  return fail(Code::kInvalid, "expected {} above 0 and up to {}, found {}", name, kMost, value);
}

Result<void> check_wanted(const EstimateWanted& wanted, int year) {
  if (wanted.devices.empty() && !wanted.watts)
    return fail(Code::kInvalid, "expected devices (as 8xV100) or the watts of one");
  TRY_VOID(check_number("hours", wanted.hours));
  TRY_VOID(check_number("a count", wanted.count));
  TRY_VOID(check_number("watts", wanted.watts.value_or(1)));
  for (const DeviceCount& device : wanted.devices)
    TRY_VOID(check_number("a number of devices", device.count));
  TRY_VOID(check_number("a utilisation", wanted.utilisation.value_or(1)));
  if (wanted.utilisation.value_or(1) > 2)
    return fail(Code::kInvalid, "expected a utilisation of 0 to 1 (mean power over TDP), found {}",
                *wanted.utilisation);
  const Place& place = wanted.place;
  if (place.pue && !(*place.pue >= 1 && *place.pue <= 5))
    return fail(Code::kInvalid, "expected a PUE of 1 to 5, found {}", *place.pue);
  for (const double value : {place.kg_per_kwh.value_or(0), place.price_per_kwh.value_or(0)})
    if (!std::isfinite(value) || value < 0)
      return fail(Code::kInvalid, "expected an intensity and a price of 0 or more, found {}",
                  value);
  if (year < kYearMin || (wanted.now_year > 0 && year > wanted.now_year + 1))
    return fail(Code::kInvalid, "expected a year from {} to {}, found {}", kYearMin,
                wanted.now_year + 1, year);
  return {};
}

// "12.5 kWh", and its range where there is one.
std::string print_range(const Quantity& quantity, std::string_view unit) {
  if (quantity.low == quantity.high) return fmt::format("{} {}", print_short(quantity.value), unit);
  return fmt::format("{} {} ({} to {})", print_short(quantity.value), unit,
                     print_short(quantity.low), print_short(quantity.high));
}
// "0.76 (0.5 to 1)"
std::string print_factor(const Quantity& quantity) {
  std::string text = print_range(quantity, "");
  text.erase(text.find(' '), 1);
  return text;
}

// Their TDP is far above what they draw, host and network included (Patterson et al. 2021).
bool is_tpu(const Device& device) { return device.kind == "tpu"; }

// Of the year nearest to it, from the cheapest provider to the dearest.
std::optional<Price> span_of_providers(const std::string& device, int year, const Tables& tables) {
  const Price* nearest = tables.find_price(device, "", year);
  if (!nearest) return std::nullopt;
  Price span = *nearest;
  for (const std::string_view provider : {"aws", "azure", "gcp"}) {
    const Price* price = tables.find_price(device, provider, nearest->year);
    if (!price || price->year != span.year || price->currency != span.currency) continue;
    span.low = std::min(span.low, price->low);
    span.high = std::max(span.high, price->high);
    if (price->source != span.source) span.source += "; " + price->source;
  }
  return span;
}

// One estimate, from what is wanted to its footprint. Lives for one call.
class Estimator {
 public:
  Estimator(const EstimateWanted& wanted, const PresetTerms* preset, const Tables& tables, int year)
      : x_wanted(wanted), x_preset(preset), x_tables(tables), x_provider(wanted.place.provider) {
    const std::string& zone = wanted.place.zone;
    if (x_provider.empty() && zone.find(':') != std::string::npos)
      x_provider = zone.substr(0, zone.find(':'));
    footprint().year = year;
    footprint().zone = zone;
  }

  Result<Estimate> run() {
    for (const DeviceCount& device : x_wanted.devices) TRY_VOID(add_device(device));
    if (x_wanted.watts) add_watts();
    if (x_wanted.includes_host && !x_preset && x_hosted_kwh > 0) add_host();
    add_up();
    TRY_VOID(add_carbon());
    add_money();
    add_rent();
    return std::move(x_estimate);
  }

 private:
  Footprint& footprint() { return x_estimate.footprint; }

  template <typename... Args>
  void step(fmt::format_string<Args...> format, Args&&... args) {
    x_estimate.steps.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  Result<void> add_device(const DeviceCount& wanted) {
    TRY(const Device* device, x_tables.device(wanted.device));
    const double hours = wanted.count * x_wanted.hours / 1000;
    const std::string what = fmt::format("{} x {}", print_short(wanted.count), device->name);
    PartEnergy part{.part = device->kind == "cpu" ? "cpu" : "gpu", .device = device->name};
    const auto fixed_w =
        x_preset && !x_wanted.utilisation ? watts_of(*x_preset, *device, x_tables) : std::nullopt;
    if (fixed_w) {
      part.kwh = exactly(*fixed_w * hours);
      part.source = fmt::format("{} ({} W)", x_preset->name, print_short(*fixed_w));
      step("{} x {} W x {} h = {}  [{}]", what, print_short(*fixed_w), print_short(x_wanted.hours),
           print_range(part.kwh, "kWh"), x_preset->source);
    } else {
      const Quantity share = utilisation(*device);
      part.kwh = share * (device->tdp_w * hours);
      part.source =
          fmt::format("TDP {} W x {}", print_short(device->tdp_w), print_short(share.value));
      step("{} x {} W TDP x utilisation {} x {} h = {}  [{}]", what, print_short(device->tdp_w),
           print_factor(share), print_short(x_wanted.hours), print_range(part.kwh, "kWh"),
           device->source);
      add_text(footprint().sources, device->source);
    }
    if (!is_tpu(*device)) x_hosted_kwh += part.kwh.value;
    footprint().parts.push_back(std::move(part));
    return {};
  }

  Quantity utilisation(const Device& device) {
    if (x_wanted.utilisation) return exactly(*x_wanted.utilisation);
    if (x_preset) return exactly(x_preset->utilisation);
    const Constant& constant =
        x_tables.constant(is_tpu(device) ? "tpu.utilisation" : "gpu.utilisation");
    add_text(footprint().sources, constant.source);
    return constant.value;
  }

  void add_watts() {
    PartEnergy part{.part = "gpu",
                    .source = fmt::format("{} W as told", print_short(*x_wanted.watts))};
    part.kwh = exactly(*x_wanted.watts * x_wanted.count * x_wanted.hours / 1000);
    step("{} x {} W x {} h = {}", print_short(x_wanted.count), print_short(*x_wanted.watts),
         print_short(x_wanted.hours), print_range(part.kwh, "kWh"));
    footprint().parts.push_back(std::move(part));
  }

  // CPU, memory, board, fans and power supply, as a share of what the devices of the table use.
  void add_host() {
    const Constant& share = x_tables.constant("estimate.host_share");
    PartEnergy part{.part = "rest", .kwh = share.value * x_hosted_kwh, .source = share.source};
    step("host (CPU, memory, fans, power supply): {} of {} kWh = {}  [{}]",
         print_factor(share.value), print_short(x_hosted_kwh), print_range(part.kwh, "kWh"),
         share.source);
    add_text(footprint().sources, share.source);
    footprint().parts.push_back(std::move(part));
  }

  void add_up() {
    std::vector<Quantity> parts;
    for (const PartEnergy& part : footprint().parts) parts.push_back(part.kwh);
    // One assumption on the load stands behind all parts.
    footprint().it_kwh = add_related(parts);
    Place place = x_wanted.place;
    if (x_preset && !place.pue) place.pue = x_preset->pue;
    price_pue(place, x_provider, x_tables, footprint());
    step("{} x PUE {} = {}", print_range(footprint().it_kwh, "kWh"), print_factor(footprint().pue),
         print_range(footprint().energy_kwh, "kWh"));
  }

  Result<void> add_carbon() {
    TRY(std::optional<Intensity> grid, find_grid(x_wanted.place, footprint().year, x_tables));
    if (x_preset && !x_wanted.place.kg_per_kwh) grid = preset_grid(grid);
    price_carbon(grid, x_tables, footprint());
    price_market(x_wanted.place, x_tables, footprint());
    if (!grid)
      step("no zone: {} CO2e, over all countries", print_range(footprint().carbon_range_kg, "kg"));
    else
      step("x {} = {} CO2e  [{}]", print_range(grid->g_per_kwh, "g/kWh"),
           print_range(*footprint().carbon_kg, "kg"),
           grid->level == IntensityLevel::kOverride
               ? grid->source
               : fmt::format("{} {}, {}", grid->zone, grid->year, grid->source));
    return {};
  }

  Intensity preset_grid(const std::optional<Intensity>& zones) {
    if (zones) {
      const Quantity kg = footprint().energy_kwh * (zones->g_per_kwh * 1e-3);
      footprint().notes.push_back(
          fmt::format("the preset's intensity is {}; with {} in {} ({} g/kWh) it would be {} CO2e",
                      x_preset->grid, zones->zone, zones->year, print_short(zones->g_per_kwh.value),
                      print_range(kg, "kg")));
    }
    return {.g_per_kwh = exactly(x_preset->kg_per_kwh * 1000),
            .level = IntensityLevel::kOverride,
            .zone = x_wanted.place.zone,
            .year = footprint().year,
            .source = std::string(x_preset->grid)};
  }

  void add_money() {
    const std::optional<KwhPrice> price = price_money(x_wanted.place, x_tables, footprint());
    if (!price) return;
    step("x {} = {}  [{}]", print_range(price->per_kwh, footprint().currency + "/kWh"),
         print_range(*footprint().money, footprint().currency), price->source);
  }

  // Nothing where the price of one is unknown: half a rent is none.
  void add_rent() {
    std::vector<Quantity> rents;
    std::vector<std::string> steps, sources;
    std::string currency;
    for (const DeviceCount& device : x_wanted.devices) {
      const std::optional<Price> price = find_rent(device);
      if (!price || (!currency.empty() && price->currency != currency)) return;
      currency = price->currency;
      const double hours = device.count * x_wanted.hours;
      rents.push_back({price->high * hours, price->low * hours, price->high * hours});
      steps.push_back(fmt::format("rent: {} x {} h x {} {} = {}  [{}]", print_short(device.count),
                                  print_short(x_wanted.hours),
                                  price->low == price->high
                                      ? fmt::format("{:.2f}", price->high)
                                      : fmt::format("{:.2f} to {:.2f}", price->low, price->high),
                                  currency, print_range(rents.back(), currency), price->source));
      sources.push_back(price->source);
    }
    if (rents.empty()) return;
    x_estimate.rent = add_related(rents);
    x_estimate.rent_currency = currency;
    std::ranges::move(steps, std::back_inserter(x_estimate.steps));
    for (std::string& source : sources) add_text(footprint().sources, std::move(source));
  }

  std::optional<Price> find_rent(const DeviceCount& wanted) const {
    if (x_preset && x_preset->device_hour_usd)
      return Price{.low = *x_preset->device_hour_usd,
                   .high = *x_preset->device_hour_usd,
                   .currency = "USD",
                   .source = std::string(x_preset->source)};
    const auto device = x_tables.device(wanted.device);
    if (!device) return std::nullopt;
    const std::string& name = (*device)->name;
    const int year = x_estimate.footprint.year;
    if (!x_provider.empty())
      if (const Price* price = x_tables.find_price(name, x_provider, year)) return *price;
    return span_of_providers(name, year, x_tables);
  }

  const EstimateWanted& x_wanted;
  const PresetTerms* x_preset;
  const Tables& x_tables;
  std::string x_provider;   // as said, or that of the zone "gcp:us-west1"; empty: unknown
  double x_hosted_kwh = 0;  // of devices whose TDP leaves the host out
  Estimate x_estimate;
};

}  // namespace

Result<Estimate> estimate(const EstimateWanted& wanted, const Tables& tables) {
  const int year = wanted.year.value_or(wanted.now_year);
  TRY_VOID(check_wanted(wanted, year));
  TRY(const PresetTerms* preset, find_preset(wanted.preset));
  return Estimator(wanted, preset, tables, year).run();
}

}  // namespace cairn::footprint
