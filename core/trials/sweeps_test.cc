// Sweeps: who gets which trial, what comes of it, and when there are no more.
#include "trials/sweeps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/clock.h"
#include "store/testing/temp_folder.h"
#include "trials/json.h"
#include "trials/replay.h"
#include "wire/json.h"

namespace cairn::trials {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr int64_t kLease = 60 * kNsPerSecond;

// Two numbers, searched at random; what a test says otherwise is merged into it.
Value definition(const std::string& changes = "{}") {
  const Value plain = wire::parse_json(R"({
      "method": "random", "seed": 7, "metric": {"name": "loss", "goal": "minimize"},
      "parameters": {"x": {"min": 0.0, "max": 1.0}, "n": {"min": 1, "max": 1000}}})")
                          .value();
  return merge_definition(plain, wire::parse_json(changes).value());
}

class SweepsTest : public testing::Test {
 protected:
  Sweeps a_process() {
    return Sweeps(
        posix_disk(), path(),
        {[this] { return x_now_ns; },
         [this](std::string_view worker) { return x_gone.contains(std::string(worker)); }});
  }
  std::string path() const { return x_folder.path() + "/sweeps.db"; }
  void passes(double seconds) { x_now_ns += std::llround(seconds * kNsPerSecond); }

  const Ledger& given(const std::string& changes = "{}", bool is_define_by_run = false,
                      const std::vector<Prior>& priors = {}) {
    NewSweep wanted{.project = "p", .name = "s", .definition = definition(changes)};
    wanted.is_define_by_run = is_define_by_run;
    const auto created = x_sweeps.create(wanted, [&](const auto&, const auto&) { return priors; });
    EXPECT_TRUE(created) << created.error().message();
    x_id = created->ledger->id();
    return *created->ledger;
  }
  const Ledger& sweep() { return *x_sweeps.get(x_id).value(); }
  const Trial& trial(int64_t number) { return *sweep().find(number); }

  Asked asked(const std::string& worker = "anna", size_t count = 1) {
    auto asked = x_sweeps.ask(x_id, {.count = count, .worker = worker, .lease_ns = kLease});
    EXPECT_TRUE(asked) << asked.error().message();
    return asked ? *asked : Asked{nullptr, {}, std::nullopt};
  }
  int64_t one(const std::string& worker = "anna") {
    const Asked answer = asked(worker);
    EXPECT_EQ(answer.trials.size(), 1u) << sweep().reason();
    return answer.trials.empty() ? -100 : answer.trials.front();
  }
  const Trial& told(int64_t number, const std::string& what) {
    const auto done = x_sweeps.tell(x_id, number, wire::parse_json(what).value());
    EXPECT_TRUE(done) << done.error().message();
    return trial(number);
  }
  const Trial& told(int64_t number, double value) {
    return told(number, fmt::format(R"({{"values": [{}]}})", value));
  }
  Order beat(int64_t number, const std::string& worker = "anna", const std::string& run = "",
             std::optional<Value> checkpoint = {}) {
    const auto order = x_sweeps.heartbeat(
        x_id, number,
        {.worker = worker, .run = run, .lease_ns = kLease, .checkpoint = std::move(checkpoint)});
    EXPECT_TRUE(order) << order.error().message();
    return order.value_or(Order{});
  }
  Order report(int64_t number, double step, double value) {
    const auto order = x_sweeps.report(x_id, number, step, List{value});
    EXPECT_TRUE(order) << order.error().message();
    return order.value_or(Order{});
  }
  void changed(const SweepChange& change) {
    const auto done = x_sweeps.change(x_id, change);
    EXPECT_TRUE(done) << done.error().message();
  }
  std::string refused(const std::string& changes) {
    const auto created =
        x_sweeps.create({.project = "p", .definition = definition(changes)}, nullptr);
    EXPECT_FALSE(created);
    return created ? "" : created.error().message();
  }

  store::TempFolder x_folder;
  int64_t x_now_ns = 1'700'000'000 * kNsPerSecond;
  std::set<std::string> x_gone;
  Sweeps x_sweeps = a_process();
  std::string x_id;
};

