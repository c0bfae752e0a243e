// Columns: series as arrays of numbers that a client can use where they lie
// (docs/formats/columns.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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
    std::string reason;  // may be empty
  };
  std::vector<SeriesColumns> series;
  std::vector<Missing> missing;  // asked for, but there is nothing to show
};

// Writes an answer series by series. Columns that are equal, as the steps of keys logged together
// are, are in the answer once. Owned by a handler for one request.
class ColumnsWriter {
 public:
  void begin(std::string_view run, std::string_view key, bool exact);
  void add(std::string_view name, std::span<const int64_t> column);
  void add(std::string_view name, std::span<const double> column);
  void add(std::string_view name, std::span<const uint32_t> column);
  void add_f32(std::string_view name, std::span<const double> column);  // rounded to float32
  void end();
  void miss(std::string_view run, std::string_view key, std::string_view reason);
  std::string finish();

 private:
  void add(std::string_view name, std::string_view type, size_t count, std::string_view bytes);
  size_t place(std::string_view bytes);

  std::string x_series, x_missing;  // JSON, without the brackets around
  std::string x_arrays;
  std::vector<float> x_floats;  // scratch
  // By hash of its bytes: where an array lies, and how many bytes it has.
  std::unordered_multimap<uint64_t, std::pair<size_t, size_t>> x_places;
};

std::string encode_columns(const Columns& columns);
// Columns that are not there are left empty; float32 becomes float64.
Result<Columns> decode_columns(std::string_view bytes);

}  // namespace cairn::server
