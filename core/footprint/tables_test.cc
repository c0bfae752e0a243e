// The rules of tables: what a text must hold, what replaces what, and how names are found.
#include "footprint/tables.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "footprint/names.h"

namespace cairn::footprint {
namespace {

std::string text_of(std::string_view name, std::string_view rows,
                    std::string_view release = "2026-01-31") {
  return fmt::format(
      "# name: {}\n# title: T\n# source: S\n# licence: CC0-1.0\n# year: 2025\n# release: {}\n{}",
      name, release, rows);
}

class TablesTest : public ::testing::Test {
 protected:
  void given(std::string_view rows) {
    x_texts.push_back(text_of("t", rows));
    x_is_stale = true;
  }
  const Tables& tables() {
    if (x_is_stale) {
      auto parsed = parse();
      EXPECT_TRUE(parsed.has_value()) << parsed.error().message();
      x_tables = *parsed;
      x_is_stale = false;
    }
    return *x_tables;
  }
  std::string fault() {
    const auto parsed = parse();
    return parsed ? "" : parsed.error().message();
  }
  std::string fault_of(std::string_view rows) {
    x_texts = {text_of("t", rows)};
    return fault();
  }
  Result<std::shared_ptr<const Tables>> parse() {
    std::vector<TableText> texts;
    for (const std::string& text : x_texts) texts.push_back({"t.csv", text});
    return Tables::parse(texts);
  }
  Intensity intensity(const IntensityWanted& wanted) {
    const auto found = tables().intensity(wanted);
    EXPECT_TRUE(found.has_value()) << found.error().message();
    return found.value_or(Intensity{});
  }

