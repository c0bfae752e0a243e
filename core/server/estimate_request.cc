// Reading what is to be estimated, and printing what came out.
#include "server/estimate_request.h"

#include <ctime>

#include "base/clock.h"
#include "footprint/estimate.h"
#include "server/footprint_request.h"

namespace cairn::server {

using footprint::Estimate;
using footprint::EstimateWanted;
using model::List;
using model::Object;
using model::Value;

namespace {

int this_year() {
  const auto now = static_cast<std::time_t>(wall_now_ns() / kNsPerSecond);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return utc.tm_year + 1900;
}

Result<EstimateWanted> read_wanted(const Ask& ask) {
  EstimateWanted wanted;
  wanted.now_year = this_year();
  if (const std::string_view gpus = ask.text("gpus"); !gpus.empty()) {
    TRY(wanted.devices, footprint::parse_devices(gpus));
  }
  TRY(wanted.watts, ask.number("watts"));
  TRY(const auto count, ask.number("count"));
  wanted.count = count.value_or(1);
  TRY(const auto hours, ask.number("hours"));
  wanted.hours = hours.value_or(1);
  TRY(wanted.utilisation, ask.number("utilisation"));
  wanted.preset = ask.text("preset");
  const bool is_of_devices_alone = ask.text("host") == "0" || ask.text("host") == "false";
  wanted.includes_host = !is_of_devices_alone;
  TRY(const auto year, ask.integer("year"));
  if (year) wanted.year = static_cast<int>(*year);
  TRY(wanted.place, read_place(ask));
  if (wanted.devices.empty() && !wanted.watts)
    return fail(Code::kInvalid, "expected gpus such as 8xV100, or watts of one device");
  if (!wanted.devices.empty() && wanted.watts)
    return fail(Code::kInvalid, "expected gpus or watts, found both");
  return wanted;
}

Value print_estimate(const Estimate& estimate, const footprint::Tables& tables) {
  const footprint::Footprint& footprint = estimate.footprint;
  return Object{{"footprint", print_footprint(footprint)},
                {"rent", estimate.rent ? footprint::to_value(*estimate.rent) : Value()},
                {"rent_currency", estimate.rent ? Value(estimate.rent_currency) : Value()},
                {"steps", List(estimate.steps.begin(), estimate.steps.end())},
                {"equivalents", print_equivalents(footprint, tables)},
                {"offset", print_offset(footprint, tables)}};
}

Value print_scenario(const footprint::Scenario& scenario) {
  List lines;
  for (const footprint::ScenarioLine& line : scenario.lines)
    lines.push_back(Object{{"claim", line.claim},
                           {"published", line.published},
                           {"computed", footprint::to_value(line.computed)},
                           {"unit", line.unit},
                           {"arithmetic", line.arithmetic},
                           {"source", line.source},
                           {"is_consistent", line.is_consistent},
                           {"remark", line.remark}});
  return Object{{"name", scenario.name}, {"title", scenario.title}, {"lines", std::move(lines)}};
}

Value list_presets() {
  List presets, scenarios;
  for (const footprint::Preset& preset : footprint::presets())
    presets.push_back(
        Object{{"name", preset.name}, {"title", preset.title}, {"source", preset.source}});
  for (std::string& name : footprint::scenario_names()) scenarios.emplace_back(std::move(name));
  return Object{{"presets", std::move(presets)}, {"scenarios", std::move(scenarios)}};
}

}  // namespace

Result<Value> estimate_for(const Ask& ask, const footprint::Tables& tables) {
  if (ask.request.param("presets")) return list_presets();
  if (const std::string_view name = ask.text("scenario"); !name.empty()) {
    TRY(const footprint::Scenario scenario, footprint::scenario(name, tables));
    return print_scenario(scenario);
  }
  TRY(const EstimateWanted wanted, read_wanted(ask));
  TRY(const Estimate estimate, footprint::estimate(wanted, tables));
  return print_estimate(estimate, tables);
}

}  // namespace cairn::server
