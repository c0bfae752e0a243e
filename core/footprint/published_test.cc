// Reports that contradict themselves, the intensity of software, equivalents and offsets.
#include <gtest/gtest.h>

#include <map>

#include "footprint/estimate.h"
#include "footprint/testing/small_tables.h"

namespace cairn::footprint {
namespace {

bool mentions(const std::vector<std::string>& found, std::string_view words) {
  for (const std::string& text : found)
    if (text.find(words) != std::string::npos) return true;
  return false;
}

// --- contradictions --------------------------------------------------------------------------

TEST(FindContradictions, WhatHoldsIsNotFlagged) {
  EXPECT_TRUE(find_contradictions({.name = "Llama 2 7B",
                                   .devices = 1,
                                   .watts = 400,
                                   .hours = 184'320,
                                   .pue = 1.1,
                                   .kg_per_kwh = 0.385,
                                   .tonnes = 31.22})
                  .empty());
  EXPECT_TRUE(
      find_contradictions(
          {.name = "Transformer_base", .watts = 1415.78, .hours = 12, .pue = 1.58, .kwh = 27}, 0)
          .empty())
      << "26.84 is printed as 27";
  EXPECT_TRUE(find_contradictions({.name = "only what is told", .kwh = 5}).empty());
}

TEST(FindContradictions, AProductThatIsNotWhatItIsMadeOf) {
  const Published bert{
      .name = "BERT_base", .watts = 12'041.51, .hours = 79, .pue = 1.58, .kwh = 1507};
  EXPECT_TRUE(mentions(find_contradictions(bert, 0.001), "1,503 kWh, published are 1,507"));
  Published mended = bert;
  mended.hours = 79.2;
  EXPECT_TRUE(find_contradictions(mended, 0.001).empty());
}

TEST(FindContradictions, TonnesThatAreNotEnergyTimesGrid) {
  const auto found = find_contradictions(
      {.name = "x", .watts = 100, .hours = 1'000, .kg_per_kwh = 0.4, .tonnes = 0.2});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(mentions(found, "100 kWh x 0.4 kg/kWh is 0.04 t, published are 0.2 t (5 times"));
}

TEST(FindContradictions, AnIntensityThatNoGridHas) {
  const auto llama =
      find_contradictions({.name = "Llama 3.3 70B", .watts = 700, .hours = 7e6, .tonnes = 12.9});
  ASSERT_EQ(llama.size(), 1U);
  EXPECT_TRUE(mentions(llama, "0.00263 kg/kWh is what no grid has")) << llama[0];
  const auto codecarbon = find_contradictions({.name = "a page", .kg_per_kwh = 731.59});
  ASSERT_EQ(codecarbon.size(), 1U);
  EXPECT_TRUE(mentions(codecarbon, "as g/kWh it would be 0.732 kg/kWh")) << codecarbon[0];
  EXPECT_TRUE(
      find_contradictions({.name = "Llama 3.1 70B", .watts = 700, .hours = 7e6, .tonnes = 2'040})
          .empty());
}

TEST(FindContradictions, APueBelowOne) {
  EXPECT_TRUE(mentions(find_contradictions({.name = "x", .pue = 0.9}), "PUE 0.9 is below 1"));
}

// --- software carbon intensity ---------------------------------------------------------------

TEST(SoftwareCarbonIntensity, TheStandardsExample) {
  // 1,000 kg that last four years, used for an hour.
  const auto sci = software_carbon_intensity({.embodied_kg = 1000,
                                              .used_s = 3600,
                                              .lifetime_s = 4 * 365.25 * 86'400,
                                              .functional_units = 1});
  ASSERT_TRUE(sci);
  EXPECT_NEAR(sci->embodied_g, 28.5, 0.05);
}

TEST(SoftwareCarbonIntensity, IsOperationAndHardwareForAUnit) {
  const auto sci = software_carbon_intensity({.energy_kwh = 2,
                                              .intensity_g_per_kwh = 400,
                                              .embodied_kg = 100,
                                              .used_s = 10,
                                              .lifetime_s = 1000,
                                              .resources_share = 0.5,
                                              .functional_units = 100,
                                              .functional_unit = "request"});
  EXPECT_DOUBLE_EQ(sci->operational_g, 800);
  EXPECT_DOUBLE_EQ(sci->embodied_g, 500);
  EXPECT_DOUBLE_EQ(sci->per_unit_g, 13);
}

TEST(SoftwareCarbonIntensity, WhatCannotBeIsRefused) {
  for (const SciWanted& wanted :
       {SciWanted{.energy_kwh = -1}, SciWanted{.functional_units = 0},
        SciWanted{.resources_share = 1.5}, SciWanted{.embodied_kg = 5, .used_s = 1}}) {
    const auto sci = software_carbon_intensity(wanted);
    ASSERT_FALSE(sci);
    EXPECT_EQ(sci.error().code(), Code::kInvalid);
  }
}

// --- beside the number -----------------------------------------------------------------------

TEST(Equivalents, AreCarbonOrEnergyOverTheirConstant) {
  const auto tables = testing::small_tables();
  std::map<std::string, Equivalent> by_name;
  for (const Equivalent& each : equivalents(175, 70, *tables)) by_name[each.name] = each;
  EXPECT_NEAR(by_name.at("by car (EU)").amount, 1000, 1e-9);
  EXPECT_EQ(by_name.at("by car (EU)").unit, "km");
  EXPECT_NEAR(by_name.at("of a smartphone").amount, 3500, 1e-9);
  EXPECT_NEAR(by_name.at("of central air conditioning (US)").amount, 20, 1e-9);
  EXPECT_NEAR(by_name.at("of a Boeing 747 in flight").amount, 175 / (10'900 * 3.16), 1e-12);
  EXPECT_EQ(by_name.count("by car (US)"), 0U) << "the tables do not know it";
  EXPECT_TRUE(equivalents(0, 0, *tables).empty());
}

TEST(OffsetPrice, IsOfTheLatestYearAndUpToRemoval) {
  const auto offset = offset_price(500, *testing::small_tables());
  EXPECT_DOUBLE_EQ(offset.money.value, 3);
  EXPECT_DOUBLE_EQ(offset.money.high, 250);
  EXPECT_EQ(offset.per_tonne_low, 6);
  EXPECT_EQ(offset.per_tonne_high, 500);
  EXPECT_EQ(offset.currency, "USD");
}

TEST(Embodied, IsTheSumOfTheParts) {
  const auto tables = testing::small_tables();
  const auto h100 = embodied_kg({{"H100", 8}}, 0, 0, *tables);
  EXPECT_DOUBLE_EQ(h100.value, 8 * 164);
  const auto unknown = embodied_kg({{"V100", 1}, {"something", 1}}, 0, 0, *tables);
  EXPECT_DOUBLE_EQ(unknown.value, 2 * 164);
  EXPECT_LT(unknown.low, 164);
  const auto server = embodied_kg({}, 2, 64, *tables);
  EXPECT_NEAR(
      server.value,
      2 * (9.14 + 7 * 1.97) + (66.1 + 150 + 6.68 + 2 * 2.99 * 24.3) + (2 * 5.22 + 64 / 1.88 * 2.2),
      1e-9);
  EXPECT_TRUE(server.low < server.value && server.value < server.high);
  EXPECT_DOUBLE_EQ(embodied_kg({{"H100", 16}}, 4, 2048, *tables).value, 16 * 164 + 2 * 5700);
  EXPECT_EQ(embodied_kg({}, 0, 0, *tables).value, 0);
}

}  // namespace
}  // namespace cairn::footprint
