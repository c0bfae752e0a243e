// Rules of the grid: every configuration once, in order, and then the end.
#include <gtest/gtest.h>

#include "sweep/testing/play.h"

namespace cairn::sweep {
namespace {

using namespace testing;
using model::Value;

const Function kNothing = single([](auto) { return 0.0; });

std::string shown(const Play& play, size_t row) {
  std::string text;
  for (const auto& [name, value] : play.space().decode(play.evidence().x.row(row)))
    text += value.as_string() ? *value.as_string() : std::to_string(value.int_or(-1));
  return text;
}

Space two_by_three() { return made({choice("opt", {"a", "b"}), integer("n", 1, 3)}); }

TEST(GridSampler, GoesThroughAllInOrderAndEnds) {
  Play play(two_by_three(), make_grid_sampler());
  play.run(100, kNothing);
  std::string order;
  for (size_t i = 0; i < play.evidence().rows(); ++i) order += shown(play, i) + " ";
  EXPECT_EQ(order, "a1 a2 a3 b1 b2 b3 ");
  EXPECT_EQ(play.last().reason, "configuration 6 of 6");
}

TEST(GridSampler, WorkersNeverGetTheSameOne) {
  Play play(two_by_three(), make_grid_sampler());
  for (int worker = 0; worker < 6; ++worker) EXPECT_TRUE(play.ask());
  EXPECT_EQ(play.configurations(), 6U);
  EXPECT_FALSE(play.ask());
}

TEST(GridSampler, WhatAnEarlierRunHadIsListedToo) {
  Play play(two_by_three(), make_grid_sampler());
  play.learn(*play.space().encode({{"opt", "a"}, {"n", 2}}), std::vector{0.5});
  play.run(100, kNothing);
  EXPECT_EQ(play.evidence().rows(), 7U);
  EXPECT_EQ(shown(play, 2), "a2");
}

TEST(GridSampler, WhatATrialLeftUntriedIsTriedAtTheEnd) {
  const Space space = two_by_three();
  Evidence evidence;  // of the first three, one was forgotten
  for (const uint64_t n : {0U, 2U}) {
    evidence.x.append(*space.nth(n));
    evidence.outcome.push_back(Outcome::kComplete);
    evidence.number.push_back(static_cast<int64_t>(n));
  }
  const auto sampler = make_grid_sampler();
  std::string order;
  for (Value memory = 3;;) {
    const auto suggestion =
        *sampler->suggest({.space = space, .evidence = evidence, .memory = memory});
    if (!suggestion) break;
    memory = suggestion->memory;
    evidence.x.append(suggestion->point);
    evidence.outcome.push_back(Outcome::kPending);
    evidence.number.push_back(static_cast<int64_t>(evidence.rows()));
    order += suggestion->reason.substr(14, 1);
  }
  EXPECT_EQ(order, "4562");
}

TEST(GridSampler, ARangeWithoutAStepIsRefusedByName) {
  Play play(made({integer("n", 1, 3), real("lr", 1e-4, 1, Law::kLog)}), make_grid_sampler());
  const auto refused = play.suggest();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalid);
  EXPECT_EQ(refused.error().message(),
            "method 'grid' goes through a finite number of values: expected 'values' or a step "
            "('q') for 'lr', found a range without one");
}

}  // namespace
}  // namespace cairn::sweep
