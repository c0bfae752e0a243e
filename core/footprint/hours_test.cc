// The rules of hours: energy is priced in the hour in which it was used, and files of many makers
// are read.
#include "footprint/hours.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "footprint/testing/made_tables.h"

namespace cairn::footprint {
namespace {

using testing::made_tables;

constexpr int64_t kNsPerHour = int64_t{3600} * 1'000'000'000;
constexpr int64_t kNoonNs = int64_t{1751371200} * 1'000'000'000;  // 2025-07-01T12:00:00Z

HourlySeries series(std::vector<double> grams) {
  HourlySeries out;
  out.zone = "FR";
  out.source = "made up";
  out.release = "2026-01-31";
  out.first_ns = kNoonNs;
  out.g_per_kwh = std::move(grams);
  return out;
}

EnergyCurve curve(double hours, double kwh, int64_t begin_ns = kNoonNs) {
  return {{begin_ns, begin_ns + static_cast<int64_t>(hours * static_cast<double>(kNsPerHour))},
          {0, kwh}};
}

HourlySeries parsed(std::string_view text, std::string_view zone = "") {
  auto found = parse_hourly_csv(text, zone);
  EXPECT_TRUE(found.has_value()) << found.error().message();
  return found.value_or(HourlySeries{});
}

std::string fault(std::string_view text, std::string_view zone = "FR") {
  const auto found = parse_hourly_csv(text, zone);
  return found ? "" : found.error().message();
}

TEST(PriceHours, EachHoursEnergyHasThatHoursIntensity) {
  const HourlyCarbon two = price_hours(curve(2, 4), series({100, 300}));
  EXPECT_NEAR(two.carbon_kg, 2 * 0.1 + 2 * 0.3, 1e-12);
  EXPECT_EQ(two.covered, 1);
  const HourlyCarbon across =
      price_hours(curve(1, 4, kNoonNs + kNsPerHour / 4), series({100, 300}));
  EXPECT_NEAR(across.carbon_kg, 3 * 0.1 + 1 * 0.3, 1e-12);
}

TEST(PriceHours, ACurveIsPricedPieceByPiece) {
  const EnergyCurve pieces{{kNoonNs, kNoonNs + kNsPerHour, kNoonNs + 2 * kNsPerHour}, {0, 9, 10}};
  EXPECT_NEAR(price_hours(pieces, series({100, 300})).carbon_kg, 0.9 + 0.3, 1e-12);
}

TEST(PriceHours, HoursThatAreMissingCountWithTheMeanAndAreNotCovered) {
  const HourlyCarbon gap = price_hours(curve(2, 4), series({100, NAN}));
  EXPECT_NEAR(gap.carbon_kg, 0.4, 1e-12);
  EXPECT_NEAR(gap.covered, 0.5, 1e-12);
  EXPECT_NEAR(price_hours(curve(4, 4), series({100, 300})).covered, 0.5, 1e-12);
  EXPECT_EQ(price_hours(curve(1, 4, kNoonNs - kNsPerHour), series({100})).covered, 0);
}

TEST(PriceHours, EnergyAtOneMomentIsPricedToo) {
  EXPECT_NEAR(price_hours(curve(0, 2), series({100})).carbon_kg, 0.2, 1e-12);
}

TEST(ParseHourly, ExportsOfManyMakersAreRead) {
  const HourlySeries ours = parsed("datetime,zone,g_per_kwh\n2025-07-01T12:00:00Z,FR,40\n");
  EXPECT_EQ(ours.zone, "FR");
  EXPECT_EQ(ours.first_ns, kNoonNs);
  EXPECT_EQ(ours.scope, IntensityScope::kLifecycle);

  const HourlySeries maps = parsed(
      "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon "
      "intensity gCO₂eq/kWh (Life cycle),Data source\n"
      "2025-07-01 12:00:00,France,France,FR,18.4,33.4,ENTSOE\n");
  EXPECT_EQ(maps.zone, "FR");
  EXPECT_EQ(maps.g_per_kwh, (std::vector<double>{33.4}));
  EXPECT_EQ(maps.first_ns, kNoonNs);

  const HourlySeries moer =
      parsed("timestamp,MOER,MOER version\n2025-07-01T05:00:00-07:00,1000,3\n", "US-CAL-CISO");
  EXPECT_EQ(moer.first_ns, kNoonNs);
  EXPECT_NEAR(moer.g_per_kwh[0], 453.592, 1e-3);
  EXPECT_EQ(moer.kind, IntensityKind::kMarginal);

  EXPECT_EQ(parsed("time,intensity\n1751371200,40\n", "FR").first_ns, kNoonNs);
  EXPECT_EQ(parsed("time,intensity\n2025-07-01 14:00:00+0200,40\n", "FR").first_ns, kNoonNs);
}

TEST(ParseHourly, WhatLiesWithinAnHourIsAveragedAndGapsStayGaps) {
  const HourlySeries found = parsed(
      "datetime,g_per_kwh\n2025-07-01T14:30Z,50\n2025-07-01T12:00Z,10\n2025-07-01T12:15Z,20\n"
      "2025-07-01T12:30Z,\n",
      "FR");
  ASSERT_EQ(found.g_per_kwh.size(), 3u);
  EXPECT_EQ(found.g_per_kwh[0], 15);
  EXPECT_TRUE(std::isnan(found.g_per_kwh[1]));
  EXPECT_EQ(found.g_per_kwh[2], 50);
}

TEST(ParseHourly, WhatIsWrongIsToldWithItsLine) {
  EXPECT_EQ(fault("datetime,g_per_kwh\nyesterday,1\n"),
            "line 2: expected a time in ISO 8601 or Unix seconds, found 'yesterday'");
  EXPECT_EQ(fault("datetime,g_per_kwh\n2025-02-30T00:00Z,1\n"),
            "line 2: expected a time in ISO 8601 or Unix seconds, found '2025-02-30T00:00Z'");
  EXPECT_EQ(fault("datetime,g_per_kwh\n2025-07-01T-1:00Z,1\n"),
            "line 2: expected a time in ISO 8601 or Unix seconds, found '2025-07-01T-1:00Z'");
  EXPECT_EQ(fault("datetime,g_per_kwh\n2025-07-01T12:00Z,1\n", "F R"),
            "expected a zone of letters, digits and '-', found 'F R'");
  EXPECT_EQ(fault("datetime,g_per_kwh\n2025-07-01T12:00Z,9999\n"),
            "line 2: expected 0 to 2500 g/kWh, found '9999'");
  EXPECT_EQ(fault("datetime,g_per_kwh\n2025-07-01T12:00Z,-1\n"),
            "line 2: expected 0 to 2500 g/kWh, found '-1'");
  EXPECT_EQ(fault("datetime,zone,g_per_kwh\n2025-07-01T12:00Z,FR,1\n2025-07-01T13:00Z,DE,1\n"),
            "line 3: expected the zone FR as above, found 'DE'");
  EXPECT_EQ(fault("datetime,g_per_kwh\n2025-07-01T12:00Z,1\n", ""),
            "expected a zone: the file names none, so it must be given");
  EXPECT_EQ(fault("datetime,g_per_kwh\n"), "expected hours with an intensity, found none");
  EXPECT_NE(fault("a,b\n1,2\n").find("expected a column of times"), std::string::npos);
  EXPECT_NE(fault("datetime,g_per_kwh\n1990-01-01T00:00Z,1\n2090-01-01T00:00Z,1\n").find("at most"),
            std::string::npos);
}

TEST(ParseHourly, WhatIsPrintedIsReadAgainAndIsATable) {
  HourlySeries wanted = series({12.5, NAN, 300});
  wanted.kind = IntensityKind::kMarginal;
  wanted.scope = IntensityScope::kDirect;
  const std::string text = print_hourly_csv(wanted, "ODbL-1.0");
  const HourlySeries found = parsed(text);
  EXPECT_EQ(found.zone, wanted.zone);
  EXPECT_EQ(found.source, wanted.source);
  EXPECT_EQ(found.release, wanted.release);
  EXPECT_EQ(found.kind, wanted.kind);
  EXPECT_EQ(found.scope, wanted.scope);
  EXPECT_EQ(found.first_ns, wanted.first_ns);
  ASSERT_EQ(found.g_per_kwh.size(), 3u);
  EXPECT_EQ(found.g_per_kwh[2], 300);
  EXPECT_TRUE(std::isnan(found.g_per_kwh[1]));
  EXPECT_TRUE(Tables::parse({{"hours.csv", text}}).has_value());
}

class AlternativesTest : public ::testing::Test {
 protected:
  std::vector<Alternative> find(int reach_h, const std::vector<std::string>& zones) {
    auto found = find_alternatives(energy, "FR", reach_h, zones, *tables);
    EXPECT_TRUE(found.has_value()) << found.error().message();
    return found.value_or(std::vector<Alternative>{});
  }

