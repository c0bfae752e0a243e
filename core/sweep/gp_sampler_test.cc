// Rules of the Gaussian process sampler: it finds minima, and knows what it was told.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;

double branin(std::span<const double> place) {
  const double x = -5 + 15 * place[0], y = 15 * place[1];
  const double b = 5.1 / (4 * M_PI * M_PI), c = 5 / M_PI;
  return std::pow(y - b * x * x + c * x - 6, 2) + 10 * (1 - 1 / (8 * M_PI)) * std::cos(x) + 10;
}

double bowl(std::span<const double> place) {
  double sum = 0;
  for (size_t k = 0; k < place.size(); ++k)
    sum += std::pow(place[k] - 0.3 - 0.1 * static_cast<double>(k), 2);
  return sum;
}

Play play(Space space, uint64_t seed = 1, size_t objectives = 1, size_t limits = 0) {
  return Play(std::move(space), make_gp_sampler(), seed, objectives, limits);
}

double distance(std::span<const double> a, std::span<const double> b) {
  double squares = 0;
  for (size_t k = 0; k < a.size(); ++k) squares += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(squares);
}

TEST(GpSampler, FindsTheMinimumOfBraninInThirtyTrials) {
  Play sweep = play(cube(2));
  sweep.run(30, single(branin));
  EXPECT_LT(sweep.best(), 0.397887 + 0.01);
}

TEST(GpSampler, BeginsWithTheUsersDefaultsAndSpreadsFromThere) {
  Parameter rate = real("lr", 1e-5, 1, Law::kLog);
  rate.initial = 1e-3;
  Play sweep = play(made({rate, real("x")}));
  sweep.run(5, single(bowl));
  EXPECT_NEAR(sweep.space().decode(sweep.evidence().x.row(0))[0].second.number_or(0), 1e-3, 1e-9);
  std::set<int> fifths;
  for (size_t i = 1; i < 5; ++i) fifths.insert(static_cast<int>(5 * sweep.evidence().x.at(i, 1)));
  EXPECT_GE(fifths.size(), 3U);
}

TEST(GpSampler, SaysWhatItBelieves) {
  Play sweep = play(cube(2));
  sweep.run(15, single(bowl));
  const double before = sweep.best();
  const auto row = sweep.ask();
  ASSERT_TRUE(row);
  EXPECT_EQ(sweep.last().sampler, "gp");
  EXPECT_GE(sweep.last().improvement, 0);
  EXPECT_LT(sweep.last().improvement, 1);
  EXPECT_GT(sweep.last().sd, 0);
  EXPECT_NEAR(sweep.last().mean, bowl(sweep.last().point), 0.05 + 3 * sweep.last().sd);
  EXPECT_LT(sweep.last().mean, before + 0.1);
  EXPECT_FALSE(sweep.last().reason.empty());
}

TEST(GpSampler, AFreshOneSuggestsTheSame) {
  Play sweep = play(made({real("x"), integer("n", 1, 40), choice("c", {"a", "b", "c"})}));
  sweep.run(14, single([](auto p) { return bowl(p.first(2)) + 0.1 * p[2]; }));
  ASSERT_TRUE(sweep.ask());  // one is pending
  const auto first = sweep.suggest();
  sweep.replace(make_gp_sampler());
  const auto second = sweep.suggest();
  ASSERT_TRUE(first && *first && second && *second);
  EXPECT_EQ(sweep.space().key((*first)->point), sweep.space().key((*second)->point));
  EXPECT_EQ((*first)->mean, (*second)->mean);
  EXPECT_EQ((*first)->memory, (*second)->memory);
}

TEST(GpSampler, PendingTrialsKeepOthersAway) {
  Play sweep = play(cube(2));
  sweep.run(12, single(branin));
  std::vector<size_t> rows;
  for (int i = 0; i < 6; ++i) rows.push_back(*sweep.ask());
  for (const size_t a : rows)
    for (const size_t b : rows)
      EXPECT_TRUE(a == b || distance(sweep.evidence().x.row(a), sweep.evidence().x.row(b)) > 1e-3);
  EXPECT_EQ(sweep.configurations(), 18U);
}

