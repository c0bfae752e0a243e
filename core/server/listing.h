// What the handlers of lists have in common: pages, and whether archived runs are among them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "query/filter.h"
#include "server/call.h"

namespace cairn::server {

constexpr size_t kRowsDefault = 50;

// "limit" and "cursor", which is opaque to clients.
struct Slice {
  size_t offset = 0, limit = 0;

  size_t end(size_t total) const {
    return offset >= total ? 0 : offset + std::min(limit, total - offset);
  }
};
Result<Slice> read_slice(const Ask& ask, size_t missing, size_t max);

// {NAME: items, "total", "next_cursor"}
model::Value print_page(std::string_view name, model::List items, size_t offset, size_t total);

// A page of a list that is at hand as a whole; without "limit" all that follows "cursor".
Result<Response> answer_list(const Ask& ask, std::string_view name, model::List items);

// "archived": absent, all runs; 1, archived ones only; 0, all others.
Result<std::vector<query::Term>> read_archived(const Ask& ask);

}  // namespace cairn::server
