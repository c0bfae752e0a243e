// Tables as they were written once are read for ever: tests/golden/tables_v1, docs/formats/data.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "footprint/tables.h"

namespace cairn::footprint {
namespace {

TEST(GoldenTables, AreReadAsTheyWereMeant) {
  std::vector<std::string> kept;
  for (const auto& entry :
       std::filesystem::directory_iterator(CAIRN_SOURCE_DIR "/tests/golden/tables_v1")) {
    std::ifstream file(entry.path());
    kept.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  ASSERT_EQ(kept.size(), 10u);
  std::vector<TableText> texts;
  for (const std::string& text : kept) texts.push_back({"golden", text});
  const auto parsed = Tables::parse(texts);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
  const Tables& tables = **parsed;
  EXPECT_EQ(tables.intensity({"FR", 2025})->g_per_kwh.value, 31);
  EXPECT_EQ(tables.intensity({"FR", 2025})->source, "one, \"two\"");
  EXPECT_EQ(tables.intensity({"US", 2021, IntensityKind::kMarginal})->release, "2026-01-31");
  EXPECT_EQ(tables.zone_of("states").value_or(""), "US");
  EXPECT_EQ(tables.zone_of("gcp:europe-west9").value_or(""), "FR");
  EXPECT_EQ(tables.market_intensity("gcp:europe-west9", 2025)->g_per_kwh.high, 16);
  EXPECT_EQ(tables.find_pue("gcp", 2024)->value.high, 1.16);
  EXPECT_EQ(tables.find_device("H100")->embodied_kg, 164);
  EXPECT_EQ(tables.find_device("Xeon Gold 6148")->kind, "cpu");
  EXPECT_EQ(tables.find_price("V100", "gcp", 2019)->low, 0.74);
  EXPECT_EQ(tables.constant("memory.power").value.low, 0.284);
  EXPECT_EQ(tables.hourly().front()->g_per_kwh[1], 30.5);
}

}  // namespace
}  // namespace cairn::footprint
