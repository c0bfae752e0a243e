// Tests of the Gaussian process against formulas worked by hand, and of its safety.
#include "surrogate/gaussian_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "surrogate/random.h"
#include "surrogate/testing/functions.h"

namespace cairn::surrogate {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Matrix points_of(const std::vector<std::vector<double>>& rows) {
  Matrix matrix;
  for (const auto& row : rows) matrix.append(row);
  return matrix;
}

Column category(size_t count) {
  Column column{.name = "c", .kind = ColumnKind::kCategorical};
  for (size_t i = 0; i < count; ++i) column.levels.emplace_back(static_cast<int64_t>(i));
  return column;
}

double matern52(double r) {
  const double z = std::sqrt(5.0) * r;
  return (1 + z + z * z / 3) * std::exp(-z);
}

GaussianProcess process(const std::vector<Column>& columns, const Observations& seen,
                        const Hyperparameters& parameters,
                        Smoothness smoothness = Smoothness::kMatern52) {
  auto made = GaussianProcess::with(columns, seen, smoothness, parameters);
  EXPECT_TRUE(made.has_value()) << made.error().message();
  return *std::move(made);
}

GaussianProcess fitted(const std::vector<Column>& columns, const Observations& seen,
                       const GaussianProcessOptions& options) {
  auto made = GaussianProcess::fit(columns, seen, options);
  EXPECT_TRUE(made.has_value()) << made.error().message();
  return *std::move(made);
}

TEST(GaussianProcessTest, TwoPointsGiveWhatTheFormulasSay) {
  // Standardised, the targets are -1 and 1, in units of 2 about 3.
  const Matrix x = points_of({{0.2}, {0.7}});
  const std::vector<double> y = {1, 5};
  const GaussianProcess gp = process(testing::numeric_columns(1), {x, y}, {{0.5}, 1.5, 0.1});
  const double a = 1.5 + 0.1, b = 1.5 * matern52(1);  // covariance [[a, b], [b, a]]
  const double at = 0.4, k1 = 1.5 * matern52(0.4), k2 = 1.5 * matern52(0.6);
  const double w = 1 / (a - b);  // weights -w and w
  const Posterior said = gp.predict(std::vector{at});
  EXPECT_NEAR(said.mean, 3 + 2 * (k2 - k1) * w, 1e-12);
  const double explained = (a * (k1 * k1 + k2 * k2) - 2 * b * k1 * k2) / (a * a - b * b);
  EXPECT_NEAR(said.variance, 4 * (1.5 - explained), 1e-12);
  EXPECT_NEAR(gp.log_evidence(), -w - 0.5 * std::log(a * a - b * b) - std::log(2 * M_PI), 1e-12);
  EXPECT_EQ(gp.jitter(), 0);
}

TEST(GaussianProcessTest, WithoutNoiseItGoesThroughItsPoints) {
  const Matrix x = testing::uniform_points(20, 2, 1);
  const auto y = testing::values_at(testing::friedman(), testing::uniform_points(20, 5, 1));
  const GaussianProcess gp = process(testing::numeric_columns(2), {x, y}, {{0.3, 0.3}, 1, 1e-10});
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_NEAR(gp.predict(x.row(i)).mean, y[i], 1e-5);
    EXPECT_NEAR(gp.predict(x.row(i)).variance, 0, 1e-6);
  }
}

TEST(GaussianProcessTest, FarFromItsPointsItKnowsNothing) {
  const Matrix x = points_of({{0}, {0.1}, {0.2}});
  const std::vector<double> y = {1, 2, 6};
  for (const Smoothness smoothness : {Smoothness::kMatern32, Smoothness::kMatern52}) {
    const GaussianProcess gp =
        process(testing::numeric_columns(1), {x, y}, {{0.1}, 2, 1e-3}, smoothness);
    const Posterior said = gp.predict(std::vector{100.0});
    EXPECT_NEAR(said.mean, 3, 1e-9);
    EXPECT_NEAR(said.variance, 2 * 14.0 / 3, 1e-9);  // the scale in units of the targets' variance
  }
}