  std::vector<std::string> x_texts;
  std::shared_ptr<const Tables> x_tables;
  bool x_is_stale = true;
};

constexpr std::string_view kIntensities =
    "zone,country,year,kind,scope,g_per_kwh,source,release\n"
    "FR,FR,2021,average,lifecycle,60,,\n"
    "FR,FR,2025,average,lifecycle,31,,\n"
    "DE,DE,2025,average,lifecycle,342,,\n"
    "US,US,2025,average,lifecycle,414,,\n"
    "US,US,2016,average,direct,453,eGRID,\n"
    "US,US,2021,marginal,direct,416,,\n"
    "US-CAL-CISO,US,2025,average,lifecycle,208,,\n"
    "US-XX,US,2021,average,lifecycle,100,,\n";

TEST_F(TablesTest, AHeadWithoutSourceLicenceOrDateIsRefused) {
  for (const std::string key : {"name", "title", "source", "licence", "year", "release"}) {
    std::string text = text_of("t", kIntensities);
    const size_t at = text.find("# " + key + ": ");
    text.erase(at, text.find('\n', at) + 1 - at);
    x_texts = {text};
    EXPECT_EQ(fault(),
              "t.csv:1: expected a line '# " + key + ": ...' above the columns, found none");
  }
  x_texts = {text_of("t", kIntensities, "31.1.2026")};
  EXPECT_EQ(fault(), "t.csv:1: expected '# release: YYYY-MM-DD', found '31.1.2026'");
}

TEST_F(TablesTest, WhatIsNotPossibleIsToldWithFileAndLine) {
  const std::string_view head = "zone,country,year,kind,scope,g_per_kwh,source,release\n";
  const auto row = [&](std::string_view cells) { return fmt::format("{}{}\n", head, cells); };
  EXPECT_EQ(fault_of(row("FR,FR,2021,average,lifecycle,0,,")),
            "t.csv:8: expected a number above 0, up to 2500 as g_per_kwh, found '0'");
  EXPECT_EQ(fault_of(row("FR,FR,2021,average,lifecycle,nan,,")),
            "t.csv:8: expected a number from 0 to 2500 as g_per_kwh, found 'nan'");
  EXPECT_EQ(fault_of(row("FR,FR,21,average,lifecycle,60,,")),
            "t.csv:8: expected a number from 1990 to 2100 as year, found '21'");
  EXPECT_EQ(fault_of(row("FR,FR,2021,mean,lifecycle,60,,")),
            "t.csv:8: expected 'average' or 'marginal' as kind, found 'mean'");
  EXPECT_EQ(fault_of("place,year,pue,low,high,source\nworld,2024,0.9,,,\n"),
            "t.csv:8: expected a number from 1 to 5 as pue, found '0.9'");
  EXPECT_EQ(fault_of("place,year,pue,low,high,source\nworld,2024,1.5,1.6,,\n"),
            "t.csv:8: expected no more than the value as low, found '1.6'");
  EXPECT_EQ(fault_of("name,vendor,kind,tdp_w,idle_w\nV100,NVIDIA,gpu,0,\n"),
            "t.csv:8: expected a number above 0, up to 50000 as tdp_w, found '0'");
  EXPECT_EQ(fault_of("what,place,low,high,currency,unit,year\nV100,gcp,1,2,dollars,hour,2019\n"),
            "t.csv:8: expected a currency of three capital letters as currency, found 'dollars'");
  EXPECT_EQ(
      fault_of("a,b\n1,2\n"),
      "t.csv: expected the columns of a table that is known (docs/formats/data.md), found a,b");
}

TEST_F(TablesTest, ARowThatComesTwiceInAFileIsRefused) {
  EXPECT_EQ(fault_of("name,tdp_w\nXeon,100\nOpteron,90\nXeon,120\n"),
            "t.csv:10: expected a row once, found the one of line 8 again");
}

TEST_F(TablesTest, ALaterTextReplacesRowsOfTheSameKeyAndKeepsTheOthers) {
  given(kIntensities);
  given("zone,country,year,kind,scope,g_per_kwh,source\nFR,FR,2025,average,lifecycle,35,mine\n");
  EXPECT_EQ(intensity({"FR", 2025}).g_per_kwh.value, 35);
  EXPECT_EQ(intensity({"FR", 2025}).source, "mine");
  EXPECT_EQ(intensity({"FR", 2021}).g_per_kwh.value, 60);
  given("name,tdp_w\nXeon,100\n");
  given("name,tdp_w\nXeon,120\n");
  EXPECT_EQ(tables().find_device("Xeon")->tdp_w, 120);
  EXPECT_EQ(tables().devices().size(), 1u);
  EXPECT_EQ(tables().list().size(), 4u);
}

TEST_F(TablesTest, TheYearOfTheRunIsTakenOrTheNearestWithANote) {
  given(kIntensities);
  EXPECT_EQ(intensity({"FR", 2025}).level, IntensityLevel::kZoneYear);
  EXPECT_TRUE(intensity({"FR", 2025}).note.empty());
  const Intensity later = intensity({"FR", 2030});
  EXPECT_EQ(later.level, IntensityLevel::kZoneOther);
  EXPECT_EQ(later.note, "of 2025, the nearest year to 2030 in the tables");
  EXPECT_GT(later.g_per_kwh.high, intensity({"FR", 2025}).g_per_kwh.high);
  EXPECT_EQ(intensity({"FR", 2022}).g_per_kwh.value, 60);
}

TEST_F(TablesTest, TheRangeIsWhatSourcesDifferByWhichIsMoreOfAGridThatEmitsLittle) {
  given(kIntensities);
  const Quantity france = intensity({"FR", 2025}).g_per_kwh, us = intensity({"US", 2025}).g_per_kwh;
  EXPECT_NEAR(us.high / us.value, 1.10, 0.01);
  EXPECT_NEAR(france.high / france.value, 1.28, 0.01);
}

TEST_F(TablesTest, AnotherScopeStandsInWhereTheYearIsFarAndIsTold) {
  given(kIntensities);
  const Intensity old = intensity({"US", 2016});
  EXPECT_EQ(old.g_per_kwh.value, 453);
  EXPECT_EQ(old.scope, IntensityScope::kDirect);
  EXPECT_NE(old.note.find("of combustion alone"), std::string::npos);
  EXPECT_EQ(intensity({"US", 2024}).g_per_kwh.value, 414);
}

TEST_F(TablesTest, AverageAndMarginalNeverStandInForOneAnother) {
  given(kIntensities);
  const Intensity marginal = intensity({"US-CAL-CISO", 2025, IntensityKind::kMarginal});
  EXPECT_EQ(marginal.g_per_kwh.value, 416);
  EXPECT_EQ(marginal.level, IntensityLevel::kCountryOther);
  EXPECT_EQ(marginal.zone, "US");
  const auto none = tables().intensity({"FR", 2025, IntensityKind::kMarginal});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().message(),
            "expected a zone with a marginal intensity in the tables, found none for 'FR'");
}

TEST_F(TablesTest, AZoneWithoutRowsFallsBackToItsCountryThenToTheWorld) {
  given(kIntensities);
  given(
      "zone,name,country,country_name,aliases\nUS-TEX,Texas,US,United States,\n"
      "QQ,Nowhere,QQ,Nowhere,\n");
  EXPECT_EQ(intensity({"US-TEX", 2025}).level, IntensityLevel::kCountryYear);
  EXPECT_EQ(intensity({"US-TEX", 2025}).g_per_kwh.value, 414);
  const Intensity world = intensity({"QQ", 2025});
  EXPECT_EQ(world.level, IntensityLevel::kWorld);
  EXPECT_EQ(world.g_per_kwh.low, 31);
  EXPECT_EQ(world.g_per_kwh.high, 414);
}

TEST_F(TablesTest, AnUnknownZoneIsAnErrorWithTheNearestNames) {
  given(kIntensities);
  const auto found = tables().intensity({"US-CAL-CSO", 2025});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), Code::kInvalid);
  EXPECT_NE(found.error().message().find("did you mean 'US-CAL-CISO'?"), std::string::npos)
      << found.error().message();
}

