// Handlers of projects and runs.
#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/limits.h"
#include "query/search.h"
#include "server/handlers.h"
#include "server/listing.h"
#include "server/run_json.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr size_t kColumnsMax = 1'000'000;  // all of them, unless a page is asked for

Result<query::RunTable::Select> read_select(const Call& call) {
  TRY(const Slice slice, read_slice(call, kRowsDefault, kPageRunsMax));
  query::RunTable::Select select;
  select.filter = call.text("filter");
  TRY(select.sort, query::parse_sort(call.text("sort")));
  TRY(select.also, read_archived(call));
  select.offset = slice.offset;
  select.limit = slice.limit;
  select.now_ns = wall_now_ns();
  return select;
}

Value print_runs(model::List runs, size_t offset, size_t total,
                 const std::vector<std::string>& warnings) {
  Value page = print_page("runs", std::move(runs), offset, total);
  page.set("warnings", model::List(warnings.begin(), warnings.end()));
  return page;
}

std::string_view name_type(const query::RunTable::ColumnInfo& column) {
  const std::array<std::pair<size_t, std::string_view>, 7> kinds = {{{column.bools, "bool"},
                                                                     {column.ints, "int"},
                                                                     {column.floats, "float"},
                                                                     {column.texts, "text"},
                                                                     {column.times, "time"},
                                                                     {column.durations, "duration"},
                                                                     {column.lists, "list"}}};
  if (column.ints > 0 && column.ints + column.floats == column.runs())
    return column.floats > 0 ? "float" : "int";
  const auto most = std::max_element(kinds.begin(), kinds.end());
  return most->first == column.runs() ? most->second : "mixed";
}

Result<void> check_change(const Value& change) {
  for (const auto& [name, value] : *change.as_object()) {
    if (name == "name" || name == "notes" || name == "group" || name == "job_type") {
      if (!value.as_string()) return fail(Code::kInvalid, "expected {} as a string", name);
    } else if (name == "tags") {
      const bool are_strings =
          value.as_list() &&
          std::all_of(value.as_list()->begin(), value.as_list()->end(),
                      [](const Value& tag) { return tag.as_string() != nullptr; });
      if (!are_strings) return fail(Code::kInvalid, "expected tags as a list of strings");
    } else if (name == "archived") {
      if (!value.as_bool()) return fail(Code::kInvalid, "expected archived as true or false");
    } else {
      return fail(Code::kInvalid,
                  "expected name, tags, notes, group, job_type or archived, found '{}'", name);
    }
  }
  return {};
}

}  // namespace

Result<Response> list_projects(const Call& call) {
  TRY(const std::vector<query::Catalog::Project> projects, call.rooms.catalog.projects());
  model::List printed;
  for (const query::Catalog::Project& project : projects) {
    if (!call.request.who.sees_project(project.name)) continue;
    Value out;
    out.set("name", project.name);
    out.set("runs", static_cast<int64_t>(project.runs));
    out.set("running", static_cast<int64_t>(project.running));
    out.set("updated_ns", project.updated_ns);
    printed.push_back(std::move(out));
  }
  return answer_list(call, "projects", std::move(printed));
}

Result<Response> list_runs(const Call& call) {
  TRY(const query::RunTable::Select select, read_select(call));
  model::List printed;
  if (const std::vector<std::string> columns = call.list("columns"); !columns.empty()) {
    TRY(query::Catalog::Cells cells, call.rooms.catalog.cells(call.names[0], select, columns));
    for (size_t i = 0; i < cells.ids.size(); ++i)
      printed.push_back(model::Object{{"id", std::move(cells.ids[i])},
                                      {"cells", model::List(std::move(cells.rows[i]))}});
    return answer(print_runs(std::move(printed), cells.offset, cells.total, cells.warnings));
  }
  TRY(const query::RunPage page, call.rooms.catalog.runs(call.names[0], select));
  for (const model::RunInfo& run : page.runs)
    printed.push_back(print_run(run, select.now_ns, /*detail=*/false));
  return answer(print_runs(std::move(printed), page.offset, page.total, page.warnings));
}

Result<Response> list_columns(const Call& call) {
  TRY(const query::Search search, query::Search::parse(call.text("search")));
  TRY(const Slice slice, read_slice(call, kColumnsMax, kColumnsMax));
  TRY(const std::vector<query::RunTable::ColumnInfo> columns,
      call.rooms.catalog.columns(call.names[0]));
  model::List printed;
  size_t total = 0;
  for (const query::RunTable::ColumnInfo& column : columns) {
    if (!search.matches(column.name)) continue;
    if (total++ < slice.offset || printed.size() == slice.limit) continue;
    Value out;
    out.set("name", column.name);
    out.set("type", name_type(column));
    out.set("count", static_cast<int64_t>(column.runs()));
    printed.push_back(std::move(out));
  }
  return answer(print_page("columns", std::move(printed), slice.offset, total));
}

Result<Response> get_run(const Call& call) {
  TRY(const model::RunInfo run, call.run());
  return answer(print_run(run, wall_now_ns(), /*detail=*/true));
}

Result<Response> find_run(const Call& call) {
  TRY(const model::RunInfo run,
      call.rooms.catalog.find_run(call.names[0], call.request.who.grant.projects));
  return answer(print_run(run, wall_now_ns(), /*detail=*/true));
}

Result<Response> edit_run(const Call& call) {
  TRY(const Value change, call.object());
  TRY_VOID(check_change(change));
  TRY(const model::RunInfo run, call.run());
  TRY_VOID(call.rooms.ingest.edit(run.project, run.id, change));
  TRY_VOID(call.rooms.ingest.catch_up(run.project));
  TRY(const model::RunInfo edited, call.rooms.catalog.run(run.project, run.id));
  return answer(print_run(edited, wall_now_ns(), /*detail=*/true));
}

Result<Response> remove_run(const Call& call) {
  TRY(const bool force, call.flag("force"));
  TRY(const model::RunInfo run, call.run());
  TRY_VOID(call.rooms.ingest.remove(run.project, run.id, force));
  return answer(model::Object{{"removed", run.id}});
}

}  // namespace cairn::server