TEST_F(SweepsTest, ATrialIsAskedForRunAndTold) {
  const Ledger& made = given();
  EXPECT_EQ(made.id().size(), 8u);
  EXPECT_EQ(made.state(), SweepState::kRunning);
  EXPECT_EQ(one(), 0);
  EXPECT_EQ(trial(0).state, TrialState::kRunning);
  EXPECT_EQ(trial(0).worker, "anna");
  EXPECT_EQ(trial(0).sampler, "random");
  ASSERT_EQ(trial(0).params.size(), 2u);
  EXPECT_EQ(trial(0).params[0].first, "x");
  passes(90);
  told(0, 0.25);
  EXPECT_EQ(trial(0).state, TrialState::kComplete);
  EXPECT_EQ(trial(0).values, std::vector<double>{0.25});
  EXPECT_EQ(trial(0).cost.seconds, 90) << "measured, since nobody told it";
  EXPECT_EQ(sweep().best(), 0);
  EXPECT_EQ(sweep().begun(), 1u);
}

TEST_F(SweepsTest, AFolderThatIsNotThereHasNoSweeps) {
  Sweeps sweeps(posix_disk(), path() + ".not/there/sweeps.db", {[] { return 0; }, {}});
  const auto page = sweeps.list({});
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_TRUE(page->rows.empty());
  EXPECT_EQ(sweeps.get("abcdefgh").error().code(), Code::kNotFound);
}

TEST_F(SweepsTest, NoTwoWorkersGetOneTrial) {
  given();
  std::set<int64_t> numbers;
  std::set<std::string> points;
  for (int i = 0; i < 10; ++i) {
    const int64_t number = one("worker " + std::to_string(i));
    numbers.insert(number);
    points.insert(wire::print_json(trial(number).params));
  }
  EXPECT_EQ(numbers.size(), 10u);
  EXPECT_EQ(points.size(), 10u);
  EXPECT_EQ(asked("many", 5).trials.size(), 5u);
}

TEST_F(SweepsTest, WhatOneProcessDoesAnotherSees) {
  given();
  told(one(), 0.5);
  Sweeps other = a_process();
  EXPECT_EQ(other.get(x_id).value()->best(), 0);
  EXPECT_EQ(other.ask(x_id, {.worker = "bob"})->trials, std::vector<int64_t>{1});
  ASSERT_TRUE(other.tell(x_id, 1, Object{{"values", List{0.1}}}));
  EXPECT_EQ(sweep().best(), 1);
  EXPECT_EQ(one(), 2);
}

TEST_F(SweepsTest, TheSameSeedMakesTheSameProposalsInAnyNumberOfProcesses) {
  given();
  std::vector<sweep::Config> alone, together;
  for (int i = 0; i < 8; ++i) {
    const int64_t number = one();
    alone.push_back(trial(number).params);
    told(number, std::fabs(trial(number).params[0].second.number_or(0) - 0.3));
  }
  given();
  std::vector<Sweeps> processes;
  for (int i = 0; i < 4; ++i) processes.push_back(a_process());
  for (size_t i = 0; i < 8; ++i) {
    Sweeps& process = processes[i % 4];
    const auto answer = process.ask(x_id, {.worker = "w"});
    ASSERT_TRUE(answer);
    together.push_back(answer->ledger->find(answer->trials[0])->params);
    ASSERT_TRUE(processes[(i + 1) % 4].tell(
        x_id, answer->trials[0],
        Object{{"values", List{std::fabs(together.back()[0].second.number_or(0) - 0.3)}}}));
  }
  EXPECT_EQ(alone, together);
}

