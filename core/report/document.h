// Document: headings, facts, tables and figures, as Markdown, LaTeX and HTML write them.
//
// Pure. All text is of people and is escaped by the writers; nothing in it is markup.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/value.h"
#include "report/figure.h"

namespace cairn::report {

struct Paragraph {
  std::string text;
  bool is_aside = false;  // a note, in smaller letters
};

// The few numbers that a reader looks for first.
struct Facts {
  struct Fact {
    std::string label, value, beside;
  };
  std::vector<Fact> facts;
};

struct TextTable {
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    bool is_wide = false;  // text that may take several lines
  };
  std::string name;     // of its label: "training_time"
  std::string caption;  // a sentence
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells as columns
};

using Block = std::variant<Paragraph, Facts, TextTable, Figure>;

struct DocumentSection {
  std::string title;
  std::vector<Block> blocks;
};

struct Document {
  std::string title, subtitle;
  std::vector<DocumentSection> sections;
  std::string footer;
};

// Figures are left out: they are files of their own, "NAME.svg", and are referred to where
// `figures` says in which folder ("figures/").
std::string print_markdown(const Document& document, const std::string& figures);
// A document that compiles as it is, with booktabs and tikz; what is between its two marks can be
// copied into a paper.
std::string print_latex(const Document& document);
// One file without a script, for a screen in light and dark and for print.
std::string print_html(const Document& document);
// Section by section, for a page with a style of its own: docs/api.md. Figures are SVG in the
// classes of figure_style().
model::Value to_value(const Document& document);

}  // namespace cairn::report
