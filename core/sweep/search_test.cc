// Rules of a search: what is asked, what is told, and what is made of it.
#include "sweep/search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace cairn::sweep {
namespace {

Parameter real(std::string name, double low, double high) {
  Parameter p;
  p.name = std::move(name);
  p.spread = {.low = low, .high = high};
  return p;
}

Definition of(std::vector<Parameter> parameters, Method method = Method::kRandom) {
  Definition definition;
  definition.method = method;
  definition.objectives = {{.metric = "loss"}};
  definition.space = Space::make(std::move(parameters)).value();
  definition.seed = 7;
  return definition;
}

double x_of(const Config& config) { return config.front().second.number_or(NAN); }

// Asks and tells `trials` times.
void run(Search& search, int trials) {
  for (int i = 0; i < trials; ++i) {
    const auto proposal = search.ask();
    ASSERT_TRUE(proposal) << proposal.error().message();
    if (!*proposal) return;
    const double x = x_of((*proposal)->config);
    ASSERT_TRUE(search.tell((*proposal)->number, {.values = {(x - 0.3) * (x - 0.3)}}));
  }
}

TEST(Search, AnotherProcessGoesOnWhereTheFirstWas) {
  for (const Method method : {Method::kRandom, Method::kSobol, Method::kTpe, Method::kAuto}) {
    const Definition definition = of({real("x", 0, 1), real("y", 0, 1)}, method);
    Search first = Search::make(definition).value();
    std::vector<Proposal> asked;
    std::vector<Told> told;
    for (int i = 0; i < 24; ++i) {
      asked.push_back(first.ask().value().value());
      told.push_back({.values = {std::abs(x_of(asked.back().config) - 0.3)}});
      ASSERT_TRUE(first.tell(asked.back().number, told.back()));
      if (i % 8 != 7) continue;
      Search second = Search::make(definition).value();
      for (size_t k = 0; k < asked.size(); ++k) {
        ASSERT_TRUE(second.resume(asked[k]));
        ASSERT_TRUE(second.tell(asked[k].number, told[k]));
      }
      const Proposal next = second.ask().value().value();
      asked.push_back(first.ask().value().value());
      told.push_back({.values = {std::abs(x_of(asked.back().config) - 0.3)}});
      ASSERT_TRUE(first.tell(asked.back().number, told.back()));
      EXPECT_EQ(x_of(next.config), x_of(asked.back().config)) << print_method(method) << " " << i;
    }
  }
}

TEST(Search, TheBestIsInTheObjectivesOwnSense) {
  Definition definition = of({real("x", 0, 1)});
  definition.objectives[0].is_maximized = true;
  Search search = Search::make(definition).value();
  for (const double value : {0.2, 0.9, 0.5})
    ASSERT_TRUE(search.tell(search.ask()->value().number, {.values = {value}}));
  EXPECT_EQ(search.best()->number, 1U);
  EXPECT_EQ(search.best()->mean, 0.9);
  EXPECT_TRUE(std::isnan(search.best()->sd));
}

TEST(Search, ALuckyResultIsNotTheBestWhereNoiseIsKnown) {
  Definition definition = of({real("x", 0, 1)});
  Search search = Search::make(definition).value();
  const auto told = [&](double value, std::optional<uint64_t> again) {
    Proposal proposal{.number = search.evidence().rows(), .config = {{"x", 0.5}}, .memory = {}};
    proposal.config[0].second =
        again ? 0.1 * static_cast<double>(*again) : 0.1 * static_cast<double>(proposal.number);
    proposal.replicate_of = again;
    ASSERT_TRUE(search.resume(proposal));
    ASSERT_TRUE(search.tell(proposal.number, {.values = {value}}));
  };
  told(1.0, {});   // good, five times
  told(0.95, {});  // looks better, once
  for (const double value : {0.8, 1.2, 0.6, 1.1}) told(value, 0);
  told(2.0, {});
  EXPECT_EQ(search.best()->number, 0U);
  EXPECT_GT(search.best()->sd, 0);
}

TEST(Search, EveryConfigurationIsRunAsOftenAsAsked) {
  Definition definition = of({real("x", 0, 1)});
  definition.repeat = 3;
  Search search = Search::make(definition).value();
  std::set<double> places;
  for (int i = 0; i < 9; ++i) {
    const Proposal proposal = search.ask().value().value();
    EXPECT_EQ(proposal.repeat, static_cast<uint64_t>(i % 3));
    places.insert(x_of(proposal.config));
    ASSERT_TRUE(search.tell(proposal.number, {.values = {1.0 + i}}));
  }
  EXPECT_EQ(places.size(), 3U);
}

TEST(Search, TheBestAreRunAgainNearTheEndUnlessTheyGiveTheSame) {
  for (const bool is_noisy : {true, false}) {
    Definition definition = of({real("x", 0, 1)});
    definition.is_repeat_auto = true;
    definition.budget.trials = 40;
    Search search = Search::make(definition).value();
    surrogate::Random random(5);
    int repeats = 0;
    for (int i = 0; i < 40; ++i) {
      const Proposal proposal = search.ask().value().value();
      repeats += proposal.replicate_of.has_value();
      const double noise = is_noisy ? 0.1 * random.normal() : 0;
      ASSERT_TRUE(search.tell(proposal.number, {.values = {x_of(proposal.config) + noise}}));
    }
    EXPECT_EQ(repeats, is_noisy ? 4 : 1);
  }
}

TEST(Search, WhatIsNotFiniteFails) {
  Search search = Search::make(of({real("x", 0, 1)})).value();
  const uint64_t number = search.ask()->value().number;
  ASSERT_TRUE(search.tell(number, {.values = {NAN}}));
  EXPECT_EQ(search.evidence().outcome[0], Outcome::kFailed);
  ASSERT_TRUE(search.tell(number, {.values = {1.0}}));  // the last word counts
  EXPECT_EQ(search.evidence().outcome[0], Outcome::kComplete);
  EXPECT_EQ(search.tell(9, {.values = {1.0}}).error().message(),
            "there is no trial 9 in this sweep");
  EXPECT_FALSE(search.tell(number, {.values = {1.0, 2.0}}));
}

TEST(Search, EarlierRunsTeachAndAreNotTrials) {
  Search search = Search::make(of({real("x", 0, 1)})).value();
  EXPECT_EQ(search.learn({{"x", 0.2}}, {.values = {0.01}}), 0U);
  EXPECT_EQ(search.learn({{"x", 1.05}}, {.values = {0.5}}), 1U);  // at the edge
  EXPECT_FALSE(search.learn({{"x", 7.0}}, {.values = {0.5}}));
  EXPECT_FALSE(search.learn({{"x", 0.2}}, {.values = {NAN}}));
  const Proposal proposal = search.ask().value().value();
  EXPECT_EQ(proposal.number, 0U);
  EXPECT_EQ(search.evidence().rows(), 3U);
  EXPECT_FALSE(search.best());
  EXPECT_LT(*proposal.nearest, 0);
}

TEST(Search, WhatAnEarlierRunHadIsProposedSoThatItsResultMayBeTaken) {
  Parameter depth = real("depth", 1, 3);
  depth.kind = Parameter::Kind::kInteger;
  for (const Method method : {Method::kGrid, Method::kRandom, Method::kTpe, Method::kAuto}) {
    Search search = Search::make(of({depth}, method)).value();
    for (int i = 1; i <= 3; ++i) ASSERT_TRUE(search.learn({{"depth", i}}, {.values = {1.0 * i}}));
    std::set<double> asked;
    while (const auto proposal = search.ask().value()) asked.insert(x_of(proposal->config));
    EXPECT_EQ(asked.size(), 3U) << print_method(method);
  }
}

TEST(Search, RangesMayChangeWhileItLives) {
  Search search = Search::make(of({real("x", 0, 1)})).value();
  run(search, 20);
  Definition wider = of({real("x", -1, 0.5)});
  ASSERT_TRUE(search.change(wider));
  EXPECT_LT(search.evidence().rows(), 20U);
  EXPECT_GT(search.evidence().rows(), 5U);
  for (int i = 0; i < 10; ++i) EXPECT_LE(x_of(search.ask()->value().config), 0.5);
  ASSERT_TRUE(search.change(of({real("x", 0, 1)})));  // nothing was forgotten
  EXPECT_GE(search.evidence().rows(), 20U);
  Definition two = wider;
  two.objectives.push_back({.metric = "time"});
  EXPECT_FALSE(search.change(two));
}

TEST(Search, LimitsComeBeforeResults) {
  Definition definition = of({real("x", 0, 1)});
  definition.limits = {{.metric = "latency", .bound = 10},
                       {.metric = "recall", .bound = 0.9, .is_minimum = true}};
  Search search = Search::make(definition).value();
  const auto told = [&](double loss, double latency, double recall) {
    ASSERT_TRUE(
        search.tell(search.ask()->value().number, {.values = {loss}, .limits = {latency, recall}}));
  };
  told(0.1, 12, 0.95);
  told(0.2, 8, 0.5);
  told(0.7, 8, 0.95);
  EXPECT_EQ(search.best()->number, 2U);
}

TEST(Search, TheFrontHoldsWhatNothingBeats) {
  Definition definition = of({real("x", 0, 1)});
  definition.objectives = {{.metric = "loss"}, {.metric = "accuracy", .is_maximized = true}};
  Search search = Search::make(definition).value();
  for (const auto& values : {std::vector{1.0, 0.5}, {2.0, 0.9}, {2.0, 0.8}, {0.5, 0.5}, {0.5, 0.5}})
    ASSERT_TRUE(search.tell(search.ask()->value().number, {.values = values}));
  EXPECT_EQ(search.front(), (std::vector<uint64_t>{1, 3}));
}

TEST(Search, AForgottenTrialLeavesNoTrace) {
  Search search = Search::make(of({real("x", 0, 1)})).value();
  run(search, 3);
  ASSERT_TRUE(search.forget(1));
  EXPECT_EQ(search.evidence().rows(), 2U);
  EXPECT_EQ(search.evidence().number[1], 2);
  EXPECT_EQ(search.ask()->value().number, 3U);
}

TEST(Search, AConfigurationOfTheUsersHasToBeInTheSpace) {
  Search search = Search::make(of({real("x", 0, 1)})).value();
  EXPECT_EQ(search.add({{"x", 0.25}}, "by hand").value().number, 0U);
  EXPECT_FALSE(search.add({{"x", 2.0}}, "by hand"));
  EXPECT_FALSE(search.add({}, "by hand"));
}

TEST(Search, BeliefIsSharpestWhereThereAreResults) {
  Search search = Search::make(of({real("x", 0, 1), real("y", 0, 1)}, Method::kSobol)).value();
  run(search, 30);
  const auto belief = search.belief("x", {}, 21).value();
  ASSERT_EQ(belief.x.size(), 21U);
  const auto low = std::min_element(belief.mean.begin(), belief.mean.end());
  EXPECT_NEAR(belief.x[static_cast<size_t>(low - belief.mean.begin())].number_or(NAN), 0.3, 0.1);
  EXPECT_EQ(search.belief("x", "y", 8)->mean.size(), 64U);
  EXPECT_EQ(search.belief("z").error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace cairn::sweep