TEST_F(SweepsTest, ATranscriptReplaysToTheSamePoints) {
  given(R"({"method": "tpe", "repeat": 2, "points": [{"x": 0.5, "n": 7}]})");
  for (int i = 0; i < 12; ++i) {
    const Asked answer = asked("w" + std::to_string(i % 3), 2);
    for (const int64_t number : answer.trials)
      if (number % 5 == 3)
        told(number, R"({"state": "failed", "error": "out of memory"})");
      else
        told(number, trial(number).params[0].second.number_or(0));
    if (i == 6)
      changed({.definition =
                   Object{{"parameters", Object{{"x", Object{{"min", 0.2}, {"max", 0.9}}}}}}});
  }
  const auto events = x_sweeps.transcript(x_id, 0, 10'000);
  ASSERT_TRUE(events);
  const auto replayed = replay(*events);
  ASSERT_TRUE(replayed) << replayed.error().message();
  EXPECT_GE(replayed->proposals, 20u);
  EXPECT_FALSE(replayed->first_difference) << *replayed->first_difference;
}

TEST_F(SweepsTest, TheUsersOwnPointsComeFirst) {
  given(R"({"points": [{"x": 0.5, "n": 3}, {"x": 0.25, "n": 4}]})");
  EXPECT_EQ(sweep().count(TrialState::kWaiting), 2u);
  EXPECT_EQ(trial(one()).params, (sweep::Config{{"x", 0.5}, {"n", 3}}));
  ASSERT_TRUE(x_sweeps.add(x_id, std::vector<NewTrial>{{.params = {{"x", 0.75}, {"n", 5}}}}));
  EXPECT_EQ(trial(one()).params[0].second, Value(0.25));
  EXPECT_EQ(trial(one()).params[0].second, Value(0.75));
  EXPECT_EQ(trial(one()).sampler, "random");
}

TEST_F(SweepsTest, APointOutsideOfTheSpaceIsRefusedAndLeavesNothing) {
  given();
  const std::vector<NewTrial> points = {{.params = {{"x", 0.5}, {"n", 5}}},
                                        {.params = {{"x", 7.0}, {"n", 5}}}};
  const auto added = x_sweeps.add(x_id, points);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), Code::kInvalid);
  EXPECT_TRUE(sweep().trials().empty());
  EXPECT_EQ(trial(one()).number, 0);
}

TEST_F(SweepsTest, APointIsRunAsItWasGiven) {
  given(R"({"parameters": {"x": {"min": 1e-5, "max": 1.0, "distribution": "log_uniform_values"}},
            "points": [{"x": 0.1, "n": 3}]})");
  EXPECT_EQ(trial(one()).params[0].second, Value(0.1)) << "and not 0.09999999999999999";
}

TEST_F(SweepsTest, ResultsFromElsewhereAreTrialsThatCostNothingHere) {
  given(R"({"budget": {"trials": 2}})");
  NewTrial known{.params = {{"x", 0.5}, {"n", 5}}, .told = Object{{"values", List{0.1}}}};
  ASSERT_TRUE(x_sweeps.add(x_id, std::vector{known}));
  EXPECT_EQ(trial(0).state, TrialState::kComplete);
  EXPECT_EQ(sweep().begun(), 0u);
  EXPECT_EQ(asked("anna", 9).trials.size(), 2u);
}

TEST_F(SweepsTest, WhatIsNoNumberIsAFailureThatSaysSo) {
  given();
  EXPECT_EQ(told(one(), R"({"values": [NaN]})").state, TrialState::kFailed);
  EXPECT_EQ(trial(0).error, "expected a number for 'loss', found NaN or none");
  EXPECT_EQ(told(one(), R"({"values": {"loss": Infinity}})").state, TrialState::kFailed);
  EXPECT_EQ(told(one(), R"({"values": {"accuracy": 1}})").state, TrialState::kFailed);
  EXPECT_EQ(told(one(), R"({})").state, TrialState::kFailed);
  EXPECT_EQ(sweep().state(), SweepState::kRunning) << "the program did run";
}

TEST_F(SweepsTest, TheFirstResultCounts) {
  given();
  told(one(), 0.5);
  const uint64_t events = sweep().seq();
  told(0, 0.5);
  told(0, 0.1);
  told(0, R"({"state": "failed", "error": "late"})");
  EXPECT_EQ(sweep().seq(), events);
  EXPECT_EQ(trial(0).values, std::vector<double>{0.5});
}