TEST(GpSampler, ManyWorkersMayAskBeforeAnythingIsKnown) {
  Play sweep = play(cube(3));
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(sweep.ask());
  EXPECT_EQ(sweep.configurations(), 64U);
}

TEST(GpSampler, EndsWhereAllConfigurationsWereTried) {
  Play sweep = play(made({integer("n", 1, 6), choice("c", {"a", "b", "c"})}));
  sweep.run(100, single([](auto p) { return p[0] + p[1]; }));
  EXPECT_EQ(sweep.evidence().rows(), 18U);
  EXPECT_EQ(sweep.configurations(), 18U);
}

TEST(GpSampler, FindsTheBestOfASmallSpaceEarly) {
  Play sweep = play(made({integer("n", 1, 20), integer("m", 1, 20), choice("c", {"a", "b"})}));
  sweep.run(30, single([&](auto p) { return bowl(p.first(2)) + 0.2 * p[2]; }));
  EXPECT_LT(sweep.best(), 1e-2);
}

TEST(GpSampler, LearnsCategoriesAndBranches) {
  // Only within one branch of another is anything good.
  const Space space = made({choice("k", {"a", "b", "c"}), real("x"), when(real("y"), "k", {"b"}),
                            when(choice("l", {"p", "q"}), "k", {"b"})});
  Play sweep = play(space);
  sweep.run(40, single([](auto p) {
              if (p[0] != 1) return 0.6 + std::pow(p[1] - 0.2, 2);
              return 0.3 + std::pow(p[1] - 0.2, 2) + std::pow(p[2] - 0.8, 2) - 0.2 * p[3];
            }));
  EXPECT_LT(sweep.best(), 0.12);
  size_t within = 0;
  for (size_t i = 20; i < 40; ++i) within += sweep.evidence().x.at(i, 0) == 1 ? 1U : 0U;
  EXPECT_GT(within, 12U);
}

TEST(GpSampler, TakesMoreCategoriesThanItsModelsDo) {
  model::List many;
  for (int i = 0; i < 100; ++i) many.emplace_back(i);
  Play sweep = play(made({choice("c", many), real("x")}));
  sweep.run(20, single([](auto p) { return std::pow(p[1] - 0.4, 2) + (p[0] < 40 ? 0 : 0.3); }));
  EXPECT_LT(sweep.best(), 0.01);
}

TEST(GpSampler, KeepsToTheOutcomeConstraints) {
  Play sweep = play(cube(2), 1, 1, 1);
  // Least where it is not feasible; the best feasible value is 0.5.
  sweep.run(16, [](auto p) { return std::vector{p[0] + p[1], 0.5 - p[0] - 0.3 * p[1]}; });
  double best = 10;
  size_t kept = 0;
  const Evidence& seen = sweep.evidence();
  for (size_t i = 0; i < seen.rows(); ++i) {
    const double beyond = seen.constraints.at(i, 0);
    if (beyond <= 0) best = std::min(best, seen.y.at(i, 0));
    if (i >= 6 && beyond < 0.02) ++kept;
  }
  EXPECT_LT(best, 0.505);
  EXPECT_GE(kept, 6U);
}

TEST(GpSampler, FindsAFeasiblePointFirstWhereNoneIsKnown) {
  Play sweep = play(cube(2), 1, 1, 1);
  sweep.run(25, [](auto p) {
    const double away = std::pow(p[0] - 0.9, 2) + std::pow(p[1] - 0.1, 2);
    return std::vector{p[0], away - 0.005};
  });
  bool has_feasible = false;
  for (size_t i = 0; i < 25; ++i)
    has_feasible = has_feasible || sweep.evidence().constraints.at(i, 0) <= 0;
  EXPECT_TRUE(has_feasible);
}

TEST(GpSampler, StaysAwayFromWhereTrialsFail) {
  Play sweep = play(cube(2));
  sweep.run(40,
            single([](auto p) { return p[0] > 0.6 ? NAN : 1 - p[0] + std::pow(p[1] - 0.5, 2); }));
  size_t failed = 0;
  for (size_t i = 20; i < 40; ++i)
    failed += sweep.evidence().outcome[i] == Outcome::kFailed ? 1U : 0U;
  EXPECT_LT(failed, 10U);
  EXPECT_LT(sweep.best(), 0.45);
}

