// "inference-2024" and "codecarbon-docs": what requests cost, and two slips in a tool's pages.
#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

struct Parity {
  std::string_view model;
  double training_kwh, tuning_kwh, request_kwh, requests;
};
constexpr Parity kParities[] = {
    {"BLOOMz-7B", 51'686, 7'571, 1.0e-4, 592'570'000},
    {"BLOOMz-3B", 25'634, 3'242, 7.3e-5, 395'602'740},
    {"BLOOMz-1B", 17'052, 1'081, 6.2e-5, 292'467'741},
    {"BLOOMz-560M", 10'505, 543, 5.4e-5, 204'592'592},
};

}  // namespace

Scenario inference_2024() {
  const std::string gemini = "Elsworth et al. 2025 (arXiv 2508.15734)";
  const std::string bloom = "Luccioni et al. 2023 (arXiv 2211.02001)";
  Scenario result{"inference-2024", "What it costs to answer, against what it took to learn", {}};
  result.lines = {
      check("a median prompt of Gemini", printed("0.24 Wh", 0.24, 0.01),
            exactly(0.14 + 0.06 + 0.02 + 0.02), "Wh",
            "accelerators 0.14 + host 0.06 + idle 0.02 + overhead 0.02", gemini),
      check("so many of them for a kWh", {"", 4'167, 4'167, 1}, exactly(1000 / 0.24), "prompts",
            "1,000 Wh / 0.24 Wh", gemini),
      check("their grid", {"0.03 g", 125, 125, 50}, exactly(0.03 / 0.24 * 1000), "g/kWh",
            "0.03 g / 0.24 Wh (market-based: contracts counted, not the grid)", gemini),
      check("BLOOM: energy of the whole project", printed("1,163,088 kWh", 1'163'088, 1),
            exactly(1'163'032), "kWh", "1,163,032 kWh in the text, of 3.46 million GPU-hours",
            bloom,
            "Table 5 has 1,163,088 kWh and the text 1,163,032: they differ by 56 kWh (0.005 %)"),
      check("BLOOM: share of the final training", printed("37 %", 37, 1),
            exactly(433'196.0 / 1'163'088 * 100), "%", "433,196 kWh / 1,163,088 kWh", bloom),
  };
  for (const Parity& row : kParities) {
    const double requests = (row.training_kwh + row.tuning_kwh) / row.request_kwh;
    // They cut digits off and did not round: the last one may be one less.
    result.lines.push_back(
        check(fmt::format("{}: requests until inference has used as much", row.model),
              printed(print_grouped(row.requests), row.requests, 2), exactly(requests), "requests",
              fmt::format("({} + {} kWh) / {} kWh", print_grouped(row.training_kwh),
                          print_grouped(row.tuning_kwh), row.request_kwh),
              "Luccioni et al. 2024 (arXiv 2311.16863), Table 5",
              fmt::format("that needs {} kWh of fine-tuning; the table's numbers give {} requests",
                          print_grouped(row.requests * row.request_kwh - row.training_kwh),
                          print_grouped(requests))));
  }
  return result;
}

Scenario codecarbon_docs() {
  Scenario result{"codecarbon-docs", "Two slips in the documentation of CodeCarbon", {}};
  result.lines = {
      check_ends("Transformer_base on 8 P100: cost", {"$41-410", 41, 410, 1},
                 between(8 * 12 * 0.43, 8 * 12 * 1.46, 8 * 12 * 1.46), "USD",
                 "8 x 12 h x $0.43 to 1.46", "Strubell et al. 2019, Table 3, as reprinted",
                 "Strubell's table has $41-140"),
      check("intensity of a grid", printed("731.59 kg/kWh", 731.59, 0.01), exactly(0.73159),
            "kg/kWh", "731.59 g/kWh / 1,000", "methodology page",
            "grams are meant: 731.59 g/kWh, which is 0.73159 kg/kWh; no grid is above 2.5 kg/kWh"),
  };
  return result;
}

}  // namespace cairn::footprint
