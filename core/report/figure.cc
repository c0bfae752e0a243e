// See figure.h.
#include "report/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/escape.h"

namespace cairn::report {

namespace {

using Kind = FigureShape::Kind;

constexpr std::array<std::string_view, 8> kRoleNames = {"ink",  "muted",  "grid",  "main",
                                                        "pale", "second", "third", "null"};
std::string_view name_of(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

// Two decimals are a fiftieth of what can be seen, and the same on every machine.
std::string at(double value) {
  std::string text = fmt::format("{:.2f}", std::fabs(value) < 0.005 ? 0 : value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

struct Rgb {
  int r = 0, g = 0, b = 0;
};

// Pale yellow to deep blue through green, of even steps in lightness, also without colours.
Rgb heat_colour(double heat) {
  constexpr std::array<Rgb, 5> kRamp = {
      {{253, 246, 206}, {178, 221, 174}, {84, 174, 173}, {44, 110, 158}, {38, 48, 112}}};
  const double place = std::clamp(heat, 0.0, 1.0) * (kRamp.size() - 1);
  const size_t i = std::min(static_cast<size_t>(place), kRamp.size() - 2);
  const double share = place - static_cast<double>(i);
  const auto mix = [&](int a, int b) {
    return static_cast<int>(std::lround(a + share * static_cast<double>(b - a)));
  };
  return {mix(kRamp[i].r, kRamp[i + 1].r), mix(kRamp[i].g, kRamp[i + 1].g),
          mix(kRamp[i].b, kRamp[i + 1].b)};
}

std::string svg_path(const std::vector<Point>& points, bool is_closed) {
  std::string out;
  for (const Point& point : points)
    out += fmt::format("{}{} {}", out.empty() ? "M" : "L", at(point.x), at(point.y));
  return is_closed ? out + "Z" : out;
}

std::string svg_box(const FigureShape& shape) {
  const Point &a = shape.points[0], &b = shape.points[1];
  return fmt::format(R"(x="{}" y="{}" width="{}" height="{}")", at(std::min(a.x, b.x)),
                     at(std::min(a.y, b.y)), at(std::fabs(b.x - a.x)), at(std::fabs(b.y - a.y)));
}

std::string svg_text(const FigureShape& shape) {
  constexpr std::array<std::string_view, 3> kAnchors = {"start", "middle", "end"};
  const Point& p = shape.points[0];
  return fmt::format(
      R"(<text x="{0}" y="{1}" class="t-{2}" font-size="{3}" text-anchor="{4}"{5}>{6}</text>)",
      at(p.x), at(p.y), name_of(shape.role), at(shape.size),
      kAnchors[static_cast<size_t>(shape.anchor)],
      shape.is_turned ? fmt::format(" transform=\"rotate(-90 {} {})\"", at(p.x), at(p.y)) : "",
      escape_html(shape.text));
}

std::string svg_shape(const FigureShape& shape) {
  if (shape.kind == Kind::kText) return svg_text(shape);
  if (shape.kind == Kind::kLine)
    return fmt::format(R"(<path d="{}" class="l-{}" stroke-width="{}"{}/>)",
                       svg_path(shape.points, false), name_of(shape.role), at(shape.size),
                       shape.is_dashed ? R"( stroke-dasharray="4 3")" : "");
  std::string open;
  if (shape.kind == Kind::kRect)
    open = fmt::format(R"(rect {} class="f-{}")", svg_box(shape), name_of(shape.role));
  if (shape.kind == Kind::kCell) {
    const Rgb colour = heat_colour(shape.heat);
    open = fmt::format(R"(rect {} shape-rendering="crispEdges" fill="#{:02x}{:02x}{:02x}")",
                       svg_box(shape), colour.r, colour.g, colour.b);
  }
  if (shape.kind == Kind::kArea)
    open = fmt::format(R"(path d="{}" class="f-{}")", svg_path(shape.points, true),
                       name_of(shape.role));
  if (shape.kind == Kind::kDot)
    open = fmt::format(R"(circle cx="{}" cy="{}" r="{}" class="f-{}")", at(shape.points[0].x),
                       at(shape.points[0].y), at(shape.size), name_of(shape.role));
  if (shape.text.empty()) return "<" + open + "/>";
  return fmt::format("<{}><title>{}</title></{}>", open, escape_html(shape.text),
                     open.substr(0, open.find(' ')));
}

// So wide that letters of 12 units are those of \scriptsize; \resizebox makes it a column.
constexpr double kWidthCm = 12;

class TikzWriter {
 public:
  explicit TikzWriter(const Figure& figure)
      : x_figure(figure), x_scale(kWidthCm / figure.width()) {}

  std::string print() const {
    std::string out = fmt::format(
        "\\begin{{tikzpicture}}\n\\path[use as bounding box] (0,0) rectangle ({},{});\n",
        cm(x_figure.width()), cm(x_figure.height()));
    for (const FigureShape& shape : x_figure.shapes()) out += print(shape) + "\n";
    return out + "\\end{tikzpicture}";
  }

 private:
  std::string cm(double length) const { return fmt::format("{:.3f}", length * x_scale); }
  std::string place(const Point& point) const {
    return fmt::format("({},{})", cm(point.x), cm(x_figure.height() - point.y));
  }
  std::string path(const std::vector<Point>& points) const {
    std::string out;
    for (const Point& point : points) out += (out.empty() ? "" : " -- ") + place(point);
    return out;
  }

  std::string print(const FigureShape& shape) const {
    const auto colour = fmt::format("cairn{}", name_of(shape.role));
    switch (shape.kind) {
      case Kind::kRect:
        return fmt::format("\\fill[{}] {} rectangle {};", colour, place(shape.points[0]),
                           place(shape.points[1]));
      case Kind::kCell: {
        const Rgb rgb = heat_colour(shape.heat);
        return fmt::format("\\fill[fill={{rgb,255:red,{};green,{};blue,{}}}] {} rectangle {};",
                           rgb.r, rgb.g, rgb.b, place(shape.points[0]), place(shape.points[1]));
      }
      case Kind::kLine:
        return fmt::format("\\draw[{},line width={:.2f}pt{}] {};", colour, 0.5 * shape.size,
                           shape.is_dashed ? ",dashed" : "", path(shape.points));
      case Kind::kArea:
        return fmt::format("\\fill[{}] {} -- cycle;", colour, path(shape.points));
      case Kind::kDot:
        return fmt::format("\\fill[{}] {} circle[radius={}cm];", colour, place(shape.points[0]),
                           cm(shape.size));
      case Kind::kText:
        break;
    }
    // The base line of a letter is where SVG has it.
    constexpr std::array<std::string_view, 3> kAnchors = {"base west", "base", "base east"};
    return fmt::format(
        "\\node[{},anchor={},inner sep=0pt,font=\\{}{}] at {} {{{}}};", colour,
        kAnchors[static_cast<size_t>(shape.anchor)], shape.size > 11.5 ? "scriptsize" : "tiny",
        shape.is_turned ? ",rotate=90" : "", place(shape.points[0]), escape_latex(shape.text));
  }

  const Figure& x_figure;
  const double x_scale;
};

}  // namespace

void Figure::rect(Point from, Point to, Role role, std::string told) {
  x_shapes.push_back(
      {.kind = Kind::kRect, .role = role, .points = {from, to}, .text = std::move(told)});
}

void Figure::cell(Point from, Point to, double heat, std::string told) {
  x_shapes.push_back(
      {.kind = Kind::kCell, .points = {from, to}, .heat = heat, .text = std::move(told)});
}

void Figure::line(std::vector<Point> points, Role role, double width, bool is_dashed) {
  x_shapes.push_back({.kind = Kind::kLine,
                      .role = role,
                      .points = std::move(points),
                      .size = width,
                      .is_dashed = is_dashed});
}

void Figure::area(std::vector<Point> points, Role role) {
  x_shapes.push_back({.kind = Kind::kArea, .role = role, .points = std::move(points)});
}

void Figure::dot(Point where, double radius, Role role, std::string told) {
  x_shapes.push_back({.kind = Kind::kDot,
                      .role = role,
                      .points = {where},
                      .size = radius,
                      .text = std::move(told)});
}

void Figure::text(Point where, std::string text, Role role, Anchor anchor, double size,
                  bool is_turned) {
  x_shapes.push_back({.kind = Kind::kText,
                      .role = role,
                      .points = {where},
                      .size = size,
                      .is_turned = is_turned,
                      .anchor = anchor,
                      .text = std::move(text)});
}

std::string print_svg(const Figure& figure, bool is_alone) {
  std::string out = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}" class="figure">)",
      at(figure.width()), at(figure.height()), escape_html(figure.title()));
  if (is_alone)
    out += fmt::format("<style>{}</style><rect width=\"100%\" height=\"100%\" class=\"f-paper\"/>",
                       figure_style());
  for (const FigureShape& shape : figure.shapes()) out += "\n" + svg_shape(shape);
  return out + "\n</svg>\n";
}

std::string_view figure_style() {
  return R"(
:root{--paper:#fff;--ink:#1c2430;--muted:#5c6675;--grid:#e3e7ec;--main:#2563a8;--pale:#bcd4ee;--second:#c2571a;--third:#3b8a5a;--null:#d3d6da}
@media (prefers-color-scheme:dark){:root{--paper:#14181e;--ink:#e6e9ee;--muted:#9aa5b3;--grid:#2a313b;--main:#6fa8e6;--pale:#2f547b;--second:#e8935a;--third:#6cc08e;--null:#3a414b}}
@media print{:root{--paper:#fff;--ink:#1c2430;--muted:#5c6675;--grid:#e3e7ec;--main:#2563a8;--pale:#bcd4ee;--second:#c2571a;--third:#3b8a5a;--null:#d3d6da}}
.figure{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.f-paper{fill:var(--paper)}.f-ink{fill:var(--ink)}.f-muted{fill:var(--muted)}.f-grid{fill:var(--grid)}.f-main{fill:var(--main)}.f-pale{fill:var(--pale)}.f-second{fill:var(--second)}.f-third{fill:var(--third)}.f-null{fill:var(--null)}
.t-ink{fill:var(--ink)}.t-muted{fill:var(--muted)}.t-main{fill:var(--main)}.t-second{fill:var(--second)}.t-third{fill:var(--third)}
.l-ink,.l-muted,.l-grid,.l-main,.l-pale,.l-second,.l-third,.l-null{fill:none;stroke-linejoin:round}
.l-ink{stroke:var(--ink)}.l-muted{stroke:var(--muted)}.l-grid{stroke:var(--grid)}.l-main{stroke:var(--main)}.l-pale{stroke:var(--pale)}.l-second{stroke:var(--second)}.l-third{stroke:var(--third)}.l-null{stroke:var(--null)}
)";
}

std::string print_tikz(const Figure& figure) { return TikzWriter(figure).print(); }

std::string_view tikz_colours() {
  return R"(\definecolor{cairnink}{HTML}{1C2430}
\definecolor{cairnmuted}{HTML}{5C6675}
\definecolor{cairngrid}{HTML}{E3E7EC}
\definecolor{cairnmain}{HTML}{2563A8}
\definecolor{cairnpale}{HTML}{BCD4EE}
\definecolor{cairnsecond}{HTML}{C2571A}
\definecolor{cairnthird}{HTML}{3B8A5A}
\definecolor{cairnnull}{HTML}{D3D6DA}
)";
}

}  // namespace cairn::report
