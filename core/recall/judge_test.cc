// The rules for levels: what makes a past run which kind of relative of a planned one.
#include "recall/judge.h"

#include <gtest/gtest.h>

#include "recall/environment.h"

namespace cairn::recall {
namespace {

using model::Object;
using model::Value;

// A past run of "train.py --lr 0.1 --seed 0 --epochs 3", and the plan to run it again.
class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    past.manifest.program = plan.program = {"python", "train.py", "d1"};
    past.manifest.config = plan.config =
        Object{{"lr", 0.1}, {"seed", 0}, {"epochs", 30}, {"num_workers", 0}};
    past.has_finished = true;
    past.ended_ns = 1'000;
    plan.now_ns = 2'000;
  }

  void plans(std::string key, Value value) { plan.config.set(key, std::move(value)); }
  void finds_changed(std::string component, std::string name) {
    verification.changes.push_back({std::move(component), std::move(name), "a", "b"});
  }
  void finds_version(std::string name, std::string before, std::string after) {
    verification.environment_changes.push_back(
        {"distribution", std::move(name), std::move(before), std::move(after)});
  }
  Match match() const { return judge(plan, past, verification); }
  std::string level() const { return std::string(print_level(match().level)); }
  bool is_automatic() const { return match().held_back.empty(); }

  Plan plan;
  Past past;
  trace::Verification verification;
};

TEST_F(JudgeTest, WhatIsTheSameInEverythingIsExactAndReused) {
  EXPECT_EQ(level(), "exact");
  EXPECT_TRUE(is_automatic());
  EXPECT_TRUE(match().differences.empty());
}

TEST_F(JudgeTest, NumbersOfOneValueAreTheSame) {
  plans("lr", 1e-1);
  plans("epochs", 30.0);
  EXPECT_EQ(level(), "exact");
}

TEST_F(JudgeTest, ExecutionKeysMakeItEquivalentWhichIsReusedOnlyWhenAllowed) {
  plans("num_workers", 8);
  EXPECT_EQ(level(), "equivalent");
  EXPECT_NE(match().held_back.find("--accept equivalent"), std::string::npos);
  plan.settings.accept = trace::Accept::kEquivalent;
  EXPECT_TRUE(is_automatic());
}

TEST_F(JudgeTest, AnotherSeedIsAReplicateAndNeverReused) {
  plan.settings.accept = trace::Accept::kNearEnv;
  plans("seed", 1);
  EXPECT_EQ(level(), "replicate");
  EXPECT_FALSE(is_automatic());
}

TEST_F(JudgeTest, ALittleOfASettingIsNearAndALotIsDifferent) {
  plans("lr", 0.11);
  EXPECT_EQ(level(), "near");
  plans("lr", 0.5);
  EXPECT_EQ(level(), "different");
  plans("lr", -0.1);
  EXPECT_EQ(level(), "different");
}

TEST_F(JudgeTest, TheWorstOfSeveralDifferencesDecides) {
  plans("lr", 0.11);
  plans("num_workers", 8);
  finds_version("numpy", "1.26.0", "2.0.1");
  EXPECT_EQ(level(), "near");
  EXPECT_EQ(match().differences.size(), 3U);
}

TEST_F(JudgeTest, VersionsOfPackagesCountByWhatTheyDo) {
  finds_version("tqdm", "4.1", "5.0");
  EXPECT_EQ(level(), "exact");
  finds_version("torch", "2.1.0", "2.1.1");
  EXPECT_EQ(level(), "equivalent");
  finds_version("numpy", "1.26.0", "2.0.1");
  EXPECT_EQ(level(), "near-env");
  EXPECT_FALSE(is_automatic());
}

TEST_F(JudgeTest, OneChangedCodeFileIsNearAndChangedDataIsDifferent) {
  finds_changed("code", "model.py");
  EXPECT_EQ(level(), "near");
  EXPECT_FALSE(is_automatic());
  finds_changed("data", "train.csv");
  EXPECT_EQ(level(), "different");
  EXPECT_EQ(match().differences.front().component, "code");
}

