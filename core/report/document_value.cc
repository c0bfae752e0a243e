// A document as JSON, for pages that bring a style of their own.
#include "report/document.h"

namespace cairn::report {

namespace {

using model::List;
using model::Object;
using model::Value;

Value to_block(const Paragraph& paragraph) {
  return Object{{"kind", "paragraph"}, {"text", paragraph.text}, {"is_aside", paragraph.is_aside}};
}

Value to_block(const Facts& facts) {
  List list;
  for (const Facts::Fact& fact : facts.facts)
    list.push_back(Object{{"label", fact.label}, {"value", fact.value}, {"beside", fact.beside}});
  return Object{{"kind", "facts"}, {"facts", std::move(list)}};
}

Value to_block(const TextTable& table) {
  List columns, rows;
  for (const TextTable::Column& column : table.columns)
    columns.push_back(Object{{"title", column.title},
                             {"align", column.align == TextTable::Align::kRight ? "right" : "left"},
                             {"is_wide", column.is_wide}});
  for (const std::vector<std::string>& row : table.rows) {
    List cells;
    for (const std::string& cell : row) cells.push_back(cell);
    rows.push_back(std::move(cells));
  }
  return Object{{"kind", "table"},
                {"name", table.name},
                {"caption", table.caption},
                {"columns", std::move(columns)},
                {"rows", std::move(rows)}};
}

Value to_block(const Figure& figure) {
  return Object{{"kind", "figure"},          {"name", figure.name()},
                {"title", figure.title()},   {"width", figure.width()},
                {"height", figure.height()}, {"svg", print_svg(figure, false)}};
}

}  // namespace

Value to_value(const Document& document) {
  List sections;
  for (const DocumentSection& section : document.sections) {
    List blocks;
    for (const Block& block : section.blocks)
      blocks.push_back(std::visit([](const auto& part) { return to_block(part); }, block));
    sections.push_back(Object{{"title", section.title}, {"blocks", std::move(blocks)}});
  }
  return Object{{"title", document.title},
                {"subtitle", document.subtitle},
                {"sections", std::move(sections)},
                {"footer", document.footer}};
}

}  // namespace cairn::report
