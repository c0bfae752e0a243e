// Estimates before anything runs: numbers of devices, arithmetic, presets, ranges, bad input.
#include "footprint/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "footprint/testing/small_tables.h"

namespace cairn::footprint {
namespace {

constexpr double kKgPerPound = 0.45359237;

// --- how many of what ------------------------------------------------------------------------

TEST(ParseDevices, ReadsWhatPeopleWrite) {
  const auto one = [](std::string_view text) {
    const auto devices = parse_devices(text);
    EXPECT_TRUE(devices) << text;
    return devices && devices->size() == 1 ? devices->front() : DeviceCount{};
  };
  struct Case {
    std::string_view text, name;
    double count;
  };
  for (const Case& each : {Case{"8xV100", "V100", 8},
                           {"V100", "V100", 1},
                           {" 64 x H100 SXM ", "H100 SXM", 64},
                           {"8×A100", "A100", 8},
                           {"8*T4", "T4", 8},
                           {"0.5xA100", "A100", 0.5},
                           {"P100x8", "P100", 8},
                           {"TPUv2x16", "TPUv2", 16},
                           {"2080 Ti x 2", "2080 Ti", 2},
                           {"4090x8", "4090", 8},
                           {"8x4090", "4090", 8},
                           {"10000x4090", "4090", 10'000},
                           {"rtx4090", "rtx4090", 1},
                           {"RTX 4090", "RTX 4090", 1},
                           {"2080 Ti", "2080 Ti", 1},
                           {"4090", "4090", 1},
                           {"MI300X", "MI300X", 1},
                           {"8xMI300X", "MI300X", 8}}) {
    EXPECT_EQ(one(each.text).device, each.name) << each.text;
    EXPECT_EQ(one(each.text).count, each.count) << each.text;
  }
  const auto several = parse_devices("8xV100, 2xT4,A100");
  ASSERT_TRUE(several);
  ASSERT_EQ(several->size(), 3U);
  EXPECT_EQ((*several)[1].device, "T4");
}

TEST(ParseDevices, WhatIsNoNumberOfDevicesIsRefused) {
  for (const std::string_view text : {"", " ", ",", "8xV100,", "0xV100", "-3xV100", "1.2.3xV100",
                                      "99999999999999xV100", "V100x0"}) {
    const auto devices = parse_devices(text);
    ASSERT_FALSE(devices) << text;
    EXPECT_EQ(devices.error().code(), Code::kInvalid);
  }
}

// --- estimates -------------------------------------------------------------------------------

class EstimateTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Tables> tables = testing::small_tables();

  EstimateWanted of(std::string_view devices, double hours) {
    EstimateWanted wanted{.hours = hours, .year = 2019, .now_year = 2026};
    if (!devices.empty()) wanted.devices = *parse_devices(devices);
    return wanted;
  }
  Estimate get(const EstimateWanted& wanted) {
    auto result = estimate(wanted, *tables);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result ? std::move(*result) : Estimate{};
  }
  std::string refusal(const EstimateWanted& wanted) {
    const auto result = estimate(wanted, *tables);
    EXPECT_FALSE(result);
    if (result) return "";
    EXPECT_EQ(result.error().code(), Code::kInvalid);
    return result.error().message();
  }
};

TEST_F(EstimateTest, DevicesByTdpAndUseAndAHostBesideThem) {
  auto wanted = of("8xV100", 40);
  wanted.place.zone = "US";
  const auto estimate = get(wanted);
  const Footprint& f = estimate.footprint;
  ASSERT_EQ(f.parts.size(), 2U);
  EXPECT_NEAR(f.parts[0].kwh.value, 8 * 0.3 * 40 * 0.75, 1e-9);
  EXPECT_NEAR(f.parts[0].kwh.low, 8 * 0.3 * 40 * 0.5, 1e-9);
  EXPECT_NEAR(f.parts[1].kwh.value, 0.4 * 72, 1e-9);
  EXPECT_NEAR(f.it_kwh.value, 72 * 1.4, 1e-9);
  EXPECT_EQ(f.it_kwh.method, Method::kAssumed);
  EXPECT_EQ(f.pue.value, 1) << "nobody said that it is in a data centre";
  EXPECT_EQ(f.pue.high, 1.6);
  EXPECT_NEAR(f.carbon_kg->value, 72 * 1.4 * 0.44, 1e-9);
  EXPECT_NEAR(f.money->value, 72 * 1.4 * 0.1, 1e-9);
  EXPECT_LT(f.money->low, 72 * 1.4 * 0.08);
  EXPECT_EQ(f.currency, "USD");
  EXPECT_EQ(f.year, 2019);
  for (const Quantity& q : {f.it_kwh, f.energy_kwh, *f.carbon_kg, *f.money})
    EXPECT_TRUE(0 < q.low && q.low < q.value && q.value < q.high);
}

TEST_F(EstimateTest, TheStepsAreTheArithmetic) {
  auto wanted = of("8xV100", 40);
  wanted.place.zone = "US";
  wanted.place.pue = 1.58;
  const auto steps = get(wanted).steps;
  ASSERT_EQ(steps.size(), 6U);
  EXPECT_EQ(steps[0],
            "8 x Tesla V100-SXM2-16GB x 300 W TDP x utilisation 0.75 (0.5 to 1) x 40 h = "
            "72 kWh (48 to 96)  [data sheet]");
  EXPECT_NE(steps[1].find("host"), std::string::npos);
  EXPECT_NE(steps[2].find("x PUE 1.58 ="), std::string::npos) << steps[2];
  EXPECT_NE(steps[3].find("US 2019, made"), std::string::npos) << steps[3];
  EXPECT_NE(steps[5].find("rent: 8 x 40 h x 0.74 to 3.00 USD"), std::string::npos) << steps[5];
}

TEST_F(EstimateTest, OfTpusTheHostIsInTheirShareOfTdp) {
  const Footprint f = get(of("10xTPU v3,V100", 10)).footprint;
  EXPECT_NEAR(f.parts[0].kwh.value, 10 * 0.45 * 10 * 0.6, 1e-9);
  EXPECT_NEAR(f.parts[2].kwh.value, 0.4 * 0.3 * 10 * 0.75, 1e-9)
      << "only the V100 has one beside it";
  EXPECT_EQ(get(of("TPU v3", 10)).footprint.parts.size(), 1U);
}

TEST_F(EstimateTest, WattsAreTakenForTheWhole) {
  EstimateWanted wanted = of("", 355.2);
  wanted.watts = 330;
  wanted.count = 10'000;
  wanted.place.pue = 1.10;
  wanted.place.kg_per_kwh = 0.429;
  const Footprint f = get(wanted).footprint;
  EXPECT_DOUBLE_EQ(f.energy_kwh.value, 10'000 * 330 * 355.2 * 1.10 / 1000);
  EXPECT_NEAR(f.energy_kwh.low, f.energy_kwh.high, 1e-6) << "nothing was assumed";
  EXPECT_NEAR(f.carbon_kg->value / 1000, 552.1, 5.5) << "GPT-3, Patterson et al. 2021";
  EXPECT_EQ(f.intensity->level, IntensityLevel::kOverride);
}

TEST_F(EstimateTest, WithoutAZoneThereIsARangeAndNoNumber) {
  const Footprint f = get(of("V100", 10)).footprint;
  EXPECT_FALSE(f.carbon_kg);
  EXPECT_FALSE(f.money);
  EXPECT_GT(f.carbon_range_kg.high, f.carbon_range_kg.low);
}

TEST_F(EstimateTest, ARegionOfACloudHasItsZoneAndPue) {
  auto wanted = of("V100", 10);
  wanted.place.zone = "gcp:us-west2";
  const Footprint f = get(wanted).footprint;
  EXPECT_NEAR(f.pue.value, 1.1, 1e-12);
  EXPECT_NEAR(f.intensity->g_per_kwh.value, 250, 1e-9);
  wanted.place = {.zone = "FR", .provider = "gcp"};
  EXPECT_NEAR(get(wanted).footprint.pue.value, 1.1, 1e-12);
}

TEST_F(EstimateTest, TheYearIsTheGridsYear) {
  auto wanted = of("V100", 10);
  wanted.place.zone = "FR";
  EXPECT_NEAR(get(wanted).footprint.intensity->g_per_kwh.value, 60, 1e-9);
  wanted.year = std::nullopt;
  EXPECT_EQ(get(wanted).footprint.year, 2026);
  EXPECT_NEAR(get(wanted).footprint.intensity->g_per_kwh.value, 30, 1e-9);
}

TEST_F(EstimateTest, RentIsOnDemandAndAsLowAsPreemptible) {
  auto wanted = of("2xV100,P100", 10);
  wanted.place.provider = "gcp";
  const auto known = get(wanted);
  ASSERT_TRUE(known.rent);
  EXPECT_NEAR(known.rent->value, 20 * 2.48 + 10 * 1.46, 1e-9);
  EXPECT_NEAR(known.rent->low, 20 * 0.74 + 10 * 0.43, 1e-9);
  EXPECT_EQ(known.rent_currency, "USD");
  const auto half = get(of("V100,H100", 10));
  EXPECT_FALSE(half.rent) << "half a rent is none";
  EXPECT_TRUE(half.rent_currency.empty());
  EXPECT_EQ(half.steps.back().find("rent"), std::string::npos);
}

TEST_F(EstimateTest, WithoutAProviderRentSpansThoseOfTheYear) {
  const auto rent = get(of("V100", 10)).rent;
  EXPECT_NEAR(rent->low, 7.4, 1e-9);
  EXPECT_NEAR(rent->high, 30, 1e-9);
  auto later = of("V100", 10);
  later.year = 2025;
  EXPECT_NEAR(get(later).rent->high, 10, 1e-9);
}

TEST_F(EstimateTest, MoreOfAnythingIsNeverLess) {
  double last = 0;
  for (const double hours : {0.001, 1.0, 10.0, 1e6}) {
    const double kwh = get(of("3xH100", hours)).footprint.energy_kwh.low;
    EXPECT_GT(kwh, last);
    last = kwh;
  }
  auto low = of("V100", 10), high = of("V100", 10);
  low.utilisation = 0.2;
  high.utilisation = 0.9;
  EXPECT_LT(get(low).footprint.energy_kwh.value, get(high).footprint.energy_kwh.value);
}

// --- presets ---------------------------------------------------------------------------------

TEST_F(EstimateTest, TheEssaysPreset) {
  auto wanted = of("V100", 40);
  wanted.preset = "essay-2019";
  const auto estimate = get(wanted);
  EXPECT_DOUBLE_EQ(estimate.footprint.energy_kwh.value, 10);
  EXPECT_NEAR(estimate.footprint.carbon_kg->value / kKgPerPound, 10, 1e-9);
  EXPECT_DOUBLE_EQ(estimate.rent->value, 40);
}

TEST_F(EstimateTest, APresetTellsWhatTheZoneWouldGive) {
  auto wanted = of("V100", 40);
  wanted.preset = "essay-2019";
  wanted.place.zone = "US-CAL-CISO";
  const Footprint f = get(wanted).footprint;
  EXPECT_NEAR(f.carbon_kg->value / kKgPerPound, 10, 1e-9);
  ASSERT_EQ(f.notes.size(), 1U);
  EXPECT_NE(f.notes[0].find("average of the US; with US-CAL-CISO in 2019 (250 g/kWh) it would be "
                            "2.5 kg"),
            std::string::npos)
      << f.notes[0];
}

TEST_F(EstimateTest, StrubellsPresetMakesStrubellsNumbers) {
  EstimateWanted wanted = of("", 84);
  wanted.watts = 1515.43;
  wanted.preset = "strubell-2019";
  const Footprint f = get(wanted).footprint;
  EXPECT_NEAR(f.energy_kwh.value, 201.13, 0.005);
  EXPECT_NEAR(f.carbon_kg->value / kKgPerPound, 191.88, 0.005);
}

TEST_F(EstimateTest, PattersonsPresetHasMeasuredWatts) {
  auto wanted = of("V100", 100);
  wanted.preset = "patterson-2021";
  EXPECT_NEAR(get(wanted).footprint.energy_kwh.value, 32.5 * 1.10, 1e-9);
  wanted.devices = *parse_devices("TPU v3");
  EXPECT_NEAR(get(wanted).footprint.energy_kwh.value, 28.3 * 1.10, 1e-9);
  wanted.devices = *parse_devices("A100");
  EXPECT_NEAR(get(wanted).footprint.energy_kwh.value, 40 * 1.10, 1e-9) << "not measured: TDP";
}

TEST_F(EstimateTest, LacostesAndGreenAlgorithmsPresetsAreTdp) {
  auto wanted = of("V100", 100);
  wanted.preset = "lacoste-2019";
  EXPECT_NEAR(get(wanted).footprint.energy_kwh.value, 30, 1e-9);
  wanted.preset = "green-algorithms-2021";
  EXPECT_NEAR(get(wanted).footprint.energy_kwh.value, 30 * 1.67, 1e-9);
}

TEST_F(EstimateTest, WhatIsSaidGoesBeforeThePreset) {
  auto wanted = of("V100", 100);
  wanted.preset = "strubell-2019";
  wanted.utilisation = 0.5;
  wanted.place.pue = 1.2;
  wanted.place.kg_per_kwh = 0.1;
  const Footprint f = get(wanted).footprint;
  EXPECT_NEAR(f.energy_kwh.value, 15 * 1.2, 1e-9);
  EXPECT_NEAR(f.carbon_kg->value, 1.8, 1e-9);
}

TEST(Presets, AreListed) {
  const auto all = presets();
  ASSERT_EQ(all.size(), 5U);
  for (const Preset& preset : all) EXPECT_FALSE(preset.title.empty() || preset.source.empty());
}

// --- bad input -------------------------------------------------------------------------------

TEST_F(EstimateTest, UnknownNamesAreToldTheNearest) {
  EXPECT_NE(refusal(of("Tesla V100-SXM2-16GC", 1)).find("SXM2-16GB"), std::string::npos);
  auto wanted = of("V100", 1);
  wanted.preset = "strubel-2019";
  EXPECT_NE(refusal(wanted).find("'strubell-2019'"), std::string::npos);
  wanted.preset = "?";
  EXPECT_NE(refusal(wanted).find("essay-2019"), std::string::npos);
  wanted.preset = "";
  wanted.place.zone = "FRR";
  EXPECT_NE(refusal(wanted).find("FR"), std::string::npos);
}

TEST_F(EstimateTest, NumbersThatCannotBeAreRefused) {
  EXPECT_NE(refusal(of("V100", -1)).find("hours"), std::string::npos);
  EXPECT_NE(refusal(of("V100", 0)).find("hours"), std::string::npos);
  EXPECT_NE(refusal(of("V100", std::nan(""))).find("hours"), std::string::npos);
  EXPECT_NE(refusal(of("V100", std::numeric_limits<double>::infinity())).find("hours"),
            std::string::npos);
  EXPECT_NE(refusal(of("", 1)).find("devices"), std::string::npos);
  const auto with = [&](auto change) {
    auto wanted = of("V100", 1);
    change(wanted);
    return refusal(wanted);
  };
  EXPECT_NE(with([](auto& w) { w.place.pue = 0.9; }).find("PUE of 1"), std::string::npos);
  EXPECT_NE(with([](auto& w) { w.watts = -5; }).find("watts"), std::string::npos);
  EXPECT_NE(with([](auto& w) { w.utilisation = 75; }).find("utilisation"), std::string::npos);
  EXPECT_NE(with([](auto& w) { w.place.kg_per_kwh = -1; }).find("intensity"), std::string::npos);
  EXPECT_NE(with([](auto& w) { w.year = 1989; }).find("1990 to 2027"), std::string::npos);
  EXPECT_NE(with([](auto& w) { w.year = 2028; }).find("1990 to 2027"), std::string::npos);
}

// --- the tables that are in the binary -------------------------------------------------------

class EmbeddedEstimate : public ::testing::Test {
 protected:
  const Tables& tables = Tables::embedded();

  Estimate get(std::string_view devices, double hours, Place place, std::string preset = "") {
    auto result = estimate({.devices = *parse_devices(devices),
                            .hours = hours,
                            .year = 2019,
                            .now_year = 2026,
                            .place = std::move(place),
                            .preset = std::move(preset)},
                           tables);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result ? std::move(*result) : Estimate{};
  }
};

TEST_F(EmbeddedEstimate, PricesMakeStrubellsCosts) {
  struct Case {
    std::string_view devices;
    double hours, low, high;
  };
  for (const Case& each : {Case{"P100x8", 12, 41, 140},
                           {"P100x8", 84, 289, 981},
                           {"P100x3", 336, 433, 1'472},
                           {"V100x64", 79.2, 3'751, 12'571},
                           {"P100x8", 274'120, 942'973, 3'201'722}}) {
    const auto rent = get(each.devices, each.hours, {.provider = "gcp"}, "strubell-2019").rent;
    ASSERT_TRUE(rent) << each.devices;
    EXPECT_NEAR(rent->low, each.low, 0.5) << each.devices;
    EXPECT_NEAR(rent->high, each.high, 0.5) << each.devices;
  }
}

TEST_F(EmbeddedEstimate, CaliforniaIsAboutHalfOfTheEssay) {
  const auto essay = get("V100", 40, {.zone = "US-CAL-CISO"}, "essay-2019");
  ASSERT_FALSE(essay.footprint.notes.empty());
  const auto california = get("V100", 40, {.zone = "US-CAL-CISO", .pue = 1}).footprint.intensity;
  ASSERT_TRUE(california);
  EXPECT_LT(california->g_per_kwh.value, 0.7 * 1000 * kKgPerPound);
}

TEST_F(EmbeddedEstimate, EveryConstantThatIsNeededIsThere) {
  EXPECT_GT(get("8xH100", 10, {.zone = "FR"}).footprint.carbon_kg->value, 0);
  EXPECT_GT(get("TPU v3", 10, {.zone = "FR"}).footprint.energy_kwh.value, 0);
  EXPECT_GT(embodied_kg({{"V100", 1}}, 2, 256, tables).value, 300);
  EXPECT_GT(embodied_kg({{"H100", 8}}, 2, 2048, tables).value, 8 * 164 + 3000);
  EXPECT_GE(equivalents(1, 1, tables).size(), 11U);
  EXPECT_GT(offset_price(1000, tables).money.value, 1);
}

}  // namespace
}  // namespace cairn::footprint
