// A footprint as a Value for programs, as plain numbers for tables, and as a line for people.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <span>

#include "footprint/amount.h"
#include "footprint/assess.h"

namespace cairn::footprint {
namespace {

using model::List;
using model::Object;
using model::Value;

Value to_value(const Intensity& intensity) {
  Value out = footprint::to_value(intensity.g_per_kwh);
  out.set("level", print_level(intensity.level));
  out.set("zone", intensity.zone);
  out.set("year", intensity.year);
  out.set("kind", intensity.kind == IntensityKind::kAverage ? "average" : "marginal");
  out.set("scope", intensity.scope == IntensityScope::kLifecycle ? "lifecycle" : "direct");
  out.set("source", intensity.source);
  out.set("release", intensity.release);
  out.set("note", intensity.note);
  return out;
}

Value to_value(const PartEnergy& part) {
  return Object{{"part", part.part},
                {"device", part.device},
                {"kwh", footprint::to_value(part.kwh)},
                {"source", part.source},
                {"is_disputed", part.is_disputed}};
}

Value to_value(const std::optional<Quantity>& quantity) {
  return quantity ? footprint::to_value(*quantity) : Value();
}

List texts(const std::vector<std::string>& from) { return {from.begin(), from.end()}; }

const char* print_kind(std::string_view part) {
  if (part == "cpu") return "CPU";
  if (part == "gpu") return "GPU";
  return nullptr;
}

// "GPU 0.31 measured ±2 %", one for each kind.
std::vector<std::string> print_parts(const Footprint& footprint, double scale) {
  std::vector<std::string> out;
  std::vector<std::string_view> told;
  for (const PartEnergy& first : footprint.parts) {
    if (std::find(told.begin(), told.end(), first.part) != told.end()) continue;
    told.push_back(first.part);
    std::vector<Quantity> same;
    for (const PartEnergy& part : footprint.parts)
      if (part.part == first.part) same.push_back(part.kwh);
    const Quantity kwh = add_related(same);
    const char* kind = print_kind(first.part);
    std::string text =
        fmt::format("{} {}", kind ? kind : first.part, print_amount(kwh.value * scale));
    if (first.part != "rest" && kwh.value > 0)
      text += fmt::format(" {} ±{:.0f} %", print_method(kwh.method),
                          50 * (kwh.high - kwh.low) / kwh.value);
    out.push_back(std::move(text));
  }
  return out;
}

std::string print_carbon(const Footprint& footprint) {
  if (!footprint.carbon_kg) {
    const Quantity& range = footprint.carbon_range_kg;
    return fmt::format("{} to {} CO2e (zone not known)", print_mass(range.low),
                       print_mass(range.high));
  }
  std::string text = fmt::format("{} CO2e", print_mass(footprint.carbon_kg->value));
  if (!footprint.intensity) return text;
  const Intensity& intensity = *footprint.intensity;
  const std::string grams = fmt::format("{:.0f} g/kWh", intensity.g_per_kwh.value);
  if (intensity.level == IntensityLevel::kOverride)
    return fmt::format("{} ({} as given)", text, grams);
  return fmt::format("{} ({} {}, {})", text, intensity.zone, intensity.year, grams);
}

}  // namespace

std::string print_amount(double amount) {
  if (amount == 0) return "0";
  // The power of ten of what is printed: 0.0999 is 0.10.
  const std::string rounded = fmt::format("{:.1e}", amount);
  const int power = std::atoi(rounded.c_str() + rounded.find('e') + 1);
  const int digits = power >= 2 ? 0 : power == 1 ? 1 : std::min(1 - power, 12);
  return fmt::format("{:.{}f}", amount, digits);
}

std::string print_mass(double kg) {
  if (kg >= 1000) return fmt::format("{} t", print_amount(kg / 1000));
  if (kg > 0 && kg < 0.01) return fmt::format("{} g", print_amount(kg * 1000));
  return fmt::format("{} kg", print_amount(kg));
}

Value to_value(const Footprint& footprint) {
  Value out = Object{{"energy_kwh", to_value(footprint.energy_kwh)},
                     {"it_kwh", to_value(footprint.it_kwh)},
                     {"idle_kwh", footprint.idle_kwh},
                     {"pue", to_value(footprint.pue)},
                     {"carbon_kg", to_value(footprint.carbon_kg)},
                     {"carbon_range_kg", to_value(footprint.carbon_range_kg)},
                     {"carbon_unknown_kwh", footprint.carbon_unknown_kwh},
                     {"market_carbon_kg", to_value(footprint.market_carbon_kg)}};
  Value money = to_value(footprint.money);
  if (footprint.money) money.set("currency", footprint.currency);
  out.set("money", std::move(money));
  out.set("money_unknown_kwh", footprint.money_unknown_kwh);
  out.set("zone", footprint.zone.empty() ? Value() : Value(footprint.zone));
  out.set("year", footprint.year > 0 ? Value(footprint.year) : Value());
  out.set("intensity_g_per_kwh", footprint.intensity ? to_value(*footprint.intensity) : Value());
  List parts;
  for (const PartEnergy& part : footprint.parts) parts.push_back(to_value(part));
  out.set("parts", std::move(parts));
  out.set("watched_s", footprint.watched_s);
  out.set("lost_s", footprint.lost_s);
  out.set("sources", texts(footprint.sources));
  out.set("notes", texts(footprint.notes));
  return out;
}

Value to_summary(const Footprint& footprint) {
  Object out = {{"kwh", footprint.energy_kwh.value},
                {"kwh_low", footprint.energy_kwh.low},
                {"kwh_high", footprint.energy_kwh.high}};
  if (footprint.carbon_kg) {
    out.emplace_back("gco2e", footprint.carbon_kg->value * 1000);
    out.emplace_back("gco2e_low", footprint.carbon_kg->low * 1000);
    out.emplace_back("gco2e_high", footprint.carbon_kg->high * 1000);
  }
  if (footprint.money) {
    out.emplace_back("money", footprint.money->value);
    out.emplace_back("currency", footprint.currency);
  }
  out.emplace_back("method", print_method(footprint.energy_kwh.method));
  return out;
}

std::string print_line(const Footprint& footprint) {
  const double kwh = footprint.energy_kwh.value;
  const bool is_small = kwh < 0.001;
  const double scale = is_small ? 1000 : 1;
  std::vector<std::string> parts = print_parts(footprint, scale);
  if (std::abs(footprint.pue.value - 1) > 1e-9)
    parts.push_back(fmt::format("PUE {:.2f}", footprint.pue.value));
  std::string line =
      fmt::format("{} {} ({}), {}", print_amount(kwh * scale), is_small ? "Wh" : "kWh",
                  fmt::join(parts, ", "), print_carbon(footprint));
  if (footprint.money)
    line += fmt::format(", {} {}", print_amount(footprint.money->value), footprint.currency);
  return line;
}

}  // namespace cairn::footprint
