// Tests of what users write of a sweep: files and budgets.
#include "cli/sweep_file.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

using model::List;
using model::Object;
using model::Value;

Value parsed(std::string_view text) {
  const auto document = parse_sweep_text(text);
  EXPECT_TRUE(document) << document.error().message();
  return document.value_or(Value());
}
Value budget(std::string_view text) {
  const auto read = parse_budget(text);
  return read ? *read : Value(read.error().message());
}

TEST(SweepFileTest, MembersKeepTheirOrderAndTypes) {
  EXPECT_EQ(parsed("parameters:\n  b: {values: [1, 2.0, x, '3', null, true]}\n  a: {value: 7}\n"),
            Value(Object{{"parameters",
                          Object{{"b", Object{{"values", List{1, 2.0, "x", "3", nullptr, true}}}},
                                 {"a", Object{{"value", 7}}}}}}));
}

TEST(SweepFileTest, ExponentsAreNumbersWhateverYamlSays) {
  EXPECT_EQ(parsed("min: 1e-5\nmax: 1E+3\nx: -2e0"),
            Value(Object{{"min", 1e-5}, {"max", 1e3}, {"x", -2.0}}));
}

TEST(SweepFileTest, WordsOfYaml11AreBooleansAsForPyYaml) {
  EXPECT_EQ(parsed("values: [yes, Off, 'no', nothing]"),
            Value(Object{{"values", List{true, false, "no", "nothing"}}}));
}

TEST(SweepFileTest, JsonIsReadToo) {
  EXPECT_EQ(parsed(R"({"method": "grid", "n": 3})"), Value(Object{{"method", "grid"}, {"n", 3}}));
}

TEST(SweepFileTest, WhatIsNoMapIsRefused) {
  for (const char* text : {"", "[1, 2]", "just words", "a: [", "a: 1\n---\nb: 2\n"})
    EXPECT_FALSE(parse_sweep_text(text)) << text;
}

TEST(SweepFileTest, ABudgetSaysItsUnit) {
  EXPECT_EQ(budget("60"), Value(Object{{"trials", 60}}));
  EXPECT_EQ(budget("1h30m"), Value(Object{{"hours", 1.5}}));
  EXPECT_EQ(budget("500Wh"), Value(Object{{"kwh", 0.5}}));
  EXPECT_EQ(budget("40trials,2h,200gCO2e,10money"),
            Value(Object{{"trials", 40}, {"hours", 2.0}, {"gco2e", 200.0}, {"money", 10.0}}));
}

TEST(SweepFileTest, ABudgetThatIsNoneIsRefused) {
  for (const char* text : {"", "0", "-3", "2.5", "5 bananas", "h", "60,", "inf", "nan"})
    EXPECT_FALSE(parse_budget(text)) << text;
}

TEST(SweepFileTest, OptionsGoBeforeTheFile) {
  Value document = parsed("metric: {name: loss, target: 0.1}\nmethod: grid\nrun_cap: 9\n");
  SweepWords words;
  words.goal = "maximize";
  words.method = "random";
  words.budget = "5";
  ASSERT_TRUE(apply_words(words, document));
  EXPECT_EQ(
      document,
      Value(Object{{"metric", Object{{"name", "loss"}, {"target", 0.1}, {"goal", "maximize"}}},
                   {"method", "random"},
                   {"budget", Object{{"trials", 5}}}}));
}

TEST(SweepFileTest, AGoalNeedsAMetric) {
  Value document = Object();
  SweepWords words;
  words.goal = "maximize";
  EXPECT_FALSE(apply_words(words, document));
}

}  // namespace
}  // namespace cairn::cli
