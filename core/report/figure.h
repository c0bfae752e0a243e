// Figure: a drawing of simple shapes, written as SVG for screens and as TikZ for a paper.
//
// Pure. The same shapes always give the same bytes. Colours are roles, not colours: a page gives
// them theirs, in light and dark; a file of its own brings both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::report {

enum class Role {
  kInk,     // text, axes
  kMuted,   // ticks, what is said beside
  kGrid,    // lines to read by
  kMain,    // what the figure is about
  kMainBg,  // a lighter form of it: what it is part of, a band around it
  kSecond,
  kThird,
  kNull,  // what chance alone does
};

enum class Anchor { kStart, kMiddle, kEnd };

struct Point {
  double x = 0, y = 0;  // in units of the figure, y downwards
};

struct FigureShape {
  enum class Kind { kRect, kLine, kArea, kDot, kText, kCell };
  Kind kind = Kind::kRect;
  Role role = Role::kInk;
  std::vector<Point> points;  // kRect, kCell: two corners; kDot, kText: where
  double size = 1;            // kLine: its width; kDot: the radius; kText: of the letters
  double heat = 0;            // kCell: 0 to 1 on a ramp from pale to dark
  bool is_dashed = false, is_turned = false;  // kText: upwards
  Anchor anchor = Anchor::kStart;
  std::string text;  // of kText; of others what a reader sees who points at it
};

class Figure {
 public:
  Figure(std::string name, std::string title, double width, double height)
      : x_name(std::move(name)), x_title(std::move(title)), x_width(width), x_height(height) {}

  void rect(Point from, Point to, Role role, std::string told = {});
  void cell(Point from, Point to, double heat, std::string told = {});
  void line(std::vector<Point> points, Role role, double width = 1, bool is_dashed = false);
  void area(std::vector<Point> points, Role role);
  void dot(Point at, double radius, Role role, std::string told = {});
  void text(Point at, std::string text, Role role = Role::kInk, Anchor anchor = Anchor::kStart,
            double size = 12, bool is_turned = false);

  const std::string& name() const { return x_name; }    // "importance": of its file
  const std::string& title() const { return x_title; }  // what it shows, in a sentence
  double width() const { return x_width; }
  double height() const { return x_height; }
  const std::vector<FigureShape>& shapes() const { return x_shapes; }

 private:
  std::string x_name, x_title;
  double x_width, x_height;
  std::vector<FigureShape> x_shapes;
};

// `is_alone`: a file, with colours of its own for light and dark; else for a page that has
// figure_style().
std::string print_svg(const Figure& figure, bool is_alone);
// The colours of all roles as CSS, for light and dark.
std::string_view figure_style();
// A tikzpicture, 12 cm wide. Needs the package tikz and the colours of
// tikz_colours().
std::string print_tikz(const Figure& figure);
std::string_view tikz_colours();

}  // namespace cairn::report
