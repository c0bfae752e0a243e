// What requests for charts have in common: names, axes, ranges, and which columns to send.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "query/screen.h"
#include "server/columns.h"
#include "server/http_types.h"

namespace cairn::server {

Result<std::vector<std::string>> read_names(const model::Value& body, std::string_view member);

// "axis", "axis_key", "log_x", "min", "max", "buckets".
Result<query::ScreenRequest> read_screen(const model::Value& body);
std::string_view print_axis(query::ScreenAxis axis);

// Limit: kSeriesPerRequestMax, kBucketsPerRequestMax.
Result<void> check_size(size_t runs, size_t keys, size_t buckets);

// "columns" and "precision".
struct ColumnChoice {
  std::vector<std::string_view> names;
  bool as_f32 = false;

  bool has(std::string_view name) const;
  void add(std::string_view name, const std::vector<double>& column, ColumnsWriter& writer) const;
};
// Without "columns": all of them.
Result<ColumnChoice> read_choice(const model::Value& body, std::span<const std::string_view> all);

Response answer_columns(ColumnsWriter& writer);

}  // namespace cairn::server
