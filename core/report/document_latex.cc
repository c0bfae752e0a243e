// A document as LaTeX, for pdfLaTeX and its kin with the packages of any distribution.
#include <fmt/format.h>

#include <algorithm>

#include "report/document.h"
#include "report/escape.h"

namespace cairn::report {

namespace {

constexpr const char* kBegin =
    "% Compiles as it is: pdflatex, tectonic. To put it into a paper copy what is between the two\n"
    "% marks, and the lines of the preamble before the first.\n"
    "\\documentclass[10pt]{article}\n"
    "\\usepackage[T1]{fontenc}\n"
    "\\usepackage[utf8]{inputenc}\n"
    "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n"
    "\\usepackage[margin=25mm]{geometry}\n"
    "\\usepackage{array}\n"
    "\\usepackage{booktabs}\n"
    "\\usepackage{textcomp}\n"
    "\\usepackage{tikz}\n";

constexpr size_t kNarrowColumns = 4;

std::string print(const Paragraph& paragraph) {
  const std::string text = escape_latex(paragraph.text);
  return paragraph.is_aside ? fmt::format("{{\\footnotesize {}\\par}}\n\n", text) : text + "\n\n";
}

std::string print(const Facts& facts) {
  std::string out = "\\begin{description}\n";
  for (const Facts::Fact& fact : facts.facts)
    out += fmt::format("  \\item[{}] {}{}\n", escape_latex(fact.label), escape_latex(fact.value),
                       fact.beside.empty() ? "" : fmt::format(" ({})", escape_latex(fact.beside)));
  return out + "\\end{description}\n\n";
}

std::string layout_of(const TextTable& table) {
  const auto wide = std::ranges::count_if(table.columns, &TextTable::Column::is_wide);
  std::string out;
  for (const TextTable::Column& column : table.columns) {
    if (column.is_wide)
      out += fmt::format(">{{\\raggedright\\arraybackslash}}p{{{:.2f}\\linewidth}}",
                         0.82 / static_cast<double>(wide));
    else
      out += column.align == TextTable::Align::kRight ? "r" : "l";
  }
  return out;
}

std::string print_row(const std::vector<std::string>& cells) {
  std::string out = "    ";
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += " & ";
    out += escape_latex(cells[i]);
  }
  return out + " \\\\\n";
}

std::string print(const TextTable& table) {
  std::vector<std::string> titles;
  for (const TextTable::Column& column : table.columns) titles.push_back(column.title);
  std::string out = "\\begin{table}[htbp]\n  \\centering";
  out += table.columns.size() > kNarrowColumns ? "\\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n"
                                               : "\\small\n";
  out +=
      fmt::format("  \\caption{{{}}}\n  \\label{{tab:{}}}\n  \\begin{{tabular}}{{@{{}}{}@{{}}}}\n",
                  escape_latex(table.caption), table.name, layout_of(table));
  out += "    \\toprule\n" + print_row(titles) + "    \\midrule\n";
  for (const std::vector<std::string>& row : table.rows) out += print_row(row);
  return out + "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n\n";
}

std::string print(const Figure& figure) {
  return fmt::format(
      "\\begin{{figure}}[htbp]\n  \\centering\n{}\n  \\caption{{{}.}}\n  \\label{{fig:{}}}\n"
      "\\end{{figure}}\n\n",
      print_tikz(figure), escape_latex(figure.title()), figure.name());
}

}  // namespace

std::string print_latex(const Document& document) {
  std::string out = kBegin;
  out += tikz_colours();
  out += "\\begin{document}\n% >>> copy from here\n";
  out += fmt::format("\\section*{{{}}}\n{}\n\n", escape_latex(document.title),
                     escape_latex(document.subtitle));
  for (const DocumentSection& section : document.sections) {
    out += fmt::format("\\subsection*{{{}}}\n\n", escape_latex(section.title));
    for (const Block& block : section.blocks)
      out += std::visit([](const auto& part) { return print(part); }, block);
  }
  out += fmt::format("{{\\footnotesize {}\\par}}\n", escape_latex(document.footer));
  return out + "% <<< to here\n\\end{document}\n";
}

}  // namespace cairn::report