TEST(GaussianProcessTest, SlopesAreThoseOfThePosterior) {
  std::vector<Column> columns = testing::numeric_columns(2);
  columns.push_back(category(3));
  Matrix x = testing::uniform_points(30, 3, 1);
  std::vector<double> y(30);
  for (size_t i = 0; i < 30; ++i) {
    x.at(i, 2) = std::floor(3 * x.at(i, 2));
    y[i] = std::sin(5 * x.at(i, 0)) + x.at(i, 1) * x.at(i, 2);
  }
  for (const Smoothness smoothness : {Smoothness::kMatern32, Smoothness::kMatern52}) {
    const GaussianProcess gp = process(columns, {x, y}, {{0.4, 0.8, 0.7}, 1, 0.01}, smoothness);
    const std::vector<double> here = {0.31, 0.62, 1};
    const PosteriorSlope slope = gp.slope(here);
    EXPECT_NEAR(slope.at.mean, gp.predict(here).mean, 1e-12);
    EXPECT_NEAR(slope.at.variance, gp.predict(here).variance, 1e-12);
    for (const size_t k : {0U, 1U}) {
      std::vector<double> up = here, down = here;
      up[k] += 1e-5;
      down[k] -= 1e-5;
      EXPECT_NEAR(slope.mean_gradient[k], (gp.predict(up).mean - gp.predict(down).mean) / 2e-5,
                  1e-6);
      EXPECT_NEAR(slope.variance_gradient[k],
                  (gp.predict(up).variance - gp.predict(down).variance) / 2e-5, 1e-6);
    }
    EXPECT_EQ(slope.mean_gradient[2], 0);
  }
}

TEST(GaussianProcessTest, AnAddedPointIsAsGoodAsOneFromTheStart) {
  const Matrix all = testing::uniform_points(40, 3, 1);
  const auto y = testing::values_at(testing::ishigami(), all);
  const Hyperparameters parameters{{0.3, 0.4, 0.5}, 1, 0.05};
  const std::vector<double> extra(40, 0.3);
  const auto columns = testing::numeric_columns(3);
  Matrix first;
  for (size_t i = 0; i < 30; ++i) first.append(all.row(i));
  GaussianProcess grown =
      process(columns, {first, std::span(y).first(30), std::span(extra).first(30)}, parameters);
  const double unit = grown.noise_sd() / std::sqrt(0.05);
  for (size_t i = 30; i < 40; ++i) ASSERT_TRUE(grown.add(all.row(i), y[i], extra[i]));
  EXPECT_EQ(grown.rows(), 40U);

  // Conditioned at once, with the units of the first thirty: the same by an affine map.
  const GaussianProcess at_once = process(columns, {all, y, extra}, parameters);
  const double unit_at_once = at_once.noise_sd() / std::sqrt(0.05);
  const Matrix asked = testing::uniform_points(10, 3, 2);
  Hyperparameters same = parameters;
  const double ratio = unit * unit / (unit_at_once * unit_at_once);
  same.scale *= ratio;
  same.noise *= ratio;
  const GaussianProcess rescaled = process(columns, {all, y, extra}, same);
  for (size_t i = 0; i < 10; ++i)
    EXPECT_NEAR(grown.predict(asked.row(i)).variance, rescaled.predict(asked.row(i)).variance,
                1e-9 * unit * unit);
}

TEST(GaussianProcessTest, APendingPointLeavesNothingToLearnThere) {
  const Matrix x = testing::uniform_points(20, 2, 1);
  const auto y = testing::values_at(testing::ishigami(), testing::uniform_points(20, 3, 1));
  const GaussianProcess gp = process(testing::numeric_columns(2), {x, y}, {{0.3, 0.3}, 1, 1e-4});
  const std::vector<double> pending = {0.5, 0.5};
  const Posterior before = gp.predict(pending);
  GaussianProcess believing = gp;
  ASSERT_TRUE(believing.add(pending, before.mean));
  EXPECT_NEAR(believing.predict(pending).mean, before.mean, 1e-6);
  EXPECT_LT(believing.predict(pending).variance, 0.01 * before.variance);
  EXPECT_EQ(gp.rows(), 20U);
}

