// Rules of the random and the Sobol sampler, and of what all samplers fall back on.
#include <gtest/gtest.h>

#include <algorithm>

#include "sweep/testing/play.h"
#include "sweep/untried.h"

namespace cairn::sweep {
namespace {

using namespace testing;

const Function kNothing = single([](auto) { return 0.0; });

Space small() {
  return made({integer("n", 1, 4), choice("opt", {"sgd", "adam"})},
              {{.kind = Constraint::Kind::kForbidden,
                .names = {"n", "opt"},
                .values = {{1, 2}, {"adam"}}}});
}

TEST(RandomSampler, AFiniteSpaceIsTriedOnceAndThenExhausted) {
  for (const Method method : {Method::kRandom, Method::kSobol}) {
    Play play(small(), make_sampler(method), 3);
    play.run(100, kNothing);
    EXPECT_EQ(play.evidence().rows(), 6U);
    EXPECT_EQ(play.configurations(), 6U);
    EXPECT_FALSE(play.ask());
  }
}

TEST(RandomSampler, WhatIsRunningIsNotProposedAgain) {
  Play play(small(), make_random_sampler());
  for (int worker = 0; worker < 6; ++worker) EXPECT_TRUE(play.ask());
  EXPECT_EQ(play.configurations(), 6U);
  EXPECT_FALSE(play.ask());
}

TEST(RandomSampler, ATrialsDrawDependsOnSeedAndNumberAlone) {
  Play one(cube(3), make_random_sampler(), 5), other(cube(3), make_random_sampler(), 5);
  one.run(4, kNothing);
  for (int worker = 0; worker < 4; ++worker) other.ask();
  EXPECT_EQ((*one.suggest())->point, (*other.suggest())->point);
  Play third(cube(3), make_random_sampler(), 6);
  third.run(4, kNothing);
  EXPECT_NE((*one.suggest())->point, (*third.suggest())->point);
}

TEST(SobolSampler, ABlockOfTrialsHasOneInEveryInterval) {
  Play play(cube(4), make_sobol_sampler(), 2);
  play.run(16, kNothing);
  for (size_t k = 0; k < 4; ++k) {
    std::vector<int> hits(16);
    for (size_t i = 0; i < 16; ++i) ++hits[static_cast<size_t>(play.evidence().x.at(i, k) * 16)];
    EXPECT_EQ(std::count(hits.begin(), hits.end(), 1), 16);
  }
}

TEST(SobolSampler, PointsThatAreNotAllowedAreSkippedForAll) {
  const Constraint half{
      .kind = Constraint::Kind::kLinear, .names = {"a", "b"}, .factors = {1, 1}, .bound = 0.5};
  Play play(made({real("a"), real("b")}, {half}), make_sobol_sampler());
  play.run(64, kNothing);
  EXPECT_EQ(play.configurations(), 64U);
  for (size_t i = 0; i < 64; ++i) EXPECT_TRUE(play.space().is_allowed(play.evidence().x.row(i)));
}

TEST(Untried, APointIsTriedIfItIsTheSameConfiguration) {
  const Space space = made({integer("n", 1, 9, Law::kLog), choice("opt", {"sgd", "adam"}),
                            when(real("momentum"), "opt", {"sgd"})});
  Play play(space, make_random_sampler());
  const Point known = *space.encode({{"n", 5}, {"opt", "adam"}});
  play.learn(*space.encode({{"n", 6}, {"opt", "adam"}}),
             std::vector{1.0});  // no trial of this sweep
  Evidence evidence = play.evidence();
  evidence.x.append(known);
  evidence.outcome.push_back(Outcome::kPending);
  evidence.number.push_back(0);
  const Question question{.space = play.space(), .evidence = evidence, .memory = model::Value()};
  EXPECT_TRUE(is_tried(question, space.snapped({known[0] + 1e-3, 1, 0.2})));
  EXPECT_FALSE(is_tried(question, *space.encode({{"n", 6}, {"opt", "adam"}})));
  EXPECT_FALSE(is_tried(question, *space.encode({{"n", 5}, {"opt", "sgd"}, {"momentum", 0.5}})));
}

}  // namespace
}  // namespace cairn::sweep
