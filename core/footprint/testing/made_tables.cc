// The rows of the made-up tables.
#include "footprint/testing/made_tables.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"

namespace cairn::footprint::testing {
namespace {

constexpr auto kRows = std::to_array<std::string_view>({
    "zone,country,year,kind,scope,g_per_kwh\n"
    "FR,FR,2024,average,lifecycle,60\n"
    "FR,FR,2025,average,lifecycle,50\n"
    "DE,DE,2025,average,lifecycle,350\n"
    "US,US,2025,average,lifecycle,400\n"
    "US-CAL-CISO,US,2025,average,lifecycle,200\n"
    "US,US,2021,marginal,direct,416\n",

    "zone,name,country,country_name,aliases\n"
    "FR,France,FR,France,\n"
    "DE,Germany,DE,Germany,\n"
    "US,United States,US,United States,\n"
    "US-CAL-CISO,California ISO,US,United States,California\n",

    "place,zone,location\n"
    "gcp:us-west2,US-CAL-CISO,Los Angeles\n",

    "place,year,g_per_kwh,cfe\n"
    "gcp:us-west2,2025,190,0.6\n",

    "place,year,pue,low,high,source\n"
    "world,2025,1.5,,,survey\n"
    "gcp,2025,1.1,1.05,1.15,report\n",

    "name,vendor,kind,tdp_w,idle_w\n"
    "GPU Test 400,Maker,gpu,400,40\n",

    "name,tdp_w\n"
    "Xeon Test 100,100\n",

    "what,place,low,high,currency,unit,year,source\n"
    "electricity,FR,0.1,0.3,EUR,kWh,2025,tariffs\n",

    "name,value,low,high,unit,year\n"
    "cpu.rest,0.12,,,share of TDP,2026\n"
    "cpu.load,0.88,,,share of TDP,2026\n"
    "cpu.uncertainty,0.35,,,relative,2026\n"
    "cpu.power_per_thread,4,1,8,W,2026\n"
    "memory.power,0.3725,0.284,0.392,W/GB,2021\n"
    "rest.share,0.08,0.05,0.15,relative,2025\n"
    "rest.power,30,15,60,W,2025\n"
    "gpu.rest_share,0.12,0.05,0.2,share of TDP,2021\n",
});

}  // namespace

std::string made_text(std::string_view rows) {
  return fmt::format(
      "# name: made\n# title: Made up\n# source: made up\n# licence: CC0-1.0\n# year: 2025\n"
      "# release: 2026-01-31\n{}",
      rows);
}

std::shared_ptr<const Tables> made_tables(std::string_view more) {
  std::vector<std::string> kept;
  for (const std::string_view rows : kRows) kept.push_back(made_text(rows));
  if (!more.empty()) kept.push_back(made_text(more));
  std::vector<TableText> texts;
  for (const std::string& text : kept) texts.push_back({"made.csv", text});
  auto tables = Tables::parse(texts);
  CHECK(tables.has_value());
  return *tables;
}

}  // namespace cairn::footprint::testing
