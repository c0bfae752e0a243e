// The columns format, both directions.
#include "server/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <type_traits>

#include "base/bytes.h"
#include "base/hash.h"
#include "wire/json.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr std::string_view kMagic = "CCOL";
constexpr uint32_t kColumnsVersion = 1;
constexpr size_t kHeadBytes = 16;
constexpr size_t kAlignment = 8;

template <typename T>
constexpr std::string_view kTypeName = "";
template <>
constexpr std::string_view kTypeName<int64_t> = "i64";
template <>
constexpr std::string_view kTypeName<double> = "f64";
template <>
constexpr std::string_view kTypeName<uint32_t> = "u32";
template <>
constexpr std::string_view kTypeName<float> = "f32";

// The one list of columns; the encoder and the decoder both walk it.
template <typename PointsLike, typename Visit>
void for_each_point_column(PointsLike& points, const Visit& visit) {
  visit("step", points.step);
  visit("time", points.time_ns);
  visit("value", points.value);
}
template <typename BucketsLike, typename Visit>
void for_each_bucket_column(BucketsLike& buckets, const Visit& visit) {
  visit("x", buckets.x);
  visit("min", buckets.min);
  visit("max", buckets.max);
  visit("mean", buckets.mean);
  visit("last", buckets.last);
  visit("count", buckets.count);
}

void pad(std::string& bytes, char filler) {
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment, filler);
}

std::string quote(std::string_view text) { return wire::print_json(Value(text)); }

std::string_view bytes_of(const auto& column) {
  return {reinterpret_cast<const char*>(column.data()), column.size() * sizeof(column[0])};
}

class SeriesDecoder {
 public:
  SeriesDecoder(const Value& about, std::string_view arrays) : x_about(about), x_arrays(arrays) {}

  Result<SeriesColumns> decode() {
    SeriesColumns series;
    series.run = text(x_about, "run");
    series.key = text(x_about, "key");
    const auto read = [this](std::string_view name, auto& column) { read_column(name, column); };
    if (find_column("value")) {
      for_each_point_column(series.data.emplace<model::Points>(), read);
    } else {
      auto& buckets = series.data.emplace<query::Buckets>();
      const Value* exact = x_about.find("exact");
      buckets.exact = exact && exact->int_or(0);
      for_each_bucket_column(buckets, read);
    }
    if (!x_problem.empty()) return fail(Code::kCorrupt, "{}", x_problem);
    return series;
  }

  static std::string text(const Value& object, std::string_view member) {
    const Value* value = object.find(member);
    return std::string(value ? value->string_or("") : "");
  }

 private:
  const Value* find_column(std::string_view name) const {
    const Value* columns = x_about.find("columns");
    if (!columns || !columns->as_list()) return nullptr;
    for (const Value& column : *columns->as_list())
      if (text(column, "name") == name) return &column;
    return nullptr;
  }

  template <typename T>
  void read_column(std::string_view name, std::vector<T>& out) {
    const Value* about = find_column(name);
    if (!about) return;
    const std::string type = text(*about, "type");
    if constexpr (std::is_same_v<T, double>) {
      if (type == kTypeName<float>) {
        const std::vector<float> floats = read_items<float>(name, *about);
        out.assign(floats.begin(), floats.end());
        return;
      }
    }
    if (type != kTypeName<T>) {
      x_problem =
          fmt::format("expected a column '{}' of type {}, found '{}'", name, kTypeName<T>, type);
      return;
    }
    out = read_items<T>(name, *about);
  }

  template <typename T>
  std::vector<T> read_items(std::string_view name, const Value& about) {
    const Value* offset = about.find("offset");
    const Value* count = about.find("count");
    const auto at = static_cast<uint64_t>(offset ? offset->int_or(-1) : -1);
    const auto n = static_cast<uint64_t>(count ? count->int_or(-1) : -1);
    if (at > x_arrays.size() || n > (x_arrays.size() - at) / sizeof(T)) {
      x_problem =
          fmt::format("expected column '{}' within {} bytes of arrays, found {} items at {}", name,
                      x_arrays.size(), n, at);
      return {};
    }
    if (x_rows.value_or(n) != n) {
      x_problem = fmt::format("expected columns of one length, found {} and {}", *x_rows, n);
      return {};
    }
    x_rows = n;
    std::vector<T> items(n);
    if (n > 0) std::memcpy(items.data(), x_arrays.data() + at, n * sizeof(T));
    return items;
  }

  const Value& x_about;
  std::string_view x_arrays;
  std::string x_problem;
  std::optional<uint64_t> x_rows;  // of the columns read so far
};

}  // namespace

void ColumnsWriter::begin(std::string_view run, std::string_view key, bool exact) {
  x_series += fmt::format("{}{{\"run\":{},\"key\":{},\"exact\":{},\"columns\":[",
                          x_series.empty() ? "" : ",", quote(run), quote(key), exact);
}