TEST(GaussianProcessTest, FittedMeansAreThoseOfPredictions) {
  const Matrix x = testing::uniform_points(25, 5, 1);
  const auto y = testing::values_at(testing::friedman(), x);
  const std::vector<double> extra(25, 2.0);
  GaussianProcess gp =
      process(testing::numeric_columns(5), {x, y, extra}, {{0.5, 0.5, 0.5, 1, 1}, 1, 0.05});
  ASSERT_TRUE(gp.add(std::vector{0.1, 0.2, 0.3, 0.4, 0.5}, 12, 0.5));
  const std::vector<double> fitted = gp.fitted();
  ASSERT_EQ(fitted.size(), 26U);
  for (size_t i = 0; i < 25; ++i) EXPECT_NEAR(fitted[i], gp.predict(x.row(i)).mean, 1e-9);
  EXPECT_NEAR(fitted[25], gp.predict(std::vector{0.1, 0.2, 0.3, 0.4, 0.5}).mean, 1e-9);
}

TEST(GaussianProcessTest, LessDepthLeavesMeansAsTheyAreAndVariancesLarger) {
  const Matrix x = testing::uniform_points(60, 2, 1), asked = testing::uniform_points(300, 2, 2);
  const auto y = testing::values_at(testing::friedman(), testing::uniform_points(60, 5, 1));
  const GaussianProcess gp = process(testing::numeric_columns(2), {x, y}, {{0.3, 0.3}, 1, 0.01});
  const auto exact = gp.predict(asked), all = gp.predict(asked, 60), rough = gp.predict(asked, 15);
  for (size_t i = 0; i < asked.rows(); ++i) {
    EXPECT_EQ(exact[i].variance, all[i].variance);
    EXPECT_NEAR(rough[i].mean, exact[i].mean, 1e-12);
    EXPECT_GE(rough[i].variance, exact[i].variance - 1e-12);
  }
  EXPECT_GT(rough[0].variance, exact[0].variance);
}

TEST(GaussianProcessTest, LeavingOneOutIsFittingWithoutIt) {
  Matrix x = testing::uniform_points(15, 2, 1);
  auto y = testing::values_at(testing::ishigami(), testing::uniform_points(15, 3, 1));
  const Hyperparameters parameters{{0.5, 0.5}, 1, 0.1};
  const auto columns = testing::numeric_columns(2);
  const GaussianProcess all = process(columns, {x, y}, parameters);
  const Posterior said = all.leave_one_out()[14];
  // The same process without its last row, in the same units: a huge noise takes the row away.
  std::vector<double> extra(15, 0);
  extra[14] = 1e12;
  const Posterior without = process(columns, {x, y, extra}, parameters).predict(x.row(14));
  EXPECT_NEAR(said.mean, without.mean, 1e-6);
  EXPECT_NEAR(said.variance, without.variance + all.noise_sd() * all.noise_sd(), 1e-6);
}

TEST(GaussianProcessTest, TheJointCovarianceHasTheVariancesOnItsDiagonal) {
  const Matrix x = testing::uniform_points(15, 2, 1), asked = testing::uniform_points(4, 2, 2);
  const auto y = testing::values_at(testing::ishigami(), testing::uniform_points(15, 3, 1));
  const GaussianProcess gp = process(testing::numeric_columns(2), {x, y}, {{0.5, 0.5}, 1, 0.1});
  const Matrix joint = gp.covariance(asked);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(joint.at(i, i), gp.predict(asked.row(i)).variance, 1e-10);
    for (size_t j = 0; j < 4; ++j) EXPECT_EQ(joint.at(i, j), joint.at(j, i));
  }
}

TEST(GaussianProcessTest, CategoriesDifferByOneAndMissingIsOneMore) {
  const Matrix x = points_of({{0}, {1}, {kNaN}});
  const std::vector<double> y = {0, 1, 5};
  const GaussianProcess gp = process({category(3)}, {x, y}, {{1.0}, 1, 1e-8});
  EXPECT_NEAR(gp.predict(std::vector{0.0}).mean, 0, 1e-5);
  EXPECT_NEAR(gp.predict(std::vector{kNaN}).mean, 5, 1e-5);
  EXPECT_NEAR(gp.predict(std::vector{kUnseenCategory}).mean, 5, 1e-5);
  // The third category is equally far from all: their mean, less sure.
  EXPECT_NEAR(gp.predict(std::vector{2.0}).mean, 2, 1e-5);
  EXPECT_GT(gp.predict(std::vector{2.0}).variance, 0.1);
}

