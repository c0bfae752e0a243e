// Printing footprints.
#include "cli/footprint_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/door_client.h"
#include "cli/text.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kLabelColumns = 11;
constexpr size_t kEquivalentsShown = 4;
constexpr double kEquivalentMin = 0.005;  // less of something tells nobody anything
constexpr double kFew = 0.01;             // of a unit with one of a thousandth below it

// kWh or Wh, kg or g: whichever gives numbers that can be read.
struct Scale {
  double factor = 1;
  std::string_view unit;
};
Scale scale_for(double value, std::string_view unit, std::string_view thousandth) {
  return std::fabs(value) < kFew ? Scale{1000, thousandth} : Scale{1, unit};
}

std::string print_scaled(const Value& quantity, std::string_view unit,
                         std::string_view thousandth) {
  if (!quantity.as_object()) return "unknown";
  const Scale scale = scale_for(number_at(quantity, "value"), unit, thousandth);
  const auto amount = [&](std::string_view member) {
    return print_amount(scale.factor * number_at(quantity, member));
  };
  return fmt::format("{} {} ({} to {}, {})", amount("value"), scale.unit, amount("low"),
                     amount("high"), text_at(quantity, "method"));
}

std::string print_parts(const Value& footprint, const Terminal& terminal) {
  const Scale scale = scale_for(number_at(value_at(footprint, "energy_kwh"), "value"), "kWh", "Wh");
  const auto amount_cell = [&](const Value& kwh, std::string_view member) {
    const double value = scale.factor * number_at(kwh, member);
    return std::isnan(value) ? Cell{"-", Paint::kDim} : Cell{print_amount(value)};
  };
  Table table({{"part"},
               {"device"},
               {std::string(scale.unit), Align::kPoint},
               {"low", Align::kPoint},
               {"high", Align::kPoint},
               {"method"},
               {"source"}});
  for (const Value& part : list_at(footprint, "parts")) {
    const Value& kwh = value_at(part, "kwh");
    const bool is_disputed = flag_at(part, "is_disputed");
    table.add({{make_printable(text_at(part, "part"))},
               {make_printable(text_at(part, "device"))},
               amount_cell(kwh, "value"),
               amount_cell(kwh, "low"),
               amount_cell(kwh, "high"),
               {text_at(kwh, "method") + (is_disputed ? ", disputed" : ""),
                is_disputed ? Paint::kYellow : Paint::kPlain},
               {make_printable(text_at(part, "source")), Paint::kDim}});
  }
  return table.row_count() > 0 ? table.print(terminal, true, 2) : "";
}

std::string print_intensity(const Value& footprint) {
  const Value& intensity = value_at(footprint, "intensity_g_per_kwh");
  if (intensity.is_null()) return "";
  const std::string zone = text_at(intensity, "zone");
  return fmt::format("{} g/kWh{} ({}{})", print_amount(number_at(intensity, "value")),
                     zone.empty() ? "" : fmt::format(", {} {}", zone, int_at(intensity, "year")),
                     text_at(intensity, "level"),
                     text_at(intensity, "kind") == "marginal" ? ", marginal" : "");
}

std::string print_carbon(const Value& footprint) {
  const Value& carbon = value_at(footprint, "carbon_kg");
  if (!carbon.is_null()) return print_mass(carbon);
  const Value& range = value_at(footprint, "carbon_range_kg");
  if (range.is_null()) return "unknown";
  const Scale scale = scale_for(number_at(range, "high"), "kg", "g");
  return fmt::format(
      "unknown: no zone is known; {} to {} {} CO2e over the zones of the world (CAIRN_ZONE, "
      "--zone)",
      print_amount(scale.factor * number_at(range, "low")),
      print_amount(scale.factor * number_at(range, "high")), scale.unit);
}

}  // namespace

Value flatten_footprint(const Value& footprint) {
  Value out = footprint.as_object() ? footprint : Value(model::Object{});
  const auto flatten = [&](const char* member, const char* details) {
    const Value quantity = value_at(out, member);
    const Value* value = quantity.find("value");
    out.set(member, value ? *value : Value());
    out.set(details, quantity);
  };
  flatten("intensity_g_per_kwh", "intensity");
  flatten("pue", "pue_range");
  for (const char* member : {"energy_kwh", "carbon_kg", "money", "zone", "year"})
    if (!out.find(member)) out.set(member, {});
  if (!out.find("sources")) out.set("sources", model::List{});
  return out;
}

