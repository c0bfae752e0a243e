// Columns: series as arrays of numbers that a client can use where they lie
// (docs/formats/columns.md).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/series.h"
#include "query/sample.h"

namespace cairn::server {

constexpr std::string_view kColumnsContentType = "application/vnd.cairn.columns";

struct SeriesColumns {
  std::string run, key;
  std::variant<model::Points, query::Buckets> data;
};

struct Columns {
  struct Missing {
    std::string run, key;
  };
  std::vector<SeriesColumns> series;
  std::vector<Missing> missing;  // asked for, but the run has no such key
};

std::string encode_columns(const Columns& columns);
Result<Columns> decode_columns(std::string_view bytes);

}  // namespace cairn::server
