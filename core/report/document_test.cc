// Tests of the writers: nothing of people's text is markup, and what comes out is whole.
#include "report/document.h"

#include <gtest/gtest.h>

#include <set>

#include "report/axis.h"
#include "report/escape.h"

namespace cairn::report {
namespace {

constexpr const char* kHostile =
    "50 %_done & #1 {x} ~a^b \\input{/etc/passwd} $y$ <script>alert('1')</script> \"q\" | `c` 模 é";

// Whether braces and environments close as they were opened, and nothing is left that LaTeX would
// read as a command of the text's own.
std::string check_latex(const std::string& text) {
  int depth = 0;
  std::vector<std::string> open;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {  // a comment
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth < 0) return "a brace too many";
    if (text[i] != '\\') continue;
    for (const bool is_begin : {true, false}) {
      const std::string_view word = is_begin ? "\\begin{" : "\\end{";
      if (text.compare(i, word.size(), word) != 0) continue;
      const size_t from = i + word.size(), to = text.find('}', from);
      const std::string name = text.substr(from, to - from);
      if (is_begin) {
        open.push_back(name);
      } else {
        if (open.empty() || open.back() != name) return "an end of " + name;
        open.pop_back();
      }
    }
    if (i + 1 < text.size() &&
        std::string_view("{}%\\").find(text[i + 1]) != std::string_view::npos)
      ++i;
  }
  if (depth != 0) return "braces left open";
  return open.empty() ? "" : "left open: " + open.back();
}

// Whether every element of a page is closed in order.
std::string check_html(const std::string& text) {
  const std::set<std::string> kVoid = {"meta", "!doctype", "br"};
  std::vector<std::string> open;
  for (size_t i = text.find('<'); i != std::string::npos; i = text.find('<', i + 1)) {
    const size_t end = text.find('>', i);
    if (end == std::string::npos) return "a tag left open";
    const bool is_close = text[i + 1] == '/';
    const size_t from = i + (is_close ? 2 : 1);
    const std::string name = text.substr(from, text.find_first_of(" />", from) - from);
    if (is_close) {
      if (open.empty() || open.back() != name) return "an end of " + name;
      open.pop_back();
    } else if (text[end - 1] != '/' && !kVoid.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "left open: " + open.back();
}

Document hostile() {
  Figure figure("importance", kHostile, 200, 100);
  figure.text({10, 10}, kHostile);
  figure.rect({0, 0}, {10, 10}, Role::kMain, kHostile);
  figure.cell({0, 0}, {10, 10}, 0.5, kHostile);
  figure.area({{0, 0}, {5, 5}, {0, 5}}, Role::kMainBg);
  figure.line({{0, 0}, {5, 5}}, Role::kInk, 1, true);
  figure.dot({3, 3}, 2, Role::kSecond);
  Document document;
  document.title = document.subtitle = document.footer = kHostile;
  document.sections.push_back(
      {kHostile,
       {Paragraph{kHostile, true}, Paragraph{kHostile, false},
        Facts{{{kHostile, kHostile, kHostile}}},
        TextTable{"t",
                  kHostile,
                  {{kHostile}, {"b", TextTable::Align::kRight}, {"c", {}, true}},
                  {{kHostile, "1", kHostile}}},
        figure}});
  return document;
}

TEST(Latex, IsBalancedAndEscapedWhateverTheTextIs) {
  const std::string text = print_latex(hostile());
  EXPECT_EQ(check_latex(text), "");
  EXPECT_EQ(text.find("\\input{"), std::string::npos);
  EXPECT_EQ(text.find("模"), std::string::npos);
  EXPECT_NE(text.find("50 \\%\\_done \\& \\#1 \\{x\\}"), std::string::npos);
  EXPECT_NE(text.find("\\begin{tikzpicture}"), std::string::npos);
  EXPECT_NE(text.find("\\toprule"), std::string::npos);
}

TEST(Latex, TheCheckItselfSeesWhatIsNotClosed) {
  EXPECT_NE(check_latex("{a"), "");
  EXPECT_NE(check_latex("a}"), "");
  EXPECT_NE(check_latex("\\begin{table}"), "");
  EXPECT_NE(check_latex("\\begin{table}\\end{figure}"), "");
  EXPECT_EQ(check_latex("\\begin{table}\\% \\} \\{ % {\n\\end{table}"), "");
}

TEST(Html, IsWellFormedWithoutScriptOrAnythingFromElsewhere) {
  const std::string page = print_html(hostile());
  EXPECT_EQ(check_html(page), "");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos);
  EXPECT_EQ(page.find("<link"), std::string::npos);
  EXPECT_EQ(page.find("url("), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&#39;1&#39;)"), std::string::npos);
  EXPECT_NE(page.find("prefers-color-scheme:dark"), std::string::npos);
}

TEST(Markdown, EscapesCellsAndRefersToFiguresOnlyWhereTheyAre) {
  const std::string text = print_markdown(hostile(), "");
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_NE(text.find("\\| \\`c\\`"), std::string::npos);
  EXPECT_EQ(text.find("importance.svg"), std::string::npos);
  EXPECT_NE(print_markdown(hostile(), "figs/").find("](<figs/importance.svg>)"), std::string::npos);
}

TEST(Svg, IsTheSameBytesEveryTimeAndWellFormed) {
  const Figure figure = std::get<Figure>(hostile().sections[0].blocks.back());
  const std::string svg = print_svg(figure, true);
  EXPECT_EQ(svg, print_svg(figure, true));
  EXPECT_EQ(check_html(svg), "");
  EXPECT_NE(svg.find("xmlns=\"http://www.w3.org/2000/svg\""), std::string::npos);
  EXPECT_EQ(print_svg(figure, false).find("<style>"), std::string::npos);
}

TEST(Axis, HasRoundTicksWithinItsRange) {
  EXPECT_EQ(Axis(0, 2, 0, 100).ticks(4), (std::vector<double>{0, 0.5, 1, 1.5, 2}));
  EXPECT_EQ(Axis(1, 64, 0, 100, true).ticks(6), (std::vector<double>{1, 2, 5, 10, 20, 50}));
  EXPECT_EQ(Axis(1e-4, 1e2, 0, 100, true).ticks(3), (std::vector<double>{1e-4, 1e-2, 1.0, 1e2}));
  EXPECT_DOUBLE_EQ(Axis(1, 100, 0, 100, true).at(10), 50);
  EXPECT_DOUBLE_EQ(Axis(3, 3, 0, 100).at(3), 50);
}

TEST(Escape, LettersOfEuropeStayAndOthersAreAsked) {
  EXPECT_EQ(escape_latex("Müller ± 模"), "Müller $\\pm$ ?");
  EXPECT_EQ(escape_latex("\xff"), "?");
  EXPECT_EQ(escape_html("a\x01<"), "a &lt;");
}

}  // namespace
}  // namespace cairn::report
