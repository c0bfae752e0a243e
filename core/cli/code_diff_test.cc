// The lines that differ, as unified hunks.
#include "cli/code_diff.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

TEST(CodeDiffTest, EqualTextsHaveNone) {
  EXPECT_EQ(diff_lines("", ""), "");
  EXPECT_EQ(diff_lines("a\nb\n", "a\nb\n"), "");
}

TEST(CodeDiffTest, AChangedLineStandsBetweenItsNeighbours) {
  EXPECT_EQ(diff_lines("a\nb\nc\n", "a\nB\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
}

TEST(CodeDiffTest, LinesThatAreNewOrGone) {
  EXPECT_EQ(diff_lines("a\n", "a\nb\n"), "@@ -1,1 +1,2 @@\n a\n+b\n");
  EXPECT_EQ(diff_lines("a\nb\n", "b\n"), "@@ -1,2 +1,1 @@\n-a\n b\n");
}

TEST(CodeDiffTest, ALongFileWithFewChangesIsQuick) {
  std::string before, after;
  for (int i = 0; i < 20'000; ++i) {
    before += "line " + std::to_string(i) + "\n";
    after += (i % 1000 == 7 ? "changed " : "line ") + std::to_string(i) + "\n";
  }
  EXPECT_NE(diff_lines(before, after).find("+changed 19007"), std::string::npos);
}

}  // namespace
}  // namespace cairn::cli
