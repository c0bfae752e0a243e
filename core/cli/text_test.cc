// Tests of how numbers, times and patterns are written.
#include "cli/text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::cli {
namespace {

TEST(NumberTest, ShowsFiveDigitsAndNoEmptyOnes) {
  EXPECT_EQ(print_number(0.05), "0.05");
  EXPECT_EQ(print_number(0.971234567), "0.97123");
  EXPECT_EQ(print_number(1234567), "1234567");
  EXPECT_EQ(print_number(-3), "-3");
}

TEST(NumberTest, WritesExponentsShort) {
  EXPECT_EQ(print_number(1e-5), "1e-5");
  EXPECT_EQ(print_number(2.5e20), "2.5e20");
  EXPECT_EQ(print_number(1e10), "1e10");
}

TEST(NumberTest, NamesWhatIsNotFinite) {
  EXPECT_EQ(print_number(NAN), "NaN");
  EXPECT_EQ(print_number(-INFINITY), "-inf");
}

TEST(ValueTest, AnUnknownValueIsADashAndNeverZero) {
  EXPECT_EQ(print_value({}), "-");
  EXPECT_EQ(print_value(0), "0");
  EXPECT_EQ(print_value(true), "true");
  EXPECT_EQ(print_value(model::List{1, "a"}), "[1,\"a\"]");
}

TEST(SpanTest, HasTwoUnitsAtMost) {
  EXPECT_EQ(print_span(0.25), "250ms");
  EXPECT_EQ(print_span(12.34), "12.3s");
  EXPECT_EQ(print_span(59.99), "1m 00s");
  EXPECT_EQ(print_span(7384), "2h 03m");
  EXPECT_EQ(print_span(100000), "1d 03h");
}

TEST(AgeTest, HasOneUnitAndNoFuture) {
  EXPECT_EQ(print_age(59), "59s");
  EXPECT_EQ(print_age(3 * 3600), "3h");
  EXPECT_EQ(print_age(5 * 86400), "5d");
  EXPECT_EQ(print_age(-4), "0s");
}

TEST(BytesTest, KeepsThreeDigitsOrSo) {
  EXPECT_EQ(print_bytes(999), "999 B");
  EXPECT_EQ(print_bytes(1500), "1.5 kB");
  EXPECT_EQ(print_bytes(999'600), "1.0 MB");
  EXPECT_EQ(print_count(1234567), "1,234,567");
}

TEST(SparklineTest, SpansItsRangeAndLeavesGaps) {
  EXPECT_EQ(print_sparkline({0, 0.5, 1}), "▁▅█");
  EXPECT_EQ(print_sparkline({0, NAN, 1}), "▁ █");
  EXPECT_EQ(print_sparkline({3, 3}), "▅▅");
}

TEST(GlobTest, StarsMatchAnyText) {
  EXPECT_TRUE(matches_glob("val/*", "val/acc"));
  EXPECT_TRUE(matches_glob("gpu.*.util", "gpu.0.x.util"));
  EXPECT_TRUE(matches_glob("l?ss", "loss"));
  EXPECT_FALSE(matches_glob("val/*", "train/acc"));
  EXPECT_FALSE(matches_glob("loss", "losses"));
}

}  // namespace
}  // namespace cairn::cli
