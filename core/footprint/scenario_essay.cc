// "essay-2019": the arithmetic of an essay on what a community of practitioners uses, line by line.
#include <cmath>

#include "footprint/scenario_line.h"

namespace cairn::footprint {
namespace {

constexpr double kGpuKw = 0.25;  // Tesla P100 and V100 for PCIe; 0.3 for the modules
constexpr double kGpuModuleKw = 0.30;
constexpr double kUsPoundsPerKwh = 0.954;             // eGRID, as Strubell 2019 took it
constexpr double kCaliforniaPoundsPerKwh = 0.452541;  // eGRID 2016, the state
constexpr double kPue2018 = 1.58;
constexpr double kPractitioners = 100'000;
constexpr double kHoursPerYear = 8'766;
constexpr std::string_view kDataSheets =
    "NVIDIA, data sheets of Tesla P100 and V100: 250 W for PCIe, 300 W for SXM2";
constexpr std::string_view kEgrid =
    "EPA eGRID 2016: California 452.541 lb/MWh; US average 0.954 lb/kWh by Strubell et al. 2019";

std::vector<ScenarioLine> one_practitioner() {
  const double california = kGpuKw * kCaliforniaPoundsPerKwh;
  return {
      check("an hour of a GPU in California in 2019 emits 0.25 lb", printed("0.25 lb", 0.25, 0.01),
            between(california, california, california * kPue2018), "lb CO2e",
            "0.25 kW x 0.4525 lb/kWh, and x PUE 1.58 at most", std::string(kEgrid),
            fmt::format("0.25 lb is the average of the US (0.25 kW x 0.954 lb/kWh = {} lb); in "
                        "California it was about half: {} lb, {} lb with PUE 1.58",
                        print_short(kGpuKw * kUsPoundsPerKwh), print_short(california),
                        print_short(california * kPue2018))),
      check("40 GPU-hours use about 10 kWh", printed("10 kWh", 10, 1),
            between(40 * kGpuKw, 40 * kGpuKw, 40 * kGpuModuleKw), "kWh",
            "40 h x 0.25 kW, 0.30 kW for modules", std::string(kDataSheets)),
      check("and emit about 10 lb", printed("10 lb", 10, 1),
            between(10 * kUsPoundsPerKwh, 10 * kUsPoundsPerKwh, 10), "lb CO2e",
            "10 kWh x 0.954 lb/kWh (US average, without PUE), 1 lb/kWh at most",
            std::string(kEgrid)),
      check("eight GPUs draw about 2 kW", printed("2 kW", 2, 0.5),
            between(8 * kGpuKw, 8 * kGpuKw, 8 * kGpuModuleKw), "kW",
            "8 x 0.25 kW, 0.30 kW for modules; a machine with eight H100 draws about 7.8 kW",
            std::string(kDataSheets) + "; arXiv 2506.14551: 76 % of 10.2 kW"),
      check("an offset at $10 a tonne is about 0.1 % of a GPU-hour at $1",
            printed("0.1 %", 0.1, 0.1), exactly(0.25 * kKgPerPound / 1000 * 10 * 100), "%",
            "0.25 lb x 0.45359 kg/lb = 0.1134 kg, x $10/t = $0.00113, of $1",
            "definition of the pound; the offset is a price, and taken from nothing"),
  };
}

std::vector<ScenarioLine> all_practitioners() {
  const double gw = kPractitioners * 2 / 1e6;
  const double twh = gw * kHoursPerYear / 1e3;
  return {
      check("100,000 practitioners with 2 kW each draw 200 MW", printed("200 MW", 200, 1),
            exactly(gw * 1e3), "MW", "100,000 x 2 kW", "arithmetic"),
      check("which is so much in a year, day and night", {"", 1.75, 1.75, 0.01}, exactly(twh),
            "TWh", "0.2 GW x 8,766 h", "arithmetic"),
      check("over 200 TW", printed("200 TW", 200, 1), exactly(gw / 1e3), "TW",
            "100,000 x 2 kW = 0.0002 TW",
            "IEA: the world's primary energy is about 20 TW; Masanet et al. 2020: all data centres "
            "205 TWh in 2018",
            "200 TW is ten times the power of the whole world: 200 MW for the practitioners, or "
            "about 200 TWh a year if all data centres are meant"),
      check(
          "27,648 GPUs of a supercomputer draw around a megawatt", printed("1 MW", 1, 1),
          between(27'648 * kGpuKw / 1e3, 27'648 * kGpuModuleKw / 1e3, 27'648 * kGpuModuleKw / 1e3),
          "MW", "27,648 x 0.25 kW, 0.30 kW for modules", std::string(kDataSheets),
          "6.9 to 8.3 MW for the GPUs alone: a megawatt would be 36 W each, which is their rest"),
  };
}

std::vector<ScenarioLine> growth() {
  return {
      check("80 to 90 % of the cost is inference", {"80-90 %", 80, 90, 1}, between(60, 70, 90), "%",
            "said by vendors; shown since: 60 % of the energy at Google, 70 % of the capacity at "
            "Meta",
            "NVIDIA and AWS 2019 (vendors' claims); Patterson et al. 2022; Wu et al. 2022"),
      check("compute grows tenfold a year", printed("x10", 10, 4), exactly(std::pow(2, 12 / 3.4)),
            "times a year", "2^(12 / 3.4): doubled every 3.4 months",
            "OpenAI, AI and Compute, 2018"),
      check("while efficiency grows tenfold in ten years, so that energy grows",
            {"", 7.94, 7.94, 0.01}, exactly(10 / std::pow(10, 0.1)), "times a year",
            "10 / 10^(1/10)", "arithmetic"),
  };
}

std::vector<ScenarioLine> equals(const Tables& tables) {
  std::vector<ScenarioLine> lines;
  if (const Constant* air = tables.find_constant("equivalence.central_ac"))
    lines.push_back(check("eight GPUs beside the central air conditioning of a house",
                          {"", 0, 1e9, 1}, exactly(2'000 / air->value.value), "of one",
                          fmt::format("2,000 W / {} W", print_grouped(air->value.value)),
                          air->source));
  if (const Constant* jet = tables.find_constant("equivalence.747_power"))
    lines.push_back(check("200 MW beside the fuel that a Boeing 747 burns in flight",
                          {"", 0, 1e9, 1}, exactly(200 / jet->value.value), "aircraft",
                          fmt::format("200 MW / {} MW", print_short(jet->value.value)),
                          jet->source));
  return lines;
}

}  // namespace

Scenario essay_2019(const Tables& tables) {
  Scenario result{"essay-2019", "What practitioners of deep learning use: an essay of 2019", {}};
  for (auto* lines :
       {+[](const Tables&) { return one_practitioner(); },
        +[](const Tables&) { return all_practitioners(); }, +[](const Tables&) { return growth(); },
        +[](const Tables& t) { return equals(t); }})
    for (ScenarioLine& line : lines(tables)) result.lines.push_back(std::move(line));
  return result;
}

}  // namespace cairn::footprint
