// A document as one HTML file: no script, nothing loaded from elsewhere.
#include <fmt/format.h>

#include "report/document.h"
#include "report/escape.h"

namespace cairn::report {

namespace {

constexpr std::string_view kStyle = R"(
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:58rem;margin:0 auto;padding:3rem 1.5rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:3rem 0 .8rem;padding-top:1.2rem;border-top:1px solid var(--grid)}
p{margin:.7rem 0;max-width:46rem}
.subtitle{color:var(--muted);margin:0 0 1.5rem}
.aside{color:var(--muted);font-size:.875rem;margin:.35rem 0}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));margin:1.2rem 0;border:1px solid var(--grid);border-radius:10px;overflow:hidden}
dl.facts>div{padding:.9rem 1rem;box-shadow:0 0 0 .5px var(--grid)}
dl.facts dt{color:var(--muted);font-size:.8125rem}
dl.facts dd{margin:.1rem 0 0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;line-height:1.3}
dl.facts dd+dd{font-size:.8125rem;font-weight:400;color:var(--muted)}
figure{margin:1.4rem 0}
figure svg{display:block;width:100%;height:auto;max-width:44rem}
figcaption,caption{color:var(--muted);font-size:.875rem;text-align:left;caption-side:bottom;padding-top:.5rem}
.table{overflow-x:auto;margin:1.2rem 0}
table{border-collapse:collapse;min-width:24rem;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.45rem 1.4rem .45rem 0;border-bottom:1px solid var(--grid)}
th{color:var(--muted);font-weight:500;font-size:.8125rem;white-space:nowrap;vertical-align:bottom}
td.r,th.r{text-align:right;white-space:nowrap}
tr>:last-child{padding-right:0}
td.w{overflow-wrap:anywhere;min-width:14rem}
.none{color:var(--muted);font-style:italic}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--grid);color:var(--muted);font-size:.8125rem}
@media print{main{max-width:none;padding:0}h2{break-after:avoid}figure,tr,dl.facts>div{break-inside:avoid}body{font-size:11pt}}
)";

std::string print(const Paragraph& paragraph) {
  return fmt::format("<p{}>{}</p>\n", paragraph.is_aside ? " class=\"aside\"" : "",
                     escape_html(paragraph.text));
}

std::string print(const Facts& facts) {
  std::string out = "<dl class=\"facts\">\n";
  for (const Facts::Fact& fact : facts.facts)
    out += fmt::format(
        "<div><dt>{}</dt><dd>{}</dd>{}</div>\n", escape_html(fact.label), escape_html(fact.value),
        fact.beside.empty() ? "" : fmt::format("<dd>{}</dd>", escape_html(fact.beside)));
  return out + "</dl>\n";
}

std::string_view class_of(const TextTable::Column& column) {
  if (column.align == TextTable::Align::kRight) return " class=\"r\"";
  return column.is_wide ? " class=\"w\"" : "";
}

std::string print(const TextTable& table) {
  std::string out = fmt::format("<div class=\"table\"><table>\n<caption>{}</caption>\n<thead><tr>",
                                escape_html(table.caption));
  for (const TextTable::Column& column : table.columns)
    out += fmt::format("<th scope=\"col\"{}>{}</th>", class_of(column), escape_html(column.title));
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    out += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      const bool is_none = row[i].starts_with("not recorded") || row[i] == "unknown";
      out +=
          fmt::format("<td{}>{}</td>", class_of(table.columns[i]),
                      is_none ? fmt::format("<span class=\"none\">{}</span>", escape_html(row[i]))
                              : escape_html(row[i]));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string print(const Figure& figure) {
  return fmt::format("<figure id=\"{}\">\n{}<figcaption>{}.</figcaption></figure>\n", figure.name(),
                     print_svg(figure, false), escape_html(figure.title()));
}

}  // namespace

std::string print_html(const Document& document) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<main>\n"
      "<header><h1>{}</h1><p class=\"subtitle\">{}</p></header>\n",
      escape_html(document.title), figure_style(), kStyle, escape_html(document.title),
      escape_html(document.subtitle));
  for (const DocumentSection& section : document.sections) {
    out += fmt::format("<section>\n<h2>{}</h2>\n", escape_html(section.title));
    for (const Block& block : section.blocks)
      out += std::visit([](const auto& part) { return print(part); }, block);
    out += "</section>\n";
  }
  return out + fmt::format("<footer>{}</footer>\n</main>\n</body>\n</html>\n",
                           escape_html(document.footer));
}

}  // namespace cairn::report