  EnergyCurve energy = curve(1, 10);
  std::shared_ptr<const Tables> tables = made_tables();
};

TEST_F(AlternativesTest, OtherHoursOfAStoredSeriesAreComparedBestFirst) {
  std::string rows = "datetime,zone,g_per_kwh\n";
  for (int hour = 10; hour <= 14; ++hour)
    rows += fmt::format("2025-07-01T{}:00:00Z,FR,{}\n", hour, hour == 12 ? 100 : 10 * hour);
  tables = made_tables(rows);
  const auto found = find(3, {"FR"});
  ASSERT_EQ(found.size(), 5u) << "four hours with data, and the zone as it was";
  EXPECT_EQ(found.front().start_ns, kNoonNs - 2 * kNsPerHour);
  EXPECT_EQ(found.front().level, IntensityLevel::kHourly);
  EXPECT_NEAR(found.back().saved_share, -0.4, 1e-9);
}

TEST_F(AlternativesTest, OtherZonesAreComparedByTheirYear) {
  const auto found = find(24, {"DE", "US-CAL-CISO"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].zone, "US-CAL-CISO");
  EXPECT_NEAR(found[0].carbon_kg, 2, 1e-9);
  EXPECT_NEAR(found[0].saved_share, 1 - 200 / 50.0, 1e-9);
  EXPECT_EQ(found[0].start_ns, 0);
}

TEST_F(AlternativesTest, WithoutZonesTheLeastAndTheMostEmittingAreShown) {
  const auto found = find(0, {});
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found.front().zone, "FR");
  EXPECT_EQ(found.back().zone, "US");
}

TEST_F(AlternativesTest, WhatMakesNoSenseIsRefused) {
  EXPECT_FALSE(find_alternatives(energy, "Atlantis", 1, {}, *tables).has_value());
  EXPECT_FALSE(find_alternatives(energy, "FR", 1, {"Atlantis"}, *tables).has_value());
  EXPECT_FALSE(find_alternatives(energy, "FR", -1, {}, *tables).has_value());
  EXPECT_FALSE(find_alternatives({}, "FR", 1, {}, *tables).has_value());
  EnergyCurve falling = energy;
  falling.kwh = {5, 1};
  EXPECT_FALSE(find_alternatives(falling, "FR", 1, {}, *tables).has_value());
}

}  // namespace
}  // namespace cairn::footprint
