// Handler of groups: runs by what they have in common, with statistics of their columns.
#include <algorithm>

#include "base/clock.h"
#include "base/limits.h"
#include "query/group_order.h"
#include "server/handlers.h"
#include "server/listing.h"

namespace cairn::server {

using model::Value;

namespace {

Value print_measure(const query::RunTable::Measure& measure) {
  if (measure.count == 0) return {};
  Value out;
  out.set("min", measure.min);
  out.set("max", measure.max);
  out.set("mean", measure.mean);
  out.set("std", measure.std());
  out.set("count", static_cast<int64_t>(measure.count));
  return out;
}

Value print_group(const query::RunTable::GroupBy& by, query::RunTable::Group group) {
  model::List cells;
  for (const query::RunTable::Measure& measure : group.measures)
    cells.push_back(print_measure(measure));
  const std::string filter = query::print_group_filter(by, group);
  Value out;
  out.set("values", model::List(std::move(group.key)));
  out.set("runs", static_cast<int64_t>(group.runs));
  out.set("filter", filter.empty() ? Value() : Value(filter));
  out.set("cells", std::move(cells));
  return out;
}

}  // namespace

Result<Response> list_groups(const Call& call) {
  query::RunTable::GroupBy by;
  by.by = call.list("by");
  by.measures = call.list("columns");
  by.filter = call.text("filter");
  by.now_ns = wall_now_ns();
  TRY(by.also, read_archived(call));
  TRY(const Slice slice, read_slice(call, kRowsDefault, kPageRunsMax));
  TRY(const auto order, query::parse_group_sort(call.text("sort"), by));
  TRY(query::RunTable::Groups found, call.rooms.catalog.groups(call.names[0], by));
  query::sort_groups(found.groups, order);
  model::List printed;
  for (size_t i = slice.offset; i < slice.end(found.groups.size()); ++i)
    printed.push_back(print_group(by, std::move(found.groups[i])));
  Value page = print_page("groups", std::move(printed), slice.offset, found.groups.size());
  page.set("runs", static_cast<int64_t>(found.total));
  page.set("warnings", model::List(found.warnings.begin(), found.warnings.end()));
  return answer(page);
}

}  // namespace cairn::server