void ColumnsWriter::end() { x_series += "]}"; }

void ColumnsWriter::add(std::string_view name, std::span<const int64_t> column) {
  add(name, kTypeName<int64_t>, column.size(), bytes_of(column));
}
void ColumnsWriter::add(std::string_view name, std::span<const double> column) {
  add(name, kTypeName<double>, column.size(), bytes_of(column));
}
void ColumnsWriter::add(std::string_view name, std::span<const uint32_t> column) {
  add(name, kTypeName<uint32_t>, column.size(), bytes_of(column));
}
void ColumnsWriter::add_f32(std::string_view name, std::span<const double> column) {
  x_floats.assign(column.begin(), column.end());
  add(name, kTypeName<float>, column.size(), bytes_of(x_floats));
}

void ColumnsWriter::add(std::string_view name, std::string_view type, size_t count,
                        std::string_view bytes) {
  fmt::format_to(std::back_inserter(x_series),
                 "{}{{\"name\":\"{}\",\"type\":\"{}\",\"offset\":{},\"count\":{}}}",
                 x_series.back() == '[' ? "" : ",", name, type, place(bytes), count);
}

size_t ColumnsWriter::place(std::string_view bytes) {
  const size_t end = x_arrays.size();
  if (bytes.empty()) return end;
  const uint64_t hash = xxh3_64(bytes);
  const auto [first, last] = x_places.equal_range(hash);
  for (auto known = first; known != last; ++known) {
    const auto [at, size] = known->second;
    if (std::string_view(x_arrays).substr(at, size) == bytes) return at;
  }
  x_places.emplace(hash, std::pair(end, bytes.size()));
  x_arrays += bytes;
  pad(x_arrays, '\0');
  return end;
}

void ColumnsWriter::miss(std::string_view run, std::string_view key, std::string_view reason) {
  x_missing += fmt::format("{}{{\"run\":{},\"key\":{}", x_missing.empty() ? "" : ",", quote(run),
                           quote(key));
  if (!reason.empty()) x_missing += ",\"reason\":" + quote(reason);
  x_missing += "}";
}

std::string ColumnsWriter::finish() {
  std::string json = "{\"series\":[" + x_series + "],\"missing\":[" + x_missing + "]}";
  pad(json, ' ');
  ByteWriter head;
  head.raw(kMagic);
  head.u32(kColumnsVersion);
  head.u32(static_cast<uint32_t>(json.size()));
  head.u32(0);
  std::string out = head.take();
  out.reserve(out.size() + json.size() + x_arrays.size());
  out += json;
  out += x_arrays;
  return out;
}

std::string encode_columns(const Columns& columns) {
  ColumnsWriter writer;
  for (const SeriesColumns& one : columns.series) {
    const auto* buckets = std::get_if<query::Buckets>(&one.data);
    writer.begin(one.run, one.key, !buckets || buckets->exact);
    size_t rows = 0;
    const auto count = [&](std::string_view, const auto& column) {
      rows = std::max(rows, column.size());
    };
    const auto add = [&](std::string_view name, const auto& column) {
      if (column.size() == rows) writer.add(name, std::span(column));
    };
    const auto walk = [&](const auto& visit) {
      if (buckets)
        for_each_bucket_column(*buckets, visit);
      else
        for_each_point_column(std::get<model::Points>(one.data), visit);
    };
    walk(count);
    walk(add);
    writer.end();
  }
  for (const Columns::Missing& one : columns.missing) writer.miss(one.run, one.key, one.reason);
  return writer.finish();
}

Result<Columns> decode_columns(std::string_view bytes) {
  ByteReader in(bytes);
  const std::string_view magic = in.raw(kMagic.size());
  const uint32_t version = in.u32();
  const uint32_t json_bytes = in.u32();
  in.u32();
  if (!in.ok() || magic != kMagic)
    return fail(Code::kCorrupt, "expected columns that begin with '{}' and {} bytes of head",
                kMagic, kHeadBytes);
  if (version != kColumnsVersion)
    return fail(Code::kInvalid, "expected columns of version {}, found {}", kColumnsVersion,
                version);
  const std::string_view json = in.raw(json_bytes);
  if (!in.ok()) return fail(Code::kCorrupt, "expected {} bytes of JSON in columns", json_bytes);
  TRY(const Value about, wire::parse_json(json));

  Columns columns;
  if (const Value* series = about.find("series"); series && series->as_list()) {
    for (const Value& one : *series->as_list()) {
      TRY(SeriesColumns decoded, SeriesDecoder(one, in.rest()).decode());
      columns.series.push_back(std::move(decoded));
    }
  }
  if (const Value* missing = about.find("missing"); missing && missing->as_list())
    for (const Value& one : *missing->as_list())
      columns.missing.push_back({SeriesDecoder::text(one, "run"), SeriesDecoder::text(one, "key"),
                                 SeriesDecoder::text(one, "reason")});
  return columns;
}

}  // namespace cairn::server