TEST_F(SweepsTest, AVanishedWorkersTrialIsHandedOutOnceMoreWithItsCheckpoint) {
  given();
  EXPECT_EQ(one("anna"), 0);
  beat(0, "anna", "p/run-1", Value("epoch-3.pt"));
  passes(59);
  EXPECT_EQ(one("bob"), 1) << "anna may still come back";
  passes(1.5);
  EXPECT_EQ(one("bob"), 0);
  EXPECT_EQ(trial(0).attempt, 2u);
  EXPECT_EQ(trial(0).worker, "bob");
  EXPECT_EQ(trial(0).run, "p/run-1");
  EXPECT_EQ(x_sweeps.claims(x_id)->at(0).checkpoint, Value("epoch-3.pt"));
  EXPECT_TRUE(beat(0, "anna").stop) << "it is bob's now";
  x_gone.insert("bob");
  EXPECT_EQ(one("carl"), 1) << "no third time for the other one";
  EXPECT_EQ(trial(0).state, TrialState::kLost);
  EXPECT_EQ(trial(1).attempt, 2u);
}

TEST_F(SweepsTest, AHeartbeatKeepsATrialAndALateOneTakesItBack) {
  given();
  one("anna");
  for (int i = 0; i < 5; ++i) {
    passes(40);
    EXPECT_FALSE(beat(0).stop);
  }
  EXPECT_EQ(one("bob"), 1);
  passes(61);
  EXPECT_FALSE(beat(0).stop) << "nobody took it meanwhile";
  EXPECT_EQ(trial(0).attempt, 1u);
  beat(1, "bob");
  EXPECT_EQ(one("bob"), 2);
}

TEST_F(SweepsTest, ALateResultIsTakenFromWhoeverHasIt) {
  given();
  one("anna");
  passes(61);
  EXPECT_EQ(one("bob"), 0);
  told(0, R"({"state": "released", "worker": "anna"})");
  EXPECT_EQ(trial(0).state, TrialState::kRunning) << "it is bob's now";
  told(0, R"({"values": [0.5], "worker": "anna"})");
  EXPECT_EQ(trial(0).state, TrialState::kComplete);
  EXPECT_TRUE(beat(0, "bob").stop);
  told(0, R"({"values": [0.7], "worker": "bob"})");
  EXPECT_EQ(trial(0).values, std::vector<double>{0.5});
}

TEST_F(SweepsTest, ALostTrialMayStillComeToSomething) {
  given();
  one("anna");
  x_gone = {"anna", "bob"};
  one("bob");
  one("carl");
  ASSERT_EQ(trial(0).state, TrialState::kLost);
  told(0, 0.5);
  EXPECT_EQ(trial(0).state, TrialState::kComplete);
  EXPECT_EQ(sweep().count(TrialState::kLost), 0u);
}

TEST_F(SweepsTest, WhatIsHandedBackWaitsForTheNextWorker) {
  given();
  one("anna");
  beat(0, "anna", "", Value("half"));
  told(0, R"({"state": "released"})");
  EXPECT_EQ(trial(0).state, TrialState::kWaiting);
  EXPECT_EQ(one("bob"), 0);
  EXPECT_EQ(trial(0).attempt, 1u) << "nobody vanished";
  EXPECT_EQ(x_sweeps.claims(x_id)->at(0).checkpoint, Value("half"));
}

TEST_F(SweepsTest, ABudgetOfTrialsEndsItWhenTheLastIsTold) {
  given(R"({"budget": {"trials": 3}})");
  EXPECT_EQ(asked("anna", 5).trials.size(), 3u);
  const Asked none = asked();
  EXPECT_TRUE(none.trials.empty());
  EXPECT_TRUE(none.wait_s) << "one of them may come back";
  told(0, 1);
  told(1, 1);
  EXPECT_EQ(sweep().state(), SweepState::kRunning);
  told(2, 1);
  EXPECT_EQ(sweep().state(), SweepState::kFinished);
  EXPECT_EQ(sweep().reason(), "the budget of 3 trials is used up");
  EXPECT_FALSE(asked().wait_s);
  changed({.definition = Object{{"budget", Object{{"trials", 4}}}}});
  EXPECT_EQ(one(), 3) << "a larger one goes on";
}

TEST_F(SweepsTest, ReusedResultsDoNotCountAgainstTheBudget) {
  given(R"({"budget": {"trials": 2}})");
  told(one(), R"({"values": [1], "is_reused": true, "run": "p/old"})");
  EXPECT_EQ(sweep().reused(), 1u);
  EXPECT_EQ(asked("anna", 5).trials.size(), 2u);
  EXPECT_EQ(trial(0).run, "p/old");
}

