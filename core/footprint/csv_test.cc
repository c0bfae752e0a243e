// The rules of the tables' CSV: RFC 4180 below a head of "# key: value" lines.
#include "footprint/csv.h"

#include <gtest/gtest.h>

namespace cairn::footprint {
namespace {

using Cells = std::vector<std::string_view>;

CsvTable table(std::string_view text) {
  auto parsed = parse_csv(text, "t.csv");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message();
  return parsed ? std::move(*parsed) : CsvTable{};
}

std::string fault(std::string_view text) {
  const auto parsed = parse_csv(text, "t.csv");
  return parsed ? "" : parsed.error().message();
}

TEST(Csv, TheHeadIsKeysAndValuesOfWhichAKeyMayRepeat) {
  const CsvTable t = table("# name: x\n# source: a, b\n# free words\n# source: c\na,b\n1,2\n");
  EXPECT_EQ(t.head_value("name"), "x");
  EXPECT_EQ(t.head_value("source"), "a, b; c");
  EXPECT_EQ(t.head_value("licence"), "");
  EXPECT_EQ(t.columns, (Cells{"a", "b"}));
}

TEST(Csv, CellsAreTrimmedAndQuotedOnesAreNot) {
  const CsvTable t = table("a,b\r\n one , \" two \"\r\n\r\n,\n");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(t.rows[0].cells, (Cells{"one", "\" two \""}))
      << "a quote counts at the cell's beginning";
  EXPECT_EQ(table("a,b\n1,\" two \"\n").rows[0].cells, (Cells{"1", " two "}));
  EXPECT_EQ(t.rows[1].cells, (Cells{"", ""}));
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLines) {
  const CsvTable t = table("a,b\n\"x, \"\"y\"\"\",\"1\n2\"\nlast,row");
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(t.rows[0].cells, (Cells{"x, \"y\"", "1\n2"}));
  EXPECT_EQ(t.rows[1].line, 4u);
}

TEST(Csv, WhatIsWrongIsToldWithFileAndLine) {
  EXPECT_EQ(fault("# name: x\n"), "t.csv:2: expected the names of columns, found the end");
  EXPECT_EQ(fault("a,b\n1,2\n1\n"), "t.csv:3: expected 2 cells, found 1");
  EXPECT_EQ(fault("a,a\n"), "t.csv:1: expected each column once, found 'a' twice");
  EXPECT_EQ(fault("a\n\"x\n"), "t.csv:2: expected a quote at the end of the cell, found none");
  EXPECT_EQ(fault("a\n\"x\"y\n"), "t.csv:2: expected a comma after a quoted cell, found 'y'");
}

TEST(Csv, WhatIsPrintedIsReadAgain) {
  for (const std::string cell :
       {"plain", "", "a,b", "say \"x\"", " space ", "two\nlines", "\"\""}) {
    const std::string text = "a,b\n" + print_cell(cell) + ",end\n";
    const CsvTable t = table(text);
    ASSERT_EQ(t.rows.size(), 1u) << cell;
    EXPECT_EQ(t.rows[0].cells[0], cell);
  }
}

TEST(Csv, CopiesSurviveAMoveOfTheTable) {
  CsvTable t = table("a\n\"x\"\"\"\n");
  const CsvTable moved = std::move(t);
  EXPECT_EQ(moved.rows[0].cells[0], "x\"");
}

}  // namespace
}  // namespace cairn::footprint