TEST(GpSampler, SurvivesResultsThatAreAllAlikeOrWild) {
  for (const double wild : {0.0, 1e30}) {
    Play sweep = play(cube(3));
    sweep.run(15, single([&](auto p) { return p[0] > 0.5 ? wild : 0.0; }));
    EXPECT_EQ(sweep.configurations(), 15U);
  }
}

TEST(GpSampler, CoversTheFrontOfTwoObjectives) {
  Play sweep = play(cube(3), 1, 2);
  sweep.run(35, [](auto p) {
    const double rest = std::pow(p[1] - 0.5, 2) + std::pow(p[2] - 0.5, 2);
    return std::vector{p[0] * p[0] + rest, std::pow(p[0] - 1, 2) + rest};
  });
  const Evidence& seen = sweep.evidence();
  std::set<int> tenths;  // of the front along its only free coordinate
  for (size_t i = 0; i < seen.rows(); ++i)
    if (std::pow(seen.x.at(i, 1) - 0.5, 2) + std::pow(seen.x.at(i, 2) - 0.5, 2) < 0.01)
      tenths.insert(static_cast<int>(10 * seen.x.at(i, 0)));
  EXPECT_GE(tenths.size(), 7U);
}

TEST(GpSampler, FourObjectivesAreWeighedAnewEachTime) {
  Play sweep = play(cube(2), 1, 4);
  sweep.run(25, [](auto p) { return std::vector{p[0], 1 - p[0], p[1], 1 - p[1] + 0.1 * p[0]}; });
  std::set<int> corners;
  for (size_t i = 10; i < 25; ++i)
    corners.insert(static_cast<int>(2 * sweep.evidence().x.at(i, 0)) +
                   2 * static_cast<int>(2 * sweep.evidence().x.at(i, 1)));
  EXPECT_GE(corners.size(), 3U);
}

TEST(GpSampler, EarlierRunsStandForTheStart) {
  Play sweep = play(cube(2));
  surrogate::Random random(3);
  for (int i = 0; i < 12; ++i) {
    const Point point = *sweep.space().draw(random);
    sweep.learn(point, std::vector{bowl(point)});
  }
  sweep.run(3, single(bowl));
  EXPECT_EQ(sweep.last().sampler, "gp");
}

TEST(GpSampler, LeansTowardsAHunchAndForgetsIt) {
  Parameter x = real("x"), y = real("y");
  x.hunch = Hunch{.center = 0.9, .sd = 0.05};
  Play sweep = play(made({x, y}));
  sweep.run(8, single([](auto p) { return 0.01 * p[1]; }));
  EXPECT_NEAR(sweep.evidence().x.at(7, 0), 0.9, 0.2);
  Play misled = play(made({x, y}));
  misled.run(35, single(bowl));
  EXPECT_LT(misled.best(), 0.02);
}

TEST(GpSampler, CheapPointsComeFirstWhileThereIsMuchToSpend) {
  const Space space = cube(1);
  Evidence seen;
  const model::Value none;
  for (size_t i = 0; i < 10; ++i) {
    const double x = (static_cast<double>(i) + 0.5) / 10, y = std::pow(std::abs(x - 0.5), 2);
    seen.x.append({&x, 1});
    seen.y.append({&y, 1});
    seen.outcome.push_back(Outcome::kComplete);
    seen.extra_noise.push_back(0);
    seen.cost.push_back(std::exp(12 * x));
    seen.number.push_back(static_cast<int64_t>(i));
  }
  seen.constraints = surrogate::Matrix(10, 0);
  Question question{.space = space, .evidence = seen, .number = 10, .memory = none};
  const auto at = [&] { return make_gp_sampler()->suggest(question).value()->point[0]; };
  const double blind = at();
  question.is_cost_aware = true;
  question.budget_left = 1;
  EXPECT_LT(at(), blind);
}

}  // namespace
}  // namespace cairn::sweep