TEST_F(SweepsTest, ABudgetOfHoursForeseesWhatRuns) {
  given(R"({"budget": {"hours": 1}})");
  one();
  passes(1200);
  told(0, 1);  // a third of it
  asked("anna", 2);
  EXPECT_TRUE(asked().trials.empty()) << "the two that run will take the rest";
  passes(1200);
  told(1, 1);
  told(2, 1);
  EXPECT_EQ(sweep().state(), SweepState::kFinished);
  EXPECT_EQ(sweep().reason(), "the budget of 1 hours is used up");
}

TEST_F(SweepsTest, ABudgetThatNobodyMeasuresHoldsTheSweep) {
  given(R"({"budget": {"kwh": 2}})");
  one();
  told(0, R"({"values": [1], "cost": {"kwh": 0.5}})");
  EXPECT_EQ(sweep().state(), SweepState::kRunning);
  one();
  told(1, 1);
  EXPECT_EQ(sweep().state(), SweepState::kPaused);
  EXPECT_EQ(
      sweep().reason(),
      "the budget is in kWh, and trial 1 did not say how much of it it took: see 'cairn energy "
      "doctor'");
  EXPECT_TRUE(asked().wait_s);
}

TEST_F(SweepsTest, ATargetEndsIt) {
  given(R"({"metric": {"name": "acc", "goal": "maximize", "target": 0.9}})");
  asked("anna", 3);
  told(0, 0.8);
  EXPECT_EQ(sweep().state(), SweepState::kRunning);
  told(1, 0.95);
  EXPECT_EQ(sweep().state(), SweepState::kFinished);
  EXPECT_TRUE(beat(2).stop) << "what still runs is not needed";
}

TEST_F(SweepsTest, AFiniteSpaceEndsWhenAllOfItWasTried) {
  given(R"({"method": "grid", "parameters": {"x": {"values": [1, 2, 3]}, "n": {"value": 4}}})");
  const Asked all = asked("anna", 10);
  EXPECT_EQ(all.trials.size(), 3u);
  EXPECT_TRUE(asked().wait_s) << "one may be lost";
  for (const int64_t number : all.trials) told(number, 1);
  EXPECT_FALSE(asked().wait_s);
  EXPECT_EQ(sweep().reason(), "every configuration was tried");
}

TEST_F(SweepsTest, EachConfigurationRunsAsOftenAsItIsToRepeat) {
  given(R"({"repeat": {"count": 3, "parameter": "seed"}, "budget": {"trials": 6}})");
  const Asked all = asked("anna", 6);
  ASSERT_EQ(all.trials.size(), 6u);
  std::map<std::string, std::set<int64_t>> seeds;
  for (const int64_t number : all.trials) {
    Value params(trial(number).params);
    const int64_t seed = params.find("seed")->int_or(-1);
    params.erase("seed");
    seeds[wire::print_json(params)].insert(seed);
  }
  ASSERT_EQ(seeds.size(), 2u);
  for (const auto& [params, of_it] : seeds) EXPECT_EQ(of_it, (std::set<int64_t>{0, 1, 2}));
}

TEST_F(SweepsTest, ThreeEarlyFailuresHoldASweepThatNeverRan) {
  given();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sweep().state(), SweepState::kRunning);
    told(one(), R"({"state": "failed", "error": "no module named torch"})");
  }
  EXPECT_EQ(sweep().state(), SweepState::kPaused);
  EXPECT_NE(sweep().reason().find("no module named torch"), std::string::npos);
  EXPECT_EQ(asked().wait_s, 5.0);
  changed({.state = SweepState::kRunning});
  told(one(), 0.5);
  for (int i = 0; i < 3; ++i) told(one(), R"({"state": "failed", "error": "bad luck"})");
  EXPECT_EQ(sweep().state(), SweepState::kRunning) << "it does run";
}

TEST_F(SweepsTest, WhoPausesOrStopsASweepIsObeyed) {
  given();
  one();
  changed({.state = SweepState::kPaused});
  EXPECT_TRUE(asked().trials.empty());
  EXPECT_FALSE(beat(0).stop) << "what runs goes on";
  changed({.state = SweepState::kRunning});
  EXPECT_EQ(one(), 1);
  changed({.state = SweepState::kStopped});
  EXPECT_TRUE(beat(0).stop);
  EXPECT_FALSE(asked().wait_s);
  told(0, 0.5);
  EXPECT_EQ(sweep().count(TrialState::kComplete), 1u);
}

