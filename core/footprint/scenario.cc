// Scenarios by name, and the line that they are made of.
#include <array>
#include <cmath>

#include "base/nearest.h"
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

struct Entry {
  std::string_view name;
  Scenario (*make)(const Tables& tables);
};
constexpr std::array kScenarios = {
    Entry{"essay-2019", essay_2019},
    Entry{"strubell-2019", [](const Tables&) { return strubell_2019(); }},
    Entry{"patterson-2021", [](const Tables&) { return patterson_2021(); }},
    Entry{"dodge-2022", dodge_2022},
    Entry{"llama", [](const Tables&) { return llama(); }},
    Entry{"inference-2024", [](const Tables&) { return inference_2024(); }},
    Entry{"codecarbon-docs", [](const Tables&) { return codecarbon_docs(); }},
};

bool is_near(double computed, double published, double unit) {
  return std::abs(computed - published) <= unit / 2 * (1 + 1e-9);
}

ScenarioLine line(std::string claim, const Printed& published, const Quantity& computed,
                  std::string unit, std::string arithmetic, std::string source, std::string remark,
                  bool is_consistent) {
  return {.claim = std::move(claim),
          .published = published.text,
          .computed = computed,
          .unit = std::move(unit),
          .arithmetic = std::move(arithmetic),
          .source = std::move(source),
          .is_consistent = is_consistent,
          .remark = is_consistent ? "" : std::move(remark)};
}

}  // namespace

std::string print_grouped(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
  const size_t point = std::min(text.find('.'), text.size());
  for (size_t at = point; at > 3; at -= 3) text.insert(at - 3, 1, ',');
  if (value < 0) text.insert(0, 1, '-');
  return text;
}

std::string print_short(double value) {
  if (value == 0 || std::abs(value) >= 100) return print_grouped(value);
  if (std::abs(value) < 1e-6) return fmt::format("{:.3g}", value);
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  std::string text = fmt::format("{:.{}f}", value, 2 - magnitude);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

ScenarioLine check(std::string claim, const Printed& published, const Quantity& computed,
                   std::string unit, std::string arithmetic, std::string source,
                   std::string remark) {
  const bool meets =
      (computed.low <= published.high || is_near(computed.low, published.high, published.unit)) &&
      (computed.high >= published.low || is_near(computed.high, published.low, published.unit));
  return line(std::move(claim), published, computed, std::move(unit), std::move(arithmetic),
              std::move(source), std::move(remark), meets);
}

ScenarioLine check_ends(std::string claim, const Printed& published, const Quantity& computed,
                        std::string unit, std::string arithmetic, std::string source,
                        std::string remark) {
  const bool holds = is_near(computed.low, published.low, published.unit) &&
                     is_near(computed.high, published.high, published.unit);
  return line(std::move(claim), published, computed, std::move(unit), std::move(arithmetic),
              std::move(source), std::move(remark), holds);
}

Result<Scenario> scenario(std::string_view name, const Tables& tables) {
  std::vector<std::string_view> names;
  for (const Entry& entry : kScenarios) {
    if (entry.name == name) return entry.make(tables);
    names.push_back(entry.name);
  }
  if (const auto near = nearest_name(name, names))
    return fail(Code::kInvalid, "unknown scenario '{}'; did you mean '{}'?", name, *near);
  return fail(Code::kInvalid, "unknown scenario '{}'; there are {}", name, fmt::join(names, ", "));
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kScenarios) names.emplace_back(entry.name);
  return names;
}

}  // namespace cairn::footprint
