// Tests of bands of distribution functions: what they promise is counted.
#include "report/order_bands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "surrogate/random.h"

namespace cairn::report {
namespace {

constexpr std::array kKinds = {BandKind::kDkw, BandKind::kEqualTailed, BandKind::kHighestDensity};

double width_of(const OrderBand& band) {
  double width = 0;
  for (size_t i = 0; i < band.low.size(); ++i) width += band.high[i] - band.low[i];
  return width;
}

// How often sorted uniform numbers lie within the bounds.
double simulated_coverage(const std::vector<double>& low, const std::vector<double>& high) {
  constexpr int kRepeats = 20'000;
  surrogate::Random random(1);
  int inside = 0;
  std::vector<double> places(low.size());
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    for (double& place : places) place = random.unit();
    std::ranges::sort(places);
    bool all = true;
    for (size_t i = 0; i < places.size(); ++i)
      all = all && low[i] <= places[i] && places[i] <= high[i];
    inside += all;
  }
  return static_cast<double>(inside) / kRepeats;
}

TEST(OrderBandsTest, TheChanceOfOneNumberIsTheWidth) {
  EXPECT_NEAR(order_coverage(std::array{0.2}, std::array{0.7}), 0.5, 1e-12);
  EXPECT_NEAR(order_coverage(std::array{0.0}, std::array{1.0}), 1, 1e-12);
}

TEST(OrderBandsTest, TheChanceOfTwoNumbersIsAnArea) {
  // Both below 0.5, or both above: each a quarter of the unit square.
  EXPECT_NEAR(order_coverage(std::array{0.0, 0.0}, std::array{0.5, 0.5}), 0.25, 1e-12);
  EXPECT_NEAR(order_coverage(std::array{0.5, 0.5}, std::array{1.0, 1.0}), 0.25, 1e-12);
  // One on each side.
  EXPECT_NEAR(order_coverage(std::array{0.0, 0.5}, std::array{0.5, 1.0}), 0.5, 1e-12);
}

TEST(OrderBandsTest, BoundsThatCrossHoldNothing) {
  EXPECT_EQ(order_coverage(std::array{0.6}, std::array{0.4}), 0);
}

TEST(OrderBandsTest, ExactCoverageIsWhatASimulationFinds) {
  for (const BandKind kind : kKinds) {
    const OrderBand band = make_order_band(kind, 25, 0.7);
    EXPECT_NEAR(order_coverage(band.low, band.high), simulated_coverage(band.low, band.high), 0.012)
        << print_band_kind(kind);
  }
}

TEST(OrderBandsTest, BandsHoldWithTheirConfidence) {
  for (const size_t results : {1U, 2U, 10U, 101U}) {
    for (const double confidence : {0.5, 0.9, 0.99}) {
      for (const BandKind kind : {BandKind::kEqualTailed, BandKind::kHighestDensity}) {
        const OrderBand band = make_order_band(kind, results, confidence);
        EXPECT_NEAR(order_coverage(band.low, band.high), confidence, 1e-4)
            << results << " " << print_band_kind(kind);
        EXPECT_TRUE(std::ranges::is_sorted(band.low) && std::ranges::is_sorted(band.high));
      }
      const OrderBand dkw = make_order_band(BandKind::kDkw, results, confidence);
      EXPECT_GE(order_coverage(dkw.low, dkw.high), confidence - 1e-9);
    }
  }
}

TEST(OrderBandsTest, HighestDensityIsNarrowest) {
  const double dkw = width_of(make_order_band(BandKind::kDkw, 50, 0.9));
  const double tailed = width_of(make_order_band(BandKind::kEqualTailed, 50, 0.9));
  const double densest = width_of(make_order_band(BandKind::kHighestDensity, 50, 0.9));
  EXPECT_LT(densest, tailed);
  EXPECT_LT(tailed, dkw);
}

TEST(OrderBandsTest, DkwIsMassartsBound) {
  const OrderBand band = make_order_band(BandKind::kDkw, 100, 0.95);
  const double reach = std::sqrt(std::log(40.0) / 200);
  EXPECT_NEAR(band.low[49], 0.5 - reach, 1e-12);
  EXPECT_NEAR(band.high[50], 0.5 + reach, 1e-12);
}

TEST(OrderBandsTest, SoManyResultsThatAnExactBandWouldTakeLongGetDkw) {
  EXPECT_EQ(make_order_band(BandKind::kHighestDensity, kExactBandMax + 1, 0.9).kind,
            BandKind::kDkw);
}

}  // namespace
}  // namespace cairn::report