TEST_F(SweepsTest, ASecondReportOfAStepIsIgnored) {
  given();
  one();
  report(0, 1, 0.9);
  report(0, 1, 0.1);
  report(0, 3, 0.7);
  report(0, 2, 0.8);
  ASSERT_EQ(trial(0).curves.size(), 1u);
  std::vector<double> values;
  for (const sweep::Report& known : trial(0).curves[0]) values.push_back(known.value);
  EXPECT_EQ(values, (std::vector<double>{0.9, 0.8, 0.7}));
}

TEST_F(SweepsTest, AStoppingRuleIsObeyedAndItsReasonKept) {
  given(R"({"early_terminate": {"type": "threshold", "high": 5}})");
  one();
  EXPECT_FALSE(report(0, 1, 2).stop);
  const Order order = report(0, 2, 9);
  EXPECT_TRUE(order.stop);
  EXPECT_FALSE(order.why.empty());
  EXPECT_TRUE(beat(0).stop);
  told(0, R"({"state": "stopped"})");
  EXPECT_EQ(trial(0).state, TrialState::kStopped);
  EXPECT_EQ(trial(0).values, std::vector<double>{9}) << "its last report";
  ASSERT_TRUE(trial(0).stop());
  EXPECT_EQ(trial(0).stop()->step, 2);
}

TEST_F(SweepsTest, ADryRuleSaysOnceWhatItWouldHaveStopped) {
  given(R"({"early_terminate": {"type": "threshold", "high": 5, "dry": true}})");
  one();
  EXPECT_FALSE(report(0, 1, 9).stop);
  EXPECT_FALSE(report(0, 2, 9).stop);
  ASSERT_EQ(trial(0).decisions.size(), 1u);
  EXPECT_TRUE(trial(0).decisions[0].stop);
  EXPECT_TRUE(trial(0).decisions[0].is_dry);
}

TEST_F(SweepsTest, SeveralObjectivesHaveAFront) {
  given(R"({"metric": null, "metrics": [{"name": "loss"}, {"name": "ms"}]})");
  asked("anna", 4);
  told(0, R"({"values": {"loss": 1.0, "ms": 5}})");
  told(1, R"({"values": [2, 3]})");
  told(2, R"({"values": [2, 6]})");
  EXPECT_EQ(sweep().front(), (std::vector<int64_t>{0, 1}));
  told(3, R"({"values": [0.5, 2]})");
  EXPECT_EQ(sweep().front(), std::vector<int64_t>{3});
  EXPECT_FALSE(sweep().best());
}

TEST_F(SweepsTest, WhatBreaksALimitIsNotTheBest) {
  given(R"({"limits": ["ms <= 10"]})");
  asked("anna", 3);
  told(0, R"({"values": {"loss": 0.1, "ms": 50}})");
  told(1, R"({"values": [0.5], "limits": {"ms": 5}})");
  EXPECT_EQ(sweep().best(), 1);
  EXPECT_EQ(trial(0).limits, std::vector<double>{50});
}

TEST_F(SweepsTest, EarlierRunsAreLearnedFromAndShown) {
  std::vector<Prior> priors;
  for (const double x : {0.2, 0.4, 5.0})
    priors.push_back({.params = {{"x", x}, {"n", 10}}, .values = {x}, .run = "p/old"});
  given("{}", false, priors);
  EXPECT_EQ(sweep().count(TrialState::kPrior), 2u) << "one lies far outside";
  EXPECT_EQ(trial(-1).params[0].second, Value(0.2));
  EXPECT_EQ(trial(-2).run, "p/old");
  EXPECT_FALSE(sweep().best()) << "an earlier run is none of this sweep's trials";
}

