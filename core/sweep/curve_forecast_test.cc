// Tests of forecasts of learning curves.
#include "sweep/curve_forecast.h"

#include <gtest/gtest.h>

#include <cmath>

#include "surrogate/random.h"
#include "sweep/testing/curves.h"

namespace cairn::sweep {
namespace {

using surrogate::Random;
using testing::Curves;
using testing::kNaN;
using testing::reports;

constexpr size_t kSteps = 81;

std::vector<double> power_law(Random& random) {
  const double floor = 0.1 + 0.4 * random.unit(), drop = 0.3 + 0.5 * random.unit();
  const double power = 0.3 + 1.2 * random.unit();
  std::vector<double> values;
  for (size_t t = 1; t <= kSteps; ++t)
    values.push_back(floor + drop * std::pow(static_cast<double>(t), -power) +
                     0.005 * random.normal());
  return values;
}

// Halfway the learning rate falls, and with it the loss.
std::vector<double> with_a_step(Random& random) {
  std::vector<double> values = power_law(random);
  const double fall = 0.1 + 0.1 * random.unit();
  for (size_t t = kSteps / 2; t < kSteps; ++t) values[t] -= fall;
  return values;
}

TEST(ForecastTest, ACurveThatLevelledOutStaysWhereItIs) {
  std::vector<double> values;
  for (int t = 0; t < 40; ++t) values.push_back(0.5 + 0.5 * std::exp(-t));
  const auto said = extrapolate(reports(values), 100, {});
  ASSERT_TRUE(said);
  EXPECT_NEAR(said->mean, 0.5, 0.02);
  EXPECT_LT(said->sd, 0.1);
}

TEST(ForecastTest, APowerLawGoesOnFallingAsPowerLawsDo) {
  std::vector<double> values;
  for (int t = 1; t <= 20; ++t) values.push_back(0.2 + std::pow(t, -0.5));
  const auto said = forecast(reports(values), 100, {});
  ASSERT_TRUE(said);
  EXPECT_NEAR(said->mean, 0.3, 0.04);
}

TEST(ForecastTest, OneReportIsFollowedByWhatOthersDidFromThere) {
  Curves others;
  for (const double offset : {0.0, 0.1, 0.2, 0.3}) others.finished({1 + offset, 0.5 + offset});
  const auto said = forecast(reports({1.15}), 2, others.all());
  ASSERT_TRUE(said);
  EXPECT_NEAR(said->mean, 0.65, 0.1);
}

TEST(ForecastTest, NothingIsSaidOfNothing) {
  EXPECT_FALSE(forecast({}, 10, {}));
  EXPECT_FALSE(forecast(reports({kNaN, kNaN}), 10, {}));
  EXPECT_FALSE(forecast(reports({1}), 10, {}));
}

TEST(ForecastTest, AResultThatIsKnownIsNotForecast) {
  const auto known = extrapolate(reports({3, 2, 1}), 3, {});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->mean, 1);
  EXPECT_EQ(known->sd, 0);
}

TEST(ForecastTest, AConstantCurveIsNoTrouble) {
  Curves others;
  for (int i = 0; i < 6; ++i) others.finished(std::vector<double>(9, 1));
  const auto said = forecast(reports({1, 1, 1}), 9, others.all());
  ASSERT_TRUE(said);
  EXPECT_NEAR(said->mean, 1, 1e-6);
  EXPECT_TRUE(std::isfinite(said->sd));
}

TEST(ForecastTest, UnitsDoNotMatter) {
  Curves others, scaled_others;
  for (uint64_t i = 0; i < 8; ++i) {
    Random random(2, i);
    auto values = power_law(random);
    others.finished(values);
    for (double& value : values) value *= 1e80;
    scaled_others.finished(values);
  }
  const auto said = forecast(reports({0.9, 0.7, 0.6}), kSteps, others.all());
  const auto scaled = forecast(reports({0.9e80, 0.7e80, 0.6e80}), kSteps, scaled_others.all());
  ASSERT_TRUE(said && scaled);
  EXPECT_NEAR(scaled->mean / 1e80, said->mean, 1e-9);
  EXPECT_NEAR(scaled->sd / 1e80, said->sd, 1e-9);
}

TEST(ForecastTest, MissingAndInfiniteReportsAreLeftOut) {
  Curves others;
  for (uint64_t i = 0; i < 6; ++i) {
    Random random(1, i);
    auto values = power_law(random);
    values[i] = kNaN;
    values[2 * i + 9] = std::numeric_limits<double>::infinity();
    others.finished(values);
  }
  const auto said = forecast(reports({0.9, kNaN, 0.7, 0.65, 0.6}), kSteps, others.all());
  ASSERT_TRUE(said);
  EXPECT_TRUE(std::isfinite(said->mean));
  EXPECT_GT(said->mean, 0);
  EXPECT_LT(said->mean, 0.6);
}

// How many of fresh curves end within what was said of their first ninth, and how far off the
// means are, in units of how far apart the curves end.
struct Quality {
  double within_90, error;
};

template <typename Make>
Quality quality_of(const Make& make) {
  Curves others;
  for (uint64_t i = 0; i < 12; ++i) {
    Random random(7, i);
    others.finished(make(random));
  }
  double within = 0, squares = 0, sum = 0, sum_of_squares = 0;
  constexpr double kFresh = 100;
  for (uint64_t i = 100; i < 100 + static_cast<uint64_t>(kFresh); ++i) {
    Random random(7, i);
    const auto values = make(random);
    const auto begun = reports({values.begin(), values.begin() + kSteps / 9});
    const Forecast said = *forecast(begun, kSteps, others.all());
    const double end = values.back(), chance = said.chance_below(end);
    within += chance > 0.05 && chance < 0.95;
    squares += std::pow(said.in_own_units().mean - end, 2);
    sum += end;
    sum_of_squares += end * end;
  }
  const double variance = sum_of_squares / kFresh - std::pow(sum / kFresh, 2);
  return {within / kFresh, std::sqrt(squares / kFresh / variance)};
}

TEST(ForecastTest, TellsHowWrongItIs) {
  const Quality quality = quality_of(power_law);
  EXPECT_GE(quality.within_90, 0.85);
  EXPECT_LT(quality.error, 0.3);
}

TEST(ForecastTest, LearnsFromOthersWhatNoFormulaKnows) {
  const Quality quality = quality_of(with_a_step);
  EXPECT_GE(quality.within_90, 0.85);
  EXPECT_LT(quality.error, 0.5);
}

TEST(ForecastTest, LossesOverOrdersOfMagnitudeAreSeenAsLogarithms) {
  const auto make = [](Random& random) {
    std::vector<double> values = power_law(random);
    for (double& value : values) value = std::exp(20 * value - 10);
    return values;
  };
  Curves others;
  for (uint64_t i = 0; i < 12; ++i) {
    Random random(7, i);
    others.finished(make(random));
  }
  Random random(7, 99);
  const auto values = make(random);
  const auto said = forecast(reports({values.begin(), values.begin() + 9}), kSteps, others.all());
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->is_log);
  EXPECT_GT(said->in_own_units().mean, 0);
  EXPECT_EQ(said->chance_below(-1), 0);
  EXPECT_NEAR(said->mean, std::log(values.back()), 3 * said->sd);
}

}  // namespace
}  // namespace cairn::sweep
