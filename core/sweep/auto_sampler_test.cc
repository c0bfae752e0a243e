// Rules of the policy: who is asked when, and that nothing gets lost between them.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;

double bowl(std::span<const double> place) {
  double sum = 0;
  for (const double p : place) sum += (p - 0.4) * (p - 0.4);
  return sum;
}

Play play(Space space, size_t objectives = 1) {
  return Play(std::move(space), make_auto_sampler(), 1, objectives);
}

// How often each sampler was the one to choose.
std::map<std::string, int> choices(Play& sweep, size_t trials, const Function& function) {
  std::map<std::string, int> counts;
  for (size_t i = 0; i < trials; ++i) {
    const auto row = sweep.ask();
    if (!row) break;
    ++counts[sweep.last().sampler];
    sweep.tell(*row, function(sweep.evidence().x.row(*row)));
  }
  return counts;
}

void learn_many(Play& sweep, size_t count) {
  surrogate::Random random(5);
  for (size_t i = 0; i < count; ++i) {
    const Point point = *sweep.space().draw(random);
    sweep.learn(point, std::vector{bowl(point)});
  }
}

TEST(AutoSampler, ModelsChooseAndEverySixthTrialIsAHedge) {
  Play sweep = play(cube(2));
  EXPECT_EQ(choices(sweep, 30, single(bowl)).count("tpe"), 0U);
  auto counts = choices(sweep, 12, single(bowl));
  EXPECT_EQ(counts["tpe"], 2);
  EXPECT_EQ(counts["gp"], 10);
}

TEST(AutoSampler, AHedgeSaysThatItIsOneAndKeepsWhatTheModelsLearned) {
  Play sweep = play(cube(2));
  sweep.run(31, single(bowl));
  EXPECT_EQ(sweep.last().sampler, "tpe");
  EXPECT_NE(sweep.last().reason.find("every sixth"), std::string::npos);
  EXPECT_TRUE(sweep.last().memory.find("gp"));
}

TEST(AutoSampler, ModelsThatPredictNothingAreHedgedMoreOften) {
  Play sweep = play(cube(2));
  surrogate::Random noise(1);
  sweep.run(30, single([&](auto) { return noise.normal(); }));
  const auto counts = choices(sweep, 12, single([&](auto) { return noise.normal(); }));
  EXPECT_GE(counts.at("tpe"), 3);
}

TEST(AutoSampler, AFreshOneSuggestsTheSame) {
  Play sweep = play(made({real("x"), choice("c", {"a", "b"})}));
  sweep.run(33, single(bowl));
  for (int i = 0; i < 4; ++i) {
    const auto first = sweep.suggest();
    sweep.replace(make_auto_sampler());
    const auto second = sweep.suggest();
    ASSERT_TRUE(first && *first && second && *second);
    EXPECT_EQ((*first)->point, (*second)->point);
    sweep.run(1, single(bowl));
  }
}

TEST(AutoSampler, FiniteSpacesEnd) {
  Play sweep = play(made({integer("n", 1, 20), choice("c", {"a", "b"})}));
  sweep.run(100, single(bowl));
  EXPECT_EQ(sweep.configurations(), 40U);
  EXPECT_EQ(sweep.evidence().rows(), 40U);
}

TEST(AutoSampler, SeveralSamplersShareWhatIsTooMuchForModels) {
  Play sweep = play(cube(3));
  learn_many(sweep, 1001);
  const auto counts = choices(sweep, 21, single(bowl));
  EXPECT_GE(counts.size(), 3U);
  ASSERT_TRUE(counts.contains("gp"));
  EXPECT_EQ(counts.at("gp"), 1);
}

TEST(AutoSampler, BranchesAreLeftToSamplersThatKnowThem) {
  Play sweep = play(made({choice("k", {"a", "b"}), when(real("x"), "k", {"a"}), real("y")}));
  surrogate::Random random(5);
  for (size_t i = 0; i < 1001; ++i) {
    const Point point = *sweep.space().draw(random);
    sweep.learn(point, std::vector{point[2]});
  }
  const auto counts = choices(sweep, 10, single([](auto p) { return p[2]; }));
  EXPECT_GE(counts.at("tpe"), 8);
}

}  // namespace
}  // namespace cairn::sweep
