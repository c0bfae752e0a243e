// The rows of the small tables.
#include "footprint/testing/small_tables.h"

#include "base/check.h"

namespace cairn::footprint::testing {
namespace {

constexpr std::string_view kZones = R"(# name: zones
# title: Zones
# source: made
# licence: CC0-1.0
# year: 2026
# release: 2026-01-01
zone,name,country,country_name,aliases
WORLD,World,,,
US,United States,US,United States,USA
US-CAL-CISO,California ISO,US,United States,California
FR,France,FR,France,
)";

constexpr std::string_view kIntensities = R"(# name: intensity_zones
# title: Intensities
# source: made
# licence: CC0-1.0
# year: 2019-2025
# release: 2026-01-01
zone,country,year,kind,scope,g_per_kwh,source,release
US,US,2019,average,lifecycle,440,made,2026-01-01
US,US,2025,average,lifecycle,400,made,2026-01-01
US-CAL-CISO,US,2019,average,lifecycle,250,made,2026-01-01
US-CAL-CISO,US,2025,average,lifecycle,200,made,2026-01-01
FR,FR,2019,average,lifecycle,60,made,2026-01-01
FR,FR,2025,average,lifecycle,30,made,2026-01-01
)";

constexpr std::string_view kRegions = R"(# name: cloud_regions
# title: Regions
# source: made
# licence: CC0-1.0
# year: 2026
# release: 2026-01-01
place,zone,location
gcp:us-west2,US-CAL-CISO,Los Angeles
)";

constexpr std::string_view kPues = R"(# name: pue
# title: PUE
# source: made
# licence: CC0-1.0
# year: 2019-2025
# release: 2026-01-01
place,year,pue,low,high,source
world,2019,1.6,,,made
gcp,2019,1.1,1.06,1.2,made
)";

constexpr std::string_view kDevices = R"(# name: devices
# title: Devices
# source: made
# licence: CC0-1.0
# year: 2026
# release: 2026-01-01
name,vendor,kind,tdp_w,idle_w,memory_gb,year,form,peak_tflops,peak_form,embodied_kg,aliases,source
Tesla P40,NVIDIA,gpu,250,,24,2016,PCIe,,,,P40,data sheet
Tesla P100-PCIE-16GB,NVIDIA,gpu,250,,16,2016,PCIe,,,,P100,data sheet
Tesla V100-SXM2-16GB,NVIDIA,gpu,300,,16,2017,SXM2,,,,V100,data sheet
NVIDIA A100-SXM4-80GB,NVIDIA,gpu,400,,80,2020,SXM4,,,,A100,data sheet
NVIDIA H100 80GB HBM3,NVIDIA,gpu,700,,80,2022,SXM5,,,164,H100,data sheet
Google TPU v3,Google,tpu,450,,32,2018,chip,,,,TPU v3;TPUv3,data sheet
)";

constexpr std::string_view kPrices = R"(# name: prices
# title: Prices
# source: made
# licence: CC0-1.0
# year: 2019-2025
# release: 2026-01-01
what,place,low,high,currency,unit,year,source
Tesla V100-SXM2-16GB,gcp,0.74,2.48,USD,hour,2019,cloud 2019
Tesla V100-SXM2-16GB,aws,3,3,USD,hour,2019,another
Tesla V100-SXM2-16GB,aws,1,1,USD,hour,2024,another
Tesla P100-PCIE-16GB,gcp,0.43,1.46,USD,hour,2019,cloud 2019
electricity,US,0.08,0.12,USD,kWh,2019,made
offset.essay,,10,10,USD,tCO2e,2019,essay
offset.voluntary,,4,4,USD,tCO2e,2021,made
offset.voluntary,,6,6,USD,tCO2e,2024,made
offset.removal,,300,500,USD,tCO2e,2025,made
)";

constexpr std::string_view kConstants = R"(# name: constants
# title: Constants
# source: made
# licence: CC0-1.0
# year: 2026
# release: 2026-01-01
name,value,low,high,unit,year,source
gpu.utilisation,0.75,0.5,1,share of TDP,2025,made
tpu.utilisation,0.6,0.5,0.8,share of TDP,2021,made
estimate.host_share,0.4,0.2,1,relative,2025,made
equivalence.central_ac,3500,2500,5000,W,2024,made
equivalence.747_power,131,120,144,MW,2024,made
equivalence.747_fuel,10900,10000,12000,kg/h,2024,made
equivalence.jet_fuel_co2,3.16,,,kg/kg,2024,made
equivalence.car_eu,0.175,,,kg/km,2024,made
equivalence.smartphone_charge_kwh,0.02,,,kWh,2024,made
embodied.gpu_server,5700,3000,7000,kg,2024,made
embodied.gpu,164,27,318,kg,2025,made
embodied.cpu,9.14,,,kg,2021,made
embodied.die_per_cm2,1.97,,,kg/cm2,2021,made
embodied.memory_die_per_cm2,2.2,,,kg/cm2,2021,made
embodied.memory_strip,5.22,,,kg,2021,made
embodied.memory_density,1.88,0.6,2.4,GB/cm2,2021,made
embodied.motherboard,66.1,,,kg,2021,made
embodied.rack_case,150,,,kg,2021,made
embodied.assembly,6.68,,,kg,2021,made
embodied.power_supply,24.3,,,kg/kg,2021,made
)";

}  // namespace

std::shared_ptr<const Tables> small_tables() {
  auto tables = Tables::parse({{"zones.csv", kZones},
                               {"intensity_zones.csv", kIntensities},
                               {"cloud_regions.csv", kRegions},
                               {"pue.csv", kPues},
                               {"devices.csv", kDevices},
                               {"prices.csv", kPrices},
                               {"constants.csv", kConstants}});
  CHECK(tables.has_value());
  return *tables;
}

}  // namespace cairn::footprint::testing