TEST_F(SweepsTest, ANamedSweepIsLoadedWhereItExists) {
  given();
  const std::string first = x_id;
  NewSweep again{.project = "p", .name = "s", .definition = definition(), .load_if_exists = true};
  const auto loaded = x_sweeps.create(again, nullptr);
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->is_new);
  EXPECT_EQ(loaded->ledger->id(), first);
  again.project = "q";
  EXPECT_TRUE(x_sweeps.create(again, nullptr)->is_new);
  given();
  EXPECT_NE(x_id, first) << "two may have one name";
}

TEST_F(SweepsTest, ARangeMayChangeWhileASweepLives) {
  given();
  told(one(), 0.5);
  changed({.definition = Object{{"parameters", Object{{"n", Object{{"min", 5000}, {"max", 6000}}},
                                                      {"x", Value()}}}}});
  EXPECT_EQ(sweep().version(), 2u);
  const int64_t number = one();
  EXPECT_EQ(trial(number).version, 2u);
  EXPECT_EQ(trial(0).version, 1u);
  ASSERT_EQ(trial(number).params.size(), 1u);
  EXPECT_GE(trial(number).params[0].second.int_or(0), 5000);
}

TEST_F(SweepsTest, AnObjectiveThatSaysItsParametersAsItRunsMakesTheSpaceGrow) {
  given(R"({"parameters": null})", true);
  const int64_t first = one(), second = one("bob");
  EXPECT_TRUE(trial(first).params.empty());
  told(first, R"({"values": [1], "params": {"lr": 0.1, "opt": "sgd"},
      "distributions": {"lr": {"min": 0.001, "max": 1.0, "distribution": "log_uniform_values"},
                        "opt": {"values": ["sgd", "adam"]}}})");
  EXPECT_EQ(sweep().version(), 2u);
  told(second, R"({"values": [2], "params": {"lr": 0.2, "opt": "lion"},
      "distributions": {"lr": {"min": 0.001, "max": 1.0, "distribution": "log_uniform_values"},
                        "opt": {"values": ["sgd", "lion"]}}})");
  EXPECT_EQ(sweep().version(), 3u) << "a choice was appended";
  const int64_t third = one();
  EXPECT_EQ(trial(third).params.size(), 2u);
  told(third, R"({"values": [3], "params": {"lr": 0.5},
      "distributions": {"lr": {"min": 0.001, "max": 1.0, "distribution": "log_uniform_values"}}})");
  EXPECT_EQ(sweep().version(), 3u) << "nothing new";
  const auto events = x_sweeps.transcript(x_id, 0, 1000);
  EXPECT_FALSE(replay(*events)->first_difference);
}

TEST_F(SweepsTest, ARemovedSweepIsGone) {
  given();
  one();
  ASSERT_TRUE(x_sweeps.remove(x_id));
  EXPECT_EQ(x_sweeps.get(x_id).error().code(), Code::kNotFound);
  EXPECT_EQ(x_sweeps.list({})->total, 0u);
}

TEST_F(SweepsTest, AListShowsThemNewestFirstWithoutTheirTrials) {
  given();
  told(one(), 0.5);
  const std::string first = x_id;
  given();
  Sweeps other = a_process();
  const auto page = other.list({.project = "p"});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.size(), 2u);
  EXPECT_EQ(page->rows[0].id, x_id);
  EXPECT_EQ(page->rows[1].summary, print_sweep(*other.get(first).value()));
  EXPECT_EQ(other.list({.projects = std::vector<std::string>{"q"}})->total, 0u);
}

TEST_F(SweepsTest, ABadDefinitionIsRefusedByName) {
  EXPECT_NE(refused(R"({"method": "magic"})").find("magic"), std::string::npos);
  EXPECT_NE(refused(R"({"metric": null, "method": "tpe"})").find("metric"), std::string::npos);
  EXPECT_EQ(x_sweeps.list({})->total, 0u);
  const auto created = x_sweeps.create({.project = "../x", .definition = definition()}, nullptr);
  EXPECT_EQ(created.error().code(), Code::kInvalid);
}

TEST_F(SweepsTest, ANewerFileIsRefused) {
  given();
  auto database = store::Database::open(path());
  ASSERT_TRUE(database->execute("PRAGMA user_version=2"));
  Sweeps other = a_process();
  EXPECT_EQ(other.get(x_id).error().code(), Code::kInvalid);
}

}  // namespace
}  // namespace cairn::trials
