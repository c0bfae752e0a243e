// Writing footprints for others.
#include "server/footprint_export.h"

#include <array>
#include <utility>

#include "query/time_text.h"
#include "server/footprint_request.h"

namespace cairn::server {
namespace {

Response answer_text(std::string text, std::string_view content_type) {
  Response response;
  response.content_type = content_type;
  response.body = std::move(text);
  return response;
}

}  // namespace

Result<std::string> read_export_format(const Ask& ask) {
  constexpr std::array<std::string_view, 3> kFormats = {"codecarbon", "latex", "markdown"};
  const std::string_view format = ask.text("format", kFormats[0]);
  TRY_VOID(check_word("format", format, kFormats));
  return std::string(format);
}

footprint::CodeCarbonRow codecarbon_row(const PricedRun& run, footprint::Footprint footprint,
                                        const footprint::Tables& tables) {
  footprint::CodeCarbonRow row;
  row.project = run.project;
  row.run = run.id;
  row.started_iso = query::print_time({run.created_ns, run.created_ns});
  row.duration_s = run.ran_s;
  row.meta = run.energy.meta;
  const auto code = tables.zone_of(footprint.zone);
  if (const footprint::Zone* zone = code ? tables.find_zone(*code) : nullptr) {
    row.country_iso = zone->country;
    row.country_name = zone->country_name;
  }
  row.footprint = std::move(footprint);
  return row;
}

Response answer_codecarbon(const std::vector<footprint::CodeCarbonRow>& rows) {
  return answer_text(footprint::print_codecarbon_csv(rows), "text/csv; charset=utf-8");
}

Response answer_snippet(const footprint::Footprint& footprint, std::string_view what,
                        std::string_view format) {
  return format == "latex" ? answer_text(footprint::print_latex(footprint, what),
                                         "application/x-latex; charset=utf-8")
                           : answer_text(footprint::print_markdown(footprint, what),
                                         "text/markdown; charset=utf-8");
}

}  // namespace cairn::server
