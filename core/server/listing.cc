// Reading and printing pages.
#include "server/listing.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace cairn::server {

using model::Value;

Result<Slice> read_slice(const Ask& ask, size_t missing, size_t max) {
  TRY(const auto limit, ask.integer("limit", 0, static_cast<int64_t>(max)));
  TRY(const auto offset, ask.integer("cursor", 0));
  return Slice{static_cast<size_t>(offset.value_or(0)),
               static_cast<size_t>(limit.value_or(static_cast<int64_t>(missing)))};
}

Value print_page(std::string_view name, model::List items, size_t offset, size_t total) {
  const size_t next = offset + items.size();
  const bool has_more = !items.empty() && next < total;
  Value page;
  page.set(name, std::move(items));
  page.set("total", static_cast<int64_t>(total));
  page.set("next_cursor", has_more ? Value(std::to_string(next)) : Value());
  return page;
}

Result<Response> answer_list(const Ask& ask, std::string_view name, model::List items) {
  constexpr auto kAll = static_cast<size_t>(std::numeric_limits<int64_t>::max());
  TRY(const Slice slice, read_slice(ask, kAll, kAll));
  const size_t total = items.size();
  const size_t begin = std::min(slice.offset, total);
  items.resize(std::max(begin, slice.end(total)));
  items.erase(items.begin(), items.begin() + static_cast<ptrdiff_t>(begin));
  return answer(print_page(name, std::move(items), slice.offset, total));
}

Result<std::vector<query::Term>> read_archived(const Ask& ask) {
  std::vector<query::Term> also;
  if (ask.text("archived").empty()) return also;
  TRY(const bool archived, ask.flag("archived"));
  also.push_back({{"archived", query::FieldType::kFlag}, query::Op::kEqual, {archived}});
  return also;
}

}  // namespace cairn::server
