// Tests of the braille canvas and the axes.
#include "cli/plot.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::cli {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

const Terminal kPlain(false, false, 0);

Curve curve_of(const std::vector<double>& values) {
  Curve curve{"loss", {}, values, values, values};
  for (size_t i = 0; i < values.size(); ++i) curve.x.push_back(static_cast<double>(i));
  return curve;
}

std::string draw(const Curve& curve, PlotOptions options) {
  options.x_label = "step";
  return draw_plot({curve}, options, kPlain);
}

TEST(CanvasTest, EveryDotHasItsPlaceInTheCharacter) {
  BrailleCanvas canvas(1, 1);
  canvas.set(0, 0, Paint::kPlain);
  EXPECT_EQ(canvas.print_row(0, kPlain), "⠁");
  canvas.set(1, 3, Paint::kPlain);
  EXPECT_EQ(canvas.print_row(0, kPlain), "⢁");
}

TEST(CanvasTest, DotsOutsideAreIgnored) {
  BrailleCanvas canvas(1, 1);
  canvas.line(-5, -5, -1, 20, Paint::kPlain);
  EXPECT_EQ(canvas.print_row(0, kPlain), "");
}

TEST(CanvasTest, ALineHasNoHoles) {
  BrailleCanvas canvas(2, 1);
  canvas.line(0, 0, 3, 0, Paint::kPlain);
  EXPECT_EQ(canvas.print_row(0, kPlain), "⠉⠉");
}

TEST(TicksTest, AreRoundAndInside) {
  EXPECT_EQ(choose_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  const std::vector<double> ticks = choose_ticks(0.13, 0.42, 3);
  ASSERT_EQ(ticks.size(), 3u);
  EXPECT_DOUBLE_EQ(ticks.front(), 0.2);
  EXPECT_DOUBLE_EQ(ticks.back(), 0.4);
}

TEST(PlotTest, AFallingCurveFallsFromTheUpperLeft) {
  const std::string plot = draw(curve_of({3, 2, 1, 0}), {24, 6, false, ""});
  EXPECT_EQ(plot,
            "  │⠑⠢⢄⡀\n"
            "2 ┤   ⠈⠑⠒⠤⣀\n"
            "  │        ⠉⠒⠤⣀\n"
            "0 ┤            ⠉⠒⠤⣀ loss\n"
            "  └┬─────────┬─────\n"
            "   0         2       step\n")
      << plot;
}

TEST(PlotTest, ASpikeOfOneBucketShows) {
  Curve flat = curve_of(std::vector<double>(40, 1.0));
  flat.high[20] = 100;
  const std::string plot = draw(flat, {40, 8, false, ""});
  EXPECT_TRUE(has(plot, "100 ┤"));
  EXPECT_TRUE(has(plot.substr(0, plot.find('\n')), "⡇")) << plot;
}

TEST(PlotTest, WhatIsNotFiniteLeavesAGap) {
  EXPECT_EQ(draw(curve_of({NAN, INFINITY}), {24, 6, false, ""}), "no values to draw\n");
  EXPECT_TRUE(has(draw(curve_of({1, NAN, 2}), {24, 6, false, ""}), "loss"));
}

TEST(PlotTest, ALogarithmicAxisDrawsPowersOfTenEvenly) {
  const std::string plot = draw(curve_of({1, 10, 100}), {24, 7, true, ""});
  EXPECT_TRUE(has(plot, "100 ┤"));
  EXPECT_TRUE(has(plot, "10 ┤"));
  EXPECT_EQ(draw(curve_of({0, -1}), {24, 6, true, ""}), "no positive values to draw\n");
}

TEST(PlotTest, OnePointIsDrawnInTheMiddle) {
  EXPECT_TRUE(has(draw(curve_of({5}), {30, 8, false, ""}), "loss"));
}

}  // namespace
}  // namespace cairn::cli
