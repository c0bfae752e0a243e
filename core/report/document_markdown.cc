// A document as Markdown, for a model card or a README.
#include <fmt/format.h>

#include "report/document.h"
#include "report/escape.h"

namespace cairn::report {

namespace {

std::string print(const Paragraph& paragraph) {
  const std::string text = escape_markdown(paragraph.text);
  return paragraph.is_aside ? "- " + text + "\n" : "\n" + text + "\n\n";
}

std::string print(const Facts& facts) {
  std::string out = "\n";
  for (const Facts::Fact& fact : facts.facts)
    out +=
        fmt::format("- **{}:** {}{}\n", escape_markdown(fact.label), escape_markdown(fact.value),
                    fact.beside.empty() ? "" : fmt::format(" ({})", escape_markdown(fact.beside)));
  return out + "\n";
}

std::string print(const TextTable& table) {
  std::string out = "\n|", rule = "|";
  for (const TextTable::Column& column : table.columns) {
    out += fmt::format(" {} |", escape_markdown(column.title));
    rule += column.align == TextTable::Align::kRight ? "---:|" : "---|";
  }
  out += "\n" + rule + "\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "|";
    for (const std::string& cell : row) out += fmt::format(" {} |", escape_markdown(cell));
    out += "\n";
  }
  return out + "\n" + escape_markdown(table.caption) + "\n\n";
}

}  // namespace

std::string print_markdown(const Document& document, const std::string& figures) {
  std::string out = fmt::format("# {}\n\n{}\n", escape_markdown(document.title),
                                escape_markdown(document.subtitle));
  for (const DocumentSection& section : document.sections) {
    out += fmt::format("\n## {}\n", escape_markdown(section.title));
    for (const Block& block : section.blocks) {
      if (const auto* figure = std::get_if<Figure>(&block)) {
        if (!figures.empty())
          out += fmt::format("\n![{}](<{}{}.svg>)\n\n", escape_markdown(figure->title()), figures,
                             figure->name());
      } else if (const auto* paragraph = std::get_if<Paragraph>(&block)) {
        out += print(*paragraph);
      } else if (const auto* facts = std::get_if<Facts>(&block)) {
        out += print(*facts);
      } else {
        out += print(std::get<TextTable>(block));
      }
    }
  }
  return out + fmt::format("\n---\n\n{}\n", escape_markdown(document.footer));
}

}  // namespace cairn::report
