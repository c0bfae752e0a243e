// Rules of hypervolume: what counts as a front, and what a point is expected to add to it.
#include "sweep/hypervolume.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "surrogate/random.h"

namespace cairn::sweep {
namespace {

using surrogate::Matrix;

Matrix rows(std::initializer_list<std::vector<double>> values) {
  Matrix matrix;
  for (const auto& row : values) matrix.append(row);
  return matrix;
}

double log_growth(const Undominated& undominated, std::vector<double> mean,
                  std::vector<double> sd) {
  std::vector<double> by_mean(mean.size()), by_sd(mean.size());
  return undominated.log_growth(mean, sd, by_mean, by_sd);
}

// The share of the box between the origin and (1, ..) that the front does not dominate and a
// point would, by draws of places and outcomes.
double drawn_growth(const Matrix& front, std::span<const double> mean, std::span<const double> sd) {
  constexpr int kDraws = 400'000;
  surrogate::Random random(1);
  int hits = 0;
  std::vector<double> place(mean.size()), outcome(mean.size());
  const auto is_below = [&](std::span<const double> a) {
    for (size_t k = 0; k < a.size(); ++k)
      if (a[k] > place[k]) return false;
    return true;
  };
  for (int i = 0; i < kDraws; ++i) {
    for (size_t k = 0; k < mean.size(); ++k) {
      place[k] = -2 + 3 * random.unit();
      outcome[k] = mean[k] + sd[k] * random.normal();
    }
    bool is_dominated = !is_below(outcome);
    for (size_t j = 0; j < front.rows(); ++j) is_dominated = is_dominated || is_below(front.row(j));
    hits += is_dominated ? 0 : 1;
  }
  return std::pow(3.0, static_cast<double>(mean.size())) * hits / kDraws;
}

TEST(HypervolumeTest, AFrontHoldsWhatNothingBeats) {
  EXPECT_EQ(front_of(rows({{1, 5}, {2, 2}, {3, 3}, {5, 1}, {2, 2}})),
            (std::vector<size_t>{0, 1, 3}));
}

TEST(HypervolumeTest, ACertainPointAddsTheAreaItAloneDominates) {
  const Matrix front = rows({{1, 5}, {2, 2}, {5, 1}});
  const Undominated undominated(front, std::vector<double>{6, 6});
  const std::vector<double> certain = {1e-9, 1e-9};
  EXPECT_NEAR(std::exp(log_growth(undominated, {1.5, 1.5}, certain)), 1.5 + 1.75 + 0.25 - 0.25,
              1e-6);
  EXPECT_LT(log_growth(undominated, {3, 3}, certain), -1e3);  // it is dominated
  EXPECT_LT(log_growth(undominated, {0, 7}, certain), -1e3);  // it is beyond what counts
}

TEST(HypervolumeTest, TheExpectedGrowthIsThatOfDraws) {
  const Matrix two = rows({{0.1, 0.8}, {0.4, 0.5}, {0.7, 0.2}});
  const Matrix three = rows({{0.2, 0.6, 0.5}, {0.5, 0.3, 0.6}, {0.6, 0.6, 0.1}, {0.3, 0.5, 0.7}});
  for (const Matrix& front : {two, three}) {
    const std::vector<double> mean(front.columns(), 0.45), sd(front.columns(), 0.2);
    const Undominated undominated(front, std::vector<double>(front.columns(), 1.0));
    const double growth = std::exp(log_growth(undominated, mean, sd));
    EXPECT_NEAR(growth, drawn_growth(front, mean, sd), 0.1 * growth);
  }
}

TEST(HypervolumeTest, SlopesAreThoseOfTheGrowth) {
  const Matrix front = rows({{0.2, 0.6, 0.5}, {0.5, 0.3, 0.6}, {0.6, 0.6, 0.1}});
  const Undominated undominated(front, std::vector<double>{1, 1, 1});
  const std::vector<double> mean = {0.3, 0.9, 0.5}, sd = {0.1, 0.3, 0.05};
  std::vector<double> by_mean(3), by_sd(3);
  undominated.log_growth(mean, sd, by_mean, by_sd);
  constexpr double kStep = 1e-6;
  for (size_t k = 0; k < 3; ++k) {
    auto up = mean, down = mean;
    up[k] += kStep, down[k] -= kStep;
    EXPECT_NEAR(by_mean[k],
                (log_growth(undominated, up, sd) - log_growth(undominated, down, sd)) / (2 * kStep),
                1e-5);
    up = down = sd;
    up[k] += kStep, down[k] -= kStep;
    EXPECT_NEAR(
        by_sd[k],
        (log_growth(undominated, mean, up) - log_growth(undominated, mean, down)) / (2 * kStep),
        1e-5);
  }
}

TEST(HypervolumeTest, FarFromTheFrontTheLogarithmIsFinite) {
  const Undominated undominated(rows({{0, 1}, {1, 0}}), std::vector<double>{2, 2});
  const std::vector<double> sd = {0.01, 0.01};
  EXPECT_GT(log_growth(undominated, {3, 3}, sd), log_growth(undominated, {4, 4}, sd));
  EXPECT_TRUE(std::isfinite(log_growth(undominated, {40, 40}, sd)));
}

}  // namespace
}  // namespace cairn::sweep