TEST(GaussianProcessTest, AMissingNumberStandsInTheMiddle) {
  const Matrix x = points_of({{kNaN}, {0.9}});
  const std::vector<double> y = {0, 1};
  const GaussianProcess gp = process(testing::numeric_columns(1), {x, y}, {{0.5}, 1, 1e-4});
  EXPECT_EQ(gp.predict(std::vector{kNaN}).mean, gp.predict(std::vector{0.5}).mean);
}

class GaussianProcessFitTest : public ::testing::TestWithParam<int> {
 protected:
  GaussianProcessOptions options() const {
    return GetParam() == 0   ? short_lengths()
           : GetParam() == 1 ? long_lengths()
                             : dimension_scaled_lengths();
  }
};
INSTANTIATE_TEST_SUITE_P(Priors, GaussianProcessFitTest, ::testing::Values(0, 1, 2));

TEST_P(GaussianProcessFitTest, LearnsASmoothFunctionFromFewPoints) {
  const auto function = testing::friedman();
  const Matrix x = testing::uniform_points(100, 5, 1), fresh = testing::uniform_points(300, 5, 2);
  const auto y = testing::values_at(function, x, 0.1), truth = testing::values_at(function, fresh);
  const GaussianProcess gp = fitted(testing::numeric_columns(5), {x, y}, options());
  const auto said = gp.predict(fresh);
  double errors = 0, inside = 0;
  for (size_t i = 0; i < 300; ++i) {
    const double error = said[i].mean - truth[i];
    errors += error * error / 300;
    inside += std::abs(error) < 1.645 * std::sqrt(said[i].variance) + 1e-12;
  }
  EXPECT_LT(errors / function.variance, 0.03);
  EXPECT_NEAR(inside / 300, 0.9, 0.1);
}

TEST_P(GaussianProcessFitTest, FindsTheNoiseAndTheIdleColumn) {
  const Matrix x = testing::uniform_points(200, 2, 3);
  Random random(4);
  std::vector<double> y(200);
  for (size_t i = 0; i < 200; ++i) y[i] = 3 * std::sin(6 * x.at(i, 0)) + 0.5 * random.normal();
  const GaussianProcess gp = fitted(testing::numeric_columns(2), {x, y}, options());
  EXPECT_NEAR(gp.noise_sd(), 0.5, 0.1);
  EXPECT_GT(gp.hyperparameters().lengths[1], 3 * gp.hyperparameters().lengths[0]);
}