TEST_F(TablesTest, AZoneIsFoundByItsBeginningItsNameAndItsAlias) {
  given(kIntensities);
  given(
      "zone,name,country,country_name,aliases\nUS-CAL-CISO,CAISO,US,United States,California;SF\n"
      "FR,France,FR,France,\nUS-MIDA-PJM,PJM,US,United States,\nUS-MIDW-MISO,MISO,US,United "
      "States,\n");
  for (const char* written :
       {"US-CAL-CISO", "us-cal-ciso", "US-CAL", "us-cal", "california", "caiso"})
    EXPECT_EQ(tables().zone_of(written).value_or("none"), "US-CAL-CISO") << written;
  EXPECT_EQ(tables().zone_of("france").value_or("none"), "FR");
  EXPECT_EQ(tables().zone_of("US").value_or("none"), "US");
  EXPECT_FALSE(tables().zone_of("US-MID").has_value());
  EXPECT_FALSE(tables().zone_of("").has_value());
}

TEST_F(TablesTest, ACloudsRegionIsItsZoneAndWhatTheCloudSaysOfTheYearGoesFirst) {
  given(kIntensities);
  given("place,zone,location\ngcp:us-west2,US-CAL-CISO,Los Angeles\naws:us-west-1,US-CAL-CISO,\n");
  given("place,year,g_per_kwh,cfe\ngcp:us-west2,2019,248,0.5\ngcp:us-west2,2024,169,0.6\n");
  EXPECT_EQ(tables().zone_of("gcp:us-west2").value_or("none"), "US-CAL-CISO");
  EXPECT_EQ(tables().zone_of("us-west-1").value_or("none"), "US-CAL-CISO");
  EXPECT_EQ(intensity({"gcp:us-west2", 2019}).g_per_kwh.value, 248);
  EXPECT_EQ(intensity({"gcp:us-west2", 2025}).g_per_kwh.value, 208);
  EXPECT_EQ(intensity({"aws:us-west-1", 2025}).g_per_kwh.value, 208);
  const auto unknown = tables().zone_of("gcp:us-west9");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message().find("did you mean 'gcp:us-west2'?"), std::string::npos);
}

TEST_F(TablesTest, MarketBasedIsApartAndNeverAboveTheGrid) {
  given("place,zone,location\ngcp:a,FR,\n");
  given("place,year,g_per_kwh,cfe\ngcp:a,2024,400,0.9\ngcp:a,2023,60,0.1\n");
  const auto market = tables().market_intensity("gcp:a", 2024);
  ASSERT_TRUE(market.has_value());
  EXPECT_NEAR(market->g_per_kwh.value, 65.5, 0.01);
  EXPECT_LE(tables().market_intensity("gcp:a", 2023)->g_per_kwh.high, 60);
  EXPECT_FALSE(tables().market_intensity("FR", 2024).has_value());
}

TEST_F(TablesTest, TheMarginalAndTheLifecycleOfTheWorldAreItsCountries) {
  given(kIntensities);
  const Intensity world = tables().world(2025);
  EXPECT_EQ(world.g_per_kwh.low, 31);
  EXPECT_EQ(world.g_per_kwh.high, 414) << "zones of a country are not countries";
  EXPECT_EQ(world.level, IntensityLevel::kWorld);
}

TEST_F(TablesTest, ThePueIsTheRegionsElseTheProvidersInTheNearestYear) {
  given(
      "place,year,pue,low,high,source\nworld,2020,1.59,1.3,2,\nworld,2024,1.56,1.3,2,\n"
      "gcp,2024,1.09,,,\ngcp:us-a1,2024,1.07,,,\n");
  EXPECT_EQ(tables().find_pue("world", 2019)->value.value, 1.59);
  EXPECT_EQ(tables().find_pue("world", 2030)->value.value, 1.56);
  EXPECT_EQ(tables().find_pue("GCP:us-a1", 2024)->value.value, 1.07);
  EXPECT_EQ(tables().find_pue("gcp:us-b1", 2024)->value.value, 1.09);
  EXPECT_EQ(tables().find_pue("mine", 2024), nullptr);
}

