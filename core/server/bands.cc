// Handler of bands: groups of runs as one line each, with what lies around it.
#include "query/bands.h"

#include <array>
#include <span>

#include "server/chart_request.h"
#include "server/columns.h"
#include "server/handlers.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr std::array<std::string_view, 7> kBandColumns = {"x",     "mean", "low", "high",
                                                          "count", "nan",  "runs"};

Result<query::BandKind> read_kind(const Value& body) {
  const Value* band = body.find("band");
  const std::string_view name = band ? band->string_or("") : "minmax";
  if (name == "minmax") return query::BandKind::kMinMax;
  if (name == "std") return query::BandKind::kStd;
  if (name == "stderr") return query::BandKind::kStderr;
  return fail(Code::kInvalid, "expected band 'minmax', 'std' or 'stderr'");
}

Result<std::vector<query::BandGroup>> read_groups(const Call& call, const Value& body) {
  const Value* list = body.find("groups");
  if (!list || !list->as_list())
    return fail(Code::kInvalid, "expected groups as a list of objects with name and runs");
  std::vector<query::BandGroup> groups;
  for (const Value& one : *list->as_list()) {
    const Value* name = one.find("name");
    if (!name || !name->as_string())
      return fail(Code::kInvalid, "expected the name of each group as a string");
    query::BandGroup& group = groups.emplace_back();
    group.name = *name->as_string();
    TRY(const std::vector<std::string> references, read_names(one, "runs"));
    for (const std::string& reference : references) {
      TRY(query::RunRef run, call.rooms.catalog.refer(call.names[0], reference));
      group.runs.push_back(std::move(run));
    }
  }
  return groups;
}

void write_band(const query::Band& band, const ColumnChoice& choice, ColumnsWriter& writer) {
  if (choice.has("x")) writer.add("x", std::span(band.x));
  choice.add("mean", band.mean, writer);
  choice.add("low", band.low, writer);
  choice.add("high", band.high, writer);
  if (choice.has("count")) writer.add("count", std::span(band.count));
  if (choice.has("nan")) writer.add("nan", std::span(band.nan));
  if (choice.has("runs")) writer.add("runs", std::span(band.runs));
}

}  // namespace

Result<Response> read_bands(const Call& call) {
  TRY(const Value body, call.object());
  TRY(const query::ScreenRequest request, read_screen(body));
  TRY(const query::BandKind kind, read_kind(body));
  TRY(const ColumnChoice choice, read_choice(body, kBandColumns));
  TRY(const std::vector<std::string> keys, read_names(body, "keys"));
  TRY(const std::vector<query::BandGroup> groups, read_groups(call, body));
  size_t runs = 0;
  for (const query::BandGroup& group : groups) runs += group.runs.size();
  TRY_VOID(check_size(runs, keys.size(), 0));
  TRY_VOID(check_size(groups.size(), keys.size(), request.buckets));
  TRY(const query::Screen screen, call.rooms.catalog.screen(call.names[0], request));
  ColumnsWriter writer;
  TRY_VOID(query::read_bands(
      screen, request, kind, groups, keys, [&](size_t g, size_t k, const query::Band& band) {
        if (band.x.empty())
          return writer.miss(groups[g].name, keys[k], "no run of the group has points there");
        writer.begin(groups[g].name, keys[k], band.exact);
        write_band(band, choice, writer);
        writer.end();
      }));
  return answer_columns(writer);
}

}  // namespace cairn::server
