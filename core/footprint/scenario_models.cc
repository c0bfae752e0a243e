// "patterson-2021", "dodge-2022" and "llama": what training single models took, as their authors
// told it.
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

// --- Patterson et al. 2021, Table 4
// ---------------------------------------------------------------

struct PattersonRow {
  std::string_view model, chip;
  double chips, watts, days, pue, kg_per_kwh;  // gross
  double mwh, mwh_unit, tonnes;
};
constexpr PattersonRow kPatterson[] = {
    {"Evolved Transformer NAS", "TPU v2", 200, 208, 6.8, 1.10, 0.431, 7.5, 0.1, 3.2},
    {"T5", "TPU v3", 512, 310, 20, 1.12, 0.545, 85.7, 0.1, 46.7},
    {"Meena", "TPU v3", 1024, 289, 30, 1.09, 0.415, 232, 1, 96.4},
    {"GShard-600B", "TPU v3", 1024, 288, 3.1, 1.09, 0.201, 24.1, 0.1, 4.8},
    {"Switch Transformer", "TPU v3", 1024, 245, 27, 1.10, 0.403, 179, 1, 72.2},
    {"GPT-3", "V100", 10'000, 330, 14.8, 1.10, 0.429, 1'287, 1, 552.1},
};

// --- Dodge et al. 2022, Table 2
// -------------------------------------------------------------------

