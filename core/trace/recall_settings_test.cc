// Rules of the [recall] table.
#include "trace/recall_settings.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace cairn::trace {
namespace {

using std::string_view;

RecallSettings parse(string_view toml) {
  const auto settings = parse_recall_settings(toml);
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message());
  return settings ? *settings : RecallSettings();
}

TEST(RecallSettingsTest, AWholeTableIsRead) {
  const RecallSettings settings = parse(R"(
    [other]
    a = 1
    [recall]
    reuse = "auto"
    accept = "equivalent"
    ignore = ["num_workers", "paths.*"]
    replicate = ["split"]
    semantic = ["device"]
    secret = ["license"]
    budget = {epochs = "prefix", max_time = "end"}
    audit_share = 0.02
    max_age = "90d"
  )");
  EXPECT_EQ(settings.reuse, Reuse::kAuto);
  EXPECT_EQ(settings.accept, Accept::kEquivalent);
  EXPECT_EQ(settings.audit_share, 0.02);
  EXPECT_EQ(settings.max_age_ns, 90 * 24 * 3600 * kNsPerSecond);
  EXPECT_EQ(settings.prefix_safe, std::vector<std::string>{"epochs"});
  KeyClasses classes;
  settings.add_rules_to(classes);
  EXPECT_EQ(classes.class_of("paths.cache"), KeyClass::kExecution);
  EXPECT_EQ(classes.class_of("split"), KeyClass::kReplicate);
  EXPECT_EQ(classes.class_of("device"), KeyClass::kSemantic);
  EXPECT_EQ(classes.class_of("license"), KeyClass::kSecret);
  EXPECT_EQ(classes.class_of("max_time"), KeyClass::kBudget);
}

TEST(RecallSettingsTest, NothingSaidIsNothingSet) {
  for (const string_view toml : {"", "[project]\nname = 'x'\n", "[recall]\n"}) {
    const RecallSettings settings = parse(toml);
    EXPECT_FALSE(settings.reuse || settings.accept || settings.audit_share || settings.max_age_ns);
    EXPECT_TRUE(settings.rules.empty());
  }
  EXPECT_EQ(parse("[recall]\nbudget = ['epochs']\n").rules,
            (std::vector<KeyRule>{{"epochs", KeyClass::kBudget}}));
}

TEST(RecallSettingsTest, WhatIsNotKnownIsAnErrorThatNamesIt) {
  const auto refuse = [](string_view toml, string_view word) {
    const auto settings = parse_recall_settings(toml);
    ASSERT_FALSE(settings) << toml;
    EXPECT_EQ(settings.error().code(), Code::kInvalid);
    EXPECT_NE(settings.error().message().find(word), std::string::npos)
        << settings.error().message();
  };
  refuse("[recall]\ningore = ['a']\n", "ingore");
  refuse("[recall]\nreuse = 'always'\n", "never, check, ask, auto");
  refuse("[recall]\nreuse = true\n", "reuse");
  refuse("[recall]\nignore = 'a'\n", "ignore");
  refuse("[recall]\nignore = ['a', 1]\n", "ignore");
  refuse("[recall]\nbudget = {epochs = 'yes'}\n", "budget");
  refuse("[recall]\naudit_share = 2\n", "audit_share");
  refuse("[recall]\naudit_share = -0.5\n", "audit_share");
  refuse("[recall]\naudit_share = nan\n", "audit_share");
  refuse("[recall]\nmax_age = 90\n", "max_age");
  refuse("[recall]\nmax_age = '90 days'\n", "max_age");
  refuse("recall = 1\n", "recall");
  refuse("[recall\n", "line 1");
}

TEST(RecallSettingsTest, AgesHaveAUnit) {
  EXPECT_EQ(parse_age("45s"), 45 * kNsPerSecond);
  EXPECT_EQ(parse_age("2w"), 14 * 24 * 3600 * kNsPerSecond);
  for (const string_view text : {"", "d", "0d", "-1d", "1", "1.5d", "1y", "99999999999999w"})
    EXPECT_FALSE(parse_age(text)) << text;
}

TEST(RecallSettingsTest, AnUpperLayerCoversALowerOne) {
  const RecallSettings project = parse("[recall]\nreuse = 'ask'\nmax_age = '1d'\nignore = ['a']\n");
  const RecallSettings run = parse("[recall]\nreuse = 'never'\nsemantic = ['a']\n");
  const RecallSettings both = layer(run, project);
  EXPECT_EQ(both.reuse, Reuse::kNever);
  EXPECT_EQ(both.max_age_ns, project.max_age_ns);
  KeyClasses classes;
  both.add_rules_to(classes);
  EXPECT_EQ(classes.class_of("a"), KeyClass::kSemantic);
}

TEST(RecallSettingsTest, WordsAreReadAsTheyArePrinted) {
  for (const Reuse reuse : {Reuse::kNever, Reuse::kCheck, Reuse::kAsk, Reuse::kAuto})
    EXPECT_EQ(parse_reuse(print_reuse(reuse)), reuse);
  for (const Accept accept : {Accept::kExact, Accept::kEquivalent, Accept::kNearEnv})
    EXPECT_EQ(parse_accept(print_accept(accept)), accept);
  EXPECT_FALSE(parse_reuse("AUTO"));
}

}  // namespace
}  // namespace cairn::trace