TEST_F(JudgeTest, VariablesAndFilesThatAppearedAreToldByWhatTheyAre) {
  finds_changed("environment", "AUGMENT");
  finds_changed("absent", "extra.json");
  const Match found = match();
  EXPECT_EQ(found.level, Level::kDifferent);
  EXPECT_EQ(found.differences[0].component, "variable");
  EXPECT_EQ(found.differences[1].component, "files");
}

TEST_F(JudgeTest, AShorterBudgetIsReadOffWhereTheKeyIsPrefixSafe) {
  plans("epochs", 10);
  EXPECT_EQ(level(), "different");
  plan.settings.prefix_safe = {"epochs"};
  const Match found = match();
  EXPECT_EQ(found.level, Level::kBudgetCovered);
  EXPECT_EQ(found.past_budget, 30);
  EXPECT_EQ(found.planned_budget, 10);
  EXPECT_FALSE(is_automatic());
}

TEST_F(JudgeTest, ALongerBudgetResumesOnlyFromACheckpoint) {
  plan.settings.prefix_safe = {"epochs"};
  plans("epochs", 60);
  EXPECT_EQ(level(), "different");
  past.manifest.record.outputs.push_back({"out/checkpoint_30.npz", "d", 10, false});
  EXPECT_EQ(level(), "resumable");
}

TEST_F(JudgeTest, AnotherProgramIsDifferentWhateverItSays) {
  plan.program.entry = "evaluate.py";
  EXPECT_EQ(level(), "different");
}

TEST_F(JudgeTest, WhatCannotBeTrustedIsNeverReusedAndSaysWhy) {
  const auto held_back = [&](auto change) {
    const Past before = past;
    change();
    const std::string why = match().held_back;
    past = before;
    return why;
  };
  EXPECT_EQ(held_back([&] { past.has_finished = false; }), "it did not finish");
  EXPECT_EQ(held_back([&] { past.is_disowned = true; }), "it was disowned");
  EXPECT_NE(held_back([&] { past.is_nondeterministic = true; }), "");
  EXPECT_EQ(held_back([&] { past.manifest.record.unsealed = {"network: host"}; }),
            "it is not sealed: network: host");
  plan.settings.max_age_ns = 999;
  EXPECT_EQ(match().held_back, "it is older than max_age allows");
}

TEST_F(JudgeTest, AFrameworkWithoutASeedIsNeverReused) {
  past.manifest.config = plan.config = Object{{"lr", 0.1}};
  past.manifest.record.distributions.push_back({"torch", "2.1.0", ""});
  EXPECT_EQ(level(), "exact");
  EXPECT_NE(match().held_back.find("without a seed"), std::string::npos);
  past.manifest.record.seeds.push_back({"torch.manual_seed", "0"});
  EXPECT_TRUE(is_automatic());
}

TEST(DistanceTest, IsInFactorsOfOneAndAHalf) {
  EXPECT_DOUBLE_EQ(distance_of(0.1, 0.1), 0);
  EXPECT_NEAR(distance_of(1.0, 1.5), 1, 1e-12);
  EXPECT_NEAR(distance_of(3, 2), 1, 1e-12);
  EXPECT_GT(distance_of(0, 1), 1);
  EXPECT_GT(distance_of("relu", "tanh"), 1);
}

TEST(SeverityTest, NamesAreComparedAsPackagesAre) {
  EXPECT_EQ(severity_of("Scikit_Learn", "1.3.0", "1.4.0"), Severity::kHigh);
  EXPECT_EQ(severity_of("mylib", "1.0", "1.1"), Severity::kMedium);
  EXPECT_EQ(severity_of("mylib", "1.1.0", "1.1.9"), Severity::kLow);
  EXPECT_EQ(severity_of("mylib", "1.0", ""), Severity::kMedium);
  EXPECT_EQ(severity_of("rich", "1.0", "9.0"), Severity::kNone);
}

}  // namespace
}  // namespace cairn::recall