TEST_F(TablesTest, APriceIsOfThePlaceAndTheNearestYear) {
  given(
      "what,place,low,high,currency,unit,year,source\nNVIDIA V100,gcp,0.74,2.48,USD,hour,2019,\n"
      "electricity,FR,0.15,0.25,EUR,kWh,2024,\n");
  EXPECT_EQ(tables().find_price("V100", "gcp", 2020)->high, 2.48);
  EXPECT_EQ(tables().find_price("v100", "", 2020)->low, 0.74);
  EXPECT_EQ(tables().find_price("V100", "aws", 2020), nullptr);
  EXPECT_EQ(tables().find_price("electricity", "FR", 2024)->currency, "EUR");
}

TEST_F(TablesTest, AConstantHasARangeAndLaterOnesReplaceIt) {
  given("name,value,low,high,unit,year,source\nmemory.power,0.3725,0.284,0.392,W/GB,2021,\n");
  EXPECT_EQ(tables().constant("memory.power").value.low, 0.284);
  given("name,value,low,high,unit,year,source\nmemory.power,0.3,0.2,0.4,W/GB,2027,\n");
  EXPECT_EQ(tables().constant("memory.power").value.value, 0.3);
  EXPECT_EQ(tables().constants("memory.").size(), 1u);
  EXPECT_EQ(tables().find_constant("memory"), nullptr);
}

TEST_F(TablesTest, AnHourlySeriesIsATableOfItsOwn) {
  given("datetime,zone,g_per_kwh\n2025-01-01T00:00:00Z,FR,20\n2025-01-01T01:00:00Z,FR,30\n");
  constexpr int64_t kNewYear2025Ns = int64_t{1735689600} * 1'000'000'000;
  ASSERT_NE(tables().hours("FR", kNewYear2025Ns + 1), nullptr);
  EXPECT_EQ(tables().hours("FR", kNewYear2025Ns + 1)->g_per_kwh[1], 30);
  EXPECT_EQ(tables().hours("FR", kNewYear2025Ns - 1), nullptr);
  EXPECT_EQ(tables().hours("FR", kNewYear2025Ns + int64_t{7200} * 1'000'000'000), nullptr);
  EXPECT_EQ(tables().hours("DE", kNewYear2025Ns), nullptr);
}

// --- names of devices ----------------------------------------------------------------------------

TEST(DeviceKey, DriversAndPeopleMeanTheSame) {
  const auto key = [](std::string_view name) { return std::string(DeviceKey(name).view()); };
  EXPECT_EQ(key("Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz"), key("Intel Xeon Gold 6148"));
  EXPECT_EQ(key("Intel(R) Xeon(R) CPU E5-2620 v3 @ 2.40GHz"), key("Xeon E5-2620 v3"));
  EXPECT_EQ(key("AMD EPYC 7763 64-Core Processor"), key("epyc 7763"));
  EXPECT_EQ(key("AMD Ryzen Threadripper 1950X 16-Core Processor"), key("Ryzen Threadripper 1950X"));
  EXPECT_EQ(key("AMD Ryzen 7 PRO 6850U with Radeon Graphics"), key("AMD Ryzen 7 PRO 6850U"));
  EXPECT_EQ(key("AMD Ryzen 7 8845HS w/ Radeon 780M Graphics"), key("AMD Ryzen 7 8845HS"));
  EXPECT_EQ(key("13th Gen Intel(R) Core(TM) i9-13900K"), key("Intel Core i9-13900K"));
  EXPECT_EQ(key("AMD FX(tm)-8350 Eight-Core Processor"), key("AMD FX-8350"));
  EXPECT_EQ(key("NVIDIA GeForce RTX 4090"), key("rtx4090"));
  EXPECT_EQ(key("Tesla V100-SXM2-16GB"), key("V100 SXM2 16GB"));
  EXPECT_EQ(key("NVIDIA A100-SXM4-40GB MIG 1g.5gb"), key("A100 SXM4 40GB"));
  EXPECT_EQ(key("TPU v3"), key("tpu-v3"));
  EXPECT_NE(key("RTX 3080"), key("RTX 3080 Ti"));
  EXPECT_NE(key("RTX 3080"), key("RTX 3080 Laptop GPU"));
  EXPECT_NE(key("Intel Core 2 Duo"), key("Intel Core Duo"));
  EXPECT_EQ(key(std::string(1000, 'x')).size(), 48u);
}

TEST_F(TablesTest, ADeviceIsFoundByNameAliasAndWithoutTheMemoryThatDriversAdd) {
  given(
      "name,vendor,kind,tdp_w,idle_w,aliases,source\nV100 SXM2,NVIDIA,gpu,300,35,Volta,\n"
      "V100 PCIe,NVIDIA,gpu,250,,V100,\nH200 SXM,NVIDIA,gpu,700,,H200,\n");
  EXPECT_EQ(tables().find_device("Tesla V100-SXM2-32GB")->tdp_w, 300);
  EXPECT_EQ(tables().find_device("volta")->tdp_w, 300);
  EXPECT_EQ(tables().find_device("v100")->tdp_w, 250);
  EXPECT_EQ(tables().find_device("NVIDIA H200 141GB HBM3e")->tdp_w, 700);
  EXPECT_EQ(tables().find_device("V1000"), nullptr);
  EXPECT_EQ(tables().find_device("H200 S"), nullptr) << "a driver's name is whole";
}

TEST_F(TablesTest, PeopleMayWriteAPartThatIsOneDevicesOnly) {
  given(
      "name,vendor,kind,tdp_w,source\nGeForce RTX 4090,NVIDIA,gpu,450,\nA100 SXM4 "
      "40GB,NVIDIA,gpu,400,\n"
      "A100 SXM4 80GB,NVIDIA,gpu,400,\n");
  EXPECT_EQ(tables().device("4090").value_or(nullptr)->tdp_w, 450);
  const auto several = tables().device("A100");
  ASSERT_FALSE(several.has_value());
  EXPECT_EQ(several.error().message(),
            "expected a device of the table, found 'A100'; did you mean 'A100 SXM4 40GB', 'A100 "
            "SXM4 80GB'?");
  const auto typo = tables().device("A10O");
  ASSERT_FALSE(typo.has_value());
  EXPECT_EQ(typo.error().message(),
            "expected a device of the table, found 'A10O'; did you mean 'A100 SXM4 40GB', 'A100 "
            "SXM4 80GB'?");
  const auto none = tables().device("quantum");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), Code::kInvalid);
  EXPECT_EQ(none.error().message(), "expected a device of the table, found 'quantum'");
  EXPECT_FALSE(tables().device("").has_value());
}

