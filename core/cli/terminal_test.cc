// Tests of colours, widths and tables.
#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

const Terminal kPipe(false, false, 0);
const Terminal kNarrow(true, false, 30);
const Terminal kColored(true, true, 80);

TEST(TerminalTest, PaintsOnlyWhereColoursAreWanted) {
  EXPECT_EQ(kPipe.paint("ok", Paint::kGreen), "ok");
  EXPECT_EQ(kColored.paint("ok", Paint::kGreen), "\x1b[32mok\x1b[0m");
}

TEST(WidthTest, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("loss"), 4u);
  EXPECT_EQ(display_width("▁▂▃"), 3u);
  EXPECT_EQ(display_width("损失"), 4u);
  EXPECT_EQ(display_width("\xFF\xFE"), 2u);
}

TEST(WidthTest, ShortensBetweenCharacters) {
  EXPECT_EQ(shorten("quiet-ridge", 20), "quiet-ridge");
  EXPECT_EQ(shorten("quiet-ridge", 6), "quiet…");
  EXPECT_EQ(shorten("损失损失", 4), "损…");
}

TEST(PrintableTest, ARecordedNameCannotSteerTheTerminal) {
  EXPECT_EQ(make_printable("a\x1b[2Jb"), "a\xEF\xBF\xBD[2Jb");
  EXPECT_EQ(make_printable("two\nlines"), "two lines");
}

TEST(PrintableTest, EscapesAreTakenOutWhole) {
  EXPECT_EQ(strip_escapes("\x1b[1;31mred\x1b[0m!"), "red!");
  EXPECT_EQ(strip_escapes("\x1b]0;title\a!"), "!");
  EXPECT_EQ(strip_escapes("half \x1b["), "half ");
}

TEST(TableTest, NumbersStandWithTheirPointsInLine) {
  Table table({{"name"}, {"lr", Align::kPoint}});
  table.add({{"a"}, {"0.001"}});
  table.add({{"bb"}, {"10"}});
  table.add({{"c"}, {"1e-5"}});
  EXPECT_EQ(table.print(kPipe),
            "name      lr\n"
            "a      0.001\n"
            "bb    10\n"
            "c      1e-5\n");
}

TEST(TableTest, NoLineEndsWithSpaces) {
  Table table({{"name"}, {"tags"}});
  table.add({{"a"}, {""}});
  EXPECT_EQ(table.print(kPipe), "name  tags\na\n");
}

TEST(TableTest, TextGivesWayOnANarrowTerminalAndNumbersDoNot) {
  Table table({{"name"}, {"value", Align::kRight}});
  table.add({{"a-very-long-name-of-a-run-indeed"}, {"123456789"}});
  EXPECT_EQ(table.print(kNarrow, false), "a-very-long-name-o…  123456789\n");
  EXPECT_EQ(table.print(kPipe, false), "a-very-long-name-of-a-run-indeed  123456789\n");
}

}  // namespace
}  // namespace cairn::cli
