// The rules of snippets: what is printed is whole, escaped, and has other tools' column names.
#include "footprint/snippet.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "footprint/csv.h"

namespace cairn::footprint {
namespace {

using model::Object;

Footprint footprint() {
  Footprint out;
  out.energy_kwh = {0.5, 0.4, 0.7, Method::kMeasured};
  out.pue = {1.1, 1.1, 1.1, Method::kAssumed};
  out.parts = {{"gpu", "NVIDIA_H200 & co", {0.4, 0.38, 0.42, Method::kMeasured}, "nvml", false},
               {"cpu", "", {0.05, 0.03, 0.07, Method::kModelled}, "TDP model (100 W)", false}};
  out.carbon_kg = Quantity{0.1, 0.08, 0.15, Method::kAssumed};
  Intensity intensity;
  intensity.g_per_kwh = {200, 180, 220, Method::kAssumed};
  intensity.zone = "FR";
  intensity.year = 2025;
  intensity.source = "Electricity Maps";
  out.intensity = intensity;
  out.zone = "gcp:europe-west9";
  out.notes = {"a | b"};
  return out;
}

std::string cell(const CsvTable& table, std::string_view column) {
  const auto at = table.column(column);
  return at ? std::string(table.rows.at(0).cells.at(*at)) : "no such column";
}

TEST(Latex, IsATableThatNeedsNoPackageWithEverythingEscaped) {
  const std::string text = print_latex(footprint(), "100% of run_1 ~ {a} \\b");
  EXPECT_NE(text.find("\\begin{table}"), std::string::npos);
  EXPECT_EQ(text.find("toprule"), std::string::npos);
  EXPECT_NE(text.find("NVIDIA\\_H200 \\& co"), std::string::npos);
  EXPECT_NE(text.find("100\\% of run\\_1 \\~{} \\{a\\} \\textbackslash{}b"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '{'), std::count(text.begin(), text.end(), '}'));
  for (size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1))
    EXPECT_TRUE(text[at - 1] == ' ' || text[at - 1] == '\\') << at;
}

TEST(Markdown, IsATableWithItsDoubtsBelow) {
  const std::string text = print_markdown(footprint(), "run 1");
  EXPECT_NE(text.find("| Energy | 0.50 kWh (0.40 to 0.70) | measured |"), std::string::npos)
      << text;
  EXPECT_NE(text.find("200 g/kWh, FR 2025, Electricity Maps"), std::string::npos);
  EXPECT_NE(text.find("- a \\| b"), std::string::npos);
}

TEST(Markdown, AnUnknownZoneIsARange) {
  Footprint unknown = footprint();
  unknown.carbon_kg.reset();
  unknown.carbon_range_kg = {0.2, 0.01, 0.4, Method::kAssumed};
  EXPECT_NE(print_markdown(unknown, "x").find("0.010 to 0.40 kg CO2e | zone not known"),
            std::string::npos);
}

TEST(CodeCarbonCsv, HasItsColumnsAndUnits) {
  CodeCarbonRow row;
  row.project = "a, \"b\"";
  row.run = "r1";
  row.started_iso = "2025-07-01T12:00:00";
  row.duration_s = 3600;
  row.footprint = footprint();
  row.country_name = "France";
  row.country_iso = "FRA";
  row.meta = Object{{"host", Object{{"cpu", Object{{"model", "Xeon"}, {"threads", 8}}},
                                    {"memory_bytes", int64_t{64} << 30},
                                    {"os", "Debian"}}},
                    {"gpus", model::List{Object{{"name", "H200"}}, Object{{"name", "H200"}}}}};
  const std::string text = print_codecarbon_csv({row});
  const auto table = parse_csv(text, "emissions.csv");
  ASSERT_TRUE(table.has_value()) << table.error().message();
  EXPECT_EQ(cell(*table, "project_name"), "a, \"b\"");
  EXPECT_EQ(cell(*table, "emissions"), "0.1");
  EXPECT_EQ(cell(*table, "energy_consumed"), "0.5");
  EXPECT_EQ(cell(*table, "gpu_energy"), "0.4");
  EXPECT_EQ(cell(*table, "gpu_power"), "400");
  EXPECT_EQ(cell(*table, "cloud_provider"), "gcp");
  EXPECT_EQ(cell(*table, "cloud_region"), "europe-west9");
  EXPECT_EQ(cell(*table, "gpu_model"), "2 x H200");
  EXPECT_EQ(cell(*table, "ram_total_size"), "64");
  EXPECT_EQ(cell(*table, "water_consumed"), "") << "not known is not 0";
  EXPECT_TRUE(text.starts_with("timestamp,project_name,run_id,experiment_id,duration,emissions,"));
}

TEST(CodeCarbonCsv, WhatIsNotKnownIsEmpty) {
  CodeCarbonRow row;
  row.footprint.energy_kwh = {0.5, 0.4, 0.7, Method::kMeasured};
  const std::string text = print_codecarbon_csv({row});
  const auto table = parse_csv(text, "emissions.csv");
  for (const char* column : {"emissions", "emissions_rate", "cpu_power", "country_name"})
    EXPECT_EQ(cell(*table, column), "") << column;
}

}  // namespace
}  // namespace cairn::footprint