struct DodgeRow {
  std::string_view model, device;
  double gpus, hours, kwh;
};
constexpr DodgeRow kDodge[] = {
    {"BERT fine-tuning", "V100", 4, 6, 3.1},
    {"BERT pre-training", "V100", 8, 36, 37.3},
    {"6B transformer", "A100", 256, 192, 13'812.4},
    {"DenseNet 121", "P40", 1, 0.3, 0.02},
    {"DenseNet 169", "P40", 1, 0.3, 0.03},
    {"DenseNet 201", "P40", 1, 0.4, 0.04},
    {"ViT tiny", "V100", 1, 19, 1.7},
    {"ViT small", "V100", 1, 19, 2.2},
    {"ViT base", "V100", 1, 21, 4.7},
    {"ViT large", "V100", 4, 90, 93.3},
    {"ViT huge", "V100", 4, 216, 237.6},
};

// --- Llama's model cards ------------------------------------------------------------------------

struct LlamaRow {
  std::string_view model;
  double hours, hours_unit, watts, kg_per_kwh;  // with PUE
  double tonnes, tonnes_unit;
  std::string_view remark;
};
// Of all cards of Llama 3 to 3.2: none tells it, and this one explains all of them.
constexpr double kLlama3 = 0.4137;
constexpr double kLlama2 = 1.1 * 0.385;
constexpr LlamaRow kLlama[] = {
    {"Llama 2 7B", 184'320, 1, 400, kLlama2, 31.22, 0.01, ""},
    {"Llama 2 13B", 368'640, 1, 400, kLlama2, 62.44, 0.02, ""},
    {"Llama 2 34B (not in the card's table)", 1'038'336, 1, 350, kLlama2, 153.9, 0.1, ""},
    {"Llama 2 70B", 1'720'320, 1, 400, kLlama2, 291.42, 0.01, ""},
    {"Llama 3 8B", 1.3e6, 1e5, 700, kLlama3, 390, 10, ""},
    {"Llama 3 70B", 6.4e6, 1e5, 700, kLlama3, 1'900, 100, ""},
    {"Llama 3.1 8B", 1.46e6, 1e4, 700, kLlama3, 420, 10, ""},
    {"Llama 3.1 70B", 7.0e6, 1e5, 700, kLlama3, 2'040, 10, ""},
    {"Llama 3.1 405B", 30.84e6, 1e4, 700, kLlama3, 8'930, 10, ""},
    {"Llama 3.2 1B", 370e3, 1e4, 700, kLlama3, 107, 1, ""},
    {"Llama 3.2 3B", 460e3, 1e4, 700, kLlama3, 133, 1, ""},
    {"Llama 3.2 1B QLoRA", 1.3e3, 100, 700, kLlama3, 0.381, 0.001, ""},
    {"Llama 3.2 3B QLoRA", 1.6e3, 100, 700, kLlama3, 0.461, 0.001, ""},
    {"Llama 3.3 70B", 7.0e6, 1e5, 700, kLlama3, 12.9, 0.1,
     "12.9 t over 4,900 MWh are 0.0026 kg/kWh, which no grid has: Llama 3.1 70B with the same "
     "hours "
     "has 2,040 t"},
    {"Llama 4 Scout", 5.0e6, 1e5, 700, 0.387, 1'354, 1, ""},
    {"Llama 4 Maverick", 2.38e6, 1e4, 700, 0.387, 645, 1, ""},
};

}  // namespace

Scenario patterson_2021() {
  Scenario result{"patterson-2021", "Carbon Emissions and Large Neural Network Training", {}};
  const std::string source = "Patterson et al. 2021 (arXiv 2104.10350), Table 4";
  for (const PattersonRow& row : kPatterson) {
    // Days and watts are rounded: 3.1 days may be 3.05 or 3.15.
    const double mwh = row.chips * row.watts * row.days * 24 * row.pue / 1e6;
    const double share = 0.05 / row.days + 0.5 / row.watts + 0.005 / row.pue;
    result.lines.push_back(
        check(fmt::format("{} on {} {}: energy", row.model, print_grouped(row.chips), row.chip),
              printed(fmt::format("{} MWh", print_grouped(row.mwh, row.mwh_unit < 1 ? 1 : 0)),
                      row.mwh, row.mwh_unit),
              quantity(mwh, share, Method::kAssumed), "MWh",
              fmt::format("{} x {} W x {} d x 24 h x PUE {:.2f}", print_grouped(row.chips),
                          row.watts, row.days, row.pue),
              source));
    result.lines.push_back(
        check(fmt::format("{}: carbon, gross", row.model),
              printed(fmt::format("{} t", row.tonnes), row.tonnes, 0.1),
              quantity(mwh * row.kg_per_kwh, share, Method::kAssumed), "t CO2e",
              fmt::format("{} MWh x {} kg/kWh", print_short(mwh), row.kg_per_kwh), source));
  }
  return result;
}

Scenario dodge_2022(const Tables& tables) {
  Scenario result{"dodge-2022", "Measuring the Carbon Intensity of AI in Cloud Instances", {}};
  for (const DodgeRow& row : kDodge) {
    const double watts = row.kwh * 1000 / (row.gpus * row.hours);
    const Device* device = tables.find_device(row.device);
    const double tdp_w = device ? device->tdp_w : 0;
    // Nothing contradicts itself here: the check is that no GPU draws more than it can.
    result.lines.push_back(
        check(fmt::format("{} on {} {} for {} h", row.model, row.gpus, row.device, row.hours),
              {fmt::format("{} kWh", print_grouped(row.kwh, row.kwh < 1 ? 2 : 1)), 0,
               tdp_w > 0 ? tdp_w : watts, 1},
              exactly(watts), "W per GPU",
              fmt::format("{} kWh / ({} x {} h){}", print_short(row.kwh), row.gpus, row.hours,
                          tdp_w > 0 ? fmt::format(", of {} W", tdp_w) : ""),
              "Dodge et al. 2022 (arXiv 2206.05229), Table 2", "more than the device can draw"));
  }
  return result;
}

Scenario llama() {
  Scenario result{"llama", "Model cards of Llama", {}};
  for (const LlamaRow& row : kLlama) {
    const double mwh = row.hours * row.watts / 1e6;
    const int decimals = row.tonnes_unit >= 1    ? 0
                         : row.tonnes < 1        ? 3
                         : row.tonnes_unit < 0.1 ? 2
                                                 : 1;
    result.lines.push_back(check(
        std::string(row.model),
        printed(fmt::format("{} t", print_grouped(row.tonnes, decimals)), row.tonnes,
                row.tonnes_unit),
        quantity(mwh * row.kg_per_kwh, row.hours_unit / 2 / row.hours, Method::kAssumed), "t CO2e",
        fmt::format("{} h x {} W = {} MWh, x {:.4f} kg/kWh", print_grouped(row.hours), row.watts,
                    print_short(mwh), row.kg_per_kwh),
        "Meta, model cards; kg/kWh with PUE are what the cards' rows come to",
        std::string(row.remark)));
  }
  return result;
}

}  // namespace cairn::footprint
