// Published reports against their own inputs: is this what devices x watts x hours x PUE x grid
// come to?
#include <array>
#include <charconv>
#include <cmath>

#include "footprint/estimate.h"
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

// The lifecycle of wind and nuclear power is about 11 g/kWh, that of the worst coal about 1,500
// (IPCC 2014, Annex III, Table A.III.2: no mix lies outside of what it is made of).
constexpr double kCleanestKgPerKwh = 0.01, kDirtiestKgPerKwh = 1.5;

// Half of what the last printed digit is worth: 27 stands for 26.5 to 27.5.
double rounding_of(double printed) {
  std::array<char, 400> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), printed, std::chars_format::fixed).ptr;
  const std::string_view digits(text.data(), static_cast<size_t>(end - text.data()));
  const size_t point = digits.find('.');
  const size_t decimals = point == std::string_view::npos ? 0 : digits.size() - point - 1;
  return 0.5 * std::pow(10, -static_cast<double>(decimals));
}

bool is_as_published(double computed, double published, double tolerance) {
  return std::abs(computed - published) <=
         rounding_of(published) * (1 + 1e-9) + tolerance * std::abs(published);
}

std::string print_difference(double computed, double published) {
  if (computed <= 0 || published / computed >= 2)
    return computed <= 0 ? ""
                         : fmt::format(" ({} times as much)", print_short(published / computed));
  const double percent = 100 * (published / computed - 1);
  return fmt::format(" ({} % {})", print_short(std::abs(percent)), percent > 0 ? "more" : "less");
}

void check_intensity(std::vector<std::string>& found, double kg_per_kwh, const std::string& what) {
  if (kg_per_kwh >= kCleanestKgPerKwh && kg_per_kwh <= kDirtiestKgPerKwh) return;
  std::string text = fmt::format("{} kg/kWh is what no grid has ({} to {})", what,
                                 kCleanestKgPerKwh, kDirtiestKgPerKwh);
  const double as_grams = kg_per_kwh / 1000;
  if (as_grams >= kCleanestKgPerKwh && as_grams <= kDirtiestKgPerKwh)
    text += fmt::format(": as g/kWh it would be {} kg/kWh", print_short(as_grams));
  found.push_back(std::move(text));
}

}  // namespace

std::vector<std::string> find_contradictions(const Published& published, double tolerance) {
  std::vector<std::string> found;
  if (published.pue < 1)
    found.push_back(fmt::format(
        "PUE {} is below 1: a data centre uses what its machines use, and more", published.pue));
  std::optional<double> kwh = published.kwh;
  if (published.watts > 0 && published.hours > 0) {
    kwh = published.devices * published.watts * published.hours * published.pue / 1000;
    if (published.kwh && !is_as_published(*kwh, *published.kwh, tolerance))
      found.push_back(fmt::format("{} x {} W x {} h x PUE {} is {} kWh, published are {}{}",
                                  print_grouped(published.devices), print_short(published.watts),
                                  print_grouped(published.hours), published.pue, print_short(*kwh),
                                  print_short(*published.kwh),
                                  print_difference(*kwh, *published.kwh)));
  }
  if (published.kg_per_kwh) {
    check_intensity(found, *published.kg_per_kwh, print_short(*published.kg_per_kwh));
    if (kwh && published.tonnes) {
      const double tonnes = *kwh * *published.kg_per_kwh / 1000;
      if (!is_as_published(tonnes, *published.tonnes, tolerance))
        found.push_back(fmt::format("{} kWh x {} kg/kWh is {} t, published are {} t{}",
                                    print_short(*kwh), print_short(*published.kg_per_kwh),
                                    print_short(tonnes), print_short(*published.tonnes),
                                    print_difference(tonnes, *published.tonnes)));
    }
  } else if (kwh && *kwh > 0 && published.tonnes) {
    const double kg_per_kwh = *published.tonnes * 1000 / *kwh;
    check_intensity(found, kg_per_kwh,
                    fmt::format("{} t over {} kWh: {}", print_short(*published.tonnes),
                                print_short(*kwh), print_short(kg_per_kwh)));
  }
  return found;
}

}  // namespace cairn::footprint