// --- what is embedded
// -----------------------------------------------------------------------------

TEST(EmbeddedTables, AreReadAndHoldWhatIsPublished) {
  const auto parsed = Tables::parse(embedded_tables());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
  const Tables& tables = **parsed;
  EXPECT_EQ(tables.intensity({"FR", 2025})->g_per_kwh.value, 31);
  EXPECT_EQ(tables.intensity({"US-CAL-CISO", 2025})->g_per_kwh.value, 208);
  EXPECT_EQ(tables.find_device("Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz")->tdp_w, 150);
  EXPECT_GT(tables.world(2025).g_per_kwh.high, 500);
}

TEST(EmbeddedTables, WhatPeopleWriteIsFound) {
  const Tables& tables = Tables::embedded();
  const auto zone = [&](const char* place) { return tables.zone_of(place).value_or("none"); };
  EXPECT_EQ(zone("US-CAL"), "US-CAL-CISO");
  EXPECT_EQ(zone("california"), "US-CAL-CISO");
  EXPECT_EQ(zone("germany"), "DE");
  EXPECT_EQ(zone("gcp:us-central1"), "US-MIDW-MISO");
  EXPECT_EQ(zone("aws:eu-west-3"), "FR");
  for (const char* name : {"V100", "H100", "h100 sxm", "A100-SXM4-80GB", "RTX 4090", "4090",
                           "TPU v3", "Tesla P100-PCIE-16GB", "NVIDIA H200", "MI300X"})
    EXPECT_TRUE(tables.device(name).has_value()) << tables.device(name).error().message();
  EXPECT_EQ(tables.find_pue("world", 2018)->value.value, 1.58);
}

TEST(EmbeddedTables, EveryZoneHasAnIntensity) {
  const Tables& tables = Tables::embedded();
  for (const std::string& zone : tables.zones())
    EXPECT_TRUE(tables.intensity({zone, 2025}).has_value()) << zone;
}

TEST(EmbeddedTables, EveryDeviceIsFoundByItsOwnName) {
  const Tables& tables = Tables::embedded();
  for (const Device* device : tables.devices())
    EXPECT_EQ(tables.find_device(device->name)->tdp_w, device->tdp_w) << device->name;
}

}  // namespace
}  // namespace cairn::footprint