TEST_P(GaussianProcessFitTest, EndsWhereTheGradientOfTheEvidenceVanishes) {
  const Matrix x = testing::uniform_points(60, 3, 1);
  const auto y = testing::values_at(testing::ishigami(), x, 0.3);
  const auto columns = testing::numeric_columns(3);
  const auto best = fitted(columns, {x, y}, options());
  // Starting there again moves nowhere.
  GaussianProcessOptions again = options();
  again.start = best.hyperparameters();
  const auto same = fitted(columns, {x, y}, again);
  for (size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(same.hyperparameters().lengths[k] / best.hyperparameters().lengths[k], 1, 0.05);
}

TEST_P(GaussianProcessFitTest, KnownNoiseIsTaken) {
  const Matrix x = testing::uniform_points(50, 2, 1);
  const auto y = testing::values_at(testing::ishigami(), testing::uniform_points(50, 3, 1));
  GaussianProcessOptions known = options();
  known.noise_sd = 0.7;
  EXPECT_NEAR(fitted(testing::numeric_columns(2), {x, y}, known).noise_sd(), 0.7, 1e-9);
}

TEST_P(GaussianProcessFitTest, HardCasesAreSurvived) {
  const auto columns = testing::numeric_columns(2);
  const Matrix one = points_of({{0.5, 0.5}});
  EXPECT_NEAR(fitted(columns, {one, std::vector{4.0}}, options()).predict(one.row(0)).mean, 4,
              1e-9);

  Matrix same;
  for (int i = 0; i < 50; ++i) same.append(std::vector{0.3, 0.7});
  const std::vector<double> constant(50, 1e6), zero(50, 0.0);
  EXPECT_NEAR(fitted(columns, {same, constant}, options()).predict(same.row(0)).mean, 1e6, 1e-3);
  EXPECT_NEAR(fitted(columns, {same, zero}, options()).predict(same.row(0)).mean, 0, 1e-9);

  std::vector<double> contradicting(50);
  for (size_t i = 0; i < 50; ++i) contradicting[i] = i % 2 == 0 ? -1 : 1;
  GaussianProcessOptions noiseless = options();
  noiseless.noise_sd = 0;
  const auto between = fitted(columns, {same, contradicting}, noiseless);
  EXPECT_TRUE(std::isfinite(between.predict(same.row(0)).mean));
  EXPECT_GE(between.predict(same.row(0)).variance, 0);

  const Matrix x = testing::uniform_points(30, 2, 1);
  std::vector<double> outlier(30, 1.0);
  outlier[7] = kTargetMax;
  EXPECT_FALSE(std::isnan(fitted(columns, {x, outlier}, options()).predict(x.row(0)).mean));
}

TEST(GaussianProcessFitRowsTest, ManyRowsAreFittedOnAFewThatCoverThem) {
  const auto function = testing::ishigami();
  const Matrix x = testing::uniform_points(600, 3, 1), fresh = testing::uniform_points(200, 3, 2);
  const auto y = testing::values_at(function, x, 0.1), truth = testing::values_at(function, fresh);
  GaussianProcessOptions options = short_lengths();
  options.fit_rows_max = 150;
  const auto said = fitted(testing::numeric_columns(3), {x, y}, options).predict(fresh);
  double errors = 0;
  for (size_t i = 0; i < 200; ++i) errors += std::pow(said[i].mean - truth[i], 2) / 200;
  EXPECT_LT(errors / function.variance, 0.02);
}

TEST(GaussianProcessErrorsTest, WhatCannotBeFittedIsRefused) {
  const Matrix x = testing::uniform_points(3, 1, 1);
  const auto columns = testing::numeric_columns(1);
  const std::vector<double> y = {1, 2, 3}, infinite = {1, 2, INFINITY}, few = {1};
  const std::vector<double> negative = {0, -1, 0};
  const auto refused = [&](const Observations& seen, const std::vector<Column>& of) {
    const auto made = GaussianProcess::fit(of, seen, short_lengths());
    return !made && made.error().code() == Code::kInvalid;
  };
  EXPECT_FALSE(refused({x, y}, columns));
  EXPECT_TRUE(refused({x, infinite}, columns));
  EXPECT_TRUE(refused({x, few}, columns));
  EXPECT_TRUE(refused({x, y, negative}, columns));
  EXPECT_TRUE(refused({x, y}, testing::numeric_columns(2)));
  EXPECT_TRUE(refused({x, y}, {category(65)}));
  EXPECT_TRUE(refused({Matrix(0, 1), {}}, columns));
}

TEST(MinimiseTest, FindsTheMinimumInsideAndAtTheBounds) {
  const Slope rosenbrock = [](std::span<const double> x, std::span<double> g) {
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return a * a + 100 * b * b;
  };
  const MinimiseOptions exact{.iterations_max = 200, .gradient_max = 1e-8, .progress_min = 0};
  const std::vector<Bounds> wide(2, {-5, 5}), narrow = {{-5, 0.5}, {-5, 5}};
  const Minimum inside = minimise(rosenbrock, wide, {-1.2, 1}, exact);
  EXPECT_NEAR(inside.x[0], 1, 1e-6);
  EXPECT_NEAR(inside.x[1], 1, 1e-6);
  EXPECT_LT(inside.evaluations, 100U);
  const Minimum bounded = minimise(rosenbrock, narrow, {-1.2, 1}, exact);
  EXPECT_NEAR(bounded.x[0], 0.5, 1e-9);
  EXPECT_NEAR(bounded.x[1], 0.25, 1e-6);
}

TEST(MinimiseTest, StaysOutOfWhereThereIsNoValue) {
  const Slope logarithm = [](std::span<const double> x, std::span<double> g) {
    g[0] = 1 - 1 / x[0];
    return x[0] > 0 ? x[0] - std::log(x[0]) : kNaN;
  };
  const std::vector<Bounds> bounds = {{-10, 10}};
  EXPECT_NEAR(minimise(logarithm, bounds, {5}, {.gradient_max = 1e-9}).x[0], 1, 1e-6);
  EXPECT_EQ(minimise(logarithm, bounds, {-5}).x[0], -5);
}

}  // namespace
}  // namespace cairn::surrogate
