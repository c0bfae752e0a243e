// The presets and what is in them.
#include "footprint/preset.h"

#include <array>

#include "base/nearest.h"
#include "footprint/estimate.h"
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

constexpr PresetTerms::Watts kAnyGpu[] = {{"", 250}};
// Table 3 there: of the whole machine, for one device.
constexpr PresetTerms::Watts kPatterson[] = {
    {"TPU v2", 221}, {"TPU v3", 283}, {"P100", 271}, {"V100", 325}};

constexpr std::array kPresets = {
    PresetTerms{.name = "essay-2019",
                .title = "250 W and 0.25 lb for an hour of a GPU, at $1",
                .source = "an essay of 2019; P100 and V100 for PCIe",
                .watts = kAnyGpu,
                .kg_per_kwh = kKgPerPound,
                .grid = "1 lb/kWh, the average of the US",
                .device_hour_usd = 1},
    PresetTerms{.name = "strubell-2019",
                .title = "PUE 1.58 and 0.954 lb/kWh",
                .source = "Strubell et al. 2019 (arXiv 1906.02243)",
                .pue = 1.58,
                .kg_per_kwh = 0.954 * kKgPerPound,
                .grid = "0.954 lb/kWh, the average of the US by eGRID"},
    PresetTerms{.name = "patterson-2021",
                .title = "measured watts of machines, PUE 1.10 and 0.429 kg/kWh",
                .source = "Patterson et al. 2021 (arXiv 2104.10350), Tables 3 and 4",
                .watts = kPatterson,
                .pue = 1.10,
                .kg_per_kwh = 0.429,
                .grid = "the average of the US in 2020"},
    PresetTerms{.name = "lacoste-2019",
                .title = "TDP x hours x the grid's intensity, without PUE; here the world's",
                .source = "Lacoste et al. 2019 (arXiv 1910.09700), ML CO2 Impact",
                .kg_per_kwh = 0.475,
                .grid = "the average of the world by IEA 2019"},
    PresetTerms{.name = "green-algorithms-2021",
                .title = "TDP x hours, PUE 1.67 and 0.475 kg/kWh; without memory",
                .source = "Lannelongue et al. 2021 (doi 10.1002/advs.202100707)",
                .pue = 1.67,
                .kg_per_kwh = 0.475,
                .grid = "the average of the world by IEA 2019"},
};

}  // namespace

std::vector<Preset> presets() {
  std::vector<Preset> all;
  for (const PresetTerms& preset : kPresets)
    all.push_back(
        {std::string(preset.name), std::string(preset.title), std::string(preset.source)});
  return all;
}

Result<const PresetTerms*> find_preset(std::string_view name) {
  if (name.empty()) return nullptr;
  std::vector<std::string_view> names;
  for (const PresetTerms& preset : kPresets) {
    if (preset.name == name) return &preset;
    names.push_back(preset.name);
  }
  if (const auto near = nearest_name(name, names))
    return fail(Code::kInvalid, "unknown preset '{}'; did you mean '{}'?", name, *near);
  return fail(Code::kInvalid, "unknown preset '{}'; there are {}", name, fmt::join(names, ", "));
}

std::optional<double> watts_of(const PresetTerms& preset, const Device& device,
                               const Tables& tables) {
  for (const PresetTerms::Watts& row : preset.watts)
    if (row.device.empty() || tables.find_device(row.device) == &device) return row.watts;
  return std::nullopt;
}

}  // namespace cairn::footprint
