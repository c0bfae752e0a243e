// Tests of results that are only printed.
#include "cli/printed_results.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

Value found(std::initializer_list<std::string_view> texts, const Value& summary = Object()) {
  PrintedResults results({"loss", "val/acc"});
  for (const std::string_view text : texts) results.see(text);
  return results.found(summary);
}

TEST(PrintedResultsTest, TheLastNumberBehindAKeyCounts) {
  EXPECT_EQ(found({"epoch 1 loss: 0.5\nepoch 2 loss: 0.25\n"}), Value(Object{{"loss", 0.25}}));
  EXPECT_EQ(found({"loss=1e-3 val/acc 93\n"}), Value(Object{{"loss", 1e-3}, {"val/acc", 93.0}}));
  EXPECT_EQ(found({R"({"loss": -2})"}), Value(Object{{"loss", -2.0}}));
}

TEST(PrintedResultsTest, ALineMayComeInPiecesAndBeDrawnOver) {
  EXPECT_EQ(found({"lo", "ss: 0.", "125"}), Value(Object{{"loss", 0.125}}));
  EXPECT_EQ(found({"loss: 3\rloss: 2\rdone\n"}), Value(Object{{"loss", 2.0}}));
}

TEST(PrintedResultsTest, OtherWordsAreOtherKeys) {
  EXPECT_EQ(found({"val_loss: 1\nlosses: 2\nloss: nothing\nloss 3rd\n"}), Value(Object()));
}

TEST(PrintedResultsTest, NotANumberIsAResultToo) {
  EXPECT_NE(found({"loss: nan\n"}).find("loss"), nullptr);
  EXPECT_NE(found({"loss: -inf\n"}).find("loss"), nullptr);
}

TEST(PrintedResultsTest, WhatWasLoggedIsKnownBetter) {
  EXPECT_EQ(found({"loss: 1\nval/acc: 2\n"}, Object{{"loss", 0.5}}),
            Value(Object{{"val/acc", 2.0}}));
  EXPECT_EQ(found({"val/acc: 2\n"}, Object{{"val/acc", Object{{"max", 3.0}}}}), Value(Object()));
}

}  // namespace
}  // namespace cairn::cli