std::string print_amount(double value) {
  if (std::isnan(value)) return "unknown";
  if (value == 0) return "0";
  const double size = std::fabs(value);
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 1e-3) return fmt::format("{:.3g}", value);
  return fmt::format("{:.2g}", value);
}

std::string print_quantity(const Value& quantity, std::string_view unit) {
  if (!quantity.as_object()) return "unknown";
  return fmt::format("{} {} ({} to {}, {})", print_amount(number_at(quantity, "value")), unit,
                     print_amount(number_at(quantity, "low")),
                     print_amount(number_at(quantity, "high")), text_at(quantity, "method"));
}

std::string print_energy(const Value& kwh) { return print_scaled(kwh, "kWh", "Wh"); }

std::string print_mass(const Value& kg) { return print_scaled(kg, "kg CO2e", "g CO2e"); }

std::string print_fact(std::string_view label, const std::string& text, const Terminal& terminal) {
  if (text.empty()) return "";
  std::string padded(label);
  padded.resize(std::max(padded.size() + 1, kLabelColumns), ' ');
  return terminal.paint(padded, Paint::kDim) + make_printable(text) + "\n";
}

std::string print_footprint(const Value& footprint, const Terminal& terminal) {
  std::string out;
  const auto fact = [&](std::string_view label, const std::string& text) {
    out += print_fact(label, text, terminal);
  };
  fact("energy", print_energy(value_at(footprint, "energy_kwh")));
  fact("carbon", print_carbon(footprint));
  fact("intensity", print_intensity(footprint));
  if (const Value& market = value_at(footprint, "market_carbon_kg"); !market.is_null())
    fact("contracts", print_mass(market) + ", market-based");
  if (const Value& money = value_at(footprint, "money"); !money.is_null())
    fact("money", print_quantity(money, text_at(money, "currency")));
  fact("PUE", print_quantity(value_at(footprint, "pue"), "kWh per kWh of the machines"));
  out += print_parts(footprint, terminal);
  for (const Value& note : list_at(footprint, "notes")) fact("note", print_value(note));
  for (const Value& source : list_at(footprint, "sources")) fact("source", print_value(source));
  return out;
}

std::string print_equivalents(const Value& answer, const Terminal& terminal) {
  std::string out;
  size_t shown = 0;
  for (const Value& one : list_at(answer, "equivalents")) {
    const double amount = number_at(one, "amount");
    if (amount < kEquivalentMin || shown == kEquivalentsShown) continue;
    out += print_fact(
        shown++ == 0 ? "as much as" : "",
        fmt::format("{} {} {}", print_amount(amount), text_at(one, "unit"), text_at(one, "name")),
        terminal);
  }
  const auto amount_at = [](const Value& object, std::string_view member) {
    return print_amount(number_at(object, member));
  };
  if (const Value& offset = value_at(answer, "offset"); !offset.is_null())
    out +=
        print_fact("offset",
                   fmt::format("{} to {} {}, at {} to {} a tonne; it takes nothing off the number",
                               amount_at(offset, "low"), amount_at(offset, "high"),
                               text_at(offset, "currency"), amount_at(offset, "per_tonne_low"),
                               amount_at(offset, "per_tonne_high")),
                   terminal);
  if (const Value& sci = value_at(answer, "sci"); !sci.is_null()) {
    const double units = number_at(sci, "functional_units");
    out += print_fact(
        "SCI",
        fmt::format("{} g CO2e per {} (ISO/IEC 21031): {} g of energy, {} g of making the hardware",
                    amount_at(sci, "per_unit_g"), text_at(sci, "functional_unit"),
                    print_amount(number_at(sci, "operational_g") / units),
                    print_amount(number_at(sci, "embodied_g") / units)),
        terminal);
  }
  return out;
}

}  // namespace cairn::cli
